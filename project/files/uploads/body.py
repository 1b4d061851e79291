"""A request's body as blocks, with an end to waiting: who stops sending is taken for gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from project.errors import InvalidInputError
from project.files.uploads.receiving import CutError

BLOCK_BYTES = 256 * 1024
# A closed laptop does not say goodbye: without an end, its connection would hold the upload's lock for ever.
STALL_SECONDS = 30.0

Environment = dict[str, Any]


def blocks(environ: Environment) -> Iterator[bytes]:
    """The body of a WSGI request. Raises CutError if it ends early, or if nothing comes for STALL_SECONDS."""
    stream, rest = environ["wsgi.input"], length(environ)
    if rest is None and not environ.get("wsgi.input_terminated"):
        raise InvalidInputError("Say how many bytes come: the header “Content-Length” is missing.")
    with _bounded_waiting(environ.get("gunicorn.socket")):
        while rest is None or rest > 0:
            block = _read(stream, BLOCK_BYTES if rest is None else min(BLOCK_BYTES, rest))
            if block:
                yield block
            elif rest is None:
                return
            else:
                raise _cut()
            rest = None if rest is None else rest - len(block)


def length(environ: Environment) -> int | None:
    """How many bytes the body was announced with; None if it comes in chunks of its own lengths."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


def _read(stream: IO[bytes], most: int) -> bytes:
    try:
        return stream.read(most)
    except (OSError, ValueError) as error:
        raise _cut() from error


@contextmanager
def _bounded_waiting(connection: socket.socket | None) -> Iterator[None]:
    if connection is None:
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(STALL_SECONDS)
    try:
        yield
    finally:
        connection.settimeout(before)


def _cut() -> CutError:
    return CutError("The connection ended before all bytes had come.")
