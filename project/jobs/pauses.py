"""Pauses: a queued job that is left alone until its time has come, or until somebody resumes it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from project.database.clock import now
from project.errors import ConflictError
from project.jobs import deaths
from project.jobs.models import Job
from project.jobs.rows import add_line, plain
from project.jobs.states import PUBLISHING, JobState

FOREVER = datetime(9999, 1, 1, tzinfo=timezone.utc)
"""Until somebody resumes it."""
_SHORTEST_SECONDS = 1.0
# An API may ask for years; somebody who waits is told sooner that it is still so.
_LONGEST_SECONDS = 24 * 3600.0


def waits(job: Any = Job) -> ColumnElement[bool]:
    """A queued job (or an alias of one) that a worker may take now."""
    return and_(job.state == JobState.QUEUED, or_(job.paused_until.is_(None), job.paused_until <= now()))


def pause(session: Session, job: Job, seconds: float, reason: str) -> None:
    """Queue a running job, to be taken again after so many seconds. The row has to be locked by the session."""
    seconds = min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
    _leave(session, job, now(seconds), f"Paused: {reason.rstrip('. ')}", "warning")
    job.paused_reason = plain(reason)


def pause_by_hand(session: Session, job: Job) -> None:
    """Whoever runs it finds at its next look that it is no longer its own. Raises ConflictError."""
    if JobState(job.state).is_final:
        raise ConflictError(f"The job is {job.state} already, so there is nothing to pause.")
    if job.phase == PUBLISHING:
        raise ConflictError("The job has succeeded and its result is being put in its place: it cannot be paused.")
    if job.cancel_requested:
        raise ConflictError("The job is being cancelled: it cannot be paused.")
    _leave(session, job, FOREVER, "Paused by hand")
    job.paused_reason = None


def resume(session: Session, job: Job) -> None:
    """Let it wait for a worker again, whatever it was paused for. Raises ConflictError if it is not paused."""
    if job.state != JobState.QUEUED or job.paused_until is None:
        raise ConflictError("The job is not paused, so there is nothing to resume.")
    job.paused_until = job.paused_reason = None
    job.updated_at = now()
    job.rung_at = now()
    add_line(session, job.id, job.attempt, "Resumed by hand.")


def _leave(session: Session, job: Job, until: datetime | now, words: str, level: str = "info") -> None:
    """Queue it and leave it alone until then; what is known of its calls stays."""
    calls = job.calls
    deaths.queue(session, job, f"{words}. The answers so far are kept.", level)
    job.calls = calls
    job.paused_until = until
    # Nobody rings for it before its time; then it is one that was never rung for.
    job.rung_at = None
