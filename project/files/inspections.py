"""Where inspections of files lie: a folder for each file, and in it one for each version of it that was inspected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from project.engine.plan import DATA_FILE, PROFILE_FILE
from project.files.view import FileView
from project.files.workspace import Workspace


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
    def views(self) -> Path:
        """Not there until somebody makes it."""
        return self.folder / "views"


class Inspections:
    """Finds them; each appears whole, by one rename, or not at all."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.inspections

    def place(self, file: FileView) -> Path:
        """Where the inspection of this version is, or will be."""
        return self._folder / file.id / file.version

    def of(self, file: FileView) -> Inspection | None:
        """That of the file as it is now, if it was inspected."""
        place = self.place(file)
        return Inspection(place) if (place / DATA_FILE).is_file() else None
