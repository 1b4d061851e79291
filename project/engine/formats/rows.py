"""Rows of other formats as the CSV that they would be: what every reader of a format offers, and how it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

_TO_QUOTE = re.compile('[,"\r\n]').search
_LINE_TO_QUOTE = re.compile('["\r\n]').search


@dataclass(frozen=True)
class Place:
    """Where a record stands in the file itself; `reason` and `raw` are set where it could not be read at all."""

    line: int
    offset: int
    reason: str = ""
    raw: str = ""


class Rows(Protocol):
    """A file's header and rows as pieces of UTF-8 CSV, each made of whole records."""

    @property
    def consumed(self) -> int:
        """Bytes of the file as it lies on disk that have been read, for the progress."""

    @property
    def parts(self) -> str:
        """What the file consists of, in words."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth telling of it, in sentences."""

    def pieces(self) -> Iterator[bytes]:
        """The header record, then the others; each piece is small, unless a record is large."""

    def place(self, offset: int) -> Place | None:
        """Where the record at that offset of the CSV comes from; None: that offset is as good as any."""

    def forget_before(self, offset: int) -> None:
        """Say that nobody will ask for a place before that offset any more."""

    def close(self) -> None:
        """Give up what is held open."""


def csv_line(fields: Sequence[str | None]) -> str:
    """One record: a missing value is empty, an empty text is quoted, as it reads back."""
    if None not in fields and "" not in fields:
        # Most records: to look at all of it once is quicker than at each field.
        line = ",".join(fields)  # type: ignore[arg-type]
        if line.count(",") == len(fields) - 1 and not _LINE_TO_QUOTE(line):
            return f"{line}\n"
    line = ",".join([_written(field) for field in fields])
    # A missing value alone in its row would be a blank line, which is no record.
    return f"{line}\n" if line else '""\n'


def _written(field: str | None) -> str:
    if field is None:
        return ""
    if not field:
        return '""'
    if _TO_QUOTE(field):
        doubled = field.replace('"', '""')
        return f'"{doubled}"'
    return field
