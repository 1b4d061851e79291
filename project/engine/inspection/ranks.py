"""Ranks: values in order with how often each occurs, exactly or, of too many values, by a sketch with a known error.

The sketch is that of Manku, Rajagopalan and Lindsay: levels of sorted values, a value of level n standing for 2**n. A
level that is full is halved: every second value moves up, beginning at the first and the second by turns. Each halving
moves ranks by at most what one value of the level stands for, and all of these are added up: the error is known, not
likely, and the same file gives the same sketch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

_LARGEST_LEVEL = 1 << 15
_LEAST_LEVEL = 1 << 9


def level_size(columns: int, size: int) -> int:
    """How many values a level may hold, where the sketches of so many columns take about `size` bytes."""
    # A sketch has some sixteen levels; a level takes as much again while it is halved.
    return max(_LEAST_LEVEL, min(_LARGEST_LEVEL, size // (columns * 8 * 32)))


@dataclass(frozen=True)
class Ranked:
    """Sorted values (int64 or float64), how often each occurs, and by how many places a rank may be wrong."""

    values: Any
    counts: Any
    error: int = 0

    @property
    def total(self) -> int:
        """How many values there are, each as often as it occurs."""
        return int(self.counts.sum())

    def at(self, ranks: Any) -> Any:
        """The values that stand at these places, counted from 0."""
        return self.values[np.searchsorted(np.cumsum(self.counts), ranks, side="right")]


NOTHING = Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def ranked(values: Any, counts: Any) -> Ranked:
    """The values in order."""
    order = np.argsort(values, kind="stable")
    return Ranked(values[order], counts[order])


@dataclass
class Sketch:
    """Takes any number of values in bounded memory."""

    size: int
    error: int = 0
    _levels: list[Any] = field(default_factory=list)
    _turns: list[int] = field(default_factory=list)

    def add(self, part: Ranked) -> None:
        """Take values with their counts: a count is the levels of its bits."""
        if not len(part.values):
            return
        for level in range(int(part.counts.max()).bit_length()):
            chosen = part.values[(part.counts >> level) & 1 == 1]
            # Cut, so that no level ever holds more than twice its size.
            for first in range(0, len(chosen), self.size):
                self._put(level, chosen[first : first + self.size])

    def ranked(self) -> Ranked:
        """What it knows of all values."""
        if not self._levels:
            return NOTHING
        values = np.concatenate(self._levels)
        counts = np.concatenate([np.full(len(kept), 1 << n, dtype=np.int64) for n, kept in enumerate(self._levels)])
        merged = ranked(values, counts)
        return Ranked(merged.values, merged.counts, self.error)

    def _put(self, level: int, values: Any) -> None:
        while len(self._levels) <= level:
            self._levels.append(values[:0])
            self._turns.append(0)
        kept = np.concatenate([self._levels[level], values])
        if len(kept) < self.size:
            self._levels[level] = kept
            return
        kept.sort()
        pairs = len(kept) // 2 * 2
        self._levels[level] = kept[pairs:]
        turn = self._turns[level]
        self._turns[level] = 1 - turn
        self.error += 1 << level
        self._put(level + 1, kept[turn:pairs:2])
