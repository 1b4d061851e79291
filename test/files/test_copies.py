"""Names beside a name that is taken."""

from __future__ import annotations

from itertools import islice

import pytest

from project.files.copies import candidates
from project.files.names import is_name


@pytest.mark.parametrize(
    "name, second",
    [
        ("plays.csv", "plays (2).csv"),
        ("plays.csv.gz", "plays (2).csv.gz"),
        ("plays.CSV.ZST", "plays (2).CSV.ZST"),
        ("plays.gz", "plays (2).gz"),
        ("plays", "plays (2)"),
        ("plays 1.5 and more words", "plays 1.5 and more words (2)"),
        ("a.b.csv", "a.b (2).csv"),
        ("plays.zip", "plays (2).zip"),
        ("a." + "b" * 100, "a." + "b" * 100 + " (2)"),
    ],
)
def test_a_number_stands_before_the_suffix(name, second):
    assert list(islice(candidates(name), 3)) == [name, second, second.replace("(2)", "(3)")]


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 120 + ".csv.gz", "日" * 84 + ".x"])
def test_no_candidate_is_longer_than_a_name_may_be(name):
    found = list(islice(candidates(name), 1000))
    assert len(set(found)) == 1000 and all(map(is_name, found))
