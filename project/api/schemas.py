"""The shapes of the JSON interface: what comes in, checked; what goes out, with exactly these names."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from project.engine.dialect import Detection, DialectChoice
from project.engine.matches import TrialReport
from project.engine.trial.sentences import report_sentences
from project.errors import InvalidInputError
from project.files.view import FileView
from project.jobs.inspecting import InspectionStatus
from project.jobs.pauses import FOREVER
from project.jobs.view import JobPage, JobView, QueuePlace, WorkerView
from project.jobs.waiting import stall
from project.recipes.service import BuiltIn
from project.secrets.checks import DEFAULT_HEADER
from project.secrets.service import SecretView

Shape = TypeVar("Shape", bound=BaseModel)

_PROGRESS = {
    "phase",
    "bytes_read",
    "bytes_total",
    "rows_read",
    "rejects",
    "rows_per_second",
    "seconds_left",
    "fraction",
}


class TrialSubmission(BaseModel):
    """The body of `POST /api/v1/trials`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: str
    recipe: dict[str, Any]
    dialect: DialectChoice | None = None


class SecretSubmission(BaseModel):
    """The body of `POST /api/v1/secrets`; the value goes in only."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    host: str
    header: str = DEFAULT_HEADER
    value: str = Field(repr=False)


class Submission(BaseModel):
    """The body of `POST /api/v1/jobs`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: str
    output: str
    recipe: str | dict[str, Any] | None = None
    dialect: DialectChoice | None = None

    @classmethod
    def parse(cls, body: object) -> Submission:
        """Raises InvalidInputError that names the field."""
        return parsed(cls, body, "“input” and “output”")


def parsed(shape: type[Shape], body: object, fields: str) -> Shape:
    """The body in that shape. Raises InvalidInputError that names the field, and none of the values."""
    if not isinstance(body, dict):
        raise InvalidInputError(f"The body has to be one JSON object with {fields}.")
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise _invalid(error.errors()[0]) from None


def choice_of(body: object) -> DialectChoice:
    """The body of `PUT /api/v1/files/<id>/reading`. Raises InvalidInputError that names the field."""
    if not isinstance(body, dict):
        raise InvalidInputError("The body has to be one JSON object, such as {“delimiter”: “;”}.")
    try:
        return DialectChoice.model_validate(body)
    except ValidationError as error:
        raise _invalid(error.errors()[0]) from None


def detection_json(found: Detection) -> dict[str, Any]:
    """What was found in a file, with what speaks for it."""
    return {
        "dialect": found.dialect.model_dump(),
        "sentence": found.dialect.sentence(),
        "encoding_reason": found.encoding_reason,
        "delimiters": [each.model_dump() for each in found.candidates],
        "notes": list(found.notes),
    }


def job_json(job: JobView) -> dict[str, Any]:
    """A job as the interface shows it; times in UTC, ISO 8601."""
    return {
        "id": job.id,
        "kind": str(job.kind),
        "file": job.file_id,
        "state": str(job.state),
        "attempt": job.attempt,
        "input": job.input,
        "output": job.output if job.writes_file else None,
        "recipe": job.recipe.to_json(),
        "progress": job.progress.model_dump(include=_PROGRESS),
        "ledger": job.ledger.model_dump() if job.ledger else None,
        "error": job.error.model_dump() if job.error else None,
        "calls": job.calls.model_dump(exclude={"event"}) if job.calls else None,
        "paused": _pause_json(job),
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
    }


def _pause_json(job: JobView) -> dict[str, Any] | None:
    """Until when a job is left alone, null: until it is resumed; and what the API said, null: paused by hand."""
    if not job.is_paused:
        return None
    until = None if job.paused_until == FOREVER else _time(job.paused_until)
    return {"until": until, "reason": job.paused_reason}


def trial_json(job: JobView, place: QueuePlace | None, report: TrialReport | None) -> dict[str, Any]:
    """A trial, and what it has found out, also in sentences; null until it has succeeded."""
    found = {**report.model_dump(), "sentences": report_sentences(report)} if report else None
    return {**asked_json(job, place), "report": found}


def secret_json(secret: SecretView) -> dict[str, Any]:
    """All of a secret that is ever shown."""
    return {
        "name": secret.name,
        "host": secret.host,
        "header": secret.header,
        "created_at": _time(secret.created_at),
    }


def asked_json(job: JobView, place: QueuePlace | None) -> dict[str, Any]:
    """A job that was asked for alone: with its place in the queue, or null if it does not wait."""
    return {**job_json(job), "queue": place.model_dump() if place else None}


def worker_json(worker: WorkerView) -> dict[str, Any]:
    """A worker, and the jobs that it runs."""
    return {
        "id": worker.id,
        "name": worker.name,
        "state": "alive" if worker.is_alive else "gone",
        "slots": worker.slots,
        "started_at": _time(worker.started_at),
        "heartbeat_at": _time(worker.heartbeat_at),
        "hears_redis": worker.hears_doorbell,
        "complaint": stall(worker) or None,
        "jobs": [job.model_dump() for job in worker.jobs],
    }


def page_json(page: JobPage) -> dict[str, Any]:
    """Some jobs, and the ID to give as `before` for the older ones."""
    return {"jobs": [job_json(job) for job in page.jobs], "older": page.older}


def recipe_json(built_in: BuiltIn) -> dict[str, Any]:
    """A built-in recipe."""
    return {
        "slug": built_in.slug,
        "name": built_in.name,
        "description": built_in.description,
        "recipe": built_in.recipe.to_json(),
        "sentences": list(built_in.recipe.sentences()),
    }


def file_json(file: FileView) -> dict[str, Any]:
    """A file in the workspace, or in the trash; what nobody has looked for in it is null."""
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "modified": _time(file.modified),
        "origin": str(file.origin),
        "job": file.job_id,
        "source": file.source,
        **file.facts.model_dump(),
        "inspected_at": _time(file.inspected_at),
        "changed_since": file.has_changed,
        "added_at": _time(file.added_at),
        "used_at": _time(file.used_at),
        "deleted_at": _time(file.deleted_at),
    }


def asked_file_json(file: FileView, status: InspectionStatus) -> dict[str, Any]:
    """A file that was asked for alone: with how its inspection stands, and the ID of the job that does it."""
    inspection = {
        "state": str(status.state),
        "job": status.job.id if status.job else None,
        "reason": status.refusal or (status.job.error.message if status.job and status.job.error else None),
    }
    return {**file_json(file), "inspection": inspection}


def _time(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _invalid(error: ErrorDetails) -> InvalidInputError:
    path = [str(part) for part in error["loc"]]
    field = path[0]
    name = ".".join(path[:2] if field == "dialect" else path[:1])
    if error["type"] == "missing":
        return InvalidInputError(f"“{name}” is missing.", field=field)
    if error["type"] == "extra_forbidden":
        return InvalidInputError(f"“{name}” is not known here.", field=field)
    return InvalidInputError(f"“{name}” cannot be used: {error['msg'][0].lower()}{error['msg'][1:]}.", field=field)
