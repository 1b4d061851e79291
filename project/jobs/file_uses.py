"""Which files jobs that have not ended read or write, as the catalogue asks before it touches one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from project.files.names import REJECTS_SUFFIX, rejects_name
from project.files.view import Use
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.states import UNFINISHED


def uses(session: Session, names: Collection[str]) -> Mapping[str, Use]:
    """Of these names, those that are in use; one that is both read and written is told as written."""
    outputs = [*names, *(name.removesuffix(REJECTS_SUFFIX) for name in names if name.endswith(REJECTS_SUFFIX))]
    query = select(Job.id, Job.input, Job.output).where(
        # An inspection follows its file by the ID, and holds the bytes by a name of its own.
        Job.kind == JobKind.RECIPE,
        Job.state.in_(UNFINISHED),
        or_(Job.input.in_(names), Job.output.in_(outputs)),
    )
    found: dict[str, Use] = {}
    jobs = session.execute(query).all()
    found |= {job.input: Use(job_id=job.id, does="reads") for job in jobs}
    for job in jobs:
        found |= dict.fromkeys((job.output, rejects_name(job.output)), Use(job_id=job.id, does="writes"))
    return {name: found[name] for name in names if name in found}
