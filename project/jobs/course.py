"""The course of one attempt: the keys for an API are collected, the API is called, the engine carries out the recipe.

Each stage is a process of its own, in a folder of its own within the attempt's. What a stage has left is of no use to
another attempt: answers are kept in the journal, checks of files across jobs (docs/adr/0018).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from project import faults
from project.engine.events import Finished
from project.engine.keys import keys_recipe
from project.engine.matches import TrialReport
from project.engine.plan import PLAN_FILE, RESULT_FILE, TRIAL_FILE, Plan, StepTable
from project.errors import FailureError, InvalidInputError
from project.fetch.events import Fetched
from project.fetch.plan import ANSWERS_FILE, FETCH_PLAN_FILE, Confidential, FetchPlan
from project.files.workspace import Workspace
from project.jobs import trying
from project.jobs.attempt import Attempt
from project.jobs.engine_process import EngineProcess
from project.jobs.fetch_process import FetchProcess
from project.jobs.inspected import Source
from project.jobs.nurseries import Nurseries
from project.jobs.present import plural
from project.jobs.span import Span, spans
from project.jobs.tables import OtherFile
from project.jobs.terms import Budget, Terms
from project.jobs.trials import MOST_CALLS
from project.jobs.watch import Bounds, EngineWatch, FetchWatch
from project.operations.enrich import Enrich
from project.operations.recipe import Recipe

KEYS_FOLDER = "keys"
FETCH_FOLDER = "fetch"


@dataclass(frozen=True)
class Means:
    """By what an attempt is carried out."""

    workspace: Workspace
    budget: Budget
    terms: Terms
    nurseries: Nurseries = Nurseries()


class Course:
    """One attempt's. `others` are the files that its steps match rows with."""

    def __init__(
        self,
        attempt: Attempt,
        folder: Path,
        source: Source,
        others: tuple[OtherFile, ...],
        means: Means,
        bounds: Bounds,
    ) -> None:
        self._attempt = attempt
        self._job = attempt.job
        self._folder = folder
        self._source = source
        self._means = means
        self._bounds = bounds
        steps = len(self._job.carried_out.steps)
        self._tables = tuple(self._table(other) for other in others if other.step < steps)
        self._fetched: Fetched | None = None

    def run(self) -> Finished:
        """All stages; the result lies in the attempt's folder. Raises what listening to a process raises."""
        enrich = self._job.enrich
        has_keys = enrich is not None and not enrich[1].api.is_list
        parts = spans(has_keys=has_keys, has_fetch=enrich is not None)
        recipe, tables = self._job.carried_out, self._tables
        if enrich is not None:
            at, step = enrich
            self._means.nurseries.prepare_fetches()
            keys = self._collect(at, step, parts.keys) if has_keys else None
            fetched = self._fetched = self._fetch(step, keys, parts.fetch)
            recipe = _with_columns(recipe, at, step, fetched)
            answers = self._folder / FETCH_FOLDER / ANSWERS_FILE
            tables += (StepTable(step=at, path=answers, name=step.api.host, columnar=True),)
        plan = self._plan(self._folder, recipe, tables)
        return self._engine(plan.model_copy(update=self._whole()), parts.engine)

    def report(self) -> TrialReport:
        """What a trial has found out, after its run."""
        found = TrialReport.model_validate_json((self._folder / TRIAL_FILE).read_bytes())
        if self._fetched is None or self._job.enrich is None:
            return found
        return trying.with_calls(found, self._job.enrich[1], self._fetched)

    def _whole(self) -> dict[str, object]:
        """What makes the last run of an engine differ from the one that collects keys."""
        job = self._job
        # What an earlier attempt has written may be made of other answers: those that failed are asked for again.
        is_continued = job.enrich is None and not job.is_trial
        earlier = self._means.workspace.earlier_attempt_folder(job.id, self._attempt.number) if is_continued else None
        return {"earlier": earlier, "inspection": job.is_inspection, "trial": job.is_trial}

    def _collect(self, at: int, step: Enrich, span: Span) -> Path:
        folder = self._folder / KEYS_FOLDER
        folder.mkdir()
        tables = tuple(table for table in self._tables if table.step < at)
        done = self._engine(self._plan(folder, keys_recipe(self._job.recipe, at), tables), span)
        self._attempt.note(f"Collected {plural(done.ledger.written, 'different value')} of “{step.column}”.")
        return folder / RESULT_FILE

    def _fetch(self, step: Enrich, keys: Path | None, span: Span) -> Fetched:
        folder = self._folder / FETCH_FOLDER
        folder.mkdir()
        plan, api = folder / FETCH_PLAN_FILE, step.api
        secret = self._means.terms.open_secret(api.secret, api.host) if api.secret is not None else None
        plan.write_text(self._fetch_plan(folder, step, keys).model_dump_json(by_alias=True, exclude_none=True))
        told = Confidential(secret=secret, proxy=self._means.terms.limits.proxy)
        terms, nursery = self._means.terms, self._means.nurseries.fetches
        with FetchProcess(plan, told, terms.fetch_command, terms.variables, nursery) as fetch:
            fetched = FetchWatch(self._attempt, fetch, self._bounds, span).until_done()
        faults.point("fetched")
        return fetched

    def _fetch_plan(self, folder: Path, step: Enrich, keys: Path | None) -> FetchPlan:
        is_trial = self._job.is_trial
        return FetchPlan(
            job_id=self._job.id,
            attempt=self._attempt.number,
            folder=folder,
            # A trial is there to tell what fails.
            step=step.model_copy(update={"max_failures": MOST_CALLS}) if is_trial else step,
            keys=keys,
            journals=self._means.workspace.journals,
            secret_name=step.api.secret or "",
            most_calls=MOST_CALLS if is_trial else None,
            limits=self._means.terms.limits,
        )

    def _engine(self, plan: Plan, span: Span) -> Finished:
        path, means = plan.folder / PLAN_FILE, self._means
        path.write_text(plan.model_dump_json(by_alias=True, exclude_none=True))
        nursery = means.nurseries.of_engine(_largest(plan))
        with EngineProcess(path, means.terms.command, means.terms.variables, nursery) as engine:
            done = EngineWatch(self._attempt, engine, self._bounds, span).until_done()
            done.ledger.check()
        return done

    def _plan(self, folder: Path, recipe: Recipe, tables: tuple[StepTable, ...]) -> Plan:
        budget = self._means.budget
        return Plan(
            job_id=self._job.id,
            attempt=self._attempt.number,
            input=self._source.path,
            input_name=self._source.name,
            folder=folder,
            facts=self._means.workspace.facts,
            recipe=recipe,
            tables=tables,
            dialect=self._job.choice,
            memory_mb=budget.memory_mb,
            spill_mb=budget.spill_mb,
            output_mb=budget.output_mb,
            spill_is_set=budget.spill_is_set,
            output_is_set=budget.output_is_set,
        )

    def _table(self, other: OtherFile) -> StepTable:
        table = StepTable(
            step=other.step,
            path=self._means.workspace.input(other.name),
            name=other.name,
            dialect=other.choice,
        )
        copy = self._means.terms.find_copy(other.name, other.choice)
        if copy is None:
            return table
        return table.model_copy(update={"path": copy.path, "columnar": True, "inspected": copy.inspected})


