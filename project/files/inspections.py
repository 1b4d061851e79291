"""Where inspections of files lie: a folder for each file, and in it one for each inspection of a version of it.

The first of a version has the name `<version>`, or `<version>.<age>`, as those have that follow it. Each appears whole,
by one rename, under a name that nothing else ever has: none replaces another, and who reads one goes on reading it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from project.engine.plan import DATA_FILE, PARTIAL_PROFILE_FILE, PROFILE_FILE, REJECTS_FILE
from project.files.view import FileView
from project.files.workspace import Workspace

AttemptOn = Callable[[FileView], Path | None]


@dataclass(frozen=True)
class Inspection:
    """A finished inspection of a file as it is now. `views`: where what is made of its rows may be kept as long."""

    folder: Path

    @property
    def data(self) -> Path:
        """The columnar copy of the rows."""
        return self.folder / DATA_FILE

    @property
    def profile(self) -> Path:
        """What is in each column."""
        return self.folder / PROFILE_FILE

    @property
    def rejects(self) -> Path:
        """The records that were set aside, as a job would publish them; not there if there are none."""
        return self.folder / REJECTS_FILE

    @property
    def views(self) -> Path:
        """Not there until somebody makes it."""
        return self.folder / "views"


class Inspections:
    """Finds them. `attempt_on` tells the folder of the attempt that inspects a file as it is now, if one does."""

    def __init__(self, workspace: Workspace, attempt_on: AttemptOn = lambda file: None) -> None:
        self._folder = workspace.inspections
        self._attempt_on = attempt_on

    def place(self, file: FileView) -> Path:
        """Where the inspection of this version is, or will be, unless it was inspected again."""
        return self._folder / file.id / file.version

    def of(self, file: FileView) -> Inspection | None:
        """The newest of the file as it is now, if it was inspected."""
        place = self.place(file)
        for name in sorted(_entries(place.parent), reverse=True):
            if name.split(".")[0] == place.name and (place.parent / name / DATA_FILE).is_file():
                return Inspection(place.parent / name)
        return None

    def partial(self, file: FileView) -> Path | None:
        """What is known so far, while the file is being inspected: the profile (`complete` is false) of the rows that
        were read until a moment ago. None if there is none (yet); it may be gone by the time that it is opened."""
        attempt = self._attempt_on(file)
        partial = attempt / PARTIAL_PROFILE_FILE if attempt else None
        return partial if partial and partial.is_file() else None


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
