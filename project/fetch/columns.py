"""Large answers as tables: the compiled scanner finds the fields, Polars takes them up, a batch at a time."""

from __future__ import annotations

import threading

import numpy as np
import polars as pl

from project.fetch import scanning
from project.fetch.reading import UnreadableError, check_arrays, read_records
from project.fetch.scanning import ARRAY, AT, CELLS, COLUMNS, DONE, END, KIND, NODES, RECORD, RECORDS, START, UNSURE

_MOST_RECORDS = 1 << 16
_MOST_CELLS = 1 << 20
_MOST_EMITTED_CELLS = 1 << 22
_MOST_KEPT_BYTES = 16 * 1024 * 1024
_MOST_NODES = 1 << 13
_SLOTS = 1 << 15
_NAME_BYTES = 1 << 20
_LEVELS = 64
_END = "\0"
PADDING = b"\0" * 16
MARK = b"\xef\xbb\xbf"


class UnsureError(Exception):
    """The answer is not plain: the exact reader has the word."""


def tables_of(body: bytes, path: str, null: str | None) -> tuple[list[pl.DataFrame], bytes]:
    """The records of a large answer as `read_records` would give them, as tables of texts, a column a field.

    With what is around them: the answer with an empty array in their place. Raises UnsureError.
    """
    if not is_utf8(body):
        raise UnsureError
    scanner = Scanner(body + PADDING, (null or "").encode())
    begin = scanner.find(path)
    tables = scanner.tables(begin + 1)
    # What is around the array is read exactly, with an empty one in its place.
    around = body[:begin] + b"[]" + body[scanner.at :]
    try:
        if read_records(around, path):
            raise UnsureError
    except UnreadableError:
        raise UnsureError from None
    return tables, around


class _Room(threading.local):
    """What each page of a thread is scanned into: new memory for each would cost as much as the scan."""

    def __init__(self) -> None:
        self.cells = np.empty((_MOST_CELLS, 5), dtype=np.int64)
        self.starts = np.empty(_MOST_RECORDS, dtype=np.int64)
        self._out = np.empty(0, dtype=np.uint8)

    def out(self, size: int) -> np.ndarray:
        """Room for so many bytes at least."""
        if size > _MOST_KEPT_BYTES:
            return np.empty(size, dtype=np.uint8)
        if size > len(self._out):
            self._out = np.empty(_MOST_KEPT_BYTES, dtype=np.uint8)
        return self._out


_ROOM = _Room()


class Scanner:
    """Goes through one array of records, in bytes with PADDING behind them."""

    def __init__(self, padded: bytes, null: bytes) -> None:
        self._body = padded
        self._buf = np.frombuffer(padded, dtype=np.uint8)
        self._null = np.frombuffer(null, dtype=np.uint8)
        self._cells = _ROOM.cells
        self._nodes = np.zeros((_MOST_NODES, 7), dtype=np.int64)
        self._nodes[0] = (-1, 0, -1, -1, -1, -1, 0)
        self._slots = np.full(_SLOTS, -1, dtype=np.int64)
        self._names = np.empty(_NAME_BYTES, dtype=np.uint8)
        self._stack = np.zeros(_LEVELS, dtype=np.int64)
        self._state = np.zeros(6, dtype=np.int64)
        self._state[NODES] = 1
        self._starts: list[np.ndarray] = []

    @property
    def at(self) -> int:
        """The place behind what was scanned."""
        return int(self._state[AT])

    def starts(self) -> np.ndarray:
        """The places of the records that were read."""
        return np.concatenate([np.empty(0, dtype=np.int64), *self._starts])

    def find(self, path: str) -> int:
        """The place of the array at the path."""
        at = len(MARK) if self._body.startswith(MARK) else 0
        for name in path.split(".") if path else ():
            at = scanning.find_key(self._buf, at, np.frombuffer(name.encode(), dtype=np.uint8))
            if at < 0:
                raise UnsureError
        while self._body[at : at + 1].isspace():
            at += 1
        if self._body[at : at + 1] != b"[":
            raise UnsureError
        return int(at)

    def tables(self, at: int) -> list[pl.DataFrame]:
        """The records of the array whose first one is at that place."""
        self._state[AT] = at
        tables: list[pl.DataFrame] = []
        while True:
            outcome = scanning.scan(
                self._buf, self._cells, self._nodes, self._slots, self._names, self._stack, self._state, _ROOM.starts
            )
            if outcome == UNSURE:
                raise UnsureError
            tables += self._batch()
            if outcome == DONE:
                return tables

    def _batch(self) -> list[pl.DataFrame]:
        cells, records = self._cells[: self._state[CELLS]], int(self._state[RECORDS])
        self._starts.append(_ROOM.starts[:records].copy())
        self._check_arrays(cells)
        columns = self._columns()
        step = max(1, _MOST_EMITTED_CELLS // (len(columns) + 1))
        starts = range(0, records, step)
        return [self._table(cells, start, min(start + step, records), columns) for start in starts]

    def _check_arrays(self, cells: np.ndarray) -> None:
        found = cells[cells[:, KIND] == ARRAY][:, [START, END]].tolist()
        try:
            check_arrays([self._body[start:end].decode() for start, end in found])
        except (ValueError, RecursionError, UnreadableError):
            raise UnsureError from None

    def _table(self, cells: np.ndarray, first: int, last: int, columns: list[str]) -> pl.DataFrame:
        begin, end = np.searchsorted(cells[:, RECORD], (first, last)).tolist()
        own = cells[begin:end]
        # A quote may become two, and each cell has two more and a comma.
        most = 2 * int((own[:, END] - own[:, START]).sum()) + len(own) * (len(self._null) + 4)
        out = _ROOM.out(most + (last - first) * (len(columns) + 2))
        row = np.empty(len(columns), dtype=np.int64)
        size = scanning.emit(self._buf, cells, begin, end, first, last, row, out, self._null)
        if size < 0:
            raise UnsureError
        schema = dict.fromkeys((*columns, _END), pl.String)
        table = pl.read_csv(out[:size].tobytes(), has_header=False, schema=schema, infer_schema=False)
        table.drop_in_place(_END)
        return table

    def _columns(self) -> list[str]:
        """The names of the columns, in order."""
        names = [""] * int(self._state[COLUMNS])
        for node in range(1, int(self._state[NODES])):
            column = int(self._nodes[node, scanning.AS_COLUMN])
            if column >= 0:
                names[column] = self._name(node)
        if len(set(names)) < len(names) or "" in names:
            raise UnsureError
        return names

    def _name(self, node: int) -> str:
        parts = []
        while node:
            key, length = int(self._nodes[node, scanning.KEY]), int(self._nodes[node, scanning.LENGTH])
            parts.append(self._names[key : key + length].tobytes().decode())
            node = int(self._nodes[node, scanning.PARENT])
        return ".".join(reversed(parts))


def is_utf8(body: bytes) -> bool:
    """Whether it is UTF-8."""
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False
