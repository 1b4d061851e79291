"""The workers: who is alive, since when, doing what; each keeps its own row, by the database's clock."""

from __future__ import annotations

import os
import socket
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy.orm import Session

from project.database import Database
from project.database.clock import now
from project.jobs import pauses
from project.jobs.models import Job, Worker
from project.jobs.states import JobState
from project.jobs.view import WorkerJob, WorkerView

BEAT_SECONDS = 5.0
GONE_SECONDS = 4 * BEAT_SECONDS
"""A worker that has been silent for so long counts as gone."""
FORGET_SECONDS = 3600.0
"""So long one that is gone is still shown."""

_ALL = select(*Worker.__table__.columns, now().label("moment")).order_by(Worker.started_at, Worker.id)
_RUNNING = (
    select(Job.worker_id, Job.id, Job.input, Job.attempt, Job.phase, Job.fraction)
    .where(Job.state == JobState.RUNNING, Job.worker_id.is_not(None))
    .order_by(Job.number)
)


@dataclass(frozen=True)
class WorkerIdentity:
    """One run of a worker."""

    id: str
    host: str
    pid: int
    slots: int

    @classmethod
    def of_this_process(cls, slots: int) -> WorkerIdentity:
        """A new identity; asked for once, before the fork."""
        return cls(str(uuid.uuid4()), socket.gethostname(), os.getpid(), slots)


@dataclass(frozen=True)
class Roster:
    """The table of workers."""

    database: Database

    def beat(self, worker: WorkerIdentity, hears_doorbell: bool) -> None:
        """Show a sign of life: the first one enters the worker, and so does one after it was forgotten."""
        with self.database.write() as session:
            is_idle = hears_doorbell and self._is_idle(session, worker)
            values = {
                "heartbeat_at": now(),
                "hears_doorbell": hears_doorbell,
                "idle_since": func.coalesce(Worker.idle_since, now()) if is_idle else None,
            }
            query = update(Worker).where(Worker.id == worker.id).values(values)
            if not session.execute(query.returning(Worker.id)).all():
                session.add(_new_row(worker, hears_doorbell))
            session.execute(delete(Worker).where(Worker.heartbeat_at < now(-FORGET_SECONDS)))

    def leave(self, worker: WorkerIdentity) -> None:
        """An orderly end: nobody has to wonder where it is."""
        with self.database.write() as session:
            session.execute(delete(Worker).where(Worker.id == worker.id))

    def workers(self) -> tuple[WorkerView, ...]:
        """All that are alive or went lately; the alive ones first, each kind by its start."""
        with self.database.look_up() as connection:
            rows = connection.execute(_ALL).all()
            jobs = _jobs_by_worker(connection) if rows else {}
        found = [_view(row, jobs.get(row.id, ())) for row in rows]
        return tuple(sorted(found, key=lambda worker: not worker.is_alive))

    @staticmethod
    def _is_idle(session: Session, worker: WorkerIdentity) -> bool:
        mine = select(func.count()).where(Job.state == JobState.RUNNING, Job.worker_id == worker.id)
        waiting = select(exists().where(pauses.waits()))
        return (session.scalar(mine) or 0) < worker.slots and bool(session.scalar(waiting))


def _new_row(worker: WorkerIdentity, hears_doorbell: bool) -> Worker:
    return Worker(
        id=worker.id,
        host=worker.host,
        pid=worker.pid,
        slots=worker.slots,
        started_at=now(),
        heartbeat_at=now(),
        hears_doorbell=hears_doorbell,
    )


def _jobs_by_worker(connection: Connection) -> dict[str | None, tuple[WorkerJob, ...]]:
    found: dict[str | None, tuple[WorkerJob, ...]] = defaultdict(tuple)
    for worker_id, job_id, name, attempt, phase, fraction in connection.execute(_RUNNING):
        found[worker_id] += (WorkerJob(id=job_id, input=name, attempt=attempt, phase=phase, fraction=fraction),)
    return found


def _view(worker: Any, jobs: tuple[WorkerJob, ...]) -> WorkerView:
    moment: datetime = worker.moment
    silent = max(0.0, (moment - worker.heartbeat_at).total_seconds())
    return WorkerView(
        id=worker.id,
        name=f"{worker.host}:{worker.pid}",
        host=worker.host,
        pid=worker.pid,
        slots=worker.slots,
        started_at=worker.started_at,
        heartbeat_at=worker.heartbeat_at,
        is_alive=silent < GONE_SECONDS,
        hears_doorbell=worker.hears_doorbell,
        up_seconds=max(0.0, (worker.heartbeat_at - worker.started_at).total_seconds()),
        silent_seconds=silent,
        idle_seconds=None if worker.idle_since is None else max(0.0, (moment - worker.idle_since).total_seconds()),
        jobs=jobs,
    )
