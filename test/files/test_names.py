"""Names: the next free one of a kind."""

from __future__ import annotations

import pytest

from project.files.names import MAX_NAME_BYTES, is_name, numbered


@pytest.mark.parametrize(
    "name, expected",
    [
        ("plays.csv", "plays (2).csv"),
        ("plays.csv.gz", "plays (2).csv.gz"),
        ("plays.2020.csv", "plays.2020 (2).csv"),
        ("plays", "plays (2)"),
        ("plays.zip", "plays (2).zip"),
        ("a." + "b" * 100, "a." + "b" * 100 + " (2)"),
    ],
)
def test_a_number_goes_before_what_tells_the_kind(name, expected):
    assert numbered(name, 2) == expected


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "ü" * 125 + ".csv", "日" * 85])
def test_a_long_name_is_cut_between_characters(name):
    made = numbered(name, 1234)
    assert len(made.encode()) <= MAX_NAME_BYTES and " (1234)" in made and is_name(made)
