"""Turns a row of the job table into what the rest of the house sees."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from project.engine.dialect import DialectChoice
from project.engine.ledger import Ledger
from project.fetch.events import Calls
from project.jobs.kinds import JobKind
from project.jobs.models import Job, JobLog
from project.jobs.states import JobState
from project.jobs.view import JobError, JobProgress, JobView, LogLine
from project.operations.recipe import Recipe

# What a job has that did not succeed.
NO_RESULT: dict[str, object] = {
    "ledger": None,
    "columns": None,
    "result_bytes": None,
    "rejects_bytes": 0,
    "result_stamp": None,
    "rejects_stamp": None,
}
# What a new attempt, or a retry, has to forget of the one before it.
FRESH_PROGRESS: dict[str, object] = {
    "phase": None,
    "bytes_read": 0,
    "bytes_total": 0,
    "rows_read": 0,
    "rejects": 0,
    "rows_per_second": None,
    "seconds_left": None,
    "fraction": 0.0,
    "calls": None,
    **NO_RESULT,
}


# Many jobs share a few recipes, and a recipe cannot be changed.
_recipe = lru_cache(maxsize=256)(Recipe.parse)


def view_of(job: Job | Row[Any]) -> JobView:
    """The job as a frozen value."""
    return JobView(
        id=job.id,
        kind=JobKind(job.kind),
        version=job.version,
        state=JobState(job.state),
        attempt=job.attempt,
        input=job.input,
        output=job.output,
        recipe=_recipe(job.recipe),
        choice=DialectChoice.model_validate_json(job.choice),
        dialect=job.dialect,
        progress=_progress_of(job),
        ledger=Ledger.model_validate_json(job.ledger) if job.ledger else None,
        columns=tuple(json.loads(job.columns)) if job.columns else (),
        error=JobError(code=job.error_code, message=job.error_message or "") if job.error_code else None,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        updated_at=job.updated_at,
        worker=job.worker,
        calls=Calls.model_validate_json(job.calls) if job.calls else None,
        paused_until=job.paused_until,
        paused_reason=job.paused_reason,
        cancel_requested=job.cancel_requested,
        result_bytes=job.result_bytes,
        rejects_bytes=job.rejects_bytes,
        result_stamp=job.result_stamp,
        rejects_stamp=job.rejects_stamp,
        peak_memory_mb=job.peak_memory_mb,
    )


def line_of(line: Row[datetime, int, str, str]) -> LogLine:
    """The line of a job's log as a frozen value."""
    return LogLine(at=line.at, attempt=line.attempt, level=line.level, message=line.message)


def add_line(session: Session, job_id: str, attempt: int, message: str, level: str = "info") -> None:
    """Add a line to a job's log."""
    session.add(JobLog(job_id=job_id, attempt=attempt, level=level, message=plain(message)))


def plain(message: str) -> str:
    """The sentence as every database can hold it: PostgreSQL refuses NUL, UTF-8 refuses lone surrogates."""
    return message.replace("\0", "␀").encode(errors="replace").decode()


def _progress_of(job: Job | Row[Any]) -> JobProgress:
    return JobProgress(
        phase=job.phase,
        bytes_read=job.bytes_read,
        bytes_total=job.bytes_total,
        rows_read=job.rows_read,
        rejects=job.rejects,
        rows_per_second=job.rows_per_second,
        seconds_left=job.seconds_left,
        fraction=job.fraction,
    )
