"""How fast a job goes and how long it will take, smoothly; pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW_SECONDS = 20.0
# Before this, a rate would be made of start-up and chance.
SETTLED_SECONDS = 1.0
SETTLED_FRACTION = 0.01


@dataclass(frozen=True)
class _Sample:
    at: float
    rows: int
    fraction: float


@dataclass
class Pace:
    """Fed with what was done by when (seconds of any steady clock); answers over the last 20 seconds."""

    samples: deque[_Sample] = field(default_factory=deque)
    _last_rows: int = 0
    _total_rows: int = 0

    def add(self, at: float, rows: int, fraction: float) -> None:
        """Remember how far the work was at that time. `rows` may begin anew: the engine reads some files twice."""
        self._total_rows += rows - self._last_rows if rows >= self._last_rows else rows
        self._last_rows = rows
        self.samples.append(_Sample(at, self._total_rows, fraction))
        while len(self.samples) > 2 and self.samples[1].at < at - WINDOW_SECONDS:
            self.samples.popleft()

    def rows_per_second(self) -> float | None:
        """None until there is something to tell, and while no rows are read (sorting, writing)."""
        speed = self._per_second(lambda sample: float(sample.rows))
        return round(speed, 1) if speed else None

    def seconds_left(self) -> float | None:
        """None until there is something to tell."""
        if not self.samples or self.samples[-1].fraction < SETTLED_FRACTION:
            return None
        speed = self._per_second(lambda sample: sample.fraction)
        return round(max(0.0, 1.0 - self.samples[-1].fraction) / speed, 1) if speed else None

    def _per_second(self, of: Callable[[_Sample], float]) -> float | None:
        if len(self.samples) < 2:
            return None
        first, last = self.samples[0], self.samples[-1]
        took = last.at - first.at
        done = of(last) - of(first)
        return done / took if took >= SETTLED_SECONDS and done > 0 else None
