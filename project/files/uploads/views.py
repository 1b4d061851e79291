"""The page of uploads, its form for browsers without JavaScript, and a file in one request for `curl`."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, ValidationError, validate_csrf
from werkzeug.wrappers import Response

from project import current
from project.errors import InvalidInputError, LockedError, NotFoundError, RowmillError
from project.files.uploads import body, multipart
from project.files.uploads.remark import remark_on
from project.files.uploads.upload import IfExists, Upload, Wish
from project.guard import check_origin
from project.http_status import status_of

upload_page = Blueprint("upload", __name__, url_prefix="/upload", template_folder="templates")


@upload_page.get("")
def page() -> str:
    """Where files are dropped; `done` names those that have just come."""
    return _page(done=tuple(_found(request.args.getlist("done"))))


@upload_page.post("")
def receive() -> Response | tuple[str, int]:
    """The files of a plain form."""
    blocks = body.blocks(request.environ)
    try:
        done = list(_received(multipart.parts(blocks, request.mimetype_params.get("boundary", ""))))
    except RowmillError as error:
        for _ in blocks:
            pass  # a browser reads no answer before it has sent everything
        return _page(error=error.message), status_of(error)
    return redirect(url_for("upload.page", done=[upload.id for upload in done]), code=303)


@upload_page.put("/<path:name>")
def put(name: str) -> tuple[dict[str, str | int], int]:
    """One file as the request's body: `curl -T`. Foreign pages may not send this method."""
    check_origin()
    wish = Wish(name, body.length(request.environ), IfExists.asked(request.args.get("if_exists", "")))
    upload = current.uploads().receive(wish, body.blocks(request.environ))
    remark = remark_on(current.workspace(), upload)
    return {"file": upload.file or name, "bytes": upload.length, **({"remark": remark} if remark else {})}, 201


@upload_page.post("/<upload_id>/discard")
def discard(upload_id: str) -> Response:
    """Take an unfinished upload back."""
    current.uploads().remove(upload_id)
    return redirect(url_for("upload.page"), code=303)


def _received(parts: Iterator[multipart.TextPart | multipart.FilePart]) -> Iterator[Upload]:
    fields: dict[str, str] = {}
    count = 0
    for part in parts:
        if isinstance(part, multipart.TextPart):
            fields[part.name] = part.text
        elif part.file_name:
            _check_token(fields)
            count += 1
            yield _keep(part, fields)
    _check_token(fields)
    if not count:
        raise InvalidInputError("No file was chosen.", field="file")


def _keep(part: multipart.FilePart, fields: dict[str, str]) -> Upload:
    # How long a form's file is shows only at its end.
    wish = Wish(part.file_name, if_exists=IfExists.asked(fields.get("if_exists", "")))
    return current.uploads().receive(wish, part.blocks)


def _check_token(fields: dict[str, str]) -> None:
    """Flask-WTF itself would read the whole form into memory before the view is asked."""
    try:
        validate_csrf(fields.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(error.args[0]) from None


def _found(upload_ids: list[str]) -> Iterator[Upload]:
    for upload_id in upload_ids[:100]:
        try:
            upload = current.uploads().look_up(upload_id)
        except (NotFoundError, LockedError):
            continue
        if upload.file is not None:
            yield upload


def _page(done: tuple[Upload, ...] = (), error: str = "") -> str:
    return render_template(
        "uploads/page.html",
        done=[(upload, remark_on(current.workspace(), upload)) for upload in done],
        error=error,
        unfinished=current.uploads().resumable(),
        largest=current.uploads().largest(),
        hours=current.settings().upload_expiry_hours,
        address=url_for("upload.page", _external=True),
    )
