"""Large answers as CSV: the compiled scanner finds the fields of all records, a batch at a time. Knows no Polars."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

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
_PADDING = b"\0" * 16
MARK = b"\xef\xbb\xbf"


class UnsureError(Exception):
    """The answer is not plain: the exact reader has the word."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records as CSV without a header. Behind the columns is one more, which is not empty: no line is blank."""

    columns: list[str]
    csv: bytes


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


class ArrayScanner:
    """Reads one array of records. Whatever it does raises UnsureError."""

    def __init__(self, body: bytes, null: str | None) -> None:
        if not _is_utf8(body):
            raise UnsureError
        self._padded = body + _PADDING
        self._buf = np.frombuffer(self._padded, dtype=np.uint8)
        self._null = np.frombuffer((null or "").encode(), dtype=np.uint8)
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

    def batches(self, begin: int) -> Iterator[Batch]:
        """All records of the array that begins there, once."""
        self._state[AT] = begin + 1
        outcome = scanning.MORE
        while outcome != DONE:
            outcome = scanning.scan(
                self._buf, self._cells, self._nodes, self._slots, self._names, self._stack, self._state, _ROOM.starts
            )
            if outcome == UNSURE:
                raise UnsureError
            yield from self._batch()

    def _batch(self) -> Iterator[Batch]:
        cells, records = self._cells[: self._state[CELLS]], int(self._state[RECORDS])
        self._starts.append(_ROOM.starts[:records].copy())
        self._check_arrays(cells)
        columns = self._columns()
        step = max(1, _MOST_EMITTED_CELLS // (len(columns) + 1))
        for start in range(0, records, step):
            yield Batch(columns, self._csv(cells, start, min(start + step, records), len(columns)))

    def _check_arrays(self, cells: np.ndarray) -> None:
        found = cells[cells[:, KIND] == ARRAY][:, [START, END]].tolist()
        try:
            check_arrays([self._padded[start:end].decode() for start, end in found])
        except (ValueError, RecursionError, UnreadableError):
            raise UnsureError from None

    def _csv(self, cells: np.ndarray, first: int, last: int, columns: int) -> bytes:
        begin, end = np.searchsorted(cells[:, RECORD], (first, last)).tolist()
        own = cells[begin:end]
        # A quote may become two, and each cell has two more and a comma.
        most = 2 * int((own[:, END] - own[:, START]).sum()) + len(own) * (len(self._null) + 4)
        out = _ROOM.out(most + (last - first) * (columns + 2))
        row = np.empty(columns, dtype=np.int64)
        size = scanning.emit(self._buf, cells, begin, end, first, last, row, out, self._null)
        if size < 0:
            raise UnsureError
        return out[:size].tobytes()

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


class PageScanner(ArrayScanner):
    """Reads the array of records at the path of one answer."""

    def __init__(self, body: bytes, path: str, null: str | None) -> None:
        super().__init__(body, null)
        self._body = body
        self._path = path
        self._begin = self._find()

    def records(self) -> Iterator[Batch]:
        """All of them, once."""
        return self.batches(self._begin)

    def around(self) -> bytes:
        """Behind the last batch: the answer with an empty array in the place of its records. It is read exactly."""
        around = self._body[: self._begin] + b"[]" + self._body[self.at :]
        try:
            if read_records(around, self._path):
                raise UnsureError
        except UnreadableError:
            raise UnsureError from None
        return around

    def _find(self) -> int:
        """The place of the array."""
        at = len(MARK) if self._body.startswith(MARK) else 0
        for name in self._path.split(".") if self._path else ():
            at = scanning.find_key(self._buf, at, np.frombuffer(name.encode(), dtype=np.uint8))
            if at < 0:
                raise UnsureError
        while self._padded[at : at + 1].isspace():
            at += 1
        if self._padded[at : at + 1] != b"[":
            raise UnsureError
        return int(at)


def _is_utf8(body: bytes) -> bool:
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False
