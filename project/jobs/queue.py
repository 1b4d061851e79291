"""Where a queued job stands, and what it waits for."""

from __future__ import annotations

import math
import time
from datetime import datetime

from sqlalchemy import and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from project.database import Database
from project.database.clock import now
from project.jobs import pauses
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.roster import Roster
from project.jobs.states import JobState
from project.jobs.view import JobView, QueuePlace, WorkerView
from project.jobs.waiting import reason

_OTHER = aliased(Job)
_IS_EARLIER = tuple_(_OTHER.updated_at, _OTHER.number) < tuple_(Job.updated_at, Job.number)
_AHEAD = (
    select(func.count())
    .where(pauses.waits(_OTHER))
    .where(
        or_(
            and_(Job.kind == JobKind.INSPECTION, _OTHER.kind != JobKind.INSPECTION),
            and_((_OTHER.kind == JobKind.INSPECTION) == (Job.kind == JobKind.INSPECTION), _IS_EARLIER),
        )
    )
    .scalar_subquery()
)
_PLACE = select(_AHEAD, Job.rung_at, Job.paused_until, Job.updated_at, now()).where(
    Job.id == bindparam("id"), pauses.waits()
)

_MOST = 1000


class Queue:
    """The queued jobs, in the order in which they were queued; inspections come behind all others.

    Workers and places change by the second, so that many who ask at once may get the same picture, up to so old.
    """

    def __init__(self, database: Database, roster: Roster, picture_seconds: float = 0.0) -> None:
        self.database = database
        self.roster = roster
        self._picture_seconds = picture_seconds
        self._picture: tuple[float, tuple[WorkerView, ...]] = (-math.inf, ())
        self._places: dict[str, tuple[float, datetime, QueuePlace | None]] = {}

    def place(self, job: JobView) -> QueuePlace | None:
        """The job's place, or None if it does not wait (any more), or is paused."""
        if job.state is not JobState.QUEUED or job.is_paused:
            return None
        taken_at, queued_at, place = self._places.get(job.id, (-math.inf, None, None))
        if queued_at == job.updated_at and time.monotonic() - taken_at < self._picture_seconds:
            return place
        place = self._place(job.id)
        if len(self._places) >= _MOST:
            self._places.clear()
        self._places[job.id] = (time.monotonic(), job.updated_at, place)
        return place

    def _place(self, job_id: str) -> QueuePlace | None:
        with self.database.look_up() as connection:
            row = connection.execute(_PLACE, {"id": job_id}).one_or_none()
        if row is None:
            return None
        ahead, rung_at, paused_until, queued_at, moment = row
        waited = max(0.0, (moment - queued_at).total_seconds())
        # One whose pause has just ended is rung for by the sweeper's next round.
        is_rung = rung_at is not None or paused_until is not None
        sentence = reason(self._workers(), is_rung=is_rung, waited=waited)
        return QueuePlace(position=ahead + 1, reason=sentence)

    def _workers(self) -> tuple[WorkerView, ...]:
        taken_at, workers = self._picture
        if time.monotonic() - taken_at >= self._picture_seconds:
            workers = self.roster.workers()
            self._picture = (time.monotonic(), workers)
        return workers
