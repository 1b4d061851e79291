"""The pages of the grid: its rows, and one cell's whole text."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from project import current
from project.errors import ConflictError, InvalidInputError, NotFoundError, RowmillError
from project.files.exports.answer import in_format
from project.files.grid.adding import TESTS, Typed
from project.files.grid.downloads import view_name, view_source
from project.files.grid.query import ROWS, GridQuery, whole
from project.files.grid.service import FIRST_COLUMNS, MOST_CHARACTERS, Grid, GridPage
from project.files.inspections import Inspection
from project.files.reading.service import read
from project.files.view import FileView
from project.http_status import status_of

grid_pages = Blueprint("grid", __name__, url_prefix="/files/<file_id>", template_folder="templates")

_REFRESH_SECONDS = "1"
Page = Callable[..., str]


def rows(file_id: str, page: Page) -> BaseResponse | str:
    """The grid within the file's page, which `page` renders with the values that are given."""
    file, inspection = inspected(file_id)
    if inspection is None:
        # Its first rows are there at once.
        return page(reading=read(current.catalogue(), file, file.choice))
    grid, typed = current.grid(), Typed.parse(request.args)
    query, fault = GridQuery(), None
    try:
        query = GridQuery.parse(request.args)
        if typed:
            condition = typed.condition(grid.columns(inspection))
            return redirect(url_for("file.rows", file_id=file.id, **query.with_condition(condition)), code=303)
        found = grid.page(inspection, query)
    except RowmillError as error:
        fault = error
        found = _beside(error, grid, inspection, query)
    part = request.args.get("part")
    if part == "rows" and not fault:
        return _part(file, found)
    if part == "pages" and not fault:
        return _answer(render_template("files/grid/_pages.html", file=file, grid=found, rows_a_page=ROWS), found, None)
    values = {"grid": found, "fault": fault, "typed": typed or Typed(), "output": view_name(file), "tests": TESTS}
    return _answer(page(**values, rows_a_page=ROWS, first_columns=FIRST_COLUMNS, most=MOST_CHARACTERS), found, fault)


@grid_pages.get("/cell")
def cell(file_id: str) -> Response:
    """One value as plain text, whole: `?row=` and `column=` are numbers from 1 on."""
    _, inspection = inspected(file_id)
    if inspection is None:
        raise ConflictError("The file was not inspected yet.")
    row = whole("row", request.args.get("row", ""), 1, 10**15, 0)
    column = whole("column", request.args.get("column", ""), 1, 10**6, 0)
    text = current.grid().text(inspection, row - 1, column - 1)
    if text is None:
        raise NotFoundError("The value is missing in the file.")
    answer = Response(text.encode(), mimetype="text/plain")
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


@grid_pages.get("/view")
def download(file_id: str) -> Response:
    """All rows of the view in the format that is asked for, `?format=parquet`, with the columns that are chosen."""
    file, inspection = inspected(file_id)
    if inspection is None:
        raise ConflictError("The file was not inspected yet.")
    query = GridQuery.parse(request.args)
    back = url_for("file.rows", file_id=file_id, **query.arguments)
    return in_format(view_name(file), lambda: view_source(current.grid(), file, inspection, query), back)


@grid_pages.get("/pick")
def pick(file_id: str) -> BaseResponse:
    """From the form's ticked columns to the short address that shows them."""
    query = GridQuery.parse(request.args)
    return redirect(url_for("file.rows", file_id=file_id, **query.arguments), code=303)


def inspected(file_id: str) -> tuple[FileView, Inspection | None]:
    """The file, and what was found in it. Raises NotFoundError."""
    current.catalogue().refresh_if_due()
    file = current.catalogue().get(file_id)
    return file, current.inspections().of(file)


def _part(file: FileView, found: GridPage) -> Response:
    """The rows alone, for a page that has others of them; nothing as long as they are not there."""
    if found.making:
        return Response(status=202)
    return make_response(render_template("files/grid/_rows.html", file=file, grid=found))


def _beside(error: RowmillError, grid: Grid, inspection: Inspection, query: GridQuery) -> GridPage:
    """What is shown below an error: the rows that were there before, or else those of the file."""
    if isinstance(error, InvalidInputError):
        try:
            return grid.page(inspection, query)
        except RowmillError:
            pass
    return grid.page(inspection, GridQuery())


def _answer(html: str, found: GridPage, fault: RowmillError | None) -> Response:
    answer = make_response(html, status_of(fault) if fault else 200)
    if found.making and not fault:
        # Asked for anew until the rows are there, also without a script.
        answer.headers["Refresh"] = _REFRESH_SECONDS
        answer.headers["Cache-Control"] = "no-store"
    return answer
