"""One engine process: started in its own group, listened to without blocking, ended with all that it started."""

from __future__ import annotations

import logging
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType

from pydantic import ValidationError

import project
from project.engine.events import EVENT, Event
from project.jobs.deaths import Death
from project.jobs.engine_environment import environment
from project.jobs.nursery import Nursery

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
COMMAND = (sys.executable, "-m", "project.engine")


class EngineProcess:
    """Use as a context manager: at the end, the process and its group are gone, whatever happened.

    It comes from the nursery, if there is one and it gives one; else it is started by the command.
    """

    def __init__(
        self,
        plan: Path,
        command: tuple[str, ...] = COMMAND,
        defaults: Mapping[str, str] = MappingProxyType({}),
        nursery: Nursery | None = None,
    ) -> None:
        # Its standard input stays open and silent: the engine reads its end when we die, and dies too.
        forked = nursery.engine() if nursery else None
        self._process = forked or _started([*command, str(plan)], environment(defaults))
        _step_back(self._process.pid)
        if forked:
            forked.begin(plan)
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

    def events(self, seconds: float, wake: int | None = None) -> list[Event]:
        """The events that came within that time; returns early as soon as there are some, or `wake` is readable."""
        if wake is not None:
            self._selector.register(wake, selectors.EVENT_READ, None)
        try:
            ready = self._selector.select(seconds)
        finally:
            if wake is not None:
                self._selector.unregister(wake)
        found: list[Event] = []
        for key, _ in ready:
            if key.data is not None:
                found += self._read(key)
        return found

    def death(self) -> Death:
        """How it ended without an answer, with the last line that it wrote; waits a little for the end."""
        if self._out_of_memory:
            return Death(f"ran out of memory ({self._out_of_memory[:300]})", was_killed=True)
        try:
            code = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return Death("fell silent and was ended")
        if code < 0:
            return Death(f"was killed by signal {-code}{self._last_words()}", was_killed=True)
        return Death((f"ended with exit code {code}" if code else "ended without an answer") + self._last_words())

    def kill(self) -> None:
        """End the process and all that it started. It holds nothing that needs a goodbye."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            pass
        self._process.wait()

    def __enter__(self) -> EngineProcess:
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

    def _read(self, key: selectors.SelectorKey) -> list[Event]:
        data = os.read(key.fd, _READ_BYTES)
        if not data:
            self._selector.unregister(key.fileobj)
        if not key.data:
            self._tail = (self._tail + data)[-_TAIL_BYTES:]
            self._look_for_lack_of_memory()
            return []
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return [event for line in lines if (event := _parse(line)) is not None]


def _started(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(project.__file__).parent.parent,
        env=variables,
        start_new_session=True,
    )


def _step_back(pid: int) -> None:
    """Give way to others, threads that it starts included. It has just begun, and has no threads yet."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, pid)))
    with suppress(OSError):
        # Where Linux shares out the processor by sessions, it is the session's niceness that counts.
        Path(f"/proc/{pid}/autogroup").write_text(str(_NICENESS), encoding="ascii")


def _parse(line: bytes) -> Event | None:
    try:
        return EVENT.validate_json(line)
    except ValidationError:
        # A library that prints is no reason to lose hours of work.
        log.warning("not an event", extra={"line": line[:200].decode(errors="replace")})
        return None
