"""Plots as SVG, drawn by hand: a few lines over two logarithmic axes need no library of thirty megabytes.

They have a white ground of their own, so that they can be read on light and on dark pages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 820, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 560, 50, 360
_INK, _RULE = "#24292f", "#d8dee4"
# Told apart by colour-blind people too, after Okabe and Ito.
_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#56b4e9", "#7bc8a4", "#cc79a7", "#8c6d1f", "#555555")


@dataclass(frozen=True)
class Line:
    """A contender's points: rows, and what was measured with so many."""

    name: str
    points: tuple[tuple[float, float], ...]


def chart(title: str, unit: str, lines: Sequence[Line]) -> str:
    """The plot of the lines that have points, over rows; both axes are logarithmic."""
    drawn = [line for line in lines if line.points]
    rows = _Axis.over([x for line in drawn for x, _ in line.points], _LEFT, _RIGHT)
    values = _Axis.over([y for line in drawn for _, y in line.points], _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" font-family="sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="28" font-size="16" font-weight="bold">{escape(title)}</text>',
        *_rules(rows, values, unit),
    ]
    for number, line in enumerate(drawn):
        parts += _drawn(line, rows, values, _COLOURS[number % len(_COLOURS)], number)
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclass(frozen=True)
class _Axis:
    """Maps values from `low` to `high`, both powers of ten or what is between, to pixels."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> _Axis:
        low, high = min(values), max(values)
        return cls(low / 1.3, high * 1.3, start, end)

    def place(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Powers of ten; 1, 2 and 5 times these, if there are fewer than three, or 1 to 9 times."""
        powers = [10.0**power for power in range(-3, 12)]
        for steps in ((1,), (1, 2, 5), range(1, 10)):
            found = [step * power for power in powers for step in steps if self.low <= step * power <= self.high]
            if len(found) >= 3:
                break
        return found


def _rules(rows: _Axis, values: _Axis, unit: str) -> list[str]:
    parts = []
    for tick in rows.ticks():
        x = rows.place(tick)
        parts.append(f'<path d="M{x} {_TOP}V{_BOTTOM}" stroke="{_RULE}"/>')
        parts.append(f'<text x="{x}" y="{_BOTTOM + 20}" text-anchor="middle">{_number(tick)}</text>')
    for tick in values.ticks():
        y = values.place(tick)
        parts.append(f'<path d="M{_LEFT} {y}H{_RIGHT}" stroke="{_RULE}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{_number(tick)} {unit}</text>')
    middle = (_LEFT + _RIGHT) / 2
    return [
        *parts,
        f'<text x="{middle}" y="{_BOTTOM + 44}" text-anchor="middle">rows (both axes are logarithmic)</text>',
    ]


def _drawn(line: Line, rows: _Axis, values: _Axis, colour: str, number: int) -> list[str]:
    points = [(rows.place(x), values.place(y)) for x, y in line.points]
    path = " ".join(f"{x},{y}" for x, y in points)
    dots = [f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in points]
    at = _TOP + 12 + 24 * number
    width = 4 if number == 0 else 2
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>',
        *dots,
        f'<path d="M{_RIGHT + 24} {at}h24" stroke="{colour}" stroke-width="{width}"/>',
        f'<text x="{_RIGHT + 56}" y="{at + 4}">{escape(line.name)}</text>',
    ]


def _number(value: float) -> str:
    """E.g. "10 M", "500 k", "0.2"."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
