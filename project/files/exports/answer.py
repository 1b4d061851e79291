"""The answer to who asks for a download in another format: the file, or word that it is being prepared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from flask import Response, make_response, render_template, request, send_file

from project import current
from project.engine.dialect import FORMAT_NAMES, Format
from project.engine.export.plan import CAN_BE_SAFE, MEDIA_TYPES, SUFFIXES, format_named
from project.errors import BeingPreparedError, InvalidInputError
from project.files.exports.source import Source

RETRY_SECONDS = 2
_YES = ("1", "true")


def in_format(name: str, source: Callable[[], Source], back: str) -> Response:
    """For a page: what the address asks for, `?format=parquet` or `?format=xlsx&safe=1`, of what has that name.

    `source` may raise BeingPreparedError. `back`: where the link stands.
    """
    format = _asked()
    try:
        response = _file(source(), format)
    except BeingPreparedError:
        response = None
    if response is None:
        page = render_template("files/preparing.html", file=name, format=FORMAT_NAMES[format], back=back)
        response = make_response(page, 202)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Refresh"] = str(RETRY_SECONDS)
    return response


def for_program(source: Callable[[], Source]) -> Response:
    """The same for programs. Raises BeingPreparedError, after which they may ask again, until the file is whole."""
    format, found = _asked(), source()
    response = _file(found, format)
    if response is None:
        raise BeingPreparedError(
            f"“{found.name}” is being prepared as {FORMAT_NAMES[format]}: ask again in some seconds.",
            retry_seconds=RETRY_SECONDS,
        )
    return response


def is_asked() -> bool:
    """Whether the address asks for a format, or for a change."""
    return bool(request.args.get("format") or request.args.get("safe"))


def _asked() -> Format:
    return format_named(request.args.get("format", ""))


def _file(source: Source, format: Format) -> Response | None:
    safe = request.args.get("safe", "")
    if safe not in ("", "0", "false", *_YES):
        raise InvalidInputError("“safe” has to be true or false.", field="safe")
    if safe in _YES and format not in CAN_BE_SAFE:
        raise InvalidInputError("Only CSV and Excel can be made safe for Excel.", field="safe")
    path = current.exports().get(source, format, safe=safe in _YES)
    if path is None:
        return None
    name = PurePath(source.name).stem + SUFFIXES[format]
    return send_file(
        path, mimetype=MEDIA_TYPES[format], as_attachment=True, download_name=name, conditional=True, max_age=0
    )
