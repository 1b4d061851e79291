"""The spool: the kept records in clean form, for a reader that is fast because it need not be careful."""

from __future__ import annotations

import os
from pathlib import Path

from project import faults
from project.engine.disk import Room
from project.engine.limits import Limit

_COPY_BYTES = 8 * 1024 * 1024
_ROOM = Room("a clean copy of its records")


class Spool:
    """A file in the attempt's folder, no larger than the limit."""

    def __init__(self, path: Path, limit: Limit) -> None:
        self.path = path
        self._limit = limit
        self._file = path.open("wb", buffering=0)
        self._size = 0
        self.cuts = [0]
        """Offsets between which whole records lie, from 0 to the end."""

    def copy(self, descriptor: int, start: int, end: int, cuts: list[int]) -> None:
        """Take over the bytes [start, end) of another file as they are, cut there at `cuts`."""
        self.cuts = [cut - start for cut in cuts]
        while start < end and (data := os.pread(descriptor, min(_COPY_BYTES, end - start), start)):
            self._append(data)
            start += len(data)

    def write(self, data: bytes) -> None:
        """Append records in clean form."""
        self._append(data)
        self.cuts.append(self._size)

    def close(self) -> None:
        """Finish the file. It is not synced: it does not outlive the attempt."""
        self._file.close()

    def _append(self, data: bytes) -> None:
        self._size += len(data)
        self._limit.check(self._size)
        view = memoryview(data)
        with _ROOM:
            faults.point("engine-spool")
            while view:
                view = view[self._file.write(view) :]
