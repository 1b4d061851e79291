"""Files as the rest of the house sees them: frozen values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from project.engine.dialect import DialectChoice
from project.engine.inspection.profile import FORMAT
from project.files.names import REJECTS_SUFFIX


class Origin(StrEnum):
    """Where a file comes from."""

    FOUND = "found"
    UPLOADED = "uploaded"
    RESULT = "result"


@dataclass(frozen=True)
class Stamp:
    """What tells a file from another one, or from itself before a change: size in bytes, time in ns, inode."""

    size: int
    modified: int
    inode: int

    def __str__(self) -> str:
        return f"{self.size}:{self.modified}:{self.inode}"


@dataclass(frozen=True)
class SeenFile:
    """A file as it was seen in the folder."""

    name: str
    stamp: Stamp


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class FileFacts(_Value):
    """What was found inside a file; None: not known."""

    rows: int | None = None
    """Without the header, the rejects and blank lines."""
    columns: int | None = None
    rejects: int | None = None
    dialect: str | None = None
    """In words."""


class Birth(_Value):
    """How a file that Rowmill itself has written came to be, and what is known of it from that."""

    origin: Origin
    job_id: str | None = None
    source: str | None = None
    facts: FileFacts | None = None


class FileView(_Value):
    """One file; times are UTC."""

    id: str
    name: str
    size: int
    modified: datetime
    stamp: Stamp
    origin: Origin
    job_id: str | None = None
    source: str | None = None
    added_at: datetime
    used_at: datetime | None = None
    """When a job last began to read it."""
    deleted_at: datetime | None = None
    """Since when it has been in the trash."""
    facts: FileFacts = FileFacts()
    inspected_at: datetime | None = None
    has_changed: bool = False
    """Whether its bytes became others since it was inspected."""
    choice: DialectChoice = DialectChoice()
    """How it is to be read, as somebody has set it by hand; empty: as is found in it."""
    choice_is_older: bool = False
    """Whether its bytes became others since that was set."""

    @property
    def version(self) -> str:
        """Names the bytes as they are now, how they are read, and in which format what is found in them is kept: what
        was made under another name no longer holds."""
        choice = "" if self.choice.is_empty else self.choice.model_dump_json()
        return hashlib.sha256(f"{FORMAT}:{self.stamp}{choice}".encode()).hexdigest()[:16]

    @property
    def is_rejects(self) -> bool:
        """Whether a job has set these records aside."""
        return self.origin is Origin.RESULT and self.name.endswith(REJECTS_SUFFIX)


class FilePage(_Value):
    """Some of the files that match, and how many match in all."""

    files: tuple[FileView, ...]
    total: int
    offset: int
    limit: int


class Use(_Value):
    """A job that has not ended, and what it does with a file's name: "reads" or "writes"."""

    job_id: str
    does: str


def moment(nanoseconds: int) -> datetime:
    """A file's time, to the microsecond; one that no calendar has is the nearest that it has."""
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=timezone.utc) if nanoseconds < 0 else _LATEST


_LATEST = datetime.max.replace(tzinfo=timezone.utc)
