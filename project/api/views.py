"""The addresses of the JSON interface: parse, call one service, answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from project import current
from project.api import schemas
from project.api.asking import check_is_json, limit
from project.errors import InvalidInputError
from project.files.exports.answer import for_program, is_asked
from project.jobs import publish
from project.jobs.kinds import JobKind
from project.jobs.states import JobState
from project.jobs.view import JobView
from project.jobs.views import result as result_itself
from project.recipes.service import BUILT_IN, choose

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.get("/jobs")
def list_jobs() -> dict[str, Any]:
    """Jobs, newest first: `?state=failed&limit=50&before=<id>`; inspections of files alone with `kind=inspection`."""
    kind = JobKind.parse(request.args.get("kind"))
    page = current.jobs().page(request.args.get("before"), limit(50), _state(), kind)
    return schemas.page_json(page)


@api.post("/jobs")
def submit() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Accept a job."""
    check_is_json()
    wanted = schemas.Submission.parse(request.get_json())
    job = current.jobs().submit(wanted.input, wanted.output, choose(wanted.recipe), wanted.dialect)
    return accepted(job)


@api.get("/jobs/<job_id>")
def show_job(job_id: str) -> dict[str, Any]:
    """One job as it stands."""
    job = current.jobs().look_up(job_id)
    return schemas.asked_json(job, current.queue().place(job))


@api.get("/jobs/<job_id>/result")
def result(job_id: str) -> Response:
    """The result in the format that is asked for, `?format=parquet`; 503 with `Retry-After` until it is whole.

    Without a format, the CSV as it was written."""
    if not is_asked():
        return result_itself(job_id)
    return for_program(lambda: publish.source(current.workspace(), current.jobs().get(job_id)))


@api.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask for the job's end."""
    check_is_json()
    return accepted(current.jobs().cancel(job_id))


@api.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Queue a job that ended without a result again."""
    check_is_json()
    return accepted(current.jobs().retry(job_id))


@api.post("/jobs/<job_id>/pause")
def pause(job_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Stop a job that calls an API until it is resumed; its answers are kept."""
    check_is_json()
    return accepted(current.jobs().pause(job_id))


@api.post("/jobs/<job_id>/resume")
def resume(job_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Go on with a paused job."""
    check_is_json()
    return accepted(current.jobs().resume(job_id))


@api.get("/workers")
def list_workers() -> dict[str, Any]:
    """The workers that are alive, and those that went in the last hour."""
    return {"workers": [schemas.worker_json(worker) for worker in current.queue().roster.workers()]}


@api.get("/recipes")
def list_recipes() -> dict[str, Any]:
    """The built-in recipes, the default one first."""
    return {"recipes": [schemas.recipe_json(built_in) for built_in in BUILT_IN]}


def accepted(job: JobView) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer for a job that was accepted, or asked to change."""
    return (
        schemas.asked_json(job, current.queue().place(job)),
        202,
        {"Location": url_for("api.show_job", job_id=job.id)},
    )


def _state() -> JobState | None:
    text = request.args.get("state")
    if text is None:
        return None
    try:
        return JobState(text)
    except ValueError:
        known = ", ".join(JobState)
        raise InvalidInputError(f"“state” has to be one of {known}.", field="state") from None
