"""The small pictures above the columns: a histogram and the share of missing values, as numbers for an SVG. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from project.engine.inspection.profile import ColumnProfile

WIDTH, HEIGHT = 96, 20
_LEAST = 1.0
_GAP = 1.0


@dataclass(frozen=True)
class Bar:
    """A rectangle, in the picture's units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Picture:
    """`words`: what it shows, for those who cannot see it."""

    bars: tuple[Bar, ...]
    words: str


def histogram(profile: ColumnProfile) -> Picture | None:
    """How the values, or their lengths, are spread; None where there is nothing to see."""
    found = profile.histogram
    if found is None or not found.bins:
        return None
    most, step = max(1, *(each.count for each in found.bins)), WIDTH / len(found.bins)
    bars = []
    for number, each in enumerate(found.bins):
        height = max(_LEAST, HEIGHT * each.count / most) if each.count else 0.0
        gap = _GAP if step > 2 * _GAP else 0.0
        bars.append(Bar(round(number * step, 2), round(HEIGHT - height, 2), round(step - gap, 2), round(height, 2)))
    what = "values" if found.of == "values" else "lengths in characters"
    peak = max(found.bins, key=lambda each: each.count)
    words = f"{what} from {found.bins[0].low} to {found.bins[-1].high}, most between {peak.low} and {peak.high}"
    return Picture(tuple(bars), words)


def missing_share(profile: ColumnProfile) -> float:
    """Of all rows, from 0 to 1."""
    rows = profile.values + profile.missing + profile.empty
    return profile.missing / rows if rows else 0.0
