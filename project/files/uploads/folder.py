"""An upload's folder on the disk: its record, its bytes, and the lock that lets one at a time write to it."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from project.engine.disk import sync
from project.errors import LockedError, NotFoundError
from project.files.uploads.upload import IfExists, Wish


class Record(BaseModel):
    """What is kept of an upload beside its bytes. One that `is_resumable` outlives the request that it began with."""

    model_config = ConfigDict(frozen=True)

    name: str
    length: int
    if_exists: IfExists
    metadata: str = ""
    is_resumable: bool = True
    file: str | None = None

    @classmethod
    def of(cls, wish: Wish, is_resumable: bool) -> Record:
        """The record that an upload begins with."""
        return cls(
            name=wish.name,
            length=wish.length or 0,
            if_exists=wish.if_exists,
            metadata=wish.metadata,
            is_resumable=is_resumable,
        )


class UploadFolder:
    """`info.json`, `data`, `lock`, and `unchecked` while bytes arrive whose checksum is still to be compared."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path / "data"
        self.unchecked = path / "unchecked"
        self._info = path / "info.json"
        self._lock = path / "lock"

    @property
    def id(self) -> str:
        """The upload's ID."""
        return self.path.name

    def make(self) -> None:
        """Make the folder, still without a record: nobody finds an upload in it yet."""
        self.path.mkdir(mode=0o700, parents=True)
        self._lock.touch()
        self.data.touch()
        sync(self.path.parent)

    @contextmanager
    def locked(self, *, waits: bool = False) -> Iterator[None]:
        """Nobody else writes meanwhile, in whatever thread or process.

        Raises NotFoundError, and LockedError where it does not wait.
        """
        try:
            descriptor = os.open(self._lock, os.O_RDWR)
        except (FileNotFoundError, NotADirectoryError):
            raise _unknown(self.id) from None
        try:
            _lock(descriptor, waits)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> Record:
        """Raises NotFoundError."""
        try:
            return Record.model_validate_json(self._info.read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            raise _unknown(self.id) from None

    def write(self, record: Record) -> None:
        """Replace the record in one step, safely on the disk."""
        draft = self._info.with_name(f"info.{secrets.token_hex(4)}")
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(record.model_dump_json())
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, self._info)
        sync(self.path)

    def touched_at(self) -> float:
        """When the last byte came, or the last step was made."""
        with suppress(FileNotFoundError):
            return max(path.stat().st_mtime for path in (self.path, self.data) if path.exists())
        return 0.0

    def remove(self) -> None:
        """All of it; the record first, so that nobody finds half an upload."""
        self._info.unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)


def _lock(descriptor: int, waits: bool) -> None:
    try:
        # It belongs to this descriptor, not to the process, and ends with the process whatever kills it.
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        raise LockedError("Another request is at this upload right now: ask again in a moment.") from None


def _unknown(upload_id: str) -> NotFoundError:
    return NotFoundError(f"There is no upload “{upload_id}”: it was cancelled, or has expired.")
