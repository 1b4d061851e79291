"""A process that works on a job: started in its own group, listened to without blocking, ended with all it started."""

from __future__ import annotations

import logging
import os
import re
import selectors
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

import project
from project.jobs.deaths import Death
from project.jobs.nursery import Forked

log = logging.getLogger(__name__)
_READ_BYTES = 65536
_TAIL_BYTES = 4096
_EXIT_SECONDS = 10.0
# On a machine that is busy with engines, heartbeats and pages come first; on one that is not, this costs nothing.
_NICENESS = 10
# How the interpreter and the libraries say it, of memory or of a thread's stack. Some of their threads then die alone,
# and all others wait for them; one (jemalloc's) says it again and again for ever.
_NO_MEMORY = re.compile(
    rb"MemoryError|[Mm]emory allocation|[Cc]annot allocate memory|"
    rb"(start|spawn).* thread|thread creation failed|pthread_create failed"
)

Process = subprocess.Popen[bytes] | Forked
E = TypeVar("E")


class Child(Generic[E]):
    """Use as a context manager: at the end, the process and its group are gone, whatever happened.

    `who` is what people call it. Its events, JSON lines on standard output, are read by `events`.
    """

    def __init__(self, process: Process, events: TypeAdapter[E], who: str) -> None:
        # Its standard input stays open: it reads the end when we die, and dies too.
        self._process = process
        self._events = events
        self._who = who
        step_back(self._process.pid)
        self._buffer = b""
        self._tail = b""
        self._out_of_memory = ""
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, stream is self._process.stdout)

    @property
    def pid(self) -> int:
        """The process's ID, which is its group's too."""
        return self._process.pid

    @property
    def is_silent(self) -> bool:
        """Whether nothing more can come: it has closed its standard output."""
        return not any(key.data for key in self._selector.get_map().values())

    @property
    def is_out_of_memory(self) -> bool:
        """Whether it has said so: nothing that it still does can be relied on, and it may never end."""
        return bool(self._out_of_memory)

    def events(self, seconds: float, wake: int | None = None) -> list[E]:
        """The events that came within that time; returns early as soon as there are some, or `wake` is readable."""
        if wake is not None:
            self._selector.register(wake, selectors.EVENT_READ, None)
        try:
            ready = self._selector.select(seconds)
        finally:
            if wake is not None:
                self._selector.unregister(wake)
        found: list[E] = []
        for key, _ in ready:
            if key.data is not None:
                found += self._read(key)
        return found

    def death(self) -> Death:
        """How it ended without an answer, with the last line that it wrote; waits a little for the end."""
        if self._out_of_memory:
            return self._death(f"ran out of memory ({self._out_of_memory[:300]})", was_killed=True)
        try:
            code = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return self._death("fell silent and was ended")
        if code < 0:
            return self._death(f"was killed by signal {-code}{self._last_words()}", was_killed=True)
        return self._death((f"ended with exit code {code}" if code else "ended without an answer") + self._last_words())

    def kill(self) -> None:
        """End the process and all that it started. It holds nothing that needs a goodbye."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            pass
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _last_words(self) -> str:
        lines = self._tail.decode(errors="replace").strip().splitlines()
        return f" ({lines[-1][:300]})" if lines else ""

    def _look_for_lack_of_memory(self) -> None:
        # A line that is not whole yet may not say how much was asked for.
        said = self._tail[: self._tail.rfind(b"\n") + 1]
        lines = [line for line in said.splitlines() if _NO_MEMORY.search(line)]
        if lines and not self._out_of_memory:
            self._out_of_memory = lines[0].decode(errors="replace").strip()

    def _read(self, key: selectors.SelectorKey) -> list[E]:
        data = os.read(key.fd, _READ_BYTES)
        if not data:
            self._selector.unregister(key.fileobj)
        if not key.data:
            self._tail = self._clean(self._tail + data)[-_TAIL_BYTES:]
            self._look_for_lack_of_memory()
            return []
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return [event for line in lines if (event := self._parse(line)) is not None]

    def _parse(self, line: bytes) -> E | None:
        try:
            return self._clean_event(self._events.validate_json(line))
        except ValidationError:
            # A library that prints is no reason to lose hours of work.
            log.warning("not an event", extra={"line": self._clean(line)[:200].decode(errors="replace")})
            return None

    def _clean(self, said: bytes) -> bytes:
        """What it says, without what nobody may see."""
        return said

    def _clean_event(self, event: E) -> E:
        """The same of what it tells."""
        return event

    def _death(self, how: str, was_killed: bool = False) -> Death:
        return Death(how, was_killed, self._who)


def started(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process whose streams are pipes, in a group of its own."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(project.__file__).parent.parent,
        env=variables,
        start_new_session=True,
    )


def step_back(pid: int) -> None:
    """Give way to others, threads that it starts included. It has just begun, and has no threads yet."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, pid)))
    with suppress(OSError):
        # Where Linux shares out the processor by sessions, it is the session's niceness that counts.
        Path(f"/proc/{pid}/autogroup").write_text(str(_NICENESS), encoding="ascii")
