"""Values and counts in the words of the page."""

from __future__ import annotations

import pytest

from project.engine.inspection.profile import Shape
from project.files.profiles import figures


@pytest.mark.parametrize(
    ("text", "shape", "shown"),
    [
        ("2024", Shape.INTEGER, "2024"),
        ("10001", Shape.INTEGER, "10,001"),
        ("-49997690111.25", Shape.DECIMAL, "-49,997,690,111.25"),
        ("9" * 40, Shape.INTEGER, f"{int('9' * 40):,}"),
        ("1e+300", Shape.FLOAT, "1e+300"),
        ("nan", Shape.FLOAT, "nan"),
        ("10001", Shape.TEXT, "10001"),
        ("2024-01-01", Shape.DATE, "2024-01-01"),
    ],
)
def test_a_value_keeps_all_its_digits(text: str, shape: Shape, shown: str) -> None:
    assert figures.value(text, shape) == shown


@pytest.mark.parametrize(
    ("text", "shape", "shown"),
    [
        ("0.30000000000000004", Shape.FLOAT, "0.3"),
        ("1234.5678901234567", Shape.FLOAT, "1234.57"),
        ("123456789.98765432", Shape.FLOAT, "123,456,790"),
        ("-0.00000123456789", Shape.DECIMAL, "-1.23457e-6"),
        ("1" + "0" * 20, Shape.INTEGER, "1.00000e+20"),
        ("1.5e-300", Shape.FLOAT, "1.5e-300"),
        ("2851071669", Shape.INTEGER, "2,851,071,669"),
        ("2024-01-01 00:00:00.123456", Shape.DATE_TIME, "2024-01-01 00:00:00"),
    ],
)
def test_the_label_of_an_axis_is_short(text: str, shape: Shape, shown: str) -> None:
    assert figures.label(text, shape) == shown


@pytest.mark.parametrize(
    ("count", "whole", "shown"),
    [
        (0, 0, "0 %"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (1, 3, "33.3 %"),
        (1, 100_000_000, "< 0.01 %"),
        (99_999_999, 100_000_000, "> 99.99 %"),
        (999, 100_000, "1.00 %"),
        (994, 1000, "99.40 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(count: int, whole: int, shown: str) -> None:
    assert figures.percent(count, whole) == shown


def test_an_estimate_is_told_as_one(column) -> None:
    counted = column(values=10, distinct=9)
    assert (figures.distinct(counted), figures.distinct_note(counted)) == ("9", "")
    guessed = column(values=10**8, distinct=98_765_432, distinct_error=0.015625)
    assert figures.distinct(guessed) == "about 98,800,000"
    assert figures.distinct_note(guessed).endswith("between 95,700,000 and 102,000,000")


def test_columns_of_one_value_and_of_different_ones_are_named(column) -> None:
    assert figures.distinct_note(column(values=9, empty=1, distinct=10)) == "each value occurs once"
    assert figures.distinct_note(column(values=9, distinct=1)) == "all values are the same"
    assert figures.distinct_note(column(values=1, distinct=1)) == ""
