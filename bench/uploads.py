"""Uploads over loopback, beside a plain copy of the same body to the same disk by the same kind of server."""

from __future__ import annotations

import base64
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.memory import held_mb
from bench.product import free_port
from bench.results import Uploads
from project.cli.up import migrate

_MB = 1 << 20
_TUS = {"Tus-Resumable": "1.0.0"}
_START_SECONDS = 60
_APPLICATION = "project.app:create_app()"
_PLAIN_COPY = "bench.plain_copy:application"


def uploads(megabytes: int, rounds: int, folder: Path) -> Uploads:
    """Medians of so many rounds, in which the three ways take turns."""
    (folder / "data").mkdir(parents=True)
    environment = _environment(folder)
    with _serving(_PLAIN_COPY, environment) as (copy, _), _serving(_APPLICATION, environment) as (ours, pid):
        before = held_mb(pid)
        turns = [_turn(copy, ours, megabytes, folder / "data") for _ in range(rounds)]
        grown = held_mb(pid) - before
    copied, resumable, plain = (statistics.median(times) for times in zip(*turns, strict=True))
    return Uploads(megabytes, copied, resumable, plain, grown)


def _turn(copy: int, ours: int, megabytes: int, data: Path) -> tuple[float, float, float]:
    block = os.urandom(_MB)
    length = {"Content-Length": str(megabytes * _MB)}
    copied, _ = _ask(copy, "PUT", "/", length, block, megabytes)
    name = base64.b64encode(b"a.csv").decode()
    creation = {**_TUS, "Upload-Length": length["Content-Length"], "Upload-Metadata": f"filename {name}"}
    _, place = _ask(ours, "POST", "/uploads", creation)
    body = {**_TUS, **length, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    resumable, _ = _ask(ours, "PATCH", place, body, block, megabytes)
    plain, _ = _ask(ours, "PUT", "/upload/b.csv", length, block, megabytes)
    for name in ("a.csv", "b.csv", "copy"):
        (data / name).unlink()
    return copied, resumable, plain


def _ask(
    port: int, method: str, path: str, headers: dict[str, str], block: bytes = b"", blocks: int = 0
) -> tuple[float, str]:
    """The seconds until the answer, and the place that it names. Raises ValueError if it is no success."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    start = time.perf_counter()
    connection.request(method, path, body=(block for _ in range(blocks)) if blocks else None, headers=headers)
    answer = connection.getresponse()
    told = answer.read()
    seconds = time.perf_counter() - start
    connection.close()
    if answer.status >= 300:
        raise ValueError(f"{method} {path}: {answer.status} {told[:300]!r}")
    return seconds, answer.headers.get("Location", "")


def _environment(folder: Path) -> dict[str, str]:
    """That of a product of its own, which has no worker: nothing else takes time."""
    database = f"sqlite:///{folder / 'rowmill.db'}"
    migrate(database)
    own = {"DATA_DIR": str(folder / "data"), "STATE_DIR": str(folder / "state"), "DATABASE_URL": database}
    return {**os.environ, **own}


@contextmanager
def _serving(application: str, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A server, as its port and its process's number; it ends with the block."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", application]
    process = subprocess.Popen(
        command, env={**environment, "PORT": str(port)}, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_for(process, port)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except (OSError, socket.timeout, http.client.HTTPException):
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError("The server did not start.") from None
            time.sleep(0.05)
