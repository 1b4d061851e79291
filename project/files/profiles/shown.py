"""What the page of a file's columns is made of, for the request that asks: all of it, or the part that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, render_template, request

from project import current
from project.errors import NotFoundError
from project.files.profiles.page import ColumnsPage, page_of, read_profile
from project.files.profiles.query import SORTS, ColumnsQuery
from project.files.view import FileView


def columns_values(file_id: str) -> dict[str, Any]:
    """What the template needs. `columns` is None as long as nothing is known."""
    return {"columns": _columns(_path(current.catalogue().get(file_id))), "sorts": SORTS}


def live_part(file_id: str) -> Response:
    """The part that changes. Who has it already is told so, before any of it is rendered."""
    file = current.catalogue().get(file_id)
    path = _path(file)
    response = Response()
    response.headers["Cache-Control"] = "no-cache"
    if path and (stamp := _stamp(path)):
        response.set_etag(stamp)
        if response.make_conditional(request).status_code == 304:
            return response
    columns = _columns(path)
    if columns is None:
        raise NotFoundError("Nothing is known of these columns yet.")
    html = render_template("files/columns/_live.html", file=file, columns=columns, sorts=SORTS)
    response.set_data(html)
    return response


def _path(file: FileView) -> Path | None:
    inspections = current.inspections()
    inspection = inspections.of(file)
    return inspection.profile if inspection else inspections.partial(file)


def _columns(path: Path | None) -> ColumnsPage | None:
    profile = read_profile(path) if path else None
    return page_of(profile, ColumnsQuery.parse(request.args)) if profile else None


def _stamp(path: Path) -> str:
    """Another one with each profile: none is written in its place, it is replaced."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_ino}-{found.st_mtime_ns}"
