"""What is known of an upload, as others see it; and what may be asked for one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from project.errors import InvalidInputError


class IfExists(StrEnum):
    """What becomes of a file that has the name of the uploaded one already."""

    FAIL = "fail"
    KEEP_BOTH = "keep-both"
    REPLACE = "replace"

    @classmethod
    def asked(cls, text: str) -> IfExists:
        """What was asked for; nothing is FAIL. Raises InvalidInputError with field "if_exists"."""
        try:
            return cls(text) if text else cls.FAIL
        except ValueError:
            choices = ", ".join(cls)
            raise InvalidInputError(f"if_exists is “{text[:50]}”, but can be: {choices}.", field="if_exists") from None


@dataclass(frozen=True)
class Wish:
    """What somebody wants to upload: a name, its length in bytes, and the tus metadata exactly as it came.

    Without a length, as many bytes as there is room for.
    """

    name: str
    length: int | None = None
    if_exists: IfExists = IfExists.FAIL
    metadata: str = ""


@dataclass(frozen=True)
class Upload:
    """An upload as it stands: `offset` bytes of `length` are safe on the disk; `file` is its name once it is whole.

    `expires_at` is in seconds since 1970: until then it is kept, counted from the last byte that came.
    """

    id: str
    name: str
    length: int
    offset: int
    expires_at: float
    metadata: str = ""
    file: str | None = None


@dataclass(frozen=True)
class Limits:
    """How much may come, in bytes (0 is as much as the disk holds), how long it is kept, and how many come at once."""

    most: int = 0
    quota: int = 0
    expiry_seconds: float = 24 * 3600
    at_once: int = 4
