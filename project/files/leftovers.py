"""Removes inspections that nobody can ask for any more: of what a file was before, and of files that are gone.

A mark in the folder tells since when it is of no use: who still reads it has time to end, and what becomes of use again
is left alone.
"""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from project.database import Database
from project.files import rows
from project.files.models import File
from project.files.workspace import Workspace

MARK = "left over"
_GRACE_SECONDS = 600.0
# What this database does not know may be another installation's on the same workspace. It can be made again.
_STRANGER_SECONDS = 24 * 3600.0
_EVERY_SECONDS = 60.0
_MOST_A_ROUND = 100
# A statement has a limit of parameters.
_AT_ONCE = 500


class Leftovers:
    """Looks through the inspections once a minute, however often it is asked to."""

    def __init__(self, database: Database, workspace: Workspace, every_seconds: float = _EVERY_SECONDS) -> None:
        self._database = database
        self._folder = workspace.inspections
        self._every_seconds = every_seconds
        self._swept_at = -math.inf

    def sweep(self) -> None:
        """Remove some of what has been of no use for a while."""
        if time.monotonic() - self._swept_at < self._every_seconds:
            return
        self._swept_at = time.monotonic()
        ids = _entries(self._folder)
        versions = self._versions(ids)
        removed = 0
        for folder, seconds in self._useless(ids, versions):
            if _has_mark_for(folder, seconds):
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
            if removed >= _MOST_A_ROUND:
                return

    def _versions(self, ids: Sequence[str]) -> Mapping[str, str]:
        """By ID, the version that each of the files is known by now."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), _AT_ONCE):
            query = select(*File.__table__.columns).where(File.id.in_(ids[start : start + _AT_ONCE]))
            with self._database.look_up() as connection:
                found |= {row.id: rows.view_of(row).version for row in connection.execute(query)}
        return found

    def _useless(self, ids: Sequence[str], versions: Mapping[str, str]) -> Iterator[tuple[Path, float]]:
        """Folders, and for how long each of them has to have been useless before it goes."""
        for id in ids:
            if id not in versions:
                yield self._folder / id, _STRANGER_SECONDS
                continue
            _unmark(self._folder / id)
            names = [name for name in _entries(self._folder / id) if name != MARK]
            newest = max((name for name in names if name.split(".")[0] == versions[id]), default=None)
            if newest:
                _unmark(self._folder / id / newest)
            yield from ((self._folder / id / name, _GRACE_SECONDS) for name in names if name != newest)


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _has_mark_for(folder: Path, seconds: float) -> bool:
    """Whether it was marked so long ago; it is marked now if it was not."""
    mark = folder / MARK
    with suppress(FileNotFoundError):
        return time.time() - mark.stat().st_mtime > seconds
    with suppress(FileNotFoundError):  # gone, by another one
        mark.touch()
    return False


def _unmark(folder: Path) -> None:
    (folder / MARK).unlink(missing_ok=True)
