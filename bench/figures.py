"""What was measured: runs, the figures of a contender, the outcome of a contest."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from bench.contenders import Contender


@dataclass(frozen=True)
class Run:
    """One run: seconds from start to end, peak memory in MB (1024 * 1024 bytes), and why it failed ("" if not)."""

    seconds: float
    peak_mb: float
    failure: str = ""


@dataclass(frozen=True)
class Figures:
    """The runs of one contender. Figures are medians of the runs that did not fail."""

    name: str
    runs: tuple[Run, ...]

    @property
    def failure(self) -> str:
        """Why it never finished; "" if it did."""
        return "" if any(not run.failure for run in self.runs) else self.runs[-1].failure

    @property
    def seconds(self) -> float:
        """The median wall time; infinite if it never finished."""
        done = [run.seconds for run in self.runs if not run.failure]
        return statistics.median(done) if done else float("inf")

    @property
    def peak_mb(self) -> float:
        """The largest peak of all runs, those that failed included."""
        return max(run.peak_mb for run in self.runs)


@dataclass(frozen=True)
class Outcome:
    """A contest that was held: its name, its title and note for the page, and the contenders' figures, ours first."""

    name: str
    title: str
    note: str
    rows: int
    figures: tuple[Figures, ...]

    def of(self, contender: Contender) -> Figures:
        """One contender's figures. Raises KeyError if it took no part."""
        found = self.find(contender.name)
        if found is None:
            raise KeyError(contender.name)
        return found

    def find(self, name: str) -> Figures | None:
        """The figures of that name, if there are any."""
        return next((figures for figures in self.figures if figures.name == name), None)
