"""Ranges of a key: parts of a table that follow one another in the order of a column's values."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class KeyRanges:
    """Which part a value belongs to. Parts are numbered in ascending order; missing values are the last part.

    A value so frequent that it would fill a part has one to itself: that part is `exact`, it holds nothing else.
    """

    splitters: pl.Series
    part_of: pl.Series
    """For 2 * i (between splitters) and 2 * i + 1 (equal to splitter i): the number of the part."""
    exact: tuple[bool, ...]

    @property
    def parts(self) -> int:
        """How many parts there are, the one for missing values included."""
        return len(self.exact)

    def parts_of(self, values: pl.Series) -> pl.Series:
        """The number of the part of each value."""
        left = self.splitters.search_sorted(values, side="left")
        right = self.splitters.search_sorted(values, side="right")
        parts = self.part_of.gather(left + right)
        if values.null_count() == 0:
            return parts
        return values.is_null().to_frame("missing").select(
            pl.when("missing").then(pl.lit(self.parts - 1, dtype=pl.UInt16)).otherwise(parts)
        ).to_series()  # fmt: skip


def key_ranges(sample: pl.Series, parts: int) -> KeyRanges:
    """About that many ranges with equally many values of the sample each; the sample may be in any order."""
    present = sample.drop_nulls().sort()
    wanted = [len(present) * number // parts for number in range(1, parts)] if len(present) else []
    quantiles = present.gather(wanted)
    splitters = quantiles.unique().sort()
    # A value that is more than one of the quantiles fills at least one part by itself.
    counted = quantiles.to_frame("value").group_by("value").len()
    frequent = set(counted.filter(pl.col("len") > 1)["value"].to_list())
    part_of: list[int] = [0]
    exact = [False]
    for value in splitters.to_list():
        if value in frequent:
            exact += [True, False]
            part_of += [len(exact) - 2, len(exact) - 1]
        else:
            exact.append(False)
            part_of += [len(exact) - 1, len(exact) - 1]
    return KeyRanges(splitters, pl.Series(part_of, dtype=pl.UInt16), (*exact, True))
