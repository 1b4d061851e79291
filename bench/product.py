"""A product of the benchmark's own: started as a user does, on a free port, in its own folders."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_START_SECONDS = 120


@dataclass(frozen=True)
class Product:
    """A running product."""

    port: int
    data: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer to a GET, or with a body to a POST."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[Product]:
    """A product on SQLite and a Redis of its own, with its folders in that one; it ends with the block."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    port = free_port()
    own = {"PORT": str(port), "DATA_DIR": str(data), "STATE_DIR": str(folder / "state")}
    environment = {**os.environ, **own, "REDIS_URL": "", "DATABASE_URL": "", **settings}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "project.cli.up"], stdout=log, stderr=log, env=environment)
        try:
            _wait_until_ready(process, folder / "log")
            yield Product(port, data)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def free_port() -> int:
    """One that nobody listens on right now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while b"Rowmill is ready" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError(f"The product did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
