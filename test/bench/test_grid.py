"""The pages of rows: their figures, their bars, their table, and a measurement on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import grid, report
from bench.bars import bars
from bench.results import Pages, PageTimes, Results


def results(pages: Pages) -> Results:
    return Results(1000, 1, "", "", "", (), pages=pages)


def test_times_are_told_by_their_middle_and_their_slowest_twentieth() -> None:
    times = PageTimes("pages", tuple(number / 100 for number in range(100, 0, -1)), 0.9)
    assert (times.middle, times.p95) == (0.51, 0.96)
    assert PageTimes("one", (3.0,), None).p95 == 3.0


@pytest.mark.parametrize(("seconds", "peak", "missed"), [(0.1, 900, 0), (0.3, 900, 1), (0.3, 2000, 2)])
def test_bars_are_of_the_slowest_and_of_the_memory(seconds: float, peak: float, missed: int) -> None:
    found = results(Pages((PageTimes("pages", (seconds,), 0.2), PageTimes("others", (9.0,), None)), {"a view": peak}))
    assert sum(not bar.is_held for bar in bars(found)) == missed
    text = report.pages(found)
    assert f"| pages | {seconds * 1000:.0f} ms | {seconds * 1000:.0f} ms | 1 |" in text
    assert "| others | 9.0 s | 9.0 s | 1 |" in text and f"a view {peak:,.0f} MB" in text


def test_pages_are_measured_through_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "PAGES", 3)
    found = grid.measure(3000, tmp_path, lambda sentence: None)
    assert {len(kind.seconds) for kind in found.times} == {1, 3} and len(found.times) == 18
    assert all(seconds > 0 for kind in found.times for seconds in kind.seconds)
    assert found.memory["the web server"] > 30
