"""The plots: well-formed SVG with a line for each contender, where its figures put it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench.contenders import OURS, OURS_HALF, POLARS
from bench.figures import Figures, Outcome, Run
from bench.growth import lines, plots
from bench.plots import Line, chart
from bench.results import Results

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> list[list[tuple[float, float]]]:
    found = ElementTree.fromstring(svg).findall(f"{SVG}polyline")
    return [
        [(float(x), float(y)) for x, y in (point.split(",") for point in line.attrib["points"].split())]
        for line in found
    ]


def test_ten_times_as_much_is_as_far_everywhere() -> None:
    [points] = drawn(chart("A title", "s", [Line("a", ((1, 1), (10, 10), (100, 100)))]))
    assert points[1][0] - points[0][0] == pytest.approx(points[2][0] - points[1][0], abs=0.2)
    assert points[0][1] - points[1][1] == pytest.approx(points[1][1] - points[2][1], abs=0.2)
    assert points[0][1] > points[2][1], "more is higher up"


def test_who_has_no_point_has_no_line_and_names_are_escaped() -> None:
    svg = chart("A < B", "s", [Line("nobody", ()), Line("a & b", ((1, 2), (10, 3)))])
    assert len(drawn(svg)) == 1
    texts = [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "a & b" in texts and "A < B" in texts and "nobody" not in texts


def test_it_brings_its_own_ground_for_dark_pages() -> None:
    svg = ElementTree.fromstring(chart("A title", "s", [Line("a", ((1, 2), (10, 3)))]))
    ground = svg.find(f"{SVG}rect")
    assert ground is not None and ground.attrib["fill"] == "#ffffff"
    assert [ground.attrib[side] for side in ("width", "height")] == [svg.attrib[side] for side in ("width", "height")]


def test_axes_have_at_least_three_ticks() -> None:
    svg = chart("A title", "MB", [Line("a", ((1e6, 520), (1e8, 810)))])
    texts = [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"1 M", "10 M", "100 M"} <= set(texts)
    assert sum(text.endswith(" MB") for text in texts) >= 3


def outcome(name: str, rows: int, *figures: Figures) -> Outcome:
    return Outcome(name, name, "", rows, figures)


OUTCOMES = (
    outcome("total-hundredth", 10, Figures(OURS.name, (Run(1, 5),)), Figures(POLARS.name, (Run(2, 6),))),
    outcome("total-tenth", 100, Figures(OURS.name, (Run(3, 7),)), Figures(POLARS.name, (Run(4, 8, "signal 9"),))),
    outcome("total", 1000, Figures(OURS.name, (Run(5, 9),)), Figures(OURS_HALF.name, (Run(6, 9),))),
)


def test_a_line_has_the_sizes_that_its_contender_finished() -> None:
    assert lines(list(OUTCOMES), lambda figures: figures.peak_mb) == [
        Line(OURS.name, ((10, 5), (100, 7), (1000, 9))),
        Line(POLARS.name, ((10, 6),)),
    ]


@pytest.mark.parametrize("outcomes, count", [(OUTCOMES, 2), (OUTCOMES[:2], 0)])
def test_plots_are_drawn_when_all_sizes_were_run(outcomes: tuple[Outcome, ...], count: int) -> None:
    assert len(plots(Results(1000, 1, "", "", "", outcomes))) == count
