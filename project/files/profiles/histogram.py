"""A column's histogram with all that is said of it: the ranges of its bars, its axis, and what may mislead. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

from project.engine.inspection.profile import Bin, ColumnProfile, Shape
from project.files.profiles import figures, leads, pictures
from project.files.profiles.pictures import Bar

# From here on, one bar makes all others small.
_DWARFING = 0.9
# A last bar that is narrower by no more than this misleads nobody.
_NEARLY = 0.9
_LONGEST_INTEGER = 18


@dataclass(frozen=True)
class RangeBar:
    """A bar, what it stands for in words, and the conditions that its rows meet, if they can be told."""

    bar: Bar
    range: str
    count: int
    where: str | None


@dataclass(frozen=True)
class Box:
    """Where the quantiles of 5, 25, 50, 75 and 95 per cent are under the bars, in the picture's units."""

    least: float
    low: float
    median: float
    high: float
    most: float


@dataclass(frozen=True)
class Drawn:
    """A histogram; `total`: how many values are in it."""

    of: str
    bars: tuple[RangeBar, ...]
    total: int
    axis: tuple[str, str, str]
    notes: tuple[str, ...]
    box: Box | None

    @property
    def is_single(self) -> bool:
        """Whether there is one bar alone, which is no picture."""
        return len(self.bars) == 1

    @property
    def width(self) -> int:
        """In the picture's units."""
        return len(self.bars) * pictures.STEP - 1

    @property
    def highest(self) -> RangeBar:
        """The bar that fills the height."""
        return max(self.bars, key=lambda bar: bar.count)


def draw(column: ColumnProfile) -> Drawn | None:
    """The histogram of the column's values, or of their lengths; None where it would say nothing."""
    if column.histogram is None or pictures.is_of_few(column):
        return None
    found = column.histogram.bins
    ranges = _Ranges(column)
    shapes = pictures.bars([bin.count for bin in found])
    bars = tuple(
        RangeBar(shape, ranges.words(bin, is_last), bin.count, ranges.where(bin, is_last))
        for bin, shape, is_last in zip(found, shapes, [*[False] * (len(found) - 1), True], strict=True)
    )
    total = sum(bin.count for bin in found)
    notes = (*_skew(bars, total), *ranges.cut_short(found))
    return Drawn(column.histogram.of, bars, total, ranges.axis(found), notes, ranges.box(found))


class _Ranges:
    """The ranges of a column's bins. Those of days and whole numbers are told by their last one, not by the next."""

    def __init__(self, column: ColumnProfile) -> None:
        assert column.histogram
        self._column = column
        self._is_of_lengths = column.histogram.of == "lengths"
        self._shape = Shape.INTEGER if self._is_of_lengths else column.shape
        self._most = str(column.longest) if self._is_of_lengths else column.maximum or ""

    def words(self, bin: Bin, is_last: bool) -> str:
        low, last = figures.value(bin.low, self._shape), self._last(bin, is_last)
        if last is not None:
            return low if last == bin.low else f"{low} to {figures.value(last, self._shape)}"
        high = figures.value(bin.high, self._shape)
        if bin.low == bin.high:
            return low
        return f"{low} to {high}" if is_last and self._shape is Shape.FLOAT else f"{low} to under {high}"

    def where(self, bin: Bin, is_last: bool) -> str | None:
        return None if self._is_of_lengths else leads.to_bin(self._column, bin, is_last=is_last)

    def axis(self, bins: tuple[Bin, ...]) -> tuple[str, str, str]:
        """What stands at the left end, in the middle and at the right end."""
        last = self._last(bins[-1], True) or bins[-1].high
        middle = bins[len(bins) // 2].low if len(bins) % 2 == 0 and len(bins) > 2 else ""
        left, right = (figures.label(text, self._shape) for text in (bins[0].low, last))
        return left, figures.label(middle, self._shape) if middle else "", right

    def box(self, bins: tuple[Bin, ...]) -> Box | None:
        quantiles = self._column.quantiles
        if self._is_of_lengths or len(bins) < 2 or len(quantiles) != len(fields(Box)):
            return None
        # The border behind the last bar is that of the picture, but for the bars' gap.
        low, high = self._place(bins[0].low), self._place(bins[-1].high)
        if high <= low:
            return None
        scale = len(bins) * pictures.STEP / (high - low)
        return Box(*(round(float((self._place(each.value) - low) * scale), 1) for each in quantiles))

    def cut_short(self, bins: tuple[Bin, ...]) -> tuple[str, ...]:
        """That the last bar stands for fewer values than the others, which might be taken for a decline."""
        if len(bins) < 2 or self._last(bins[-1], True) is None:
            return ()
        width = self._place(bins[1].low) - self._place(bins[0].low)
        covered = self._place(self._most) - self._place(bins[-1].low) + 1
        if covered > _NEARLY * width:
            return ()
        unit = "lengths" if self._is_of_lengths else "days" if self._shape is Shape.DATE else "whole numbers"
        return (f"The last bar is of {int(covered):,} {unit}, each of the others of {int(width):,}.",)

    def _last(self, bin: Bin, is_last: bool) -> str | None:
        """The last value that a bin has, or could have."""
        if self._shape is Shape.DATE:
            before = (date.fromisoformat(bin.high) - timedelta(days=1)).isoformat()
            return max(bin.low, self._most if is_last else before)
        if self._shape is Shape.INTEGER and self._is_exact(bin):
            return str(max(int(bin.low), int(self._most) if is_last else int(bin.high) - 1))
        return None

    def _is_exact(self, bin: Bin) -> bool:
        texts = (bin.low, bin.high, self._most)
        return all(text.removeprefix("-").isdigit() and len(text) <= _LONGEST_INTEGER for text in texts)

    def _place(self, text: str) -> Fraction:
        if self._shape is Shape.DATE:
            return Fraction(date.fromisoformat(text).toordinal())
        if self._shape is Shape.DATE_TIME:
            return Fraction(str(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()))
        return Fraction(text)


def _skew(bars: tuple[RangeBar, ...], total: int) -> tuple[str, ...]:
    most = max(bars, key=lambda bar: bar.count)
    if len(bars) < 2 or most.count == total or most.count < _DWARFING * total:
        return ()
    share = figures.percent(most.count, total).replace("> ", "more than ")
    return (
        f"One bar holds {share} ({most.range}). The others are drawn to the same scale, but never thinner than seen.",
    )
