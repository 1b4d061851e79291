"""The comparison part by part; a part that is still too large is spread again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from project.engine.trial.compared import Compared, Comparison, together
from project.engine.trial.spread import DEEPEST, Spread, ranges_for, spread


@dataclass(frozen=True)
class Parted:
    """Compares two sides that were spread alike. `room`: what a part of both may take in bytes, about."""

    comparison: Comparison
    room: int

    def of(self, left: Spread, right: Spread, told: Callable[[float], None]) -> Compared:
        """What comes of all parts; tells the share that is done."""

        def part(number: int) -> Compared:
            told(number / len(left.parts))
            return self._part(left, right, number, 1)

        return together(map(part, range(len(left.parts))))

    def _part(self, left: Spread, right: Spread, number: int, depth: int) -> Compared:
        size = left.sizes[number] + right.sizes[number]
        if size <= 2 * self.room or depth == DEEPEST:
            return self.comparison.of(left.take(number), right.take(number))
        ranges = ranges_for(size, self.room)
        lefts, rights = (
            spread(side.frames(number), side.width, ranges, side.spill, self.room, depth) for side in (left, right)
        )
        return together(self._part(lefts, rights, part, depth + 1) for part in range(ranges.parts))
