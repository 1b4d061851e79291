"""What has come and is not in the journal yet: a file has each answer as soon as it is whole, so a kill costs none.

A commit to the journal waits for the disk; a row that is only written outlives the process, though not the machine.
Whoever opens a journal takes in what dead processes have left beside it.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import struct
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project.engine.disk import disk_full, is_full
from project.fetch.entries import Row

SUFFIX = ".received"
_HEAD = struct.Struct("<QI")


class Received:
    """A file of rows, held by a lock as long as its process lives."""

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(f"{journal.stem}.{uuid.uuid4().hex}{SUFFIX}")
        # It gets its name once it is locked: nobody may take it for what a dead process has left.
        new = self.path.with_suffix(".new")
        self._descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        new.rename(self.path)

    def add(self, row: Row) -> int:
        """Behind the others; how many bytes it took. Raises DiskFullError."""
        data = memoryview(_framed(row))
        size = len(data)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            if is_full(error):
                raise disk_full("the answers of an API") from error
            raise
        return size

    def clear(self) -> None:
        """Its rows are in the journal."""
        os.ftruncate(self._descriptor, 0)

    def close(self, *, is_stored: bool) -> None:
        """Remove the file, if its rows are in the journal; else the next one who opens that takes them in."""
        if is_stored:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


@contextmanager
def left(journal: Path) -> Iterator[Iterator[Row] | None]:
    """The rows that dead processes have left beside a journal, None without any; their files are gone behind the
    block."""
    paths = journal.parent.glob(f"{journal.stem}.*{SUFFIX}")
    found = [(path, held) for path in paths if (held := _held(path)) is not None]
    try:
        yield (row for path, _ in found for row in rows_in(path)) if found else None
        for path, _ in found:
            path.unlink(missing_ok=True)
    finally:
        for _, descriptor in found:
            os.close(descriptor)


def _held(path: Path) -> int | None:
    """A descriptor with its lock; None if its process lives, or somebody else takes it in."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _framed(row: Row) -> bytes:
    """Its length, a checksum, and the row."""
    data = marshal.dumps(row)
    return _HEAD.pack(len(data), zlib.crc32(data)) + data


def rows_in(path: Path) -> Iterator[Row]:
    """The rows of such a file that are whole: the last one may have been cut."""
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            data = file.read(length)
            if len(data) < length or zlib.crc32(data) != checksum:
                return
            yield marshal.loads(data)
