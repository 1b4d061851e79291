"""When an inspection gives its place to a job that somebody has asked for."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import aliased

from project.database import Database
from project.database.clock import now
from project.jobs import pauses
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.states import JobState
from project.jobs.view import JobView

WAITS_SECONDS = 2.0
"""A worker that is free takes a job sooner."""
MOST_TIMES = 3
"""So often at most: an inspection ends, too."""

_OTHER = aliased(Job)
_WAITS = exists().where(
    pauses.waits(_OTHER), _OTHER.kind != JobKind.INSPECTION, _OTHER.updated_at < now(-WAITS_SECONDS)
)
# One at a time gives way: the one that was begun last, as it has the least to lose.
_IS_NEWER = exists().where(
    _OTHER.state == JobState.RUNNING, _OTHER.kind == JobKind.INSPECTION, _OTHER.number > Job.number
)
_IN_THE_WAY = select(Job.id).where(
    Job.id == bindparam("id"), Job.attempt - Job.deaths <= MOST_TIMES, _WAITS, ~_IS_NEWER
)


def is_in_the_way(database: Database, job: JobView) -> bool:
    """Whether the running inspection keeps a job from running, and has not given way too often."""
    with database.look_up() as connection:
        return connection.execute(_IN_THE_WAY, {"id": job.id}).first() is not None
