"""Targets: where the rows of a stage go, at once or part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from project.engine.disk import append_file, write_all
from project.engine.partition import SpillFolder
from project.engine.parts import Done
from project.engine.result import ResultFile, as_csv
from project.engine.spilling import spilling
from project.engine.table import Names, Table, exactly, rows_of, table_of_files
from project.operations.columns import Columns

_CSV = "rows.csv"


class Taker(Protocol):
    """Takes rows, in order."""

    def take(self, frame: pl.DataFrame) -> None:
        """The next ones."""


class PartTarget(Protocol):
    """What a part's rows are to become; it can be pickled."""

    def open(self, folder: Path) -> PartTaker:
        """Begin with the part of that folder."""


class Target(Taker, Protocol):
    """Takes the rows of a whole stage: frames in order, or what parts have made of them, in order."""

    @property
    def of_parts(self) -> PartTarget:
        """What the rows of each part are to become."""

    def join(self, folder: Path, done: Done) -> None:
        """Take over what the part in that folder has made; afterwards the folder is removed."""


class PartTaker(Target, Protocol):
    """Takes the rows of a part into its folder."""

    def close(self) -> tuple[str, ...]:
        """The names of the files that were written there."""


@dataclass(frozen=True)
class AsCsv:
    """A part's rows as CSV, with these columns."""

    names: Names

    def open(self, folder: Path) -> _CsvTaker:
        """See PartTarget."""
        return _CsvTaker((folder / _CSV).open("wb", buffering=0), self)


@dataclass(frozen=True)
class _CsvTaker:
    file: Any
    of_parts: AsCsv

    def take(self, frame: pl.DataFrame) -> None:
        with spilling():
            write_all(self.file, as_csv(frame.select(exactly(self.of_parts.names))))

    def join(self, folder: Path, done: Done) -> None:
        with spilling():
            for name in done.files:
                append_file(self.file, folder / name)

    def close(self) -> tuple[str, ...]:
        self.file.close()
        return (_CSV,)


@dataclass(frozen=True)
class ToResult:
    """The rows become the result."""

    result: ResultFile
    names: Names

    @property
    def of_parts(self) -> PartTarget:
        """CSV."""
        return AsCsv(self.names)

    def take(self, frame: pl.DataFrame) -> None:
        """See Taker."""
        self.result.write(as_csv(frame.select(exactly(self.names))), frame.height)

    def join(self, folder: Path, done: Done) -> None:
        """See Target."""
        self.result.write_files([folder / name for name in done.files], done.rows)


@dataclass(frozen=True)
class AsFrames:
    """A part's rows as IPC files, one a frame."""

    def open(self, folder: Path) -> _FrameTaker:
        """See PartTarget."""
        return _FrameTaker(folder, [])


@dataclass(frozen=True)
class _FrameTaker:
    folder: Path
    names: list[str]
    of_parts: AsFrames = AsFrames()

    def take(self, frame: pl.DataFrame) -> None:
        with spilling():
            frame.write_ipc(self._next(), compression="lz4")

    def join(self, folder: Path, done: Done) -> None:
        for name in done.files:
            (folder / name).rename(self._next())

    def close(self) -> tuple[str, ...]:
        return tuple(self.names)

    def _next(self) -> Path:
        self.names.append(f"rows{len(self.names):06d}.arrow")
        return self.folder / self.names[-1]


class ToNextStage:
    """The rows become the table of the next stage."""

    of_parts: PartTarget = AsFrames()

    def __init__(self, spill: SpillFolder) -> None:
        self._spill = spill
        self._files: list[Path] = []
        self._rows = 0

    def take(self, frame: pl.DataFrame) -> None:
        """See Taker."""
        self._files.append(self._spill.write(frame))
        self._rows += frame.height

    def join(self, folder: Path, done: Done) -> None:
        """See Target."""
        self._files += [self._spill.move(folder / name) for name in done.files]
        self._rows += done.rows

    def table(self, columns: Columns) -> Table:
        """The rows that were taken."""
        return table_of_files(self._files, self._rows, columns)


@dataclass(frozen=True)
class ToCount:
    """The frames are only looked at, one after the other."""

    look: Callable[[pl.DataFrame], None]
    of_parts: PartTarget = AsFrames()

    def take(self, frame: pl.DataFrame) -> None:
        """See Taker."""
        self.look(frame)

    def join(self, folder: Path, done: Done) -> None:
        """See Target."""
        for name in done.files:
            self.look(rows_of(folder / name))
