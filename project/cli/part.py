"""One part of the running product: a process in a group of its own, its output read line by line."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from project.cli.console import Console

PR_SET_PDEATHSIG = 1
TICK = 0.05
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Part:
    """How a part is started, how it is known to be ready, and how it is asked to end.

    `clean`: turns a line of its output into the line to show, or None for none.
    `stop`: the signals that ask it to end, one after the other, each with the seconds it is given.
    `orphan`: the signal it gets when its parent was killed.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    clean: Callable[[str], str | None] = lambda line: line
    stop: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10.0),)
    orphan: signal.Signals = signal.SIGTERM


class Running:
    """A started part."""

    def __init__(self, part: Part, console: Console) -> None:
        self.part = part
        self._process = subprocess.Popen(
            part.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **part.environment},
            start_new_session=True,
            preexec_fn=partial(_end_with_parent, part.orphan),
        )
        self._feed(part.text)
        self._reader = threading.Thread(target=self._read, args=(console,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's ID, which is its group's too."""
        return self._process.pid

    def death(self) -> str | None:
        """How it ended, in words; None while it lives."""
        code = self._process.poll()
        if code is None:
            return None
        return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"

    def end(self, hurry: Callable[[], bool]) -> None:
        """Ask it to end, in the part's way; when that takes too long, or when in a hurry, kill it."""
        for number, seconds in self.part.stop:
            if self._process.poll() is None:
                self._process.send_signal(number)
            if self._is_dead_within(seconds, hurry):
                break
        self.kill()
        self.join()

    def kill(self) -> None:
        """End the whole group at once, with the children that a dead leader left behind."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()

    def join(self) -> None:
        """Let the last lines be read."""
        self._reader.join(timeout=1)

    def _is_dead_within(self, seconds: float, hurry: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not hurry():
            if self._process.poll() is not None:
                return True
            time.sleep(TICK)
        return False

    def _feed(self, text: str) -> None:
        # A command that reads its configuration from standard input keeps passwords out of the process list.
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.close()
        except BrokenPipeError:
            pass

    def _read(self, console: Console) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            line = self.part.clean(raw.decode(errors="replace").rstrip())
            if line:
                console.say(self.part.name, line)


def _end_with_parent(number: signal.Signals) -> None:
    """Runs in the new process: even if `up` is killed with -9, its parts end (Linux alone offers this)."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, number)
