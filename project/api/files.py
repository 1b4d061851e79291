"""The JSON interface of files: listing them, and giving them other names, away and back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from project import current
from project.api.asking import MOST, check_is_json, limit, whole_number
from project.api.schemas import file_json
from project.errors import InvalidInputError
from project.files.exports.answer import for_program, is_asked
from project.files.listing import Listing
from project.files.query import sort_column
from project.files.view import Origin
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
            is_trash=_deleted(),
            sort=column,
            descending=descending,
            offset=whole_number("offset", 0, 0, _MOST_OFFSET),
            limit=limit(MOST),
        )
    )
    return {"files": [file_json(file) for file in page.files], "total": page.total, "offset": page.offset}


@files.get("/<file_id>")
def show_file(file_id: str) -> dict[str, Any]:
    """One file, also if it is deleted."""
    return file_json(current.catalogue().get(file_id))


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


def _origin() -> Origin | None:
    text = request.args.get("origin")
    try:
        return Origin(text) if text else None
    except ValueError:
        raise InvalidInputError(f"“origin” has to be one of {', '.join(Origin)}.", field="origin") from None


def _deleted() -> bool:
    text = request.args.get("deleted", "false")
    if text not in ("true", "false"):
        raise InvalidInputError("“deleted” has to be true or false.", field="deleted")
    return text == "true"
