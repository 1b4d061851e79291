"""The processes of one product, found in /proc by the state folder in their environment or as their own folder.

A fetch is told nothing of the state folder: it is known by its plan, which lies in the workspace. Its command names it,
or it was forked and works in the plan's folder.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

ATTEMPTS = ".rowmill/attempts/"


@dataclass(frozen=True)
class Process:
    """A process that runs now."""

    pid: int
    parent: int
    command: str
    folder: str
    """The one that it works in: an engine from a nursery, whose command is the nursery's, in its attempt's."""
    is_stopped: bool = False

    def send(self, number: signal.Signals) -> bool:
        """Whether it was still there to get the signal."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


@dataclass(frozen=True)
class Processes:
    """A look at all of a product's processes at one moment."""

    all: tuple[Process, ...]

    @classmethod
    def of(cls, state: Path, workspace: Path) -> Processes:
        """Those whose STATE_DIR it is, the Redis that works in it, and what has a plan in the workspace."""
        found = (_look(int(entry), state, workspace) for entry in os.listdir("/proc") if entry.isdigit())
        return cls(tuple(process for process in found if process is not None))

    @property
    def engines(self) -> list[Process]:
        """What reads and writes, one a job; but not what they are forked from."""
        found = self._named("project.engine")
        return [process for process in found if ".nursery" not in process.command or ATTEMPTS in process.folder]

    @property
    def fetches(self) -> list[Process]:
        """What calls an API."""
        return self._named("project.fetch")

    @property
    def worker(self) -> list[Process]:
        """The workers' main processes."""
        pids = {process.pid for process in self._named("project.worker")}
        return [process for process in self._named("project.worker") if process.parent not in pids]

    @property
    def children(self) -> list[Process]:
        """The workers' processes that run jobs."""
        pids = {process.pid for process in self._named("project.worker")}
        return [process for process in self._named("project.worker") if process.parent in pids]

    @property
    def web(self) -> list[Process]:
        """The web server's arbiter and its worker."""
        return self._named("config.gunicorn")

    @property
    def redis(self) -> list[Process]:
        """The product's own Redis."""
        return self._named("valkey-server") or self._named("redis-server")

    @property
    def stopped(self) -> list[Process]:
        """Those that a signal stopped."""
        return [process for process in self.all if process.is_stopped]

    def _named(self, part: str) -> list[Process]:
        return [process for process in self.all if part in process.command]


def _look(pid: int, state_dir: Path, workspace: Path) -> Process | None:
    folder = Path(f"/proc/{pid}")
    mark = b"STATE_DIR=" + os.fsencode(state_dir) + b"\0"
    try:
        # Redis writes its title over its environment.
        works_in = os.readlink(folder / "cwd")
        said = (folder / "cmdline").read_bytes()
        is_within = any(Path(works_in).is_relative_to(own) for own in (state_dir, workspace))
        is_own = is_within or os.fsencode(workspace) in said
        if not is_own and mark not in (folder / "environ").read_bytes() + b"\0":
            return None
        command = said.replace(b"\0", b" ").decode(errors="replace")
        state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state in "ZX" else Process(pid, int(parent), command, works_in, is_stopped=state == "T")
