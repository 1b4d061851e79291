"""The pages by which a file is enriched or joined: the form, and what its two buttons do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from project import current
from project.errors import NotFoundError, RowmillError
from project.files.reading.service import Reading, read
from project.files.view import FileView
from project.jobs.result_names import suggested
from project.operations.enrich import Enrich
from project.operations.join import Join
from project.operations.recipe import Recipe
from project.page.errors import form_status_of
from project.page.matching import enrich_form, join_form
from project.page.matching.enrich_form import EnrichForm
from project.page.matching.faults import FORM, FormError
from project.page.matching.join_form import JoinForm
from project.page.matching.match_form import HOW, IGNORE, MatchForm
from project.page.matching.seen import SeenColumn, columns_of

matching = Blueprint("matching", __name__, template_folder="templates")

COMPLETIONS = 500
_FIELDS = {"output": "output", "secret": "secret", "file": "other"}
Form = TypeVar("Form", bound=MatchForm)
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Subject:
    """The file that the page is about, as it is read."""

    file: FileView
    reading: Reading
    columns: tuple[SeenColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns."""
        return tuple(column.name for column in self.columns)


@matching.get("/files/<file_id>/enrich")
def enrich(file_id: str) -> Page:
    """The form; `job` fills it in from a job that there was, `how` says otherwise what becomes of rows."""
    subject = _subject(current.catalogue().get(file_id))
    step = _step_of(request.args.get("job", ""))
    form = EnrichForm.of(step) if isinstance(step, Enrich) else EnrichForm(column=next(iter(subject.names), ""))
    return _enriching(subject, _asked(form, subject.file.name, "enrich"))


@matching.post("/files/<file_id>/enrich")
def start_enriching(file_id: str) -> Page:
    """Try it or start it; or show the form again: with what is wrong, or with the secrets that there are by now."""
    subject = _subject(current.catalogue().get(file_id))
    form = EnrichForm.typed(request.form)
    if request.form.get("do") == "look":
        return _enriching(subject, form)
    hosts = {secret.name: secret.host for secret in current.secrets().list()}
    return _done(
        subject.file,
        form,
        lambda: form.step(subject.names, hosts),
        lambda faults: _enriching(subject, form, faults),
    )


@matching.get("/files/<file_id>/join")
def join(file_id: str) -> Page:
    """The form; `with` names the other file, `job` and `how` are as for an enrichment."""
    subject = _subject(current.catalogue().get(file_id))
    step = _step_of(request.args.get("job", ""))
    name = request.args.get("with", step.file if isinstance(step, Join) else "")
    try:
        other = _other(name)
    except RowmillError as error:
        return _joining(subject, JoinForm(other=name), None, {"other": error.message}), form_status_of(error)
    if other is None or other.reading.fault:
        return _joining(subject, JoinForm(other=name), other)
    if isinstance(step, Join) and step.file == name:
        form = JoinForm.of(step, other.names)
    else:
        form = JoinForm.between(name, subject.names, other.names)
    return _joining(subject, _asked(form, subject.file.name, "join"), other)


@matching.post("/files/<file_id>/join")
def start_joining(file_id: str) -> Page:
    """Try it or start it; or show the form again with what is wrong."""
    subject = _subject(current.catalogue().get(file_id))
    form = JoinForm.typed(request.form)
    try:
        other = _other(form.other)
    except RowmillError as error:
        return _joining(subject, form, None, {"other": error.message}), form_status_of(error)
    if other is None or other.reading.fault:
        return _joining(subject, form, other)
    return _done(
        subject.file,
        form,
        lambda: form.step(subject.names, other.names),
        lambda faults: _joining(subject, form, other, faults),
    )


@matching.get("/jobs/<job_id>/change")
def change(job_id: str) -> Response:
    """Leads to the form that means the job, to be changed; to that of recipes where it means more than a match."""
    job = current.jobs().get(job_id)
    file = current.catalogue().named(job.input)
    step = _only_match(job.recipe)
    if file is None or step is None or job.choice != file.choice:
        return redirect(url_for("page.home", job=job.id), code=303)
    endpoint = "matching.join" if isinstance(step, Join) else "matching.enrich"
    asked: dict[str, Any] = {name: request.args.get(name) or None for name in ("how", "output")}
    return redirect(url_for(endpoint, file_id=file.id, job=job.id, **asked), code=303)


def _done(
    file: FileView, form: MatchForm, step: Callable[[], Enrich | Join], again: Callable[[Mapping[str, str]], str]
) -> Page:
    """To the job or the trial that the form means; `again`: the form with its faults."""
    try:
        job = _submit(file, Recipe(steps=(step(),)), form.output, is_trial=request.form.get("do") != "start")
    except FormError as error:
        return again(error.faults), 422
    except RowmillError as error:
        return again({_FIELDS.get(error.field or "", FORM): error.message}), form_status_of(error)
    return redirect(job, code=303)


def _submit(file: FileView, recipe: Recipe, output: str, *, is_trial: bool) -> str:
    """The address of the job."""
    if not is_trial:
        return url_for("jobs.show", job_id=current.jobs().submit(file.name, output, recipe).id)
    current.workspace().output(output)
    trial = current.trials().submit(file.name, recipe, None)
    return url_for("jobs.show", job_id=trial.id, output=output)


def _subject(file: FileView) -> Subject:
    reading = read(current.catalogue(), file, file.choice)
    return Subject(file, reading, columns_of(reading.head))


def _other(name: str) -> Subject | None:
    """None as long as none is named. Raises NotFoundError."""
    return _subject(current.catalogue().find_named(name)) if name else None


def _step_of(job_id: str) -> Enrich | Join | None:
    """The step of a job that is shown in the form; a job that is gone fills nothing in."""
    try:
        return _only_match(current.jobs().get(job_id).recipe) if job_id else None
    except NotFoundError:
        return None


def _only_match(recipe: Recipe) -> Enrich | Join | None:
    step = recipe.steps[0] if len(recipe.steps) == 1 else None
    return step if isinstance(step, Enrich | Join) else None


def _asked(form: Form, file: str, operation: str) -> Form:
    """The form as the address asks for it, with a free name for the result."""
    how = request.args.get("how", "")
    form = replace(form, how=how) if how in dict(HOW) else form
    name = request.args.get("output") or suggested(file, operation, form.how, current.workspace().is_free)
    return replace(form, output=name)


def _enriching(subject: Subject, form: EnrichForm, faults: Mapping[str, str] | None = None) -> str:
    values = {"paging_options": enrich_form.PAGING, "twice": enrich_form.TWICE, "nulls": enrich_form.NULLS}
    return _page("matching/enrich.html", subject, form, faults, secrets=current.secrets().list(), **values)


def _joining(subject: Subject, form: JoinForm, other: Subject | None, faults: Mapping[str, str] | None = None) -> str:
    files = [entry for entry in current.workspace().list(COMPLETIONS) if entry.name != subject.file.name]
    both = form.in_both(subject.names, other.names) if other else ()
    values = {"twice": join_form.TWICE, "bring": join_form.BRING, "both": both}
    return _page("matching/join.html", subject, form, faults, other=other, files=files, **values)


def _page(template: str, subject: Subject, form: MatchForm, faults: Mapping[str, str] | None, **values: Any) -> str:
    return render_template(
        template,
        file=subject.file,
        columns=subject.columns,
        fault=subject.reading.fault,
        form=form,
        errors=faults or {},
        how_options=HOW,
        ignore_options=IGNORE,
        **values,
    )
