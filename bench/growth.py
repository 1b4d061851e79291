"""Growth: what a contender needs for a hundredth, a tenth and all of the rows, as lines of a plot."""

from __future__ import annotations

from collections.abc import Callable

from bench.contenders import OURS_HALF
from bench.figures import Figures, Outcome
from bench.plots import Line, chart
from bench.results import Results

SIZES = ("total-hundredth", "total-tenth", "total")


def plots(results: Results) -> dict[str, str]:
    """The plots of the sums by song and date by their file names; none unless all sizes were run."""
    outcomes = [outcome for name in SIZES if (outcome := results.outcome(name))]
    if len(outcomes) < len(SIZES):
        return {}
    times = lines(outcomes, lambda figures: figures.seconds)
    peaks = lines(outcomes, lambda figures: figures.peak_mb)
    return {
        "time-against-rows.svg": chart("Sum by song and date, sorted: time against rows", "s", times),
        "memory-against-rows.svg": chart("Sum by song and date, sorted: peak memory against rows", "MB", peaks),
    }


def lines(outcomes: list[Outcome], value: Callable[[Figures], float]) -> list[Line]:
    """A line for everyone who took part at several sizes, in the order of the first; who failed has no point there."""
    names = [figures.name for figures in outcomes[0].figures if figures.name != OURS_HALF.name]
    return [Line(name, _points(name, outcomes, value)) for name in names]


def _points(name: str, outcomes: list[Outcome], value: Callable[[Figures], float]) -> tuple[tuple[float, float], ...]:
    there = [(outcome.rows, figures) for outcome in outcomes if (figures := outcome.find(name))]
    return tuple((rows, value(figures)) for rows, figures in there if not figures.failure)
