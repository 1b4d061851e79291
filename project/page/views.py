"""The home page: schedule a job, look one up, and see the latest."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from project import current
from project.engine.dialect import DialectChoice
from project.errors import NotFoundError, RowmillError
from project.files.reading import typed
from project.jobs.view import JobView
from project.page import errors
from project.page.forms import CUSTOM, ScheduleForm
from project.recipes.service import BUILT_IN

EXAMPLE_INPUT = "example_input.csv"
EXAMPLE_OUTPUT = "example_output.csv"
LATEST = 10
COMPLETIONS = 500
_NOT_IN_FORM = (
    "That job had its format, its compression or its column names set by a program. This form has no place for them."
)

page = Blueprint("page", __name__, template_folder="templates")


@page.get("/")
def home() -> str:
    """The two forms and the latest jobs; `job` fills both in from a job that there was.

    `input` names the input, and `recipe_json` is a recipe to begin with.
    """
    job_id = request.args.get("job", "")
    if not job_id:
        return _home(_form_for(request.args.get("input", ""), request.args.get("recipe_json", "")))
    job = current.jobs().get(job_id)
    lost = (job.choice.format, job.choice.compression, job.choice.names) != (None, None, None)
    return _home(ScheduleForm.again(job), {"form": _NOT_IN_FORM} if lost else None, process_id=job_id)


@page.post("/schedule")
def schedule() -> Response | tuple[str, int]:
    """Accept a job and go to its page, or show the form again with what is wrong beside the field that is."""
    form = ScheduleForm.typed(request.form)
    try:
        choice = form.dialect()
        dialect = None if choice.is_empty else choice
        job = current.jobs().submit(form.input_file, form.output_file, form.chosen_recipe(), dialect)
    except RowmillError as error:
        return _home(form, {form.field_of(error): error.message}), errors.form_status_of(error)
    return _to(job)


@page.get("/schedule")
def schedule_again() -> Response:
    """The address that a form with errors leaves in the browser, when it is loaded anew."""
    return redirect(url_for("page.home"), code=303)


@page.post("/example")
def example() -> Response:
    """Run the example that comes with Rowmill."""
    return _to(current.jobs().submit(EXAMPLE_INPUT, EXAMPLE_OUTPUT, BUILT_IN[0].recipe))


@page.get("/download")
def look_up() -> Response | tuple[str, int]:
    """From a job's ID to its page."""
    process_id = request.args.get("process_id", "")
    try:
        return _to(current.jobs().look_up(process_id.strip()))
    except NotFoundError as error:
        return errors.not_found(error, process_id), 404


def _form_for(input: str, recipe: str) -> ScheduleForm:
    """The form for a file, filled in with how the file is read, if that was set by hand, and with a recipe to begin
    with, if there is one."""
    file = current.catalogue().named(input)
    choice = file.choice if file is not None else DialectChoice()
    # What the form has no place for holds as long as the form is left empty.
    fields = {} if choice.compression or choice.names else typed.typed(choice)
    chosen = CUSTOM if recipe else BUILT_IN[0].slug
    return ScheduleForm(input_file=input, recipe=chosen, recipe_json=recipe, **fields)


def _home(form: ScheduleForm, faults: dict[str, str] | None = None, process_id: str = "") -> str:
    files = current.workspace().list(COMPLETIONS)
    return render_template(
        "page/home.html",
        form=form,
        kept=current.catalogue().named(form.input_file),
        errors=faults or {},
        process_id=process_id,
        files=files,
        jobs=current.jobs().latest(LATEST),
        built_ins=BUILT_IN,
        recipe_options=[(each.slug, each.name) for each in BUILT_IN] + [(CUSTOM, "Custom recipe (JSON)")],
        has_example=any(file.name == EXAMPLE_INPUT for file in files),
        example_name=EXAMPLE_INPUT,
    )


def _to(job: JobView) -> Response:
    return redirect(url_for("jobs.show", job_id=job.id), code=303)
