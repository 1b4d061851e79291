"""The reader of records: pieces of a checked file as rows of the result, beside the values that steps look at."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from project.engine import codes
from project.engine.checked import CheckedInput
from project.engine.compiled import compiled
from project.engine.dialect import Dialect
from project.engine.feed import read_into
from project.engine.keytable import KeyTable
from project.engine.recordkey import RecordKey
from project.engine.recordmatch import RecordMatch
from project.engine.rows import Rows
from project.engine.scanner import Scanner
from project.engine.table import Table
from project.operations.base import ORDER
from project.operations.columns import Columns, Kind

# Without a quote of its own, a lone quote and a delimiter become five bytes.
_MOST_GROWTH = 3
_EMPTY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Piece:
    """Rows of one piece, and a frame with the columns that steps read and, as ORDER, the rows' numbers."""

    rows: Rows
    frame: pl.DataFrame


@dataclass(frozen=True)
class _Desk:
    """What one thread reads with: fresh memory for each piece would cost more than the work."""

    scanner: Scanner
    buffer: bytearray


class RecordReader:
    """Reads a checked file's pieces. `table`: the same pieces, for columns that are no small integers."""

    def __init__(
        self,
        checked: CheckedInput,
        dialect: Dialect,
        table: Table,
        columns: Columns,
        key: RecordKey | RecordMatch | None,
    ) -> None:
        self._checked = checked
        self._table = table
        self._delimiter = ord(dialect.delimiter)
        self._quote = ord(checked.quote) if checked.quote else -1
        self._dialect = dialect.model_copy(update={"quote": checked.quote, "comment": "", "escape": ""})
        self._integers = tuple(column.name for column in columns if column.kind is Kind.INTEGER)
        self._texts = tuple(column.name for column in columns if column.kind is not Kind.INTEGER)
        self._key = key
        wanted = (*self._integers, *(key.integers if key is not None else ()))
        self._numbered = [dialect.columns.index(name) for name in wanted]
        self._keys = key.table(dialect, self._numbered) if key is not None else KeyTable.reading((), (), self._numbered)
        self._descriptor = os.open(checked.path, os.O_RDONLY | os.O_CLOEXEC)
        self._largest = max((end - start for start, end in self._bounds()), default=0)
        self._desks: deque[_Desk] = deque()

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return len(self._checked.cuts) - 1

    def bytes_of(self, number: int) -> int:
        """The bytes of the records of one piece."""
        return self._checked.cuts[number + 1] - self._checked.cuts[number]

    @property
    def size(self) -> int:
        """The bytes of all records."""
        return self._checked.cuts[-1] - self._checked.cuts[0]

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    @contextmanager
    def read(self, number: int) -> Iterator[Piece]:
        """One piece; it holds within the block."""
        desk = self._desks.popleft() if self._desks else self._new_desk()
        start, end = self._checked.cuts[number : number + 2]
        size = read_into(self._descriptor, memoryview(desk.buffer)[: end - start], start)
        self._checked.hold(start, memoryview(desk.buffer)[:size])
        starts, taken, is_known = self._taken(desk, size)
        names = dict(zip(self._integers, taken[1:], strict=False))
        columns = [pl.Series(ORDER, np.arange(len(starts) - 1))]
        columns += [_present(name, values) for name, values in names.items()]
        frame = pl.DataFrame(columns)
        if self._texts:
            frame = frame.hstack(self._table.load(number, self._texts))
        yield Piece(self._rows(desk, starts, self._keys_of(number, taken, is_known)), frame)
        self._desks.append(desk)

    def _bounds(self) -> Iterator[tuple[int, int]]:
        cuts = self._checked.cuts
        return zip(cuts[:-1], cuts[1:], strict=True)

    def _new_desk(self) -> _Desk:
        return _Desk(Scanner(self._dialect, {}, -1), bytearray(self._largest + 1))

    def _keys_of(self, number: int, taken: list[Any], is_known: bool) -> Any:
        """The keys of the records of a piece: what tells their place, or what they match."""
        if isinstance(self._key, RecordMatch) and not (is_known and self._key.is_read_from_bytes):
            return self._key.of_texts(self._table.load(number, self._key.names))
        if not is_known:
            raise ValueError("The file holds a text that the check did not see.")
        if isinstance(self._key, RecordMatch):
            return taken[0]
        return self._key.of(taken[0], taken[1 + len(self._integers) :]) if self._key is not None else _EMPTY

    def _taken(self, desk: _Desk, size: int) -> tuple[Any, list[Any], bool]:
        """Where each record starts, with where the last one ends behind; what the table takes of them, if it can."""
        most = size // max(2, len(self._dialect.columns)) + 1
        taken = np.empty((1 + len(self._numbered), most), dtype=np.int64)
        starts = np.empty(most + 1, dtype=np.int64)
        table = self._keys.taking(taken, starts)
        desk.scanner.take(table)
        desk.scanner.scan(memoryview(desk.buffer)[:size], 0, size, final=True, emit=False)
        if size and desk.buffer[size - 1] not in b"\r\n":
            desk.buffer[size] = ord("\n")
            size += 1
        starts[table.taken] = size
        return starts[: table.taken + 1], [row[: table.taken] for row in taken], not table.gave_up

    def _rows(self, desk: _Desk, starts: Any, keys: Any) -> Rows:
        """The records as they stand, if the result would have them just so; else written anew."""
        buffer = np.frombuffer(desk.buffer, dtype=np.uint8)
        odd = (b'"', b"\r", self._dialect.quote.encode())
        if self._delimiter == ord(",") and not any(byte and 0 <= desk.buffer.find(byte, 0, starts[-1]) for byte in odd):
            return Rows(buffer, starts[:-1], np.diff(starts), keys)
        put = np.empty_like(starts)
        target = np.empty(_MOST_GROWTH * int(starts[-1] - starts[0]) + 64, dtype=np.uint8)
        compiled().put_records(
            buffer.ctypes.data, starts.ctypes.data, len(starts) - 1, self._delimiter, self._quote,
            target.ctypes.data, put.ctypes.data,
        )  # fmt: skip
        return Rows(target, put[:-1], np.diff(put), keys)


def _present(name: str, values: Any) -> pl.Series:
    """The integers, null where one is missing."""
    series = pl.Series(name, values)
    return pl.select(pl.when(series != codes.NO_INTEGER).then(series).alias(name)).to_series()
