"""What becomes of a job whose attempt died without an answer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from project.database.clock import now
from project.jobs.models import Job
from project.jobs.rows import FRESH_PROGRESS, NO_RESULT, add_line, plain
from project.jobs.states import JobState

_TIMES = {1: "once", 2: "twice", 3: "three times"}
_OUT_OF_MEMORY = (
    "The machine may be out of memory: lower ENGINE_MEMORY_MB or WORKER_CONCURRENCY, or free some, then try it again."
)
_FAULT = "That is a fault in Rowmill, not in the file: the worker's log has more, and a report helps to mend it."


@dataclass(frozen=True)
class Death:
    """How an attempt ended without an answer: `how` completes "The engine …", or what else `who` is."""

    how: str
    was_killed: bool = False
    who: str = "engine"

    @property
    def advice(self) -> str:
        """What a person can do about it."""
        return _OUT_OF_MEMORY if self.was_killed else _FAULT


def settle(session: Session, job: Job, death: Death, max_attempts: int) -> JobState:
    """Queue the job for another attempt, or fail it after the last, or end it if somebody asked for that.

    The row has to be locked by the session.
    """
    job.deaths += 1
    job.lease_until = None
    job.updated_at = now()
    if job.cancel_requested:
        _end(session, job, JobState.CANCELLED, f"Cancelled; the {death.who} {death.how}.", "info")
    elif job.deaths >= max_attempts:
        times = _TIMES.get(job.deaths, f"{job.deaths} times")
        job.error_code = "engine_died"
        job.error_message = plain(f"The {death.who} {death.how}; attempts have died {times}. {death.advice}")
        _end(session, job, JobState.FAILED, job.error_message, "error")
    else:
        queue(session, job, f"The {death.who} {death.how}. The job is queued for another attempt.", "warning")
    return JobState(job.state)


def queue(session: Session, job: Job, message: str, level: str = "info") -> None:
    """Put a running job back into the queue, as if it had not begun."""
    for name, value in FRESH_PROGRESS.items():
        setattr(job, name, value)
    job.state = JobState.QUEUED
    job.lease_until = None
    job.worker = None
    job.worker_id = None
    job.updated_at = now()
    job.rung_at = now()
    add_line(session, job.id, job.attempt, message, level)


def _end(session: Session, job: Job, state: JobState, message: str, level: str) -> None:
    for name, value in NO_RESULT.items():
        setattr(job, name, value)
    job.state = state
    job.seconds_left = None
    job.finished_at = now()
    add_line(session, job.id, job.attempt, message, level)
