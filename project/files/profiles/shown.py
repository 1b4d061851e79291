"""What the page of a file's columns is made of, for the request that asks: all of it, or the part that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, render_template, request

from project import current
from project.files.profiles.page import page_of
from project.files.profiles.query import SORTS, ColumnsQuery
from project.files.profiles.reading import read_profile
from project.files.view import FileView


def columns_values(file_id: str) -> dict[str, Any]:
    """What the template needs. `columns` is None as long as nothing is known."""
    return _values(_path(current.catalogue().get(file_id)))


def live_part(file_id: str) -> Response:
    """The part that changes, if any is known. Who has it already is told so, before any of it is rendered."""
    file = current.catalogue().get(file_id)
    path = _path(file)
    response = Response()
    response.headers["Cache-Control"] = "no-cache"
    if path and (stamp := _stamp(path)):
        response.set_etag(stamp)
        if response.make_conditional(request).status_code == 304:
            return response
    values = _values(path)
    if values["columns"] is None:
        return Response(status=204)
    response.set_data(render_template("files/columns/_live.html", file=file, **values))
    return response


def _path(file: FileView) -> Path | None:
    inspections = current.inspections()
    inspection = inspections.of(file)
    return inspection.profile if inspection else inspections.partial(file)


def _values(path: Path | None) -> dict[str, Any]:
    query = ColumnsQuery.parse(request.args)
    profile = read_profile(path) if path else None
    return {"columns": page_of(profile, query) if profile else None, "query": query, "sorts": SORTS}


def _stamp(path: Path) -> str:
    """Another one with each profile: none is written in its place, it is replaced."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_ino}-{found.st_mtime_ns}"
