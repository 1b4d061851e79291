"""Copying: pieces of a file as one Parquet file, in order and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from project.engine.disk import Room, sync
from project.engine.limits import Limit

# A page of rows is read from one group or two: within some ten milliseconds.
_MOST_GROUP_ROWS = 1 << 17
_ROOM = Room("the columnar copy")


def write_parquet(frames: Iterable[pl.DataFrame], schema: dict[str, pl.DataType], path: Path, group_rows: int) -> None:
    """Write the frames; what goes wrong while they are made is raised as it is."""
    failures: list[BaseException] = []

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        try:
            yield from frames
        except Exception as error:  # Polars would tell of it in its own words
            failures.append(error)
            raise

    with _ROOM:
        try:
            rows = register_io_source(source, schema=schema)
            rows.sink_parquet(path, compression="zstd", row_group_size=group_rows, engine="streaming")
        except Exception:
            if failures:
                raise failures[0] from None
            raise
        sync(path)


def group_rows(rows: int, size: int, piece_bytes: int) -> int:
    """How many rows a group holds, where so many rows take `size` bytes and one may take about those of a piece."""
    return max(1, min(_MOST_GROUP_ROWS, rows * piece_bytes // max(1, size)))


def check_size(path: Path, limit: Limit) -> None:
    """Raise LimitError or DiskFullError if what is written so far is too much."""
    if path.exists():
        limit.check(path.stat().st_size)
