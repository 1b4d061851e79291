"""A report in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from project.engine.matches import CallReport, MatchReport, NearMiss, Side, TrialReport
from project.engine.trial.sentences import report_sentences, report_warnings


def report(left: dict[str, Any] | None = None, right: dict[str, Any] | None = None, **values: Any) -> TrialReport:
    """Of 10,000 rows that all match, one for one, but for what is given."""
    side = {"rows": 10_000, "keys": 10_000}
    fixed = {"step": 0, "matched_keys": 10_000, "matched_rows": 10_000, "rows_out": 10_000}
    sides = {
        "left": Side(**{"name": "plays.csv"} | side | (left or {})),
        "right": Side(**{"name": "songs.csv"} | side | (right or {})),
    }
    return TrialReport(match=MatchReport(**fixed | sides | values))


def test_rows_that_all_match_take_two_sentences() -> None:
    assert report_sentences(report()) == (
        "10,000 of 10,000 rows match (100.0 %).",
        "“plays.csv” has 10,000 keys, “songs.csv” 10,000: 10,000 are in both.",
    )


@pytest.mark.parametrize(
    ("matched", "share"), [(9_999, "99.9 %"), (9_812, "98.1 %"), (0, "0.0 %"), (1, "less than 0.1 %"), (10, "0.1 %")]
)
def test_a_share_is_never_rounded_up(matched: int, share: str) -> None:
    assert f"{matched:,} of 10,000 rows match ({share})." in report_sentences(report(matched_rows=matched))


def test_double_keys_say_what_becomes_of_the_rows() -> None:
    double = report(right={"double_keys": 12}, rows_out=10_112)
    assert "“songs.csv” has 12 keys more than once: 10,000 rows become 10,112." in report_sentences(double)
    assert not report_warnings(double)


def test_double_keys_of_which_the_first_is_taken_change_no_number() -> None:
    assert "“songs.csv” has 1 key more than once." in report_sentences(report(right={"double_keys": 1}))


def test_rows_that_are_left_out_are_told() -> None:
    assert "10,000 rows become 9,812." in report_sentences(report(matched_rows=9_812, rows_out=9_812))


def test_missing_keys_are_told_of_the_side_that_has_them() -> None:
    sentences = report_sentences(report(left={"missing": 1}, right={"missing": 2_000}))
    assert "1 row of “plays.csv” has a missing value in its key and matches nothing." in sentences
    assert "2,000 rows of “songs.csv” have a missing value in their key and match nothing." in sentences


def test_near_misses_come_with_an_example() -> None:
    near = (
        NearMiss(ignore="case", keys=37, rows=40, examples=((("abc",), ("ABC",)),)),
        NearMiss(ignore="leading_zeros", keys=1, rows=1, examples=((("007", "a"), ("7", "a")),)),
    )
    assert report_sentences(report(near=near))[-2:] == (
        "37 keys (40 rows) would match without regard to upper and lower case, such as “abc” and “ABC”.",
        "1 key (1 row) would match without regard to leading zeros, such as “007” with “a” and “7” with “a”.",
    )


def test_rows_that_explode_are_warned_of_first() -> None:
    exploded = report(right={"double_keys": 5}, rows_out=34_000)
    warning = "There would be 3.4 times as many rows as before: is it the right key?"
    assert report_warnings(exploded) == (warning,)
    assert report_sentences(exploded)[0] == warning
    assert not report_warnings(report(rows_out=20_000))


def test_what_makes_the_job_fail_and_a_key_that_fits_nowhere_are_warned_of() -> None:
    assert report_warnings(report(would_fail="It fails.", matched_rows=0)) == (
        "It fails.",
        "Not one row matches “songs.csv”: is it the right key?",
    )


def test_a_file_without_rows_has_no_share() -> None:
    assert report_sentences(report(left={"rows": 0, "keys": 0}, matched_keys=0, matched_rows=0, rows_out=0)) == (
        "0 of 0 rows match.",
        "“plays.csv” has 0 keys, “songs.csv” 10,000: 0 are in both.",
    )


def test_what_the_calls_have_to_say_comes_last() -> None:
    calls = CallReport(answered=20, called=20, matched=19, sentences=("It takes two hours.",))
    assert report_sentences(TrialReport(calls=calls)) == ("It takes two hours.",)
