"""The headers of the tus protocol 1.0, read and written; pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import quote

from werkzeug.datastructures import Headers
from werkzeug.http import http_date

from project.errors import InvalidInputError
from project.files.uploads.checksum import ALGORITHMS, Checksum
from project.files.uploads.upload import IfExists, Upload, Wish

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
_MAX_METADATA = 8 * 1024


def wish(headers: Headers, parameters: Mapping[str, str]) -> Wish:
    """What a creation asks for. Its metadata is `filename`, and `if_exists`, which may be a parameter too."""
    text = headers.get("Upload-Metadata", "")
    metadata = parse_metadata(text)
    name = metadata.get("filename") or metadata.get("name")
    if name is None:
        raise InvalidInputError("The upload has no name: say it as “filename” in the header Upload-Metadata.")
    if_exists = parameters.get("if_exists") or metadata.get("if_exists", "")
    return Wish(name, parse_count(headers, "Upload-Length"), IfExists.asked(if_exists), text)


def parse_count(headers: Headers, name: str) -> int:
    """A header that counts bytes. Raises InvalidInputError if it is missing or no such number."""
    text = headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise InvalidInputError(f"The header {name} has to be a number of bytes.")
    return int(text)


def parse_metadata(header: str) -> dict[str, str]:
    """Pairs of a key and a text in base64, separated by commas. Raises InvalidInputError."""
    if len(header) > _MAX_METADATA:
        raise InvalidInputError("The header Upload-Metadata is too long.")
    pairs = (pair.strip().partition(" ") for pair in header.split(",") if pair.strip())
    try:
        return {key: base64.b64decode(value, validate=True).decode() for key, _, value in pairs}
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInputError("The header Upload-Metadata is not written in base64 of UTF-8.") from None


def parse_checksum(headers: Headers) -> Checksum | None:
    """The checksum that goes with the bytes, if one does. Raises InvalidInputError."""
    header = headers.get("Upload-Checksum")
    return None if header is None else Checksum.parse(header)


def state_headers(upload: Upload, remark: str) -> dict[str, str]:
    """How an upload stands; a whole one says the name that its file has got, and the remark on it if there is one, both
    percent-encoded: headers have no place for other letters."""
    headers = {"Upload-Offset": str(upload.offset)}
    if upload.file is None:
        headers["Upload-Expires"] = http_date(upload.expires_at)
    else:
        headers["Rowmill-File"] = quote(upload.file, safe="")
    if remark:
        headers["Rowmill-Remark"] = quote(remark)
    return headers


def ability_headers(largest: int) -> dict[str, str]:
    """What this server can do."""
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        "Tus-Max-Size": str(largest),
    }
