"""Writing to a disk, and a full one in words: what there was no room for, and where to make some."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from project.errors import DiskFullError

ADVICE = "Make room where the workspace (DATA_DIR) lies, then try the job again."
_IS_FULL = (errno.ENOSPC, errno.EDQUOT)
# Polars tells of it in words alone.
_WORDS = ("No space left on device", "Disk quota exceeded")


def is_full(error: BaseException) -> bool:
    """Whether the error tells of a full disk."""
    is_told = isinstance(error, OSError) and error.errno in _IS_FULL
    return is_told or any(words in str(error) for words in _WORDS)


def disk_full(what: str = "") -> DiskFullError:
    """The failure in words; `what` completes "the job found no room for …"."""
    where = f": the job found no room for {what}" if what else ""
    return DiskFullError(f"The disk is full{where}. {ADVICE}")


def sync(path: Path) -> None:
    """What was written to a file, or the names in a folder, will be there after a crash of the machine."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(file: IO[bytes], data: Any) -> None:
    """Write all bytes of something with a buffer to a file that is opened without one."""
    view = memoryview(data)
    # A view of nothing cannot be cast.
    view = view.cast("B") if view.nbytes else memoryview(b"")
    while view:
        view = view[file.write(view) :]


def append_file(file: IO[bytes], path: Path) -> None:
    """Append another file's bytes, without a way through this process's memory."""
    left = path.stat().st_size
    with path.open("rb") as source:
        while left and (copied := os.sendfile(file.fileno(), source.fileno(), None, left)):
            left -= copied
    if left:
        raise OSError(f"{path.name} is shorter than it was")


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write to the folder's disk."""
    return shutil.disk_usage(folder).free


class Room:
    """Around the writing of `what`: a full disk is told as DiskFullError, what else goes wrong stays what it is."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and is_full(error):
            raise disk_full(self._what) from error
