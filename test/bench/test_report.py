"""The report: what stands in the tables, in the bars' lines and on the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import report
from bench.bars import Bar
from bench.contenders import DUCKDB, OURS, POLARS
from bench.figures import Figures, Outcome, Run
from bench.results import AtOnce, OneByOne, Results, load, save

CONTEST = Outcome(
    "sort",
    "Full sort",
    "A note.",
    12_000_000,
    (
        Figures(OURS.name, (Run(10.0, 900), Run(12.0, 1000), Run(1.0, 1100, "signal 9"))),
        Figures(POLARS.name, (Run(44.0, 1500),)),
        Figures(DUCKDB.name, (Run(3.0, 1033.4, "out of memory"),)),
    ),
)
RESULTS = Results(
    12_000_000, 2, "2026-01-01", "2 cores", "Python 3", (CONTEST,), OneByOne(5, 0.5, 0.6), AtOnce(300, 2, 4.0, 50.0)
)


def test_a_table_has_medians_of_the_runs_that_finished_and_the_largest_peak_of_all() -> None:
    assert report.table(CONTEST).splitlines() == [
        "### Full sort",
        "",
        "12,000,000 rows. A note.",
        "",
        "| contender | time | rows a second | peak memory | Rowmill’s time ÷ its |",
        "|---|--:|--:|--:|--:|",
        "| Rowmill, 1,024 MB | 11.0 s | 1.1 million | 1,100 MB |  |",
        "| Polars, 1,024 MB | 44.0 s | 273 thousand | 1,500 MB | 0.25 |",
        "| DuckDB, 1,024 MB | out of memory | | 1,033 MB | |",
    ]


@pytest.mark.parametrize(
    "bar, line",
    [
        (Bar("a", 0.456, 0.5), "| a | 0.46 | ≤ 0.5 | held |"),
        (Bar("a", 0.9, 0.8, " s"), "| a | 0.90 s | ≤ 0.8 s | **missed** |"),
        (Bar("a", 6.0, 5, is_least=True), "| a | 6.00 | ≥ 5 | held |"),
        (Bar("a", 4.0, 5, is_least=True), "| a | 4.00 | ≥ 5 | **missed** |"),
        (Bar("a", float("inf"), 5), "| a | did not finish | ≤ 5 | **missed** |"),
    ],
)
def test_a_bar_is_a_line_that_says_whether_it_is_held(bar: Bar, line: str) -> None:
    assert report.verdict(bar) == line


@pytest.mark.parametrize(
    "number, words",
    [(449.6, "450"), (2_600, "2.6 thousand"), (31_000, "31 thousand"), (3_300_000, "3.3 million"), (4e7, "40 million")],
)
def test_counts_are_in_words(number: float, words: str) -> None:
    assert report.count(number) == words


@pytest.mark.parametrize("ratio, words", [(2.5, "2.50"), (0.104, "0.10"), (0.05, "0.05"), (0.00416, "0.0042")])
def test_small_shares_keep_their_digits(ratio: float, words: str) -> None:
    assert report.share(ratio) == words


def test_without_bars_there_is_no_table_of_them() -> None:
    assert report.verdicts(replace(RESULTS, outcomes=(), one_by_one=None, at_once=None)) == ""


def test_the_page_has_the_machine_the_notes_the_bars_the_plots_and_every_table() -> None:
    page = report.page(RESULTS, ["one-plot.svg"])
    for part in (
        "2 cores",
        "(benchmarks-notes.md)",
        "![One plot](images/one-plot.svg)",
        report.table(CONTEST),
        "6.0 jobs a second",
    ):
        assert part in page
    assert report.verdicts(RESULTS) in page


def test_the_page_can_be_written_again_from_the_kept_results(tmp_path: Path) -> None:
    save(RESULTS, tmp_path / "results.json")
    assert load(tmp_path / "results.json") == RESULTS
