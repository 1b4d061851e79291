"""The grid's benchmark: its figures, its bars, and its page."""

from __future__ import annotations

import pytest

from bench.grid import Figure, Found, page


def test_figures_are_told_by_their_middle_and_their_slowest_twentieth():
    figure = Figure("pages", tuple(number / 100 for number in range(100, 0, -1)), 0.9)
    assert (figure.middle, figure.p95) == (0.51, 0.96)
    assert Figure("one", (3.0,), None).p95 == 3.0


@pytest.mark.parametrize(("seconds", "peak", "missed"), [(0.1, 900, 0), (0.3, 900, 1), (0.3, 2000, 2)])
def test_the_page_names_what_was_missed(seconds, peak, missed):
    found = Found((Figure("pages", (seconds,), 0.2), Figure("others", (9.0,), None)), {"a view": peak})
    assert sum(not bar.is_held for bar in found.bars()) == missed
    text = page(found)
    assert ("All bars are met." in text) is (not missed)
    assert f"| pages | {seconds * 1000:.0f} ms | {seconds * 1000:.0f} ms | 0.2 s |" in text
    assert "| others | 9.0 s | 9.0 s |  |" in text and f"a view: {peak:,} MB" in text
