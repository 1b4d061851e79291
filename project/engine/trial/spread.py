"""Spreading: the keys of both sides, with their rows counted, in parts that hold together all that may match."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from project.engine.partition import Part, PartWriter, SpillFolder, split_rows
from project.engine.ranges import KeyRanges, key_ranges
from project.operations.families import family
from project.operations.sort import Order

ROWS = "rows"
_BUCKET = "bucket"
_BUCKETS = 1 << 16
_MOST_PARTS = 256
_ORDER = Order(_BUCKET, pl.col(_BUCKET))


def key(number: int) -> str:
    """What the column of a key's text is called here."""
    return f"key{number}"


def keys(width: int) -> list[str]:
    """Those of a key of so many texts."""
    return [key(number) for number in range(width)]


@dataclass(frozen=True)
class Spread:
    """One side, with keys of `width` texts. `rows`: all of them; `missing`: those without a whole key, in no part."""

    rows: int
    missing: int
    width: int
    parts: tuple[Part, ...]
    spill: SpillFolder

    def take(self, number: int) -> pl.DataFrame:
        """The keys of a part (some perhaps several times) with ROWS; its files are removed."""
        files = self.parts[number].files
        empty = pl.DataFrame(schema=dict.fromkeys(keys(self.width), pl.String()) | {ROWS: pl.Int64()})
        frame = pl.concat([empty, *(pl.read_ipc(path) for path in files)])
        for path in files:
            self.spill.remove(path)
        return frame


def ranges_for(size: int, part_bytes: int) -> KeyRanges:
    """Parts for so many bytes of keys."""
    parts = min(_MOST_PARTS, max(1, -(-size // part_bytes)))
    return key_ranges(pl.Series(range(_BUCKETS), dtype=pl.Int64), parts)


def spread(frames: Iterable[pl.DataFrame], width: int, ranges: KeyRanges, spill: SpillFolder, buffered: int) -> Spread:
    """Put the frames of key columns and ROWS into parts."""
    writer = PartWriter(ranges, spill, buffered)
    rows = missing = 0
    names = keys(width)
    bucket = (family(names) % _BUCKETS).cast(pl.Int64).alias(_BUCKET)
    for frame in frames:
        rows += int(frame[ROWS].sum())
        whole = frame.drop_nulls(names)
        missing += int(frame[ROWS].sum()) - int(whole[ROWS].sum())
        split = split_rows(whole.with_columns(bucket), _ORDER, ranges)
        writer.add([(number, part.drop(_BUCKET)) for number, part in split])
    return Spread(rows, missing, width, tuple(writer.close()), spill)
