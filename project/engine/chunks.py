"""Chunks: rows with their keys in a file of temporary use, one chunk behind the other in the order they came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from project.engine.disk import write_all
from project.engine.rows import Rows
from project.engine.spilling import spilling


def append(path: Path, chunks: Sequence[Rows]) -> int:
    """Append packed rows; returns by how many bytes the file grew.

    A chunk: how many rows and bytes (int64), the rows' keys (int64), their lengths (int32), the bytes.
    """
    grown = 0
    with spilling(), path.open("ab", buffering=0) as file:
        for rows in chunks:
            head = np.array([rows.count, rows.size], dtype=np.int64)
            for part in (head, rows.keys, rows.lengths.astype(np.int32), rows.buffer[: rows.size]):
                write_all(file, part)
                grown += part.nbytes
    return grown


def read(path: Path) -> Iterator[Rows]:
    """The chunks of a file, in order."""
    with path.open("rb") as file:
        while len(head := np.fromfile(file, dtype=np.int64, count=2)):
            count, size = (int(number) for number in head)
            rows = _room(count, size)
            _fill(file, rows, slice(0, count), slice(0, size))
            yield Rows.packed(rows.buffer, rows.lengths, rows.keys)


def read_whole(path: Path, count: int, size: int) -> Rows:
    """All rows of a file, of which it holds so many in so many bytes, without a second copy of any."""
    rows = _room(count, size)
    row = at = 0
    with path.open("rb") as file:
        while len(head := np.fromfile(file, dtype=np.int64, count=2)):
            more, bytes_more = (int(number) for number in head)
            _fill(file, rows, slice(row, row + more), slice(at, at + bytes_more))
            row, at = row + more, at + bytes_more
    if (row, at) != (count, size):
        raise ValueError(f"{path.name} holds {row:,} rows in {at:,} bytes, not {count:,} in {size:,}.")
    return Rows.packed(rows.buffer, rows.lengths, rows.keys)


def _room(count: int, size: int) -> Rows:
    numbers = (np.empty(count, dtype=np.int64) for _ in range(2))
    return Rows(np.empty(size, dtype=np.uint8), np.empty(0, dtype=np.int64), *numbers)


def _fill(file: BinaryIO, rows: Rows, numbers: slice, place: slice) -> None:
    """Read what follows the head of a chunk into its place."""
    file.readinto(memoryview(rows.keys[numbers]).cast("B"))  # type: ignore[attr-defined]
    rows.lengths[numbers] = np.fromfile(file, dtype=np.int32, count=numbers.stop - numbers.start)
    file.readinto(memoryview(rows.buffer[place]))  # type: ignore[attr-defined]
