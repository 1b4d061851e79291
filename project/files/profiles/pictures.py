"""The pictures of a column as shapes in units of their own: a histogram, a spark of it, and what is missing. Pure.

All counts are drawn in proportion. Only what would be too thin to be seen is drawn thicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from project.engine.inspection.profile import ColumnProfile, Shape
from project.files.profiles import figures

HEIGHT = 100
"""Of the highest bar."""
STEP = 10
"""From the left edge of a bar to that of the next."""
WIDTH = 9
"""Of an upright bar."""
BREADTH = 1000
"""Of a bar that stands for a whole."""
_THINNEST = 4


@dataclass(frozen=True)
class Bar:
    """An upright bar."""

    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Spark:
    """A small histogram as one path; `words` say what is drawn."""

    width: int
    path: str
    words: str


@dataclass(frozen=True)
class Part:
    """A piece of a lying bar that stands for a whole, and how many rows it stands for."""

    kind: str
    count: int
    x: float
    width: float


def bars(counts: Sequence[int], thinnest: float = 1) -> tuple[Bar, ...]:
    """Bars beside each other, the highest one as high as the picture."""
    return tuple(
        Bar(number * STEP, round(HEIGHT - height, 2), round(height, 2))
        for number, height in enumerate(_lengths(counts, HEIGHT, thinnest))
    )


def path_of(shapes: Sequence[Bar]) -> str:
    """Bars that stand beside each other, as one shape."""
    return f"M0 {HEIGHT}" + "".join(f"V{bar.y:.0f}h{WIDTH}V{HEIGHT}h{STEP - WIDTH}" for bar in shapes)


def share(count: int, whole: int) -> float:
    """How broad a lying bar for `count` is, where `whole` takes all of its breadth."""
    return round(_lengths((count, whole), BREADTH, _THINNEST)[0], 1)


def parts_of(column: ColumnProfile) -> tuple[Part, ...]:
    """What the rows of a column hold: values, empty texts, or nothing."""
    pieces = {"values": column.values, "empty": column.empty, "missing": column.missing}
    found = {kind: count for kind, count in pieces.items() if count}
    whole = sum(found.values())
    raw = [max(_THINNEST, BREADTH * count / whole) for count in found.values()]
    scale, x, parts = BREADTH / sum(raw or [1]), 0.0, []
    for (kind, count), width in zip(found.items(), raw, strict=True):
        parts.append(Part(kind, count, round(x, 1), round(width * scale, 1)))
        x += width * scale
    return tuple(parts)


def spark_of(column: ColumnProfile) -> Spark | None:
    """A column at a glance: its few values if they are all known, else its histogram."""
    if is_of_few(column):
        counts, of = [each.count for each in column.top], "rows of each value, from the most frequent one"
    elif column.histogram and len(column.histogram.bins) > 1:
        counts, of = [bin.count for bin in column.histogram.bins], _span(column)
    else:
        return None
    drawn = bars(counts, _THINNEST)
    return Spark(len(drawn) * STEP - 1, path_of(drawn), f"{of}; the highest bar is {max(counts):,}")


def is_of_few(column: ColumnProfile) -> bool:
    """Whether the most frequent values are all that there are, and have no order of their own."""
    is_all = 0 < column.distinct <= len(column.top) and not column.top_error
    return is_all and column.shape in (Shape.TEXT, Shape.BOOLEAN)


def _span(column: ColumnProfile) -> str:
    assert column.histogram
    if column.histogram.of == "lengths":
        return f"texts by their length, up to {figures.characters(column.longest)}"
    low, high = (figures.label(bound or "", column.shape) for bound in (column.minimum, column.maximum))
    return f"values from {low} to {high}"


def _lengths(counts: Sequence[int], longest: int, thinnest: float) -> list[float]:
    # Counts may be of any size: they are divided before they become floats.
    most = max([1, *counts])
    return [max(thinnest, float(Fraction(count * longest, most))) if count else 0.0 for count in counts]
