"""The addresses of the tus protocol: uploads that can be gone on with after a cut."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for

from project import current
from project.files.uploads import body, tus
from project.files.uploads.remark import remark_on
from project.files.uploads.upload import Upload
from project.guard import check_origin

uploads = Blueprint("uploads", __name__, url_prefix="/uploads")


@uploads.before_request
def check_protocol() -> Response | None:
    """Only what speaks tus is let in: no foreign page can send its headers without having been asked first."""
    check_origin()
    if request.method == "OPTIONS" or request.headers.get("Tus-Resumable") == tus.VERSION:
        return None
    return Response(
        "Uploads speak tus 1.0.0: send the header “Tus-Resumable: 1.0.0”.", 412, {"Tus-Version": tus.VERSION}
    )


@uploads.after_request
def mark(response: Response) -> Response:
    """Every answer says the version, and none may be kept."""
    response.headers["Tus-Resumable"] = tus.VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@uploads.route("", methods=["OPTIONS"])
@uploads.route("/<upload_id>", methods=["OPTIONS"])
def abilities(upload_id: str = "") -> Response:
    """What this server can do."""
    return Response(status=204, headers=tus.ability_headers(current.uploads().largest()))


@uploads.post("")
def create() -> Response:
    """Begin an upload; its first bytes may come along."""
    upload = current.uploads().create(tus.wish(request.headers, request.args))
    if request.mimetype == tus.CONTENT_TYPE:
        checksum = tus.parse_checksum(request.headers)
        upload = current.uploads().append(upload.id, 0, body.blocks(request.environ), checksum)
    location = {"Location": url_for("uploads.show", upload_id=upload.id)}
    return Response(status=201, headers=location | _state(upload))


@uploads.route("/<upload_id>", methods=["HEAD"])
def show(upload_id: str) -> Response:
    """How many bytes are safe on the disk."""
    upload = current.uploads().look_up(upload_id)
    headers = _state(upload) | {"Upload-Length": str(upload.length)}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return Response(status=200, headers=headers)


@uploads.patch("/<upload_id>")
def append(upload_id: str) -> Response:
    """Add bytes; with the last one the upload becomes a file."""
    if request.mimetype != tus.CONTENT_TYPE:
        abort(415, f"The bytes of an upload come as “Content-Type: {tus.CONTENT_TYPE}”.")
    offset, checksum = tus.parse_count(request.headers, "Upload-Offset"), tus.parse_checksum(request.headers)
    upload = current.uploads().append(upload_id, offset, body.blocks(request.environ), checksum)
    return Response(status=204, headers=_state(upload))


@uploads.delete("/<upload_id>")
def remove(upload_id: str) -> Response:
    """Take an upload back."""
    current.uploads().remove(upload_id)
    return Response(status=204)


@uploads.post("/<upload_id>")
def overridden(upload_id: str) -> Response:
    """For those who cannot send other methods than POST."""
    methods = {"HEAD": show, "PATCH": append, "DELETE": remove}
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method not in methods:
        abort(405, valid_methods=["HEAD", "PATCH", "DELETE"])
    return methods[method](upload_id)


def _state(upload: Upload) -> dict[str, str]:
    return tus.state_headers(upload, remark_on(current.workspace(), upload))
