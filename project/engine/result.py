"""The result file: rows as CSV that reads back as exactly what was written."""

from __future__ import annotations

import io
import os
from pathlib import Path

import polars as pl

from project import faults
from project.engine.disk import Room
from project.engine.limits import Limit

_ROOM = Room("its result")


def as_csv(frame: pl.DataFrame, *, header: bool = False) -> bytes:
    """The rows as UTF-8 with LF, quoted where needed; a missing value is empty, an empty text is quoted."""
    if frame.width == 1:
        # A missing value alone in its row would be a blank line, which is no record.
        frame = frame.with_columns(pl.all().cast(pl.String).fill_null(""))
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=header)
    return buffer.getvalue()


class ResultFile:
    """Rows are appended in order; the header stands before them from the start."""

    def __init__(self, path: Path, limit: Limit, *, size: int = 0, rows: int = 0) -> None:
        self._limit = limit
        # What an earlier attempt has finished is carried on with.
        self._file = path.open("ab" if size else "wb", buffering=0)
        self.size = size
        self.rows = rows

    def start(self, names: tuple[str, ...]) -> None:
        """Write the header."""
        self._append(as_csv(pl.DataFrame(schema=dict.fromkeys(names, pl.String)), header=True))

    def write(self, csv: bytes | memoryview, rows: int) -> None:
        """Append what `as_csv` made of that many rows."""
        self._append(csv)
        self.rows += rows

    def write_file(self, path: Path, rows: int) -> None:
        """Append the rows that `as_csv` or the like has written to a file."""
        size = path.stat().st_size
        self.size += size
        self._limit.check(self.size)
        with _ROOM, path.open("rb") as source:
            faults.point("engine-result-write")
            while size and (copied := os.sendfile(self._file.fileno(), source.fileno(), None, size)):
                size -= copied
        if size:
            raise OSError(f"{path.name} is shorter than it was")
        self.rows += rows

    def sync(self) -> None:
        """What was written so far will be there after a crash of the machine."""
        with _ROOM:
            os.fsync(self._file.fileno())

    def close(self) -> int:
        """Sync the file; returns its size in bytes."""
        with _ROOM:
            faults.point("engine-result")
        self.sync()
        self._file.close()
        return self.size

    def _append(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        self._limit.check(self.size)
        view = memoryview(data)
        with _ROOM:
            faults.point("engine-result-write")
            while view:
                view = view[self._file.write(view) :]
