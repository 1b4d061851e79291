"""The pages of jobs: the list, one job with its live part, what can be done to it, and its downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from project import current
from project.engine.ledger import TableCounts
from project.errors import InvalidInputError
from project.files.exports import answer
from project.files.view import FileView
from project.jobs import history, picture, present, publish, shown
from project.jobs.filters import FILTERS
from project.jobs.glance import Sight
from project.jobs.kinds import JobKind
from project.jobs.states import JobState
from project.jobs.trial_page import trial_page
from project.jobs.view import JobView, QueuePlace
from project.recipes import service as recipes

jobs = Blueprint("jobs", __name__, template_folder="templates")
for name, function in FILTERS.items():
    jobs.add_app_template_filter(function, name)


@jobs.get("/jobs")
def index() -> str:
    """Jobs, newest first; `state` and `kind` filter, `before` is the ID that the page goes on from."""
    state, before = _state(request.args.get("state")), request.args.get("before") or None
    kind = JobKind.parse(request.args.get("kind"))
    page = current.jobs().page(before=before, state=state, kind=kind)
    return render_template(
        "jobs/index.html",
        jobs=page.jobs,
        older=page.older,
        paged=before is not None,
        state=state,
        kind=kind if kind is not JobKind.RECIPE else None,
        states=list(JobState),
    )


@jobs.get("/jobs/<job_id>")
def show(job_id: str) -> Response:
    """One job. With `live=1` only the part that changes, for the poller."""
    is_polled = bool(request.args.get("live"))
    job = current.jobs().look_up(job_id) if is_polled else current.jobs().get(job_id)
    place = current.queue().place(job)
    if is_polled:
        sight = Sight(job, place, request.script_root)
        response = make_response(
            current.glances().of(sight, lambda: render_template("jobs/_live.html", **_context(job, place)))
        )
    else:
        response = make_response(page_of(job, place))
    response.headers["X-Job-State"] = str(job.state)
    response.headers["Cache-Control"] = "no-store"
    return response


def page_of(job: JobView, place: QueuePlace | None = None, output: str | None = None, fault: str = "") -> str:
    """The whole page of a job. Of a trial: `output` was typed as the result's name, and `fault` is wrong with that."""
    report = current.trials().report(job) if job.is_trial else None
    name = request.args.get("output", "") if output is None else output
    trial = trial_page(job, report, name, current.workspace().is_free) if report else None
    return render_template(
        "jobs/show.html", **_context(job, place), **_recipe(job), trial=trial, fault=fault, asked_output=name
    )


@jobs.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> BaseResponse:
    """Ask for the job's end."""
    return _back(current.jobs().cancel(job_id))


@jobs.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> BaseResponse:
    """Queue a job that ended without a result again."""
    return _back(current.jobs().retry(job_id))


@jobs.post("/jobs/<job_id>/pause")
def pause(job_id: str) -> BaseResponse:
    """Stop a job that calls an API until somebody resumes it."""
    return _back(current.jobs().pause(job_id))


@jobs.post("/jobs/<job_id>/resume")
def resume(job_id: str) -> BaseResponse:
    """Go on with a paused job."""
    return _back(current.jobs().resume(job_id))


@jobs.get("/jobs/<job_id>/result")
def result(job_id: str) -> Response:
    """The whole result, or the range of it that is asked for; in another format with `?format=parquet`."""
    job = current.jobs().get(job_id)
    if answer.is_asked():
        return answer.in_format(
            job.output, lambda: publish.source(current.workspace(), job), url_for("jobs.show", job_id=job_id)
        )
    return _download(publish.result_file(current.workspace(), job), job.output)


@jobs.get("/jobs/<job_id>/rejects")
def rejects(job_id: str) -> Response:
    """The whole rejects file, or the range of it that is asked for."""
    job = current.jobs().get(job_id)
    workspace = current.workspace()
    return _download(publish.rejects_file(workspace, job), workspace.rejects_name(job.output))


@jobs.get("/workers")
def workers() -> str:
    """The workers: alive or gone, since when, doing what. With `live=1` only the part that changes."""
    template = "jobs/_workers.html" if request.args.get("live") else "jobs/workers.html"
    return render_template(template, workers=current.queue().roster.workers())


def _state(text: str | None) -> JobState | None:
    if not text:
        return None
    try:
        return JobState(text)
    except ValueError:
        raise InvalidInputError(f"No job can be “{text[:40]}”. The states are: {', '.join(JobState)}.") from None


def _context(job: JobView, place: QueuePlace | None) -> dict[str, Any]:
    files = shown.files_of(current.workspace(), job)
    return {
        "job": job,
        "process_id": job.id,
        "picture": picture.draw(job.ledger) if job.ledger and not job.is_trial else None,
        "result": files.result,
        "rejects": files.rejects,
        "missing_files": files.missing,
        "others_with_rejects": _others_with_rejects(job),
        "place": place,
        "history": history.chapters(current.jobs().log(job.id)),
        "lease_seconds": current.settings().lease_seconds,
    }


def _others_with_rejects(job: JobView) -> list[tuple[TableCounts, FileView | None]]:
    """The other tables of which records were rejected, and the file that has the name now."""
    tables = job.ledger.tables if job.ledger else ()
    return [(table, current.catalogue().named(table.name)) for table in tables if table.rejected]


def _recipe(job: JobView) -> dict[str, Any]:
    return {
        "recipe_name": recipes.name_of(job.recipe),
        "recipe_json": present.recipe_text(job.recipe.to_json()),
        "sentences": job.recipe.sentences(),
    }


def _back(job: JobView) -> BaseResponse:
    return redirect(url_for("jobs.show", job_id=job.id), code=303)


def _download(path: Path, name: str) -> Response:
    # Streamed from the disk by range; nothing of it is read into memory here.
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name=name, conditional=True, max_age=0)
