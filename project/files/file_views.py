"""The pages of one file: its rows, its columns, and its name; how it is read is in `reading/views.py`."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from project import current
from project.errors import RowmillError
from project.files.file_page import render
from project.files.grid import grid_views
from project.files.profiles.filters import FILTERS
from project.files.profiles.shown import columns_values, live_part
from project.http_status import status_of

file_pages = Blueprint("file", __name__, url_prefix="/files/<file_id>", template_folder="templates")
for name, function in FILTERS.items():
    file_pages.add_app_template_filter(function, name)


@file_pages.get("")
def rows(file_id: str) -> Response | str:
    """The rows."""
    return grid_views.rows(file_id, partial(render, "files/rows.html", file_id))


@file_pages.get("/columns")
def columns(file_id: str) -> str | Response:
    """What is in each column. With `live=1` only the part that changes while the file is inspected, for the poller."""
    if request.args.get("live"):
        return live_part(file_id)
    return render("files/columns.html", file_id, **columns_values(file_id))


@file_pages.post("/name")
def rename(file_id: str) -> Response | tuple[str, int]:
    """Give the file the name that was typed, or show what is wrong beside it."""
    name = request.form.get("name", "")
    try:
        current.catalogue().rename(file_id, name)
    except RowmillError as error:
        values = {"is_renaming": True, "typed": name, "fault": error}
        return render("files/renaming.html", file_id, **values), status_of(error)
    return redirect(url_for("file.rows", file_id=file_id), code=303)
