"""What is said of the bars: their ranges as people count, and what might mislead."""

from __future__ import annotations

import pytest

from project.engine.inspection.profile import Quantile, Shape
from project.files.profiles.histogram import Box, draw


@pytest.mark.parametrize(
    ("shape", "borders", "most", "ranges", "axis"),
    [
        (Shape.INTEGER, ["1", "51", "101"], "99", ["1 to 50", "51 to 99"], ("1", "", "99")),
        (Shape.INTEGER, ["0", "1", "2", "3", "4"], "3", ["0", "1", "2", "3"], ("0", "2", "3")),
        (Shape.DATE, ["2024-01-01", "2024-01-18", "2024-02-04"], "2024-01-20",
         ["2024-01-01 to 2024-01-17", "2024-01-18 to 2024-01-20"], ("2024-01-01", "", "2024-01-20")),
        (Shape.DATE, ["9999-12-11", "9999-12-21", "9999-12-31"], "9999-12-31",
         ["9999-12-11 to 9999-12-20", "9999-12-21 to 9999-12-31"], ("9999-12-11", "", "9999-12-31")),
        (Shape.DECIMAL, ["0.5", "1", "1.5"], "1.25", ["0.5 to under 1", "1 to under 1.5"], ("0.5", "", "1.5")),
        (Shape.FLOAT, ["0.5", "1.0", "1.5"], "1.5", ["0.5 to under 1.0", "1.0 to 1.5"], ("0.5", "", "1.5")),
        (Shape.INTEGER, ["0", "5" + "0" * 19, "1" + "0" * 20], "1" + "0" * 20,
         ["0 to under 50,000,000,000,000,000,000",
          "50,000,000,000,000,000,000 to under 100,000,000,000,000,000,000"], ("0", "", "1.00000e+20")),
    ],
)  # fmt: skip
def test_ranges_are_told_as_people_count(column, histogram, shape, borders, most, ranges, axis) -> None:
    counts = [1] * (len(borders) - 1)
    drawn = draw(column(shape=shape, minimum=borders[0], maximum=most, histogram=histogram(borders, counts)))
    assert [bar.range for bar in drawn.bars] == ranges
    assert drawn.axis == axis


def test_lengths_are_counted_in_characters_and_lead_nowhere(column, histogram) -> None:
    lengths = histogram(["1", "7", "13"], [5, 2], "lengths")
    drawn = draw(column(shape=Shape.TEXT, values=7, distinct=99, longest=8, histogram=lengths))
    assert [(bar.range, bar.count, bar.where) for bar in drawn.bars] == [("1 to 6", 5, None), ("7 to 8", 2, None)]
    assert (drawn.total, drawn.highest.count) == (7, 5)


def test_a_last_bar_of_fewer_values_is_told_not_to_be_a_decline(column, histogram) -> None:
    days = histogram(["2024-01-01", "2024-01-18", "2024-02-04"], [170, 30])
    drawn = draw(column(shape=Shape.DATE, minimum="2024-01-01", maximum="2024-01-20", histogram=days))
    assert drawn.notes == ("The last bar is of 3 days, each of the others of 17.",)
    full = draw(column(shape=Shape.DATE, minimum="2024-01-01", maximum="2024-02-03", histogram=days))
    assert full.notes == ()


def test_a_bar_that_dwarfs_the_others_is_named(column, histogram) -> None:
    skewed = histogram(["0", "500", "1000"], [9990, 10])
    (note,) = draw(column(minimum="0", maximum="999", histogram=skewed)).notes
    assert note.startswith("One bar holds 99.90 % (0 to 499).")
    alone = histogram(["0", "500", "1000"], [9990, 0])
    assert draw(column(minimum="0", maximum="999", histogram=alone)).notes == ()


@pytest.mark.parametrize(
    ("shape", "borders", "values"),
    [
        (Shape.INTEGER, ["0", "10", "20"], ["1", "5", "10", "15", "19"]),
        (Shape.FLOAT, ["-1e-3", "0.0", "1e-3"], ["-9e-4", "-5e-4", "0.0", "5e-4", "9e-4"]),
        (
            Shape.DATE,
            ["2024-01-01", "2024-01-11", "2024-01-21"],
            [f"2024-01-{day:02d}" for day in (2, 6, 11, 16, 20)],
        ),
        (
            Shape.DATE_TIME,
            ["1960-01-01 00:00:00", "1960-01-01 00:10:00", "1960-01-01 00:20:00"],
            [f"1960-01-01 00:{minute:02d}:00" for minute in (1, 5, 10, 15, 19)],
        ),
    ],
)
def test_the_box_stands_under_the_values_of_its_quantiles(column, histogram, shape, borders, values) -> None:
    quantiles = tuple(Quantile(percent=1, value=value) for value in values)
    found = column(
        shape=shape, minimum=borders[0], maximum=borders[-1], quantiles=quantiles, histogram=histogram(borders, [1, 1])
    )
    assert draw(found).box == Box(1, 5, 10, 15, 19)


def test_one_bar_is_no_picture_and_none_is_none(column, histogram) -> None:
    assert draw(column(minimum="5", maximum="5", histogram=histogram(["5", "6"], [3]))).is_single
    assert draw(column(shape=Shape.NOTHING, values=0)) is None
