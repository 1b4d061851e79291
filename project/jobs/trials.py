"""Trials: what a recipe's first match with another table would do, found out by a job that writes no file."""

from __future__ import annotations

import json
import time
import uuid

from sqlalchemy import delete, select

from project.database import Database
from project.database.clock import now
from project.engine.dialect import DialectChoice
from project.engine.matches import TrialReport
from project.errors import InvalidInputError, NotFoundError
from project.jobs import preflight
from project.jobs.kinds import JobKind, trial_output
from project.jobs.models import Job, StoredReport
from project.jobs.service import JobService
from project.jobs.states import FINAL
from project.jobs.view import JobView
from project.operations.match import Match
from project.operations.recipe import Recipe

MOST_CALLS = 20
"""So many keys (or pages) a trial asks for; its answers count for the job that follows."""
_KEPT_SECONDS = 7 * 24 * 3600.0
_EVERY_SECONDS = 600.0


class Trials:
    """Trials are jobs, and wait, run, die and end as these do."""

    def __init__(self, database: Database, jobs: JobService) -> None:
        self._database = database
        self._jobs = jobs
        self._swept_at = -_EVERY_SECONDS

    def submit(self, input: str, recipe: Recipe, dialect: DialectChoice | None = None) -> JobView:
        """Try the recipe's first match on the file. Raises as `JobService.submit` does, without an output."""
        _check_has_match(recipe)
        choice = dialect if dialect is not None else self._jobs.kept_choice(input)
        others = self._jobs.others(recipe)
        choices = {other.step: other.choice for other in others}
        resolved = preflight.check_steps(self._jobs.workspace, input, recipe, choice, choices)
        id = str(uuid.uuid4())
        job = Job(
            id=id,
            kind=JobKind.TRIAL,
            input=input,
            output=trial_output(id),
            recipe=json.dumps(resolved.to_json()),
            choice=choice.model_dump_json(exclude_none=True),
            rung_at=now(),
        )
        return self._jobs.accept(job, others=others)

    def get(self, id: str) -> JobView:
        """The trial of that ID. Raises NotFoundError, also for another kind of job."""
        job = self._jobs.look_up(id)
        if not job.is_trial:
            raise NotFoundError(f"The job “{id}” is no trial.", field="process_id")
        return job

    def report(self, job: JobView) -> TrialReport | None:
        """What it has found out; None until it has succeeded, and some days later."""
        if not job.is_trial or not job.is_final:
            return None
        with self._database.read() as session:
            text = session.scalar(select(StoredReport.report).where(StoredReport.job_id == job.id))
        return TrialReport.model_validate_json(text) if text else None

    def sweep(self) -> None:
        """Forget trials that ended some days ago."""
        if time.monotonic() - self._swept_at < _EVERY_SECONDS:
            return
        self._swept_at = time.monotonic()
        with self._database.write() as session:
            old = Job.kind == JobKind.TRIAL, Job.state.in_(FINAL), Job.finished_at < now(-_KEPT_SECONDS)
            session.execute(delete(Job).where(*old))


def _check_has_match(recipe: Recipe) -> None:
    if not any(isinstance(step, Match) for step in recipe.steps):
        raise InvalidInputError(
            "There is nothing to try: none of the recipe’s steps is a join or an enrichment.", field="recipe"
        )
