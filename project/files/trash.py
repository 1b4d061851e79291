"""The trash: a hidden folder of the workspace's own file system, where each deleted file has a folder by its ID."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from project.engine.disk import sync
from project.files import moving
from project.files.copies import candidates
from project.files.workspace import Workspace

# What lies here under an ID that this database does not know may be another installation's on the same workspace.
STRANGER_SECONDS = 7 * 24 * 3600.0


class Trash:
    """Moves files in and out; knows nothing of the table."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.folder
        self._trash = workspace.trash

    def put(self, id: str, name: str) -> None:
        """Move a file of the workspace into the trash. Raises FileNotFoundError and other kinds of OSError."""
        place = self._trash / id
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self._folder / name, place / name)
        sync(place)
        sync(self._folder)

    def take_out(self, id: str, name: str, is_kept: Callable[[str], bool]) -> str:
        """Move it back; the name that it has then: another if its own is taken, or is kept for somebody.

        Raises FileNotFoundError and other kinds of OSError.
        """
        place = self._trash / id
        for candidate in itertools.filterfalse(is_kept, candidates(name)):
            try:
                moving.move(place / name, self._folder / candidate)
            except FileExistsError:
                continue
            sync(self._folder)
            shutil.rmtree(place, ignore_errors=True)
            return candidate
        raise AssertionError("candidates never end")

    def has(self, id: str, name: str) -> bool:
        """Whether that file lies in the trash."""
        return (self._trash / id / name).is_file()

    def remove(self, id: str) -> None:
        """Remove it for good; fine if it is gone."""
        shutil.rmtree(self._trash / id, ignore_errors=True)

    def strangers(self) -> tuple[str, ...]:
        """The IDs of what has lain here for so long that no installation can still offer it."""
        try:
            places = [Path(entry.path) for entry in os.scandir(self._trash)]
        except FileNotFoundError:
            return ()
        return tuple(place.name for place in places if _age(place) > STRANGER_SECONDS)


def _age(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except FileNotFoundError:
        return 0.0
