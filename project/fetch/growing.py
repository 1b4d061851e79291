"""A Parquet file of texts that is written while its rows come: each group of them as soon as it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore

import polars as pl
from polars.io.plugins import register_io_source

from project.engine.disk import Room

# A group is in memory when it is written, and again when the engine reads it: no more than so many rows or bytes.
_GROUP_ROWS = 1 << 17
_GROUP_BYTES = 16 * 1024 * 1024
# So many tables wait for the writer at most: they are in memory.
_MOST_WAITING = 2
ROOM = Room("the answers of an API")


def write_groups(rows: pl.LazyFrame, path: Path, row_bytes: int) -> None:
    """Write the rows, each of about so many bytes, as a Parquet file, in bounded memory. Raises DiskFullError."""
    group_rows = max(1, min(_GROUP_ROWS, _GROUP_BYTES // max(1, row_bytes)))
    with ROOM:
        rows.sink_parquet(path, compression="lz4", row_group_size=group_rows, engine="streaming")


class GrowingFile:
    """Takes tables, for one thread at a time, and writes them in another one. It has to be left in any case.

    `row_bytes`: about what a row takes in memory.
    """

    def __init__(self, path: Path, columns: Sequence[str], row_bytes: int) -> None:
        self.path = path
        self._row_bytes = row_bytes
        self.columns = tuple(columns)
        self._frames: SimpleQueue[pl.DataFrame | None] = SimpleQueue()
        self._room = Semaphore(_MOST_WAITING)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._written = self._writer.submit(self._write)
        # Nobody makes room any more then: whoever waits for it is to learn why.
        self._written.add_done_callback(lambda _: self._room.release())

    def has(self, columns: Sequence[str]) -> bool:
        """Whether it has all these columns."""
        return set(columns) <= set(self.columns)

    def put(self, frame: pl.DataFrame) -> None:
        """Append a table with some of the columns. Raises what the writer failed with, if it has ended by that."""
        self._room.acquire()
        if self._written.done():
            self._room.release()
            self._written.result()
        self._frames.put(self._whole(frame))

    def close(self) -> None:
        """Behind it, the file is whole. Raises what the writer failed with: DiskFullError, if it is that."""
        self.leave()
        self._written.result()

    def leave(self) -> None:
        """The same, whether the file could be written or not."""
        self._frames.put(None)
        self._writer.shutdown()

    def _whole(self, frame: pl.DataFrame) -> pl.DataFrame:
        if frame.columns == list(self.columns):
            return frame
        there = set(frame.columns)
        return frame.select(
            pl.col(name) if name in there else pl.lit(None, pl.String).alias(name) for name in self.columns
        )

    def _write(self) -> None:
        schema = dict.fromkeys(self.columns, pl.String())
        write_groups(register_io_source(self._source, schema=schema), self.path, self._row_bytes)

    def _source(
        self, with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        while (frame := self._frames.get()) is not None:
            self._room.release()
            yield frame
