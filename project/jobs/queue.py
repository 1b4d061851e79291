"""Where a queued job stands, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased

from project.database import Database
from project.database.clock import now
from project.jobs.models import Job
from project.jobs.roster import Roster
from project.jobs.states import JobState
from project.jobs.view import JobView, QueuePlace
from project.jobs.waiting import reason


@dataclass(frozen=True)
class Queue:
    """The queued jobs, in the order in which they were queued."""

    database: Database
    roster: Roster

    def place(self, job: JobView) -> QueuePlace | None:
        """The job's place, or None if it does not wait (any more)."""
        if job.state is not JobState.QUEUED:
            return None
        other = aliased(Job)
        before = (
            select(func.count())
            .where(other.state == JobState.QUEUED)
            .where(tuple_(other.updated_at, other.number) < tuple_(Job.updated_at, Job.number))
            .scalar_subquery()
        )
        query = select(before, Job.rung_at, Job.updated_at, now()).where(Job.id == job.id, Job.state == job.state)
        with self.database.read() as session:
            row = session.execute(query).one_or_none()
        if row is None:
            return None
        ahead, rung_at, queued_at, moment = row
        waited = max(0.0, (moment - queued_at).total_seconds())
        sentence = reason(self.roster.workers(), is_rung=rung_at is not None, waited=waited)
        return QueuePlace(position=ahead + 1, reason=sentence)
