"""What one worker may write about its attempt at a job: every write is refused once the attempt is not its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from project import faults
from project.database import Database
from project.database.clock import now
from project.engine.events import Finished
from project.engine.matches import TrialReport
from project.fetch.events import Calls
from project.files.notes import note_used
from project.jobs import deaths, pauses
from project.jobs.deaths import Death
from project.jobs.kinds import JobKind
from project.jobs.models import Job, JobTable, StoredReport, Worker
from project.jobs.patience import patiently
from project.jobs.precedence import is_in_the_way
from project.jobs.rows import FRESH_PROGRESS, NO_RESULT, add_line, plain, view_of
from project.jobs.states import PUBLISHING, JobState
from project.jobs.view import JobProgress, JobView


class LostLeaseError(Exception):
    """The attempt is another worker's by now, or the job has ended: leave everything as it is."""


class CancelledError(Exception):
    """Somebody asked to end the job."""


class Attempt:
    """One try at a job. The number of the attempt is the fencing token."""

    def __init__(self, database: Database, job: JobView, lease_seconds: float) -> None:
        self.job = job
        self.number = job.attempt
        self._database = database
        self.lease_seconds = lease_seconds

    def renew(self, progress: JobProgress | None = None, calls: Calls | None = None) -> None:
        """Show a sign of life. Raises LostLeaseError, or CancelledError if somebody asked for that."""
        values: dict[str, Any] = {"lease_until": now(self.lease_seconds), "updated_at": now()}
        if progress is not None:
            values |= progress.model_dump()
        if calls is not None:
            values["calls"] = plain(calls.model_dump_json())
        with self._database.write() as session:
            if self._write(session, values):
                raise CancelledError

    def heed(self) -> None:
        """Look, and write nothing. Raises LostLeaseError, or CancelledError if somebody asked for that."""
        with self._database.look_up() as connection:
            wish = connection.scalar(select(Job.cancel_requested).where(*self._mine()))
        if wish is None:
            raise LostLeaseError
        if wish:
            raise CancelledError

    def is_in_the_way(self) -> bool:
        """Whether it inspects a file while somebody waits for a job of theirs. Raises UnavailableError."""
        return self.job.is_inspection and is_in_the_way(self._database, self.job)

    def note(self, message: str, level: str = "info") -> None:
        """Add a line to the job's log."""
        with self._database.write() as session:
            add_line(session, self.job.id, self.number, message, level)

    @patiently
    def decide(self, done: Finished, stamps: tuple[str, str | None]) -> JobView:
        """Record the result before anything is published: from here on the job can only succeed.

        Should this process die now, the sweeper publishes what lies in the attempt's folder. Raises LostLeaseError,
        or CancelledError if somebody asked for that before.
        """
        values = {
            "phase": PUBLISHING,
            "lease_until": now(self.lease_seconds),
            "updated_at": now(),
            "ledger": done.ledger.model_dump_json(),
            "columns": json.dumps(done.columns),
            "dialect": plain(done.dialect),
            "result_bytes": done.result_bytes,
            "rejects_bytes": done.rejects_bytes,
            "result_stamp": stamps[0],
            "rejects_stamp": stamps[1],
            "peak_memory_mb": done.peak_memory_mb,
            "rejects": done.ledger.rejected,
            "rows_read": done.ledger.read,
            "bytes_read": Job.bytes_total,
            "seconds_left": None,
            "fraction": 1.0,
        }
        faults.point("before-decision")
        with self._database.write() as session:
            if self._write(session, values):
                raise CancelledError  # rolls back: who was told that the job is being cancelled was told the truth
            faults.point("in-decision")
            return view_of(self._row(session))

    @patiently
    def succeed(self, message: str, tell: Callable[[Session], None] = lambda session: None) -> None:
        """End the job whose result is published; `tell` is what the catalogue is told in the same transaction."""
        with self._database.write() as session:
            tell(session)
            self._end(session, {"state": JobState.SUCCEEDED}, message)
            faults.point("in-commit")

    @patiently
    def fail(self, code: str, message: str) -> None:
        """End the job with the reason."""
        values = {
            **NO_RESULT,
            "state": JobState.FAILED,
            "error_code": code,
            "error_message": plain(message),
            "seconds_left": None,
        }
        with self._database.write() as session:
            self._end(session, values, message, "error")

    @patiently
    def cancel(self) -> None:
        """End the job because somebody asked for that."""
        with self._database.write() as session:
            self._end(session, {"state": JobState.CANCELLED, "seconds_left": None}, "Cancelled.")

    @patiently
    def give_back(self, reason: str) -> JobState:
        """Queue the job for another attempt at once; this one is not counted as a death."""
        with self._database.write() as session:
            job = self._row(session)
            if job.cancel_requested:
                self._end(session, {"state": JobState.CANCELLED, "seconds_left": None}, "Cancelled.")
                return JobState.CANCELLED
            deaths.queue(session, job, reason)
            return JobState.QUEUED

    @patiently
    def pause(self, seconds: float, reason: str) -> JobState:
        """Queue the job for another attempt after so many seconds; this one is not counted as a death."""
        with self._database.write() as session:
            job = self._row(session)
            if job.cancel_requested:
                self._end(session, {"state": JobState.CANCELLED, "seconds_left": None}, "Cancelled.")
                return JobState.CANCELLED
            pauses.pause(session, job, seconds, reason)
            return JobState.QUEUED

    @patiently
    def report(self, report: TrialReport, done: Finished) -> JobState:
        """End a trial with what it has found out; there is no file to publish. Raises CancelledError."""
        values = {
            "state": JobState.SUCCEEDED,
            "dialect": plain(done.dialect),
            "peak_memory_mb": done.peak_memory_mb,
            "rejects": done.ledger.rejected,
            "rows_read": done.ledger.read,
            "seconds_left": None,
            "fraction": 1.0,
        }
        with self._database.write() as session:
            session.execute(delete(StoredReport).where(StoredReport.job_id == self.job.id))
            session.add(StoredReport(job_id=self.job.id, report=plain(report.model_dump_json())))
            if self._end(session, values, "Tried: nothing was written."):
                raise CancelledError
            return JobState.SUCCEEDED

    @patiently
    def bury(self, death: Death, max_attempts: int) -> JobState:
        """Record that the attempt died; what became of the job."""
        with self._database.write() as session:
            return deaths.settle(session, self._row(session), death, max_attempts)

    def _row(self, session: Session) -> Job:
        job = session.scalar(select(Job).where(*self._mine()).with_for_update())
        if job is None:
            raise LostLeaseError
        return job

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return Job.id == self.job.id, Job.attempt == self.number, Job.state == JobState.RUNNING

    def _end(self, session: Session, values: dict[str, Any], message: str, level: str = "info") -> bool:
        """Whether a cancellation is asked for."""
        cancel_requested = self._write(
            session, {**values, "finished_at": now(), "updated_at": now(), "lease_until": None}
        )
        add_line(session, self.job.id, self.number, message, level)
        return cancel_requested

    def _write(self, session: Session, values: dict[str, Any]) -> bool:
        """Whether a cancellation is asked for."""
        query = update(Job).where(*self._mine()).values(values).returning(Job.cancel_requested)
        rows = session.execute(query).all()
        if not rows:
            raise LostLeaseError
        return bool(rows[0][0])


