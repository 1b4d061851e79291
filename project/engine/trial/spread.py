"""Spreading: the keys of both sides, with their rows counted, in parts that hold together all that may match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from project.engine.partition import Part, PartWriter, SpillFolder, held_bytes, split_rows
from project.engine.ranges import KeyRanges, key_ranges
from project.engine.table import rows_of
from project.operations.families import family
from project.operations.sort import Order

ROWS = "rows"
_BUCKET = "bucket"
_BUCKETS = 1 << 16
# Each part has a buffer; parts that are too large are spread again, by other digits of the hash.
_MOST_PARTS = 64
DEEPEST = 3
_ORDER = Order(_BUCKET, pl.col(_BUCKET))


def key(number: int) -> str:
    """What the column of a key's text is called here."""
    return f"key{number}"


def keys(width: int) -> list[str]:
    """Those of a key of so many texts."""
    return [key(number) for number in range(width)]


@dataclass(frozen=True)
class Spread:
    """One side, with keys of `width` texts. `rows`: all of them; `missing`: those without a whole key, in no part.

    `sizes`: about what each part takes in memory.
    """

    rows: int
    missing: int
    width: int
    parts: tuple[Part, ...]
    sizes: tuple[int, ...]
    spill: SpillFolder

    def frames(self, number: int) -> Iterator[pl.DataFrame]:
        """The keys of a part (some perhaps several times) with ROWS; its files are removed."""
        for path in self.parts[number].files:
            yield rows_of(path)
            self.spill.remove(path)

    def take(self, number: int) -> pl.DataFrame:
        """The whole part."""
        empty = pl.DataFrame(schema=dict.fromkeys(keys(self.width), pl.String()) | {ROWS: pl.Int64()})
        return pl.concat([empty, *self.frames(number)])


def ranges_for(size: int, part_bytes: int) -> KeyRanges:
    """Parts for so many bytes of keys."""
    parts = min(_MOST_PARTS, max(1, -(-size // part_bytes)))
    return key_ranges(pl.Series(range(_BUCKETS), dtype=pl.Int64), parts)


def gathered(frames: Iterable[pl.DataFrame], width: int, room: int) -> Iterator[pl.DataFrame]:
    """The same rows with keys that are met again and again added up, as far as so many bytes allow."""
    held: list[pl.DataFrame] = []
    size = 0
    for frame in frames:
        held.append(frame)
        size += held_bytes(frame)
        if size <= room:
            continue
        held = [_added_up(held, width)]
        size = held_bytes(held[0])
        if size > room // 2:
            yield held.pop()
            size = 0
    if held:
        yield _added_up(held, width)


def spread(
    frames: Iterable[pl.DataFrame], width: int, ranges: KeyRanges, spill: SpillFolder, room: int, depth: int = 0
) -> Spread:
    """Put frames of key columns and ROWS into parts, with buffers of so many bytes. `depth`: how often they were."""
    writer = PartWriter(ranges, spill, room)
    rows = missing = 0
    names = keys(width)
    sizes = [0] * ranges.parts
    bucket = (family(names) // _BUCKETS**depth % _BUCKETS).cast(pl.Int64).alias(_BUCKET)
    for frame in frames:
        rows += int(frame[ROWS].sum())
        whole = frame.drop_nulls(names)
        missing += int(frame[ROWS].sum()) - int(whole[ROWS].sum())
        split = [
            (number, part.drop(_BUCKET)) for number, part in split_rows(whole.with_columns(bucket), _ORDER, ranges)
        ]
        for number, part in split:
            sizes[number] += held_bytes(part)
        writer.add(split)
    return Spread(rows, missing, width, tuple(writer.close()), tuple(sizes), spill)


def _added_up(frames: list[pl.DataFrame], width: int) -> pl.DataFrame:
    return pl.concat(frames).group_by(keys(width)).agg(pl.col(ROWS).sum())
