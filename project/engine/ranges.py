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
    frequent: pl.Series
    """For each splitter, whether it has a part to itself."""
    first: pl.Series
    """The part behind each number of splitters at or below a value: of the values between two splitters."""
    exact: tuple[bool, ...]

    @property
    def parts(self) -> int:
        """How many parts there are, the one for missing values included."""
        return len(self.exact)

    def thresholds(self) -> list[int]:
        """For integers: a value's part is the number of these at or below it."""
        pairs = zip(self.splitters, self.frequent, strict=True)
        return [limit for value, is_frequent in pairs for limit in ((value, value + 1) if is_frequent else (value,))]

    def parts_of(self, values: pl.Series) -> pl.Series:
        """The number of the part of each value."""
        below = self.splitters.search_sorted(values, side="right")
        columns = {"value": values, "part": self.first.gather(below)}
        part = pl.col("part")
        if self.frequent.any():
            # A frequent splitter's own part stands just before the one of the values that follow it.
            at = below.cast(pl.Int64) - 1
            columns["splitter"] = self.splitters.gather(at.clip(0))
            columns["own"] = self.frequent.gather(at.clip(0)) & (at >= 0)
            part = pl.when(pl.col("own") & (pl.col("value") == pl.col("splitter"))).then(part - 1).otherwise(part)
        if values.null_count():
            part = pl.when(pl.col("value").is_null()).then(pl.lit(self.parts - 1, dtype=pl.UInt16)).otherwise(part)
        return pl.DataFrame(columns).select(part).to_series()


def key_ranges(sample: pl.Series, parts: int) -> KeyRanges:
    """About that many ranges with equally many values of the sample each; the sample may be in any order."""
    present = sample.drop_nulls().sort()
    wanted = [len(present) * number // parts for number in range(1, parts)] if len(present) else []
    quantiles = present.gather(wanted).to_frame("value").group_by("value").len().sort("value")
    # A value that is more than one of the quantiles fills at least one part by itself.
    frequent = (quantiles["len"] > 1).alias("frequent")
    first = [0]
    exact = [False]
    for is_frequent in frequent:
        exact += [True, False] if is_frequent else [False]
        first.append(len(exact) - 1)
    return KeyRanges(quantiles["value"], frequent, pl.Series(first, dtype=pl.UInt16), (*exact, True))
