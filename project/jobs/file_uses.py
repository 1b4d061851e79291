"""Which files jobs that have not ended read or write, as the catalogue asks before it touches one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from project.files.names import REJECTS_SUFFIX, rejects_name
from project.files.view import Use
from project.jobs.kinds import JobKind
from project.jobs.models import Job, JobTable
from project.jobs.states import UNFINISHED


def uses(session: Session, names: Collection[str]) -> Mapping[str, Use]:
    """Of these names, those that are in use; one that is both read and written is told as written."""
    outputs = [*names, *(name.removesuffix(REJECTS_SUFFIX) for name in names if name.endswith(REJECTS_SUFFIX))]
    # An inspection follows its file by the ID, and holds the bytes by a name of its own.
    is_asked = Job.kind != JobKind.INSPECTION, Job.state.in_(UNFINISHED)
    query = select(Job.id, Job.input, Job.output).where(*is_asked, or_(Job.input.in_(names), Job.output.in_(outputs)))
    joined = select(Job.id, JobTable.name).join(JobTable).where(*is_asked, JobTable.name.in_(names))
    found = {row.name: Use(job_id=row.id, does="reads") for row in session.execute(joined)}
    jobs = session.execute(query).all()
    found |= {job.input: Use(job_id=job.id, does="reads") for job in jobs}
    for job in jobs:
        found |= dict.fromkeys((job.output, rejects_name(job.output)), Use(job_id=job.id, does="writes"))
    return {name: found[name] for name in names if name in found}
