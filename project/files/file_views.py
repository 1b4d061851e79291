"""The pages of one file: its rows, its columns, and how it is read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from project import current
from project.files.profiles.filters import FILTERS
from project.files.profiles.shown import columns_values, live_part

file_pages = Blueprint("file", __name__, url_prefix="/files/<file_id>", template_folder="templates")
for name, function in FILTERS.items():
    file_pages.add_app_template_filter(function, name)


@file_pages.get("")
def rows(file_id: str) -> str:
    """The rows."""
    return _page("files/rows.html", file_id)


@file_pages.get("/columns")
def columns(file_id: str) -> str | Response:
    """What is in each column. With `live=1` only the part that changes while the file is inspected, for the poller."""
    if request.args.get("live"):
        return live_part(file_id)
    return _page("files/columns.html", file_id, **columns_values(file_id))


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
