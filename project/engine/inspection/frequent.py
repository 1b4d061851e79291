"""The most frequent of values that are too many to count each: by the summary of Misra and Gries.

No more than so many values are held. Where there are more, the count of the first that is too many is taken from all,
and what then has none left goes. So a count is too low by at most the sum of what was taken (Agarwal et al., 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from project.engine.inspection.reading import COUNT, VALUE

LONGEST_BYTES = 256
_MOST, _LEAST = 4096, 32
_BESIDE = 32
_SCHEMA = {VALUE: pl.String(), COUNT: pl.Int64()}


@dataclass(frozen=True)
class Frequencies:
    """Up to `most` texts with how often each occurs at least; `error`: by how much that may be too low."""

    counts: pl.DataFrame
    most: int
    error: int = 0


def room(columns: int, size: int) -> int:
    """How many texts may be held for each of so many columns, where all of them take about `size` bytes."""
    return max(_LEAST, min(_MOST, size // (columns * (LONGEST_BYTES + _BESIDE))))


def none(most: int) -> Frequencies:
    """Those of no texts."""
    return Frequencies(pl.DataFrame(schema=_SCHEMA), most)


def frequencies(counts: pl.DataFrame, most: int) -> Frequencies:
    """The most frequent of different texts. Very long ones are left out: nobody would hold thousands of them."""
    return _cut(counts.filter(pl.col(VALUE).str.len_bytes() <= LONGEST_BYTES), most, 0)


def merged(one: Frequencies, other: Frequencies) -> Frequencies:
    """Those of both."""
    both = pl.concat([one.counts, other.counts]).group_by(VALUE).agg(pl.col(COUNT).sum())
    return _cut(both, one.most, one.error + other.error)


def first(counts: pl.DataFrame, most: int) -> pl.DataFrame:
    """The most frequent ones; of those that occur as often as each other, the first in order."""
    found = counts.top_k(most, by=[COUNT, VALUE], reverse=[False, True])
    return found.sort([COUNT, VALUE], descending=[True, False])


def _cut(counts: pl.DataFrame, most: int, error: int) -> Frequencies:
    if counts.height <= most:
        return Frequencies(counts, most, error)
    taken = counts[COUNT].top_k(most + 1).to_numpy().min().item()
    left = counts.filter(pl.col(COUNT) > taken).with_columns(pl.col(COUNT) - taken)
    return Frequencies(left, most, error + taken)
