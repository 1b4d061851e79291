"""The command: pages are written again from kept results, and a contest that does not exist is a usage error."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import __main__ as command
from bench.__main__ import main
from bench.contenders import DUCKDB, DUCKDB_ALL, OURS, OURS_HALF, POLARS, POLARS_ALL
from bench.contest import Contest
from bench.figures import Figures, Outcome, Run
from bench.growth import SIZES, plots
from bench.report import page
from bench.results import Results, load, save

EVERYONE = (OURS, POLARS, DUCKDB, POLARS_ALL, DUCKDB_ALL, OURS_HALF)


def outcome(name: str, rows: int) -> Outcome:
    return Outcome(name, name, "", rows, tuple(Figures(one.name, (Run(rows / 100, 700),)) for one in EVERYONE))


def test_a_page_and_its_plots_are_written_from_kept_results(tmp_path: Path) -> None:
    outcomes = tuple(outcome(name, 10**size) for size, name in enumerate(SIZES, 3))
    results = Results(10**5, 2, "2026-01-01", "2 cores", "Python 3", outcomes)
    save(results, tmp_path / "results-100000.json")
    docs = tmp_path / "docs"
    assert main(["--page", "--rows", "100000", "--folder", str(tmp_path), "--docs", str(docs)]) == 0
    images = plots(results)
    assert len(images) == 2
    assert {path.name: path.read_text() for path in (docs / "images").iterdir()} == images
    assert (docs / "benchmarks.md").read_text() == page(results, list(images)) + "\n"


def test_a_page_takes_in_what_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Results(10**5, 2, "2026-01-01", "2 cores", "Python 3", (outcome("sort", 1), outcome("total", 2)))
    save(old, tmp_path / "results-100000.json")
    monkeypatch.setattr(command, "compile_first", lambda folder: None)
    monkeypatch.setattr(command, "hold", lambda contest, *_: outcome(contest.name, 3))
    docs = tmp_path / "docs"
    main(["--page", "--only", "sort", "--rows", "100000", "--folder", str(tmp_path), "--docs", str(docs)])
    kept = load(tmp_path / "results-100000.json")
    assert kept == old.with_outcome(outcome("sort", 3)) != old
    assert [(each.name, each.rows) for each in kept.outcomes] == [("sort", 3), ("total", 2)]
    assert (docs / "benchmarks.md").read_text() == page(kept, []) + "\n"


@pytest.mark.parametrize("name", ["nonsense", "otal"])
def test_a_contest_that_is_not_there_is_a_usage_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--only", name, "--folder", str(tmp_path)])
    assert end.value.code == 2


def test_what_is_finished_is_kept_when_a_contest_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hold(contest: Contest, *_: object) -> Outcome:
        if contest.name == "sort":
            raise ValueError("another result")
        return outcome(contest.name, 10**5)

    monkeypatch.setattr(command, "compile_first", lambda folder: None)
    monkeypatch.setattr(command, "hold", hold)
    with pytest.raises(ValueError, match="another result"):
        main(["--rows", "100000", "--folder", str(tmp_path), "--docs", str(tmp_path / "docs")])
    assert [kept.name for kept in load(tmp_path / "results-100000.json").outcomes] == ["total"]
    assert not (tmp_path / "docs").exists()
