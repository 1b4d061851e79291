"""The list of files: what is in the workspace, and what can be done with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from project import current
from project.engine.export.plan import excel_objection
from project.errors import NotFoundError, RowmillError
from project.files.exports import answer
from project.files.exports.source import Source, can_be_converted, source_of
from project.files.query import SHOWN, FileQuery
from project.files.spans import in_words
from project.files.view import FileView
from project.http_status import status_of

files = Blueprint("files", __name__, template_folder="templates")
files.add_app_template_global(can_be_converted)
files.add_app_template_global(excel_objection)


@files.get("/files")
def index() -> str:
    """The files; `rename` is the ID of the one whose name is being typed, `done` and `file` say what was just done."""
    return _list(FileQuery.parse(request.args), renaming=request.args.get("rename", ""), done=_done())


@files.get("/files/named")
def named() -> BaseResponse:
    """Leads to the page of the file with the `name` that is asked for, for those who know no ID."""
    file = current.catalogue().find_named(request.args.get("name", ""))
    return redirect(url_for("file.rows", file_id=file.id), code=303)


@files.post("/files/<file_id>/rename")
def rename(file_id: str) -> BaseResponse | tuple[str, int]:
    """Give the file the name that was typed, or show the list with what is wrong beside it."""
    query, name = FileQuery.parse(request.args), request.form.get("name", "")
    try:
        file = current.catalogue().rename(file_id, name)
    except RowmillError as error:
        return _list(query, renaming=file_id, typed=name, fault=error), status_of(error)
    return _back(query, "renamed", file)


@files.post("/files/<file_id>/delete")
def delete(file_id: str) -> BaseResponse | tuple[str, int]:
    """Move the file into the trash."""
    return _do("deleted", current.catalogue().delete, file_id)


@files.post("/files/<file_id>/undelete")
def undelete(file_id: str) -> BaseResponse | tuple[str, int]:
    """Take the file out of the trash."""
    return _do("restored", current.catalogue().undelete, file_id)


@files.post("/files/<file_id>/purge")
def purge(file_id: str) -> BaseResponse | tuple[str, int]:
    """Remove a deleted file for good."""
    return _do("purged", current.catalogue().purge, file_id)


@files.get("/files/<file_id>/download")
def download(file_id: str) -> Response:
    """The whole file, or the range of it that is asked for; its rows in another format with `?format=parquet`."""
    catalogue = current.catalogue()
    file = catalogue.get(file_id)
    if answer.is_asked():
        return answer.in_format(file.name, lambda: source(file), url_for("file.rows", file_id=file.id))
    kind = "text/csv" if file.name.lower().endswith(".csv") else "application/octet-stream"
    # Streamed from the disk by range; never shown by the browser in the place of a page, whatever is in it.
    return send_file(
        catalogue.path(file),
        mimetype=kind,
        as_attachment=True,
        download_name=file.name,
        conditional=True,
        max_age=0,
    )


def source(file: FileView) -> Source:
    """The rows of a file, to be converted."""
    return source_of(file, current.catalogue().path(file), current.inspections().of(file))


def _do(done: str, act: Any, file_id: str) -> BaseResponse | tuple[str, int]:
    query = FileQuery.parse(request.args)
    try:
        file = act(file_id)
    except RowmillError as error:
        return _list(query, fault=error), status_of(error)
    return _back(query, done, file)


def _back(query: FileQuery, done: str, file: FileView) -> BaseResponse:
    arguments: dict[str, Any] = {**query.arguments, "done": done, "file": file.id}
    return redirect(url_for("files.index", **arguments), code=303)


def _done() -> tuple[str, FileView] | None:
    """What the address says was just done, unless it was undone since."""
    done = request.args.get("done", "")
    try:
        file = current.catalogue().get(request.args.get("file", ""))
    except NotFoundError:
        return None
    is_so = (file.deleted_at is not None) == (done == "deleted")
    return (done, file) if done in ("renamed", "deleted", "restored") and is_so else None


def _list(
    query: FileQuery,
    renaming: str = "",
    typed: str | None = None,
    fault: RowmillError | None = None,
    done: tuple[str, FileView] | None = None,
) -> str:
    catalogue = current.catalogue()
    page = catalogue.page(query.listing)
    return render_template(
        "files/index.html",
        query=query,
        page=page,
        uses=catalogue.uses(page.files),
        inspections=current.inspecting().under_way(page.files),
        renaming=renaming,
        typed=typed,
        fault=fault,
        done=done,
        shown=SHOWN,
        kept_for=in_words(catalogue.trash_hours),
        folder=current.workspace().folder,
    )
