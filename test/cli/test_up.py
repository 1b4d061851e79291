"""`./run up` as a whole: it says when it is ready, works, mends itself, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Eventually = Callable[..., None]
LIMIT = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    """A product of its own: its port, its folders, and what it says."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        own = {"DATA_DIR": str(folder / "data"), "STATE_DIR": str(folder / "state"), "PORT": str(self.port)}
        self.environment = {**os.environ, "REDIS_URL": "", "DATABASE_URL": "", "ROWMILL_URL": "", **own, **settings}
        self.process = self.start()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "project.cli.up"]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", f"project.cli.{command}", *arguments]
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False, timeout=LIMIT)

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(LIMIT)
        self._reader.join()
        return code

    def has_said(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in list(self.said))

    def parts(self) -> dict[str, int]:
        """The processes that it started, by the port or the module in their command."""
        words = {"valkey-server": "redis", "redis-server": "redis", "celery": "worker", "gunicorn": "web"}
        found: dict[str, int] = {}
        for line in subprocess.run(
            ["ps", "-ww", "-eo", "ppid=,pid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines():
            parent, pid, command = line.split(None, 2)
            if int(parent) == self.process.pid:
                found |= {part: int(pid) for word, part in words.items() if word in command}
        return found

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(line.rstrip("\n") for line in iter(self.process.stdout.readline, ""))


@pytest.fixture
def product(tmp_path: Path, eventually: Eventually) -> Iterator[Product]:
    made = Product(tmp_path)
    try:
        eventually(lambda: made.has_said("ready: ") or made.process.poll() is not None, LIMIT)
        yield made
    finally:
        made.end()


def test_it_starts_works_mends_itself_and_stops(
    product: Product, eventually: Eventually, is_alive: Callable[[int], bool]
) -> None:
    assert product.said[-1] == f"Rowmill is ready: http://127.0.0.1:{product.port}"

    done = product.run("process", "example_input.csv", "out.csv")
    assert done.stdout.splitlines()[:2] == ["7 read, 7 kept, 0 rejected, 0 blank", "aggregate: 7 in, 4 out (merged 3)"]
    assert done.stdout.splitlines()[-1] == "4 written to out.csv"
    assert done.returncode == 0
    job_id = done.stderr.split()[1]

    first = product.parts()
    assert set(first) == {"redis", "worker", "web"}
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(product.parts()) == 3 and not set(product.parts().values()) & set(first.values()), LIMIT)
    eventually(lambda: product.run("status", job_id).returncode == 0, LIMIT)
    assert product.run("process", "example_input.csv", "again.csv").returncode == 0
    assert (product.folder / "data/out.csv").read_bytes() == (product.folder / "data/again.csv").read_bytes()

    refused = product.run("up")
    assert refused.returncode == 2
    assert f"process {product.process.pid}, http://127.0.0.1:{product.port}" in refused.stderr

    pids = product.parts().values()
    assert product.end() == 0
    assert product.said[-1] == "Stopped."
    assert not any(is_alive(pid) for pid in pids)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("PORT", "many", "PORT is “many” and has to be a whole number from 1 to 65535."),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "REDIS_URL is set, but no Redis answers at redis://127.0.0.1:1/0"),
    ],
)
def test_a_setting_that_cannot_work_ends_the_start_with_a_sentence(
    setting: str, value: str, sentence: str, tmp_path: Path
) -> None:
    broken = Product(tmp_path, **{setting: value})
    assert broken.process.wait(LIMIT) == 2
    broken.end()
    assert len(broken.said) == 1 and broken.said[0].startswith(sentence)


def test_a_port_in_use_is_told_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        product = Product(tmp_path, PORT=str(port))
        assert product.process.wait(LIMIT) == 2
        product.end()
    assert product.said == [
        f"Rowmill cannot listen on 127.0.0.1, port {port}: Address already in use. "
        f"Stop what uses it, or choose another one: PORT={port + 1} ./run up"
    ]
