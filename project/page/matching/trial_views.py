"""What the buttons on a trial's page do: start the job that was tried, or mend near misses and try again."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from project import current
from project.errors import InvalidInputError, RowmillError
from project.jobs.view import JobView
from project.jobs.views import page_of
from project.operations.match import Match
from project.operations.recipe import Recipe
from project.page.errors import form_status_of
from project.page.matching.match_form import IGNORE

trials = Blueprint("trials", __name__, url_prefix="/jobs/<job_id>")


@trials.post("/start")
def start(job_id: str) -> Response | tuple[str, int]:
    """The job that was tried, read as the trial has read it."""
    trial, output = current.trials().get(job_id), request.form.get("output", "")
    try:
        job = current.jobs().submit(trial.input, output, trial.recipe, trial.choice)
    except RowmillError as error:
        return _again(trial, output, error)
    return redirect(url_for("jobs.show", job_id=job.id), code=303)


@trials.post("/mend")
def mend(job_id: str) -> Response | tuple[str, int]:
    """Another trial, in which what makes near misses of keys does not count."""
    trial, output = current.trials().get(job_id), request.form.get("output", "")
    try:
        recipe = _ignoring(trial.recipe, request.form.get("ignore", ""))
        job = current.trials().submit(trial.input, recipe, trial.choice)
    except RowmillError as error:
        return _again(trial, output, error)
    return redirect(url_for("jobs.show", job_id=job.id, output=output or None), code=303)


def _ignoring(recipe: Recipe, what: str) -> Recipe:
    """The recipe whose first match ignores that too."""
    if what not in dict(IGNORE):
        raise InvalidInputError("That cannot be ignored: use the page’s own buttons.")
    steps = list(recipe.to_json()["steps"])
    at, step = next((at, step) for at, step in enumerate(recipe.steps) if isinstance(step, Match))
    steps[at] = {**steps[at], "ignore": [*dict.fromkeys((*step.ignore, what))]}
    return Recipe.parse({**recipe.to_json(), "steps": steps})


def _again(trial: JobView, output: str, error: RowmillError) -> tuple[str, int]:
    return page_of(trial, output=output, fault=error.message), form_status_of(error)
