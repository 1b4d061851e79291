"""Sorting records as bytes: spread over files by ranges of their keys, each file put in order as a part of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from project.engine import chunks
from project.engine.disk import write_all
from project.engine.parts import Done, part_folder
from project.engine.progress import SpreadPart
from project.engine.ranges import key_ranges
from project.engine.rows import Rows
from project.engine.spilling import spilling

_RESULT = "rows.csv"
# What a row takes in a part's file beside its bytes.
BESIDE = 12
_DEEPEST = 8
_SAMPLED = 1 << 17
_LEAST_BUFFERED = 256 * 1024


@dataclass(frozen=True)
class KeyLimits:
    """The keys at which parts begin, and for each part whether it holds one key alone."""

    limits: Any
    exact: tuple[bool, ...]

    @classmethod
    def of_sample(cls, keys: Any, parts: int) -> KeyLimits:
        """Limits for about so many parts with equally many of these keys."""
        ranges = key_ranges(pl.Series(keys), parts)
        # The part of missing values is none here: their keys come last.
        return cls(np.array(ranges.thresholds(), dtype=np.int64), ranges.exact[:-1])


@dataclass(frozen=True)
class SortPart:
    """Puts the rows of one file in order; `room`: so many bytes of rows are held at once, else they are spread again.

    `exact`: all have the same key.
    """

    source: tuple[Path, ...]
    folder: Path
    rows: int
    size: int
    exact: bool
    room: int
    depth: int = 0

    def make(self) -> Done:
        """Write the rows in order to a file in the folder."""
        with spilling(), (self.folder / _RESULT).open("wb", buffering=0) as file:
            for piece in self._in_order():
                write_all(file, piece)
        return Done(files=(_RESULT,), rows=self.rows)

    def _in_order(self) -> Iterator[Any]:
        """The bytes of the rows, in some pieces."""
        if self.exact:
            for rows in self._chunks():
                yield rows.buffer
        elif self.size + BESIDE * self.rows <= 2 * self.room or self.depth > _DEEPEST:
            yield chunks.read_whole(self.source[0], self.rows, self.size).in_order().joined()
        else:
            for part in self._spread():
                yield from part._in_order()
                part.source[0].unlink()

    def _chunks(self) -> Iterator[Rows]:
        return chunks.read(self.source[0])

    def _spread(self) -> list[SortPart]:
        self.folder.mkdir(exist_ok=True)
        step = max(1, self.rows // _SAMPLED)
        sample = np.concatenate([rows.keys[::step] for rows in self._chunks()])
        wanted = -(-(self.size + BESIDE * self.rows) // self.room)
        spread = PartFiles(self.folder, KeyLimits.of_sample(sample, wanted), self.room, self.depth + 1)
        for rows in self._chunks():
            spread.add(rows.spread(spread.limits))
        return [spread.work(number, part) for number, part in enumerate(spread.close())]


class PartFiles:
    """Takes spread rows piece by piece, in order, and keeps the last ones of each part until they fill a chunk."""

    def __init__(self, folder: Path, limits: KeyLimits, room: int, depth: int = 0) -> None:
        self.limits = limits.limits
        self._grown = 0
        self._folder = folder
        self._exact = limits.exact
        self._room = room
        self._depth = depth
        parts = len(limits.exact)
        self._most = max(_LEAST_BUFFERED, room // parts)
        self._waiting: list[list[Rows]] = [[] for _ in range(parts)]
        self._bytes = [0] * parts
        self._rows = [0] * parts
        self._sizes = [0] * parts

    def add(self, spread: Iterable[tuple[int, Rows]]) -> None:
        """Append what `Rows.spread` made of the next rows."""
        for number, rows in spread:
            size = rows.size
            self._waiting[number].append(rows)
            self._rows[number] += rows.count
            self._sizes[number] += size
            self._bytes[number] += size + BESIDE * rows.count
            if self._bytes[number] >= self._most:
                self._flush(number)

    def close(self) -> tuple[SpreadPart, ...]:
        """Write what is left; the parts that have rows, in the order of their keys."""
        for number, waiting in enumerate(self._waiting):
            if waiting:
                self._flush(number)
        return tuple(
            SpreadPart(files=(self._path(number).name,), rows=rows, size=size, exact=self._exact[number])
            for number, (rows, size) in enumerate(zip(self._rows, self._sizes, strict=True))
            if rows
        )

    def work(self, number: int, part: SpreadPart) -> SortPart:
        """What is to be done with a part; its number is that of its place in the result."""
        source = tuple(self._folder / name for name in part.files)
        folder = part_folder(self._folder, number)
        return SortPart(source, folder, part.rows, part.size, part.exact, self._room, self._depth)

    def take_grown(self) -> int:
        """How many bytes were written since the last call."""
        grown, self._grown = self._grown, 0
        return grown

    def _flush(self, number: int) -> None:
        self._grown += chunks.append(self._path(number), self._waiting[number])
        self._waiting[number] = []
        self._bytes[number] = 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._depth}-{number:04d}.rows"


def sorted_at_once(pieces: Sequence[Rows]) -> Any:
    """The bytes of all rows in order; they lie packed."""
    if not pieces:
        return np.empty(0, dtype=np.uint8)
    together = Rows.packed(
        np.concatenate([rows.buffer[: rows.size] for rows in pieces]),
        np.concatenate([rows.lengths for rows in pieces]),
        np.concatenate([rows.keys for rows in pieces]),
    )
    return together.in_order().joined()
