"""The result file: rows as CSV that reads back as exactly what was written."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path

import polars as pl

from project import faults
from project.engine.disk import Room, append_file, free_bytes, write_all
from project.engine.limits import Limit
from project.engine.room import check_result

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

    def __init__(
        self,
        path: Path,
        limit: Limit,
        *,
        size: int = 0,
        rows: int = 0,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._limit = limit
        self._path = path
        self._free = free
        self._header = b""
        self._file = _opened(path, size)
        self.size = size
        self.rows = rows

    def check_room(self, least: int) -> None:
        """Raise LimitError or DiskFullError if that many bytes are sure not to fit."""
        check_result(self._limit, self.size + least, self.size + self._free(self._path.parent))

    def start(self, names: tuple[str, ...]) -> None:
        """Write the header."""
        self._header = as_csv(pl.DataFrame(schema=dict.fromkeys(names, pl.String)), header=True)
        self._append(self._header)

    def write(self, csv: bytes | memoryview, rows: int) -> None:
        """Append what `as_csv` made of that many rows."""
        self._append(csv)
        self.rows += rows

    def write_files(self, paths: Sequence[Path], rows: int) -> None:
        """Append the rows that were written to these files as `as_csv` does."""
        for path in paths:
            self._grow(path.stat().st_size)
            with _ROOM:
                faults.point("engine-result-write")
                append_file(self._file, path)
        self.rows += rows

    def restart(self) -> None:
        """Go on behind the header again, whatever is in the file."""
        header = self._header
        self._file.close()
        self._file = _opened(self._path, 0)
        self.size = self.rows = 0
        self._append(header)

    def take_over(self, size: int, rows: int) -> None:
        """Go on behind what an earlier attempt has finished, which the file holds now in place of what was written."""
        self._file.close()
        self._file = _opened(self._path, size)
        self.size, self.rows = size, rows

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
        self._grow(len(data))
        with _ROOM:
            faults.point("engine-result-write")
            write_all(self._file, data)

    def _grow(self, size: int) -> None:
        self.size += size
        self._limit.check(self.size)


def _opened(path: Path, size: int) -> FileIO:
    """The file, to go on behind what an earlier attempt has finished; not opened to append, which sendfile refuses."""
    if not size:
        return path.open("wb", buffering=0)
    file = path.open("r+b", buffering=0)
    file.truncate(size)
    file.seek(size)
    return file