def is_abandoned(lease_seconds: float) -> ColumnElement[bool]:
    """A running job whose worker gave no sign of life for a lease, or gives one from the future: the clock was put
    back since, and a worker that lives corrects it within a second."""
    return and_(Job.state == JobState.RUNNING, or_(Job.lease_until < now(), Job.updated_at > now(lease_seconds)))


def claim(
    database: Database,
    job_id: str,
    worker: str,
    lease_seconds: float,
    max_attempts: int,
    worker_id: str | None = None,
) -> Attempt | None:
    """Take the job if it waits, or if its worker's lease ran out; a duplicate message finds nothing to take.

    `worker` is for people; `worker_id` is the run of it that stands in the roster, if one does.
    """
    abandoned = and_(
        is_abandoned(lease_seconds),
        Job.phase.is_distinct_from(PUBLISHING),
        Job.deaths + 1 < max_attempts,
        Job.cancel_requested.is_(False),
    )
    values = {
        **FRESH_PROGRESS,
        "state": JobState.RUNNING,
        "attempt": Job.attempt + 1,
        "deaths": Job.deaths + case((Job.state == JobState.RUNNING, 1), else_=0),
        "worker": worker,
        "worker_id": worker_id,
        "lease_until": now(lease_seconds),
        "started_at": case((Job.started_at.is_(None), now()), else_=Job.started_at),
        "updated_at": now(),
        "paused_until": None,
        "paused_reason": None,
    }
    query = update(Job).where(Job.id == job_id, or_(pauses.waits(), abandoned)).values(values)
    with database.write() as session:
        job = session.scalars(query.returning(Job)).one_or_none()
        if job is None:
            return None
        session.execute(update(Worker).where(Worker.id == worker_id).values(idle_since=None))
        if job.kind != JobKind.INSPECTION:
            others = session.scalars(select(JobTable.name).where(JobTable.job_id == job.id)).all()
            for name in sorted({job.input, *others}):
                note_used(session, name)
        add_line(session, job.id, job.attempt, f"Attempt {job.attempt} started on {worker}.")
        return Attempt(database, view_of(job), lease_seconds)
