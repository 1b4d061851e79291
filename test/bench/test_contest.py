"""A contest: real engines on a small file come to the same bytes, one that does not is found, slow ones run once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import peers, rowmill
from bench.contenders import DASK, DUCKDB, DUCKDB_ALL, OURS, PANDAS, POLARS, POLARS_ALL, SQLITE, Contender
from bench.contest import Contest, hold, still_in
from bench.datasets import Dataset
from bench.figures import Run
from bench.programme import programme
from bench.works import INSPECT, RECIPES

PLAYS = Dataset("plays", 3_000)
QUICK, SLOW, BROKEN = Contender("Rowmill", 64), Contender("Slow"), Contender("Broken")


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.mark.parametrize(
    "work, source, contenders",
    [
        ("total", PLAYS, (POLARS, DUCKDB, PANDAS, DASK)),
        ("total", Dataset("plays", 200), (SQLITE,)),
        ("by-date", PLAYS, (POLARS_ALL, DUCKDB_ALL, PANDAS, DASK)),
        ("by-date", Dataset("gzip", 3_000), (POLARS_ALL, DUCKDB_ALL, PANDAS)),
        ("sort", PLAYS, (POLARS, DUCKDB)),
        ("filter", PLAYS, (POLARS, DUCKDB)),
        ("wide", Dataset("wide", 100), (POLARS, DUCKDB)),
        ("copy", Dataset("quoted", 100), (POLARS, DUCKDB)),
        ("inspect", PLAYS, (POLARS_ALL,)),
        ("inspect", Dataset("quoted", 100), (POLARS_ALL,)),
    ],
)
def test_all_come_to_the_same_bytes(
    work: str, source: Dataset, contenders: tuple[Contender, ...], tmp_path: Path
) -> None:
    outcome = hold(Contest("a", "A", work, source, (OURS, *contenders)), 1, tmp_path, quiet)
    assert [figures.failure for figures in outcome.figures] == [""] * (1 + len(contenders))
    assert all(figures.seconds > 0 and figures.peak_mb > 10 for figures in outcome.figures)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch):
    """Contenders that are scripts: they are given the name of the result's file."""

    def script(scripts: dict[str, str]) -> None:
        def ours(
            work: str, source: Path, contender: Contender, folder: Path, facts: Path, other: Path | None
        ) -> rowmill.Command:
            return [sys.executable, "-c", scripts["Rowmill"], str(folder / "result.csv")], {}

        def others(
            work: str, source: Path, contender: Contender, folder: Path, result: Path, other: Path | None
        ) -> rowmill.Command:
            return [sys.executable, "-c", scripts[contender.engine], str(result)], {}

        monkeypatch.setattr(rowmill, "command", ours)
        monkeypatch.setattr(peers, "command", others)

    return script


WRITE = "import sys; open(sys.argv[1], 'w').write('{}')"


def test_another_result_ends_the_benchmark(scripted, tmp_path: Path) -> None:
    scripted({"Rowmill": WRITE.format("a"), "Slow": WRITE.format("b")})
    with pytest.raises(ValueError, match="Slow, all memory came to another result"):
        hold(Contest("a", "A", "total", PLAYS, (QUICK, SLOW)), 1, tmp_path, quiet)


def test_who_is_far_behind_or_failed_runs_once() -> None:
    first: dict[Contender, list[Run]] = {QUICK: [], SLOW: [], BROKEN: []}
    assert still_in(first) == [QUICK, SLOW, BROKEN]
    assert still_in({QUICK: [Run(1, 1)], SLOW: [Run(3, 1)], BROKEN: [Run(3.1, 1)]}) == [QUICK, SLOW]
    assert still_in({QUICK: [Run(1, 1, "signal 9")], SLOW: [Run(1, 1, "signal 9")]}) == [QUICK]


def test_a_contender_that_fails_fails_alone(scripted, tmp_path: Path) -> None:
    scripted(
        {"Rowmill": WRITE.format("a"), "Broken": "import sys; sys.exit(3)", "Slow": "raise SystemExit('out of memory')"}
    )
    outcome = hold(Contest("a", "A", "total", PLAYS, (QUICK, BROKEN, SLOW)), 2, tmp_path, quiet)
    assert [len(figures.runs) for figures in outcome.figures] == [2, 1, 1]
    assert [figures.failure for figures in outcome.figures] == ["", "exit status 3", "out of memory"]


def test_who_leaves_no_result_has_failed_in_its_own_words(scripted, tmp_path: Path) -> None:
    scripted({"Rowmill": "print('I cannot.')"})
    outcome = hold(Contest("a", "A", "total", PLAYS, (QUICK,)), 1, tmp_path, quiet)
    assert outcome.figures[0].failure == "I cannot.\n"


def test_a_process_that_has_others_is_measured_with_them(scripted, tmp_path: Path) -> None:
    hold_much = "import time; much = b'x' * (150 << 20); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold_much!r}]); " + WRITE.format("a")
    together = f"import subprocess, sys; much = b'x' * (150 << 20); {parent}"
    scripted({"Rowmill": parent, "Slow": together})
    outcome = hold(Contest("a", "A", "total", PLAYS, (QUICK, SLOW)), 1, tmp_path, quiet)
    alone, both = (figures.peak_mb for figures in outcome.figures)
    assert alone > 150 and both > alone + 140


def test_every_contest_has_a_recipe_and_ours_comes_first() -> None:
    contests = programme(1_000_000, 1_000)
    assert {contest.work for contest in contests} == {*RECIPES, INSPECT}
    assert all(contest.contenders[0] == OURS for contest in contests)
    assert len({contest.name for contest in contests}) == len(contests)
