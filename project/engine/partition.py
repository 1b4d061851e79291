"""Partition: the rows of a table, spread over files by ranges of a key, each range in the table's order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from project.engine.disk import free_bytes
from project.engine.limits import Limit
from project.engine.ranges import KeyRanges, key_ranges
from project.engine.spilling import spilling
from project.operations.base import ORDER
from project.operations.sort import Order

_SAMPLED_PIECES = 16
_SAMPLED_VALUES = 4096
_PART = "\0part"


@dataclass
class SpillFolder:
    """Where parts lie, no more at a time than the limit."""

    path: Path
    limit: Limit
    used: int = 0
    free: Callable[[Path], int] = free_bytes
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def spared(self) -> int:
        """How many bytes may still be written, whatever the disk has."""
        return self.limit.bytes - self.used

    def write(self, frame: pl.DataFrame) -> Path:
        """Write one file."""
        path = self.path / f"{next(self._numbers):06d}.arrow"
        with spilling():
            frame.write_ipc(path, compression="lz4")
        self.grow(path.stat().st_size)
        return path

    def take_over(self, names: Iterable[str]) -> None:
        """Go on with files that an earlier attempt has written; names of later ones are behind theirs."""
        taken = [self.path / name for name in names]
        self.grow(sum(path.stat().st_size for path in taken if path.exists()))
        numbers = [int(path.stem) for path in taken if path.stem.isdecimal()]
        self._numbers = itertools.count(max(numbers, default=-1) + 1)

    def move(self, path: Path) -> Path:
        """Take over a file that was written elsewhere on the same disk."""
        taken = self.path / f"{next(self._numbers):06d}.arrow"
        path.rename(taken)
        self.grow(taken.stat().st_size)
        return taken

    def grow(self, size: int) -> None:
        """Count what else was written here; negative: what was removed."""
        self.used += size
        self.limit.check(self.used)

    def remove(self, path: Path) -> None:
        """Remove one file."""
        self.used -= path.stat().st_size
        path.unlink()


@dataclass
class Part:
    """One range: its files in order, and its rows. `exact`: all rows have the same key."""

    exact: bool
    files: list[Path] = field(default_factory=list)
    rows: int = 0


class PartWriter:
    """Takes rows piece by piece, in order, and keeps the last ones of each part in memory until they fill a file."""

    def __init__(self, ranges: KeyRanges, spill: SpillFolder, buffered_bytes: int) -> None:
        self.parts = [Part(exact) for exact in ranges.exact]
        self._spill = spill
        self._most = max(256 * 1024, buffered_bytes // ranges.parts)
        self._frames: list[list[pl.DataFrame]] = [[] for _ in self.parts]
        self._bytes = [0] * len(self.parts)

    def add(self, split: list[tuple[int, pl.DataFrame]]) -> None:
        """Append what `split_rows` made of the next piece."""
        for number, frame in split:
            self.parts[number].rows += frame.height
            self._frames[number].append(frame)
            self._bytes[number] += held_bytes(frame)
            if self._bytes[number] >= self._most:
                self._flush(number)

    def close(self) -> list[Part]:
        """Write what is left; returns the parts."""
        for number, frames in enumerate(self._frames):
            if frames:
                self._flush(number)
        return self.parts

    def _flush(self, number: int) -> None:
        self.parts[number].files.append(self._spill.write(pl.concat(self._frames[number], rechunk=True)))
        self._frames[number] = []
        self._bytes[number] = 0


def sampled_pieces(pieces: int) -> list[int]:
    """The numbers of some of so many pieces, all over the table."""
    return sorted({pieces * number // _SAMPLED_PIECES for number in range(_SAMPLED_PIECES)})


def sampled_ranges(load: Callable[[int], pl.DataFrame], pieces: int, order: Order, parts: int) -> KeyRanges:
    """Ranges chosen from values of pieces all over the table, not of its head."""
    samples = [_sample(load(piece).select(order.value).to_series()) for piece in sampled_pieces(pieces)]
    return key_ranges(pl.concat(samples), parts)


def split_rows(frame: pl.DataFrame, order: Order, ranges: KeyRanges) -> list[tuple[int, pl.DataFrame]]:
    """The rows of each part, in their order, with the part's number."""
    if frame.schema.get(order.column) == pl.Int64 and not frame[order.column].null_count():
        return _split_integers(frame, order.column, ranges)
    numbers = ranges.parts_of(frame.select(order.value).to_series()).alias(_PART)
    split = frame.with_columns(numbers).partition_by(_PART, include_key=False, as_dict=True, maintain_order=True)
    return [(int(key[0]), rows) for key, rows in split.items()]


def _split_integers(frame: pl.DataFrame, column: str, ranges: KeyRanges) -> list[tuple[int, pl.DataFrame]]:
    """As `split_rows`, several times as fast: the rows are sorted by their parts' numbers, and cut."""
    # A tenth of a second, which small files need not wait for.
    import numpy as np

    parts = np.searchsorted(np.array(ranges.thresholds(), dtype=np.int64), frame[column].to_numpy(), side="right")
    rows = np.bincount(parts, minlength=ranges.parts)
    frame = frame[np.argsort(parts.astype(np.uint16), kind="stable")]
    starts = np.cumsum(rows) - rows
    return [
        (number, frame.slice(int(start), int(count)))
        for number, (start, count) in enumerate(zip(starts, rows, strict=True))
        if count
    ]


def held_bytes(frame: pl.DataFrame) -> int:
    """About what the rows take in memory: a text takes 16 bytes, and its own length if that is over 12."""
    return max(int(frame.estimated_size()), 16 * frame.height * frame.width)


def _sample(values: pl.Series) -> pl.Series:
    step = max(1, len(values) // _SAMPLED_VALUES)
    return values.gather_every(step).alias(ORDER)
