"""What the tests of the commands share."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project.cli import redis_server
from project.cli.console import Console
from project.cli.redis_server import RedisServer
from project.cli.supervise import Supervisor

Eventually = Callable[..., None]


@pytest.fixture
def eventually() -> Eventually:
    """Waits for a condition, with a bound."""

    def wait(condition: Callable[[], bool], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Whether a process runs. A zombie that nobody has asked for yet is as good as gone."""

    def look(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        state = Path(f"/proc/{pid}/stat")
        try:
            return state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return not Path("/proc/self/stat").exists()

    return look


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """A supervisor all of whose parts are gone after the test."""
    made = Supervisor(Console())
    yield made
    made.stopping = 2
    made.stop()


@pytest.fixture
def watched(supervisor: Supervisor) -> Iterator[Callable[[], None]]:
    """Lets the supervisor watch in the background."""
    thread = threading.Thread(target=supervisor.watch)
    yield thread.start
    supervisor.ask_to_stop()
    if thread.ident is not None:
        thread.join(10)


@pytest.fixture
def own_redis(tmp_path: Path, supervisor: Supervisor) -> RedisServer:
    """A running server whose state folder is `tmp_path`."""
    server = redis_server.prepare(tmp_path)
    assert supervisor.start([server.part()])
    return server
