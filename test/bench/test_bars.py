"""The bars: which figures they compare, which way round, and what happens where somebody did not finish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.bars import Bar, bars
from bench.contenders import (
    DUCKDB,
    DUCKDB_ALL,
    OURS,
    OURS_CHECKED,
    OURS_HALF,
    POLARS,
    POLARS_ALL,
    Contender,
)
from bench.figures import Figures, Outcome, Run
from bench.results import AtOnce, OneByOne, Results

NOTHING = Results(100, 1, "2026-01-01", "a machine", "versions", ())


def figures(contender: Contender, seconds: float, peak_mb: float = 512, failure: str = "") -> Figures:
    return Figures(contender.name, (Run(seconds, peak_mb, failure),))


def outcome(name: str, *found: Figures) -> Outcome:
    return Outcome(name, name.title(), "", 100, found)


TOTAL = outcome(
    "total",
    figures(OURS, 20, 1024),
    figures(POLARS, 50),
    figures(DUCKDB, 40),
    figures(POLARS_ALL, 80),
    figures(DUCKDB_ALL, 25),
    figures(OURS_HALF, 30, 768),
)


def found(*outcomes: Outcome) -> dict[str, float]:
    return {bar.sentence: bar.figure for bar in bars(replace(NOTHING, outcomes=outcomes))}


@pytest.mark.parametrize(
    "bar, is_held",
    [
        (Bar("", 0.5, 0.5), True),
        (Bar("", 0.51, 0.5), False),
        (Bar("", 5, 5, is_least=True), True),
        (Bar("", 4.9, 5, is_least=True), False),
        (Bar("", float("inf"), 5), False),
        (Bar("", float("nan"), 5), False),
        (Bar("", float("nan"), 5, is_least=True), False),
    ],
)
def test_a_bar_is_the_most_or_the_least(bar: Bar, is_held: bool) -> None:
    assert bar.is_held is is_held


def test_the_faster_peer_is_what_counts() -> None:
    assert list(found(TOTAL).values()) == [0.5, 1.0, 0.75, 0.8]


def test_a_peer_that_did_not_finish_is_not_the_faster_one() -> None:
    died = replace(TOTAL, figures=(*TOTAL.figures[:2], figures(DUCKDB, 1, failure="out of memory"), *TOTAL.figures[3:]))
    assert next(iter(found(died).values())) == 0.4


def test_not_to_finish_holds_no_bar() -> None:
    died = replace(
        TOTAL, figures=(figures(OURS, 1, failure="signal 9"), *TOTAL.figures[1:5], figures(OURS_HALF, 1, 9, "x"))
    )
    assert [bar.is_held for bar in bars(replace(NOTHING, outcomes=(died,)))] == [False] * 4


def test_a_file_that_is_new_and_one_that_is_known_have_their_own_bars() -> None:
    entries = figures(OURS, 3), figures(OURS_CHECKED, 2), figures(POLARS_ALL, 4), figures(DUCKDB_ALL, 1)
    by_date, kept = outcome("by-date", *entries), outcome("filter", *entries)
    assert list(found(by_date, kept).values()) == [0.75, 0.5, 2.0]


def test_growth_compares_ours_with_itself() -> None:
    tenth = outcome("total-tenth", figures(OURS, 2, 512), figures(POLARS, 99, 99))
    assert list(found(TOTAL, tenth).values())[-2:] == [10.0, 2.0]


def test_without_the_tenth_nothing_is_said_about_growth() -> None:
    assert not [sentence for sentence in found(TOTAL) if "tenth" in sentence]


def test_small_jobs_have_a_most_and_a_least() -> None:
    results = replace(NOTHING, one_by_one=OneByOne(20, 0.7, 0.9), at_once=AtOnce(300, 2, 5, 100))
    assert [(bar.figure, bar.is_held) for bar in bars(results)] == [(0.7, True), (3.0, False)]
