"""The HTTP status that stands for each kind of error: the one place where errors meet HTTP, for pages and API alike."""

from __future__ import annotations

from project.errors import (
    ChecksumError,
    ConflictError,
    FailureError,
    InvalidInputError,
    LockedError,
    NoRoomError,
    NotFoundError,
    RowmillError,
    TooLargeError,
    UnavailableError,
)

_STATUS: tuple[tuple[type[RowmillError], int], ...] = (
    # Those that the tus protocol and WebDAV have numbers for come before what they are kinds of.
    (TooLargeError, 413),
    (ChecksumError, 460),
    (LockedError, 423),
    (NoRoomError, 507),
    (InvalidInputError, 422),
    (NotFoundError, 404),
    (ConflictError, 409),
    (UnavailableError, 503),
    # At submission a failure is one of the file that was named, not of the server.
    (FailureError, 422),
)


def status_of(error: RowmillError) -> int:
    """The status of an answer that tells of the error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
