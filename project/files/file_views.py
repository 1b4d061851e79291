"""The pages of one file: its rows and its columns; how it is read is in `reading/views.py`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from project import current

file_pages = Blueprint("file", __name__, url_prefix="/files/<file_id>", template_folder="templates")


@file_pages.get("")
def rows(file_id: str) -> str:
    """The rows."""
    return page("files/rows.html", file_id)


@file_pages.get("/columns")
def columns(file_id: str) -> str:
    """What is in each column."""
    return page("files/columns.html", file_id)


def page(template: str, file_id: str, **values: Any) -> str:
    """One of the pages of a file."""
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
