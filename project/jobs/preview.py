"""The head of a job's published files, for a page; bounded, whatever the files hold."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from project.files.workspace import Workspace
from project.jobs import publish
from project.jobs.view import JobView

MAX_CHARACTERS = 1_000_000
MAX_COLUMNS = 200
MAX_CELL = 500


@dataclass(frozen=True)
class Table:
    """Some rows of text under their columns, at most 200 columns wide. `cut`: there is more than is shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut: bool = False


@dataclass(frozen=True)
class Reject:
    """A record that was set aside: its number, its line, its byte offset, why, in which column, and its raw text."""

    record: str
    line: str
    byte_offset: str
    reason: str
    column: str
    raw: str


def result_rows(workspace: Workspace, job: JobView, limit: int = 50) -> Table:
    """The first rows of the result. Raises NotFoundError if it is gone or not this job's any more."""
    rows, cut = _head(publish.result_file(workspace, job), limit + 1)
    columns = rows[0] if rows else ()
    shown = tuple(_shorten(row) for row in rows[1:])
    return Table(_shorten(columns), shown, cut or len(columns) > MAX_COLUMNS)


def reject_rows(workspace: Workspace, job: JobView, limit: int = 20) -> tuple[Reject, ...]:
    """The first rejects; none if nothing was rejected. Raises NotFoundError if their file is gone or replaced."""
    if not job.rejects_bytes:
        return ()
    rows, _ = _head(publish.rejects_file(workspace, job), limit + 1)
    return tuple(Reject(*_shorten(row)) for row in rows[1:] if len(row) == 6)


def _head(path: Path, limit: int) -> tuple[list[tuple[str, ...]], bool]:
    """At most `limit` whole records within the first million characters, and whether the file goes on."""
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        source = _Bounded(stream)
        # The limit of a field is the process's: csv has no other. Ours lies above what is read at all.
        csv.field_size_limit(MAX_CHARACTERS + 1)
        rows = [tuple(row) for row in islice(csv.reader(source), limit)]
        if source.cut and rows and len(rows) > 1:
            rows.pop()  # cut in its middle
        return rows, source.cut or bool(stream.read(1))


class _Bounded:
    """The lines of a stream up to a number of characters, even if a line has no end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._left = MAX_CHARACTERS
        self.cut = False

    def __iter__(self) -> _Bounded:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self._left)
        if not line:
            self.cut = self._left == 0
            raise StopIteration
        self._left -= len(line)
        return line


def _shorten(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cell if len(cell) <= MAX_CELL else cell[:MAX_CELL] + " …" for cell in row[:MAX_COLUMNS])
