"""The pages of one file: its rows, its columns, and how it is read."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from project import current
from project.files.grid import grid_views

file_pages = Blueprint("file", __name__, url_prefix="/files/<file_id>", template_folder="templates")


@file_pages.get("")
def rows(file_id: str) -> Response | str:
    """The rows."""
    return grid_views.rows(file_id, partial(_page, "files/rows.html", file_id))


@file_pages.get("/columns")
def columns(file_id: str) -> str:
    """What is in each column."""
    return _page("files/columns.html", file_id)


@file_pages.get("/reading")
def reading(file_id: str) -> str:
    """How the bytes are read, to see and to change."""
    return _page("files/reading.html", file_id)


def _page(template: str, file_id: str, **values: Any) -> str:
    catalogue = current.catalogue()
    catalogue.refresh_if_due()
    file = catalogue.get(file_id)
    return render_template(
        template,
        file=file,
        use=catalogue.uses([file]).get(file.name),
        inspection=current.inspections().of(file),
        **values,
    )
