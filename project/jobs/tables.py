"""The other files of a job's steps, as they were named and read at its submission."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from project.database import Database
from project.engine.dialect import DialectChoice
from project.jobs.models import JobTable


class OtherFile(BaseModel):
    """A file of the workspace that a step matches rows with. `step` is the step's place, from 0 on."""

    model_config = ConfigDict(frozen=True)

    step: int
    name: str
    choice: DialectChoice = DialectChoice()


def note(session: Session, job_id: str, others: Iterable[OtherFile]) -> None:
    """Keep them with a job that is being accepted."""
    for other in others:
        choice = other.choice.model_dump_json(exclude_none=True)
        session.add(JobTable(job_id=job_id, step=other.step, name=other.name, choice=choice))


def others_of(database: Database, job_id: str) -> tuple[OtherFile, ...]:
    """Those of a job, in the order of its steps."""
    query = select(JobTable).where(JobTable.job_id == job_id).order_by(JobTable.step)
    with database.read() as session:
        return tuple(
            OtherFile(step=row.step, name=row.name, choice=DialectChoice.model_validate_json(row.choice))
            for row in session.scalars(query)
        )
