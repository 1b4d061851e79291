"""The JSON interface of files: listing them, and giving them other names, away and back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, request, url_for

from project import current
from project.api.asking import MOST, check_is_json, flag, limit, whole_number
from project.api.schemas import asked_file_json, asked_json, file_json
from project.errors import InvalidInputError, NotFoundError
from project.files.exports.answer import for_program, is_asked
from project.files.inspections import Inspection
from project.files.listing import Listing
from project.files.query import sort_column
from project.files.view import FileView, Origin
from project.files.views import download as file_itself
from project.files.views import source

files = Blueprint("api_files", __name__, url_prefix="/api/v1/files")
_MOST_OFFSET = 100_000_000


@files.get("")
def list_files() -> dict[str, Any]:
    """The files in the workspace, the last changed first.

    For example `?search=plays&origin=result&sort=-size&offset=100&limit=100&deleted=true`."""
    column, descending = sort_column(request.args.get("sort") or "-modified")
    page = current.catalogue().page(
        Listing(
            search=request.args.get("search", ""),
            origin=_origin(),
            is_trash=flag("deleted"),
            sort=column,
            descending=descending,
            offset=whole_number("offset", 0, 0, _MOST_OFFSET),
            limit=limit(MOST),
        )
    )
    return {"files": [file_json(file) for file in page.files], "total": page.total, "offset": page.offset}


@files.get("/<file_id>")
def show_file(file_id: str) -> dict[str, Any]:
    """One file, also if it is deleted, and how its inspection stands; that begins none."""
    file = current.catalogue().get(file_id)
    return asked_file_json(file, current.inspecting().status(file))


@files.post("/<file_id>/inspect")
def inspect(file_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Begin an inspection; the answer is its job."""
    check_is_json()
    job = current.inspecting().start(current.catalogue().find(file_id))
    place = current.queue().place(job)
    return asked_json(job, place), 202, {"Location": url_for("api.show_job", job_id=job.id)}


@files.get("/<file_id>/profile")
def profile(file_id: str) -> Response:
    """What is in each column, as the inspection has found it; while one runs, with what is known so far if
    `partial=true`."""
    file = current.catalogue().get(file_id)
    inspection = current.inspections().of(file)
    return Response(_profile(file, inspection), mimetype="application/json")


@files.get("/<file_id>/download")
def download(file_id: str) -> Response:
    """The rows of a file in the format that is asked for, `?format=parquet`; 503 with `Retry-After` until it is whole.

    Without a format, the file as it is."""
    return for_program(lambda: source(current.catalogue().get(file_id))) if is_asked() else file_itself(file_id)


@files.post("/<file_id>/rename")
def rename(file_id: str) -> dict[str, Any]:
    """Give the file the name in the body, `{"name": "…"}`."""
    check_is_json()
    body = request.get_json()
    name = body.get("name") if isinstance(body, dict) else None
    if not isinstance(name, str):
        raise InvalidInputError("The body has to be one JSON object with the text “name”.", field="name")
    return file_json(current.catalogue().rename(file_id, name))


@files.post("/<file_id>/delete")
def delete(file_id: str) -> dict[str, Any]:
    """Move the file into the trash."""
    check_is_json()
    return file_json(current.catalogue().delete(file_id))


@files.post("/<file_id>/undelete")
def undelete(file_id: str) -> dict[str, Any]:
    """Take the file out of the trash."""
    check_is_json()
    return file_json(current.catalogue().undelete(file_id))


@files.post("/<file_id>/purge")
def purge(file_id: str) -> dict[str, Any]:
    """Remove a deleted file for good; the answer is what it was."""
    check_is_json()
    return file_json(current.catalogue().purge(file_id))


def _profile(file: FileView, inspection: Inspection | None) -> bytes:
    found = inspection.profile if inspection else None
    if found is None and flag("partial"):
        found = current.inspections().partial(file)
    with suppress(FileNotFoundError):  # what is partial may be gone already
        if found is not None:
            return found.read_bytes()
    raise NotFoundError(f"“{file.name}” is not inspected, as it is now: begin that with POST …/inspect.")


def _origin() -> Origin | None:
    text = request.args.get("origin")
    try:
        return Origin(text) if text else None
    except ValueError:
        raise InvalidInputError(f"“origin” has to be one of {', '.join(Origin)}.", field="origin") from None
