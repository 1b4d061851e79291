"""The supervisor: parts start in their order, are started again when they die, and all end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from project.cli.part import Part
from project.cli.supervise import Supervisor
from project.errors import FailureError

Eventually = Callable[..., None]
IsAlive = Callable[[int], bool]

# Writes its process ID and that of a child, then waits; ends on SIGTERM unless told to be stubborn.
SCRIPT = """
import os, pathlib, signal, subprocess, sys, time
folder, stubborn = pathlib.Path(sys.argv[1]), sys.argv[2] == "stubborn"
if stubborn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(folder / "child").write_text(str(child.pid))
(folder / "draft").write_text(str(os.getpid()))
(folder / "draft").rename(folder / "pid")
print("at work", flush=True)
time.sleep(600)
"""


def part(folder: Path, name: str = "part", manner: str = "polite", wait: float = 10.0) -> Part:
    folder.mkdir(exist_ok=True)
    command = (sys.executable, "-c", SCRIPT, str(folder), manner)
    return Part(name, command, is_ready=(folder / "pid").exists, stop=((signal.SIGTERM, wait),))


def pid_in(folder: Path, name: str = "pid") -> int:
    return int((folder / name).read_text())


def test_a_part_that_is_killed_is_started_again_without_its_old_children(
    supervisor: Supervisor,
    tmp_path: Path,
    watched: Callable[[], None],
    eventually: Eventually,
    is_alive: IsAlive,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert supervisor.start([part(tmp_path / "a")])
    first, child = pid_in(tmp_path / "a"), pid_in(tmp_path / "a", "child")
    watched()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: pid_in(tmp_path / "a") != first)
    eventually(lambda: not is_alive(child))
    output = capfd.readouterr().out
    assert "part   | at work\n" in output
    assert "part   | ended by signal 9; it is started again in 0.5 s\n" in output


def test_stopping_ends_every_process_of_every_part(
    supervisor: Supervisor, tmp_path: Path, eventually: Eventually, is_alive: IsAlive
) -> None:
    assert supervisor.start([part(tmp_path / "a", "a")])
    assert supervisor.start([part(tmp_path / "b", "b"), part(tmp_path / "c", "c")])
    pids = [pid_in(tmp_path / name, kind) for name in "abc" for kind in ("pid", "child")]
    assert all(is_alive(pid) for pid in pids)
    supervisor.ask_to_stop()
    supervisor.stop()
    eventually(lambda: not any(is_alive(pid) for pid in pids), 5)


def test_a_part_that_does_not_listen_is_killed_after_its_time(
    supervisor: Supervisor, tmp_path: Path, is_alive: IsAlive
) -> None:
    assert supervisor.start([part(tmp_path / "a", manner="stubborn", wait=0.3)])
    supervisor.ask_to_stop()
    supervisor.stop()
    assert not is_alive(pid_in(tmp_path / "a"))


def test_a_second_request_to_stop_does_not_wait(supervisor: Supervisor, tmp_path: Path, is_alive: IsAlive) -> None:
    assert supervisor.start([part(tmp_path / "a", manner="stubborn", wait=60)])
    supervisor.ask_to_stop()
    threading.Timer(0.3, supervisor.ask_to_stop).start()
    begin = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - begin < 10
    assert not is_alive(pid_in(tmp_path / "a"))


def test_a_part_that_cannot_start_ends_the_start_with_a_sentence(supervisor: Supervisor) -> None:
    broken = Part("worker", (sys.executable, "-c", "raise SystemExit(7)"), is_ready=lambda: False)
    with pytest.raises(FailureError, match="The worker ended 3 times before it was ready"):
        supervisor.start([broken])


def test_asking_to_stop_during_the_start_ends_it(supervisor: Supervisor, tmp_path: Path) -> None:
    threading.Timer(0.3, supervisor.ask_to_stop).start()
    endless = Part("web", (sys.executable, "-c", "import time; time.sleep(600)"), is_ready=lambda: False)
    assert supervisor.start([endless]) is False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_parts_end_even_when_their_supervisor_is_killed(
    tmp_path: Path, eventually: Eventually, is_alive: IsAlive
) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from project.cli.console import Console; from project.cli.part import Part\n"
        "from project.cli.supervise import Supervisor\n"
        "folder, script = Path(sys.argv[1]), sys.argv[2]\n"
        "part = Part('a', (sys.executable, '-c', script, str(folder), 'polite'), is_ready=(folder / 'pid').exists)\n"
        "supervisor = Supervisor(Console()); supervisor.start([part]); supervisor.watch()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path), SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        eventually((tmp_path / "pid").exists)
        process.kill()
        process.wait()
        eventually(lambda: not is_alive(pid_in(tmp_path)), 10)
    os.kill(pid_in(tmp_path, "child"), signal.SIGKILL)
