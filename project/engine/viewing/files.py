"""The files of a view: Parquet files that appear whole, within the disk that the view may take."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from project.engine.disk import Room
from project.errors import LimitError

_MB = 1024 * 1024
# A page is read from one group or two.
_GROUP_ROWS = 1 << 14
_ROOM = Room("a view of its rows")


class ViewFiles:
    """Writes into the view's folder. Raises LimitError beyond `megabytes`, and DiskFullError."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes
        self._bytes = sum(path.stat().st_size for path in folder.iterdir())

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """The rows as a file of that name."""
        new = self.folder / f"{name}.new"
        with _ROOM:
            frame.write_parquet(new, compression="zstd", compression_level=1, row_group_size=_GROUP_ROWS)
        self._count(new.stat().st_size)
        os.replace(new, self.folder / name)

    def append(self, name: str, data: bytes) -> None:
        """More bytes behind those of that file."""
        with _ROOM, (self.folder / name).open("ab") as file:
            file.write(data)
        self._count(len(data))

    def remove(self, name: str) -> None:
        """Fine if it is gone."""
        path = self.folder / name
        if path.exists():
            self._bytes -= path.stat().st_size
            path.unlink(missing_ok=True)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._megabytes * _MB:
            raise LimitError(
                f"The view would take more than {self._megabytes:,} MB on the disk, the limit of the setting "
                "VIEWS_MB. Make a job of it instead."
            )
