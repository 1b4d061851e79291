"""The JSON interface of trials: what a recipe's match with another table would do, before anything is written."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from project import current
from project.api.asking import check_is_json
from project.api.schemas import TrialSubmission, parsed, trial_json
from project.operations.recipe import Recipe

trials = Blueprint("api_trials", __name__, url_prefix="/api/v1/trials")


@trials.post("")
def submit() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Begin one: `{"input": "…", "recipe": {…}}`; the recipe up to its first join or enrichment is tried."""
    check_is_json()
    wanted = parsed(TrialSubmission, request.get_json(), "“input” and “recipe”")
    job = current.trials().submit(wanted.input, Recipe.parse(wanted.recipe), wanted.dialect)
    place = current.queue().place(job)
    return trial_json(job, place, None), 202, {"Location": url_for("api_trials.show", job_id=job.id)}


@trials.get("/<job_id>")
def show(job_id: str) -> dict[str, Any]:
    """One trial as it stands, with what it has found out."""
    job = current.trials().get(job_id)
    return trial_json(job, current.queue().place(job), current.trials().report(job))
