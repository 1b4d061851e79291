"""Starts processes in a fraction of the time: forked from one that has their modules loaded (Linux alone)."""

from __future__ import annotations

import ctypes
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, ClassVar

import project
from project.engine.forking import STREAMS

log = logging.getLogger(__name__)
# Loading takes less than a second: a nursery that takes so much longer than that is stuck.
_ANSWER_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36


class Forked:
    """A child of this process, although another one has forked it; as much of a `Popen` as a `Child` needs."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self._code: int | None = None

    def begin(self, plan: Path) -> None:
        """Let it carry out the plan; whether it is gone already is seen as it always is."""
        with suppress(BrokenPipeError):
            self.stdin.write(os.fsencode(plan) + b"\n")

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, or the signal that ended it, negative. Raises subprocess.TimeoutExpired."""
        end = None if timeout is None else time.monotonic() + timeout
        pause = 0.0005
        while self._code is None:
            pid, status = os.waitpid(self.pid, 0 if end is None else os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
            elif end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("forked", timeout or 0.0)
            else:
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                time.sleep(pause)
        return self._code


class Nursery:
    """One of each program for each process that runs jobs, used by one thread at a time.

    `program`: the module of the nursery; `variables`: its environment, and that of whatever it forks. What goes wrong
    here costs nothing but time: the process is then started anew, as it is elsewhere than on Linux.
    """

    _running: ClassVar[int] = 0

    def __init__(self, program: str, variables: Mapping[str, str], answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._program = program
        self._variables = variables
        self._answer_seconds = answer_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that is forked, if it runs."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether there is one to ask."""
        return self._process is not None and self._process.poll() is None

    def prepare(self) -> None:
        """Let it load the modules while there is nothing to do, or something else; also if one that was is gone."""
        try:
            self._start()
        except OSError as error:
            self._give_up(error)

    def process(self) -> Forked | None:
        """A new process that waits for its plan; None if it has to be started in the plain way."""
        self.prepare()
        try:
            return self._fork() if self._channel else None
        except (OSError, ValueError) as error:
            self._give_up(error)
            return None

    def close(self) -> None:
        """End it; the next use starts it again."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            Nursery._running -= 1
            if not Nursery._running:
                _take_in_orphans(False)
        self._channel = self._process = None

    def _give_up(self, error: Exception) -> None:
        log.warning("nothing from the nursery", extra={"program": self._program, "reason": str(error)})
        self.close()

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is not None or not _take_in_orphans(True):
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(self._answer_seconds)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=Path(project.__file__).parent.parent,
                env=dict(self._variables),
                start_new_session=True,
            )
        self._channel = ours
        Nursery._running += 1

    def _fork(self) -> Forked:
        """Raises OSError or ValueError if it does not come; what comes too late finds its standard input closed."""
        assert self._channel is not None
        theirs: list[int] = []
        ours: list[int] = []
        for number in range(STREAMS):
            read, write = os.pipe()
            theirs.append(write if number else read)
            ours.append(read if number else write)
        try:
            socket.send_fds(self._channel, [b"?"], theirs)
            pid = int(self._channel.recv(32))
        except BaseException:
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        stdin, stdout, stderr = (os.fdopen(end, "rb" if number else "wb", 0) for number, end in enumerate(ours))
        return Forked(pid, stdin, stdout, stderr)


def _take_in_orphans(wish: bool) -> bool:
    """Be the parent of descendants whose own parent has ended, or do not; whether that can be chosen here."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(wish), 0, 0, 0) == 0)
