"""A whole worker is stopped past its lease, beside another one, and goes on."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing

from sqlalchemy import select

from chaos.arena import Arena
from chaos.material import HUGE, KINDS
from chaos.processes import Process
from chaos.product import wait_for
from chaos.scenario import Scenario
from project.jobs.models import Job
from project.jobs.states import JobState

OVERTAKEN_SECONDS = 60.0
TRIES = 10
_JOB = re.compile(r"attempts/([0-9a-f-]+)\.")


class StopWorker(Scenario):
    """Its main process, those that run jobs, and their engines; the other worker finishes what they had begun."""

    name = "stop-worker"
    kinds = (*KINDS, HUGE)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._found: list[str] = []

    def strike(self, arena: Arena) -> None:
        """Stop one, wait until its jobs have ended elsewhere, let it go on."""
        if len(arena.product.processes.worker) < 2:
            arena.product.start_worker()
        for _ in range(TRIES):
            wait_for(lambda: _busy(arena), 30)
            busy = _busy(arena)
            if busy and self._stop(arena, _of(arena, arena.random.choice(busy))):
                return
            arena.pause(0.1, 0.5)

    def _stop(self, arena: Arena, group: list[Process]) -> bool:
        """Whether these processes were stopped for long; not if that met one inside a transaction."""
        held = [found[1] for process in group if (found := _JOB.search(process.command + process.folder))]
        for process in group:
            process.send(signal.SIGSTOP)
        try:
            if _is_locked(arena):
                return False
            arena.struck()
            if not wait_for(lambda: _have_ended(arena, held), OVERTAKEN_SECONDS):
                self._found.append(f"jobs of a stopped worker did not end elsewhere: {held}")
        finally:
            for process in group:
                process.send(signal.SIGCONT)
        arena.notes.append(f"{len(group)} processes were stopped until their {len(held)} jobs had ended elsewhere")
        return True

    def breaches(self, arena: Arena) -> list[str]:
        """Jobs that nobody took over."""
        return self._found


def _busy(arena: Arena) -> list[Process]:
    """The main processes of workers that have an engine at work."""
    processes = arena.product.processes
    parents = {engine.parent for engine in processes.engines}
    mains = {child.parent for child in processes.children if child.pid in parents}
    return [process for process in processes.worker if process.pid in mains]


def _of(arena: Arena, main: Process) -> list[Process]:
    processes = arena.product.processes
    children = [process for process in processes.children if process.parent == main.pid]
    pids = {process.pid for process in children}
    return [main, *children, *(engine for engine in processes.engines if engine.parent in pids)]


def _is_locked(arena: Arena) -> bool:
    """Whether one of them holds a lock on SQLite: docs/reliability.md says what is not promised then."""
    if not arena.product.database.url.startswith("sqlite"):
        return False
    with closing(sqlite3.connect(arena.product.state / "rowmill.db", timeout=1, isolation_level=None)) as database:
        try:
            database.execute("BEGIN EXCLUSIVE")
            database.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False


def _have_ended(arena: Arena, job_ids: list[str]) -> bool:
    with arena.product.database.read() as session:
        states = session.scalars(select(Job.state).where(Job.id.in_(job_ids))).all()
    return all(JobState(state).is_final for state in states)
