"""The table of answers: records in, one Parquet file of texts out, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import polars as pl

from project.engine.disk import sync
from project.errors import LimitError
from project.fetch.growing import ROOM, GrowingFile, write_groups
from project.fetch.plan import ANSWERS_FILE
from project.fetch.reading import Record
from project.operations.enrich import ANSWER_KEY

# A batch is written once it has so many cells, or so many characters; one of tables, so many bytes.
_BATCH_CELLS = 250_000
_BATCH_CHARACTERS = 32 * 1024 * 1024
_BATCH_BYTES = 8 * 1024 * 1024
_VALUE_BYTES = 16


class AnswersTable:
    """A context manager that takes records in their order; `finish` leaves the file whole, or nothing does.

    It is written while they come. Once fields turn up that were not there when it was begun, batches are written beside
    it, and all is put together at the end.
    """

    def __init__(self, folder: Path, most_columns: int) -> None:
        self._folder = folder
        self._most_columns = most_columns
        self._fields: dict[str, None] = {}
        self._keys: list[str | None] = []
        self._rows: list[Record] = []
        self._cells = self._characters = 0
        self._frames: list[pl.DataFrame] = []
        self._frames_bytes = 0
        self._file: GrowingFile | None = None
        self._batches: list[Path] = []
        self._widest = 0
        self.records = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.leave()
            self._file.path.unlink(missing_ok=True)
        for batch in self._batches:
            batch.unlink(missing_ok=True)

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that were found so far, in the order of their first appearance."""
        return tuple(self._fields)

    def add(self, keys: Sequence[str | None], records: Sequence[Record]) -> None:
        """Take some records, and the key of each. Raises LimitError where they have too many fields."""
        for key, record in zip(keys, records, strict=True):
            self._add_fields(record)
            self._keys.append(key)
            self._rows.append(record)
            self._cells += len(record) + 1
            self._characters += sum(map(len, filter(None, record.values())))
        self.records += len(records)
        if self._cells >= _BATCH_CELLS or self._characters >= _BATCH_CHARACTERS:
            self._write_rows()

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Take records as a table with ANSWER_KEY and one column a field."""
        self._write_rows()
        self._add_fields(dict.fromkeys(name for name in frame.columns if name != ANSWER_KEY))
        self.records += frame.height
        if self._frames and self._frames[0].columns != frame.columns:
            self._write_frames()
        self._frames.append(frame)
        self._frames_bytes += int(frame.estimated_size())
        if self._frames_bytes >= _BATCH_BYTES:
            self._write_frames()

    def finish(self) -> None:
        """Put what was written together, sync it, and give it its name. Raises DiskFullError."""
        self._write_rows()
        self._write_frames()
        file = self._file or self._begin(0)
        file.close()
        whole = self._put_together(file.path) if self._batches else file.path
        sync(whole)
        whole.replace(self._folder / ANSWERS_FILE)
        sync(self._folder)

    def _put_together(self, begun: Path) -> Path:
        """One file of what was begun and of the batches, in which each row has all fields."""
        batches = (pl.scan_ipc(batch, glob=False) for batch in self._batches)
        rows = pl.concat([pl.scan_parquet(begun, glob=False), *batches], how="diagonal")
        part = self._folder / f"{ANSWERS_FILE}.part"
        # Missing values have their place in memory, too.
        row_bytes = self._widest + _VALUE_BYTES * len(self._fields)
        write_groups(rows.select(pl.col([ANSWER_KEY, *self._fields])), part, row_bytes)
        return part

    def _add_fields(self, record: Record) -> None:
        if record.keys() <= self._fields.keys():
            return
        self._fields.update(dict.fromkeys(record))
        if len(self._fields) > self._most_columns:
            raise LimitError(
                f"The records of the API have more than {self._most_columns:,} different fields: each would become a "
                "column. Is “records” the right place in the answer?"
            )

    def _write_rows(self) -> None:
        if not self._rows:
            return
        # Those that wait came before.
        self._write_frames()
        names = dict.fromkeys(name for row in self._rows for name in row)
        columns = {ANSWER_KEY: self._keys} | {name: [row.get(name) for row in self._rows] for name in names}
        self._write(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
        self._keys, self._rows = [], []
        self._cells = self._characters = 0

    def _write_frames(self) -> None:
        if self._frames:
            self._write(pl.concat(self._frames, rechunk=False))
            self._frames, self._frames_bytes = [], 0

    def _write(self, frame: pl.DataFrame) -> None:
        row_bytes = int(frame.estimated_size()) // max(1, frame.height)
        self._widest = max(self._widest, row_bytes)
        file = self._file or self._begin(row_bytes)
        if not self._batches and file.has(frame.columns):
            file.put(frame)
            return
        batch = self._folder / f"answers.{len(self._batches)}.arrow"
        self._batches.append(batch)
        with ROOM:
            frame.write_ipc(batch)

    def _begin(self, row_bytes: int) -> GrowingFile:
        """The file, for the fields that were found when it is first written to."""
        path = self._folder / "answers.begun.parquet"
        self._file = GrowingFile(path, (ANSWER_KEY, *self._fields), row_bytes)
        return self._file
