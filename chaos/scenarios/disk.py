"""The disk is full at each write that a job leads to, one after the other, on purpose."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from chaos.arena import QUIET_SECONDS, Arena
from chaos.material import CLEAN, HUGE, KINDS, PASSED, REJECTED, SPILLED, Kind
from chaos.product import LEASE_SECONDS, wait_for
from chaos.scenario import Scenario
from chaos.scenarios.points import passed
from chaos.stream import Submitted
from project.jobs.models import Job
from project.jobs.states import JobState

CODE = "disk_full"
# Megabytes of each small disk: for the workspace, for the database and Redis, for what the product prints.
DISKS = {"data": 900, "state": 60, "log": 2}
# Enough for a small job, and for nothing that is hit on purpose.
ROOM_BYTES = 1_500_000
REFUSED_SECONDS = 20.0
_BY_NAME = {kind.name: kind for kind in KINDS}
_COPY, _SMALL = _BY_NAME["copy"], _BY_NAME["small"]


@dataclass(frozen=True)
class Phase:
    """A write that meets a full disk: `victim` leads to it, `words` are in the sentence with which that job fails.

    `point`: the fault point in front of the write. No words: the job does not fail.
    """

    name: str
    point: str
    victim: Kind
    words: str


WRITES = (
    Phase("spool", "engine-spool", _COPY, "a clean copy of its records"),
    Phase("spill", "engine-spill", SPILLED, "its temporary files"),
    Phase("result", "engine-result-write", PASSED, "its result"),
    Phase("rejects", "engine-rejects-write", REJECTED, "its rejects"),
)
# What is sure not to fit is not begun.
REFUSED = Phase("room for the result", "", CLEAN, "the result would take at least about")
# These need a few bytes, or none: no small disk is ever full for them alone.
POINTS = (
    Phase("plan", "plan", _SMALL, "The disk is full"),
    Phase("sync of the rejects", "engine-rejects", _SMALL, "its rejects"),
    Phase("sync of the result", "engine-result", _SMALL, "its result"),
    Phase("checkpoint", "engine-checkpoint", HUGE, ""),
    Phase("publishing", "before-rejects", _SMALL, "The disk is full"),
    Phase("publishing of the second file", "between-renames", _SMALL, "The disk is full"),
)


class DiskFull(Scenario):
    """Each phase in turn, in an order drawn from the seed; what failed is tried again when there is room."""

    name = "disk-full"
    kinds = tuple(kind for kind in KINDS if not kind.is_cancelled)
    more_kinds = (HUGE, CLEAN, PASSED, SPILLED, REJECTED)
    # The disks alone draw the limits.
    variables = {"ENGINE_SPILL_MB": "5000", "ENGINE_OUTPUT_MB": "5000"}
    a_round = 15

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._found: list[str] = []
        self._left: list[Callable[[Arena], None]] = []
        self._has_disks = os.geteuid() == 0 and shutil.which("mount") is not None

    @contextmanager
    def surroundings(self, folder: Path) -> Iterator[Path]:
        """Small disks, for who may mount them."""
        mounted: list[Path] = []
        try:
            for name, size in DISKS.items():
                path = folder / name
                path.mkdir(parents=True)
                if self._has_disks:
                    command = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(path)]
                    subprocess.run(command, check=True)
                    mounted.append(path)
            yield folder
        finally:
            for path in mounted:
                subprocess.run(["umount", "--lazy", str(path)], check=True)

    def strike(self, arena: Arena) -> None:
        """The next phase."""
        if not self._left:
            self._left = arena.random.sample(self._phases(), len(self._phases()))
        self._left.pop()(arena)

    def settle(self, arena: Arena) -> None:
        """All that failed for lack of room has left nothing, and ends as it should once it is tried again."""
        with arena.product.database.read() as session:
            failed = session.scalars(select(Job).where(Job.error_code == CODE, Job.state == JobState.FAILED)).all()
        for job in failed:
            self._found += [f"{job.output} left a file" for _ in arena.product.workspace.folder.glob(f"{job.output}*")]
            arena.product.ask(f"/api/v1/jobs/{job.id}/retry", {})
        arena.notes.append(f"tried again when there was room: {len(failed)} jobs")
        wait_for(arena.is_quiet, QUIET_SECONDS)

    def breaches(self, arena: Arena) -> list[str]:
        """What was not hit, or did not end as it should."""
        return self._found

    def _phases(self) -> list[Callable[[Arena], None]]:
        if not self._has_disks:
            return [self._at_point(phase) for phase in WRITES + POINTS]
        found = [self._on_disk(phase) for phase in (*WRITES, REFUSED)] + [self._at_point(phase) for phase in POINTS]
        if self.server is None:
            found += [partial(self._database, pages=pages) for pages in (0, 4)]
        return [*found, self._log, self._anywhere]

    def _on_disk(self, phase: Phase) -> Callable[[Arena], None]:
        """A disk with little room, and nobody there but one job that needs more, and then one that does not."""

        def strike(arena: Arena) -> None:
            with arena.stream.held():
                wait_for(arena.is_quiet, QUIET_SECONDS)
                with _full(arena.product.folder / "data", ROOM_BYTES):
                    arena.struck()
                    self._expect(arena, phase, arena.stream.submit(phase.victim))
                    neighbour = arena.wait_for_end(arena.stream.submit(_SMALL))
                    if neighbour.get("state") != JobState.SUCCEEDED:
                        self._found.append(f"{phase.name}: a small job beside it ended as {neighbour}")

        return strike

    def _at_point(self, phase: Phase) -> Callable[[Arena], None]:
        """The write call fails in the engine or the worker of one job; no other is there to meet it instead."""

        def strike(arena: Arena) -> None:
            with arena.stream.held():
                wait_for(arena.is_quiet, QUIET_SECONDS)
                arena.product.arm(phase.point, "full")
                victim = arena.stream.submit(phase.victim)
                if not passed(arena, phase.point):
                    self._found.append(f"{phase.name}: nothing was written there")
            self._expect(arena, phase, victim)

        return strike

    def _expect(self, arena: Arena, phase: Phase, victim: Submitted) -> None:
        ended = arena.wait_for_end(victim)
        error = ended.get("error") or {}
        sentence = str(error.get("message", ""))
        if phase.words:
            is_right = error.get("code") == CODE and phase.words in sentence
        else:
            is_right = ended.get("state") == JobState.SUCCEEDED
        if not is_right:
            self._found.append(f"{phase.name}: {victim.output} ended as {ended.get('state')}: {sentence}")
        arena.notes.append(f"{phase.name}: {victim.output} {ended.get('state')}. {sentence}")

    def _database(self, arena: Arena, pages: int) -> None:
        """No room for SQLite's journal; or for that, but not for the rows. Redis lies on the same disk."""
        said = arena.product.log.stat().st_size
        with _full(arena.product.state, pages * 4096):
            arena.struck()

            def is_refused() -> bool:
                return arena.stream.submit(_SMALL).id is None

            if not wait_for(is_refused, REFUSED_SECONDS):
                self._found.append("database: nothing was refused")
            arena.pause(0.5, LEASE_SECONDS + 2)
        log = arena.product.log.read_bytes()[said:].decode(errors="replace")
        words = ("database or disk is full", "disk I/O error", "unable to open database file", "MISCONF")
        arena.notes.append(f"database, {pages} pages left: {', '.join(word for word in words if word in log)}")

    def _log(self, arena: Arena) -> None:
        """What the product prints goes nowhere, then on."""
        with _full(arena.product.log.parent, 0):
            arena.struck()
            arena.pause(1, 3)
        size = arena.product.log.stat().st_size
        arena.stream.submit(_SMALL)
        if not wait_for(lambda: arena.product.log.stat().st_size > size, QUIET_SECONDS):
            self._found.append("log: it does not go on")
        arena.notes.append(f"log: full at {size:,} bytes, then it went on")

    def _anywhere(self, arena: Arena) -> None:
        """The workspace at a moment that nobody chose, with many at work."""
        with _full(arena.product.workspace.folder, 0):
            arena.struck()
            arena.pause(0.5, 4)
        arena.notes.append("workspace: full for a while with jobs at work")


@contextmanager
def _full(folder: Path, room: int) -> Iterator[None]:
    """All but so many bytes of the folder's disk are taken, whatever others give back at first."""
    filler = folder / ".filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while (free := _free(folder) - room) > 0:
                stream.write(bytes(min(free, 1 << 20)))
        except OSError:
            pass  # somebody else took the last of it
    try:
        yield
    finally:
        filler.unlink()


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
