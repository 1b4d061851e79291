"""Names that are suggested for results."""

from __future__ import annotations

import pytest

from project.files.names import check_output_name
from project.jobs.result_names import suggested


@pytest.mark.parametrize(
    ("name", "operation", "how", "taken", "expected"),
    [
        ("plays.csv", "enrich", "left", (), "plays enriched.csv"),
        ("plays.csv.gz", "enrich", "inner", ("plays enriched.csv",), "plays enriched (2).csv"),
        ("plays", "join", "left", (), "plays joined.csv"),
        ("plays.csv", "join", "anti", (), "plays without a match.csv"),
        ("plays.csv", "enrich", "semi", (), "plays with a match.csv"),
    ],
)
def test_a_free_name_is_suggested(name: str, operation: str, how: str, taken: tuple[str, ...], expected: str) -> None:
    assert suggested(name, operation, how, lambda each: each not in taken) == expected


def test_the_suggestion_is_a_name_that_a_result_may_have() -> None:
    check_output_name(suggested("🎵" * 63 + ".csv", "enrich", "left", lambda _: True))
