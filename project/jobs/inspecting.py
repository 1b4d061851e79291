"""Inspecting files: what is known of a file's inspection, and beginning one. Knows no Flask and no Celery."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy import bindparam, select

from project.database import Database
from project.database.clock import now
from project.engine.detect import detect
from project.errors import ConflictError, FailureError, RowmillError
from project.files.inspections import Inspection, Inspections
from project.files.view import FileView
from project.files.workspace import Workspace
from project.jobs.kinds import JobKind, inspected_file, inspection_output
from project.jobs.models import Job
from project.jobs.rows import view_of
from project.jobs.service import JobService
from project.jobs.states import UNFINISHED, JobState
from project.jobs.view import JobView
from project.operations.recipe import Recipe

_NEWEST = (
    select(*Job.__table__.columns)
    .where(Job.__table__.columns.kind == JobKind.INSPECTION, Job.__table__.columns.output == bindparam("output"))
    .order_by(Job.__table__.columns.number.desc())
    .limit(1)
)
# The file was in the trash when the inspection's turn came.
_PASSING = "not_found"


class InspectionState(StrEnum):
    """How the inspection of a file, as it is now, stands."""

    NONE = "none"
    """Nobody has begun one."""
    REFUSED = "refused"
    """It is no file that can be inspected."""
    OUTDATED = "outdated"
    """One of what the file was before is being ended."""
    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True)
class InspectionStatus:
    """`job`: the newest of the file as it is now. `inspection` may be there from before, while another one runs."""

    state: InspectionState
    job: JobView | None = None
    inspection: Inspection | None = None
    refusal: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether it is worth asking again soon."""
        return self.state in (InspectionState.OUTDATED, InspectionState.QUEUED, InspectionState.RUNNING)

    @property
    def can_start(self) -> bool:
        """Whether a person may begin one."""
        return not self.is_under_way


class Inspecting:
    """The inspections of files. `is_automatic`: a file is inspected when somebody looks at it for the first time."""

    def __init__(
        self, database: Database, workspace: Workspace, jobs: JobService, inspections: Inspections, is_automatic: bool
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._jobs = jobs
        self._inspections = inspections
        self.is_automatic = is_automatic

    def status(self, file: FileView) -> InspectionStatus:
        """How it stands; changes nothing."""
        inspection, job = self._inspections.of(file), _newest(self._database, file)
        if job is None or job.version != file.version:
            is_outdated = job is not None and not job.is_final
            return InspectionStatus(_without_job(inspection, is_outdated), inspection=inspection)
        return InspectionStatus(_with_job(inspection, job), job, inspection)

    def under_way(self, files: Collection[FileView]) -> Mapping[str, str]:
        """By the ID of a file that is being inspected, or waits for it, the job that does it."""
        tokens = [inspection_output(file.id) for file in files]
        query = select(Job.id, Job.output).where(Job.output.in_(tokens), Job.state.in_(UNFINISHED))
        with self._database.look_up() as connection:
            return {inspected_file(row.output): row.id for row in connection.execute(query)}

    def look(self, file: FileView) -> InspectionStatus:
        """The same, but where nobody has tried to inspect the file as it is now, and that is wanted, one is begun."""
        status = self.status(file)
        if not self.is_automatic or file.deleted_at is not None or not _is_untried(status):
            return status
        try:
            self.start(file)
        except FailureError as error:
            return replace(status, state=InspectionState.REFUSED, refusal=error.message)
        except ConflictError:
            pass  # somebody else has begun it, or what is out of date has not ended yet
        except RowmillError as error:
            return replace(status, refusal=error.message)
        return self.status(file)

    def start(self, file: FileView) -> JobView:
        """Begin one; the job that does it. Raises NotFoundError (the file is gone), DamagedInputError (it is no file
        that can be inspected) or ConflictError (it is being inspected already)."""
        detect(self._workspace.input(file.name), file.choice)
        self._end_outdated(file)
        return self._jobs.accept(
            Job(
                id=str(uuid.uuid4()),
                kind=JobKind.INSPECTION,
                version=file.version,
                input=file.name,
                output=inspection_output(file.id),
                recipe=json.dumps(Recipe().to_json()),
                choice=file.choice.model_dump_json(exclude_none=True),
                rung_at=now(),
            )
        )

    def _end_outdated(self, file: FileView) -> None:
        job = _newest(self._database, file)
        if job is not None and job.version != file.version and job.can_cancel:
            self._jobs.cancel(job.id)


def attempt_on(database: Database, workspace: Workspace, file: FileView) -> Path | None:
    """The folder of the attempt that inspects the file as it is now, if one does."""
    job = _newest(database, file)
    if job is None or job.state is not JobState.RUNNING or job.version != file.version:
        return None
    return workspace.attempt_folder(job.id, job.attempt)


def _newest(database: Database, file: FileView) -> JobView | None:
    with database.look_up() as connection:
        row = connection.execute(_NEWEST, {"output": inspection_output(file.id)}).one_or_none()
    return view_of(row) if row else None


def _without_job(inspection: Inspection | None, is_outdated: bool) -> InspectionState:
    if inspection is not None:
        return InspectionState.DONE
    return InspectionState.OUTDATED if is_outdated else InspectionState.NONE


def _with_job(inspection: Inspection | None, job: JobView) -> InspectionState:
    if job.state is JobState.SUCCEEDED:
        return InspectionState.DONE if inspection else InspectionState.NONE
    return InspectionState(job.state)


def _is_untried(status: InspectionStatus) -> bool:
    if status.inspection is not None:
        return False
    if status.state is InspectionState.FAILED:
        return bool(status.job and status.job.error and status.job.error.code == _PASSING)
    return status.state in (InspectionState.NONE, InspectionState.OUTDATED)