def _with_columns(recipe: Recipe, at: int, step: Enrich, fetched: Fetched) -> Recipe:
    """The recipe in which the step says what columns it brings. Raises FailureError."""
    if not step.brings_columns:
        return recipe
    if step.columns is not None:
        _check_found(step.columns, step, fetched)
        return recipe
    filled = step.model_copy(update={"columns": fetched.columns})
    steps = (*recipe.steps[:at], filled, *recipe.steps[at + 1 :])
    try:
        return Recipe.parse(recipe.model_copy(update={"steps": steps}).to_json())
    except InvalidInputError as error:
        raise FailureError(
            f"{step.api.host} answered with fields that cannot be columns: {error.message}", code="answers"
        ) from None


def _check_found(columns: tuple[str, ...], step: Enrich, fetched: Fetched) -> None:
    missing = [name for name in columns if name not in fetched.columns]
    if not missing:
        return
    found = ", ".join(f"“{name}”" for name in fetched.columns[:12]) + (" …" if len(fetched.columns) > 12 else "")
    raise FailureError(
        f"Nothing that {step.api.host} answered has the field “{missing[0]}”, which the step’s “columns” name. "
        f"{f'Its fields are: {found}.' if found else 'No answer held a record.'}",
        code="answers",
    )


def _largest(plan: Plan) -> int:
    """The bytes of the largest of its files."""
    return max(_size(path) for path in (plan.input, *(table.path for table in plan.tables)))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # which the engine tells
        return 0
