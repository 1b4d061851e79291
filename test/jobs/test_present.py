"""Numbers, bytes, durations, moments and text from strangers, in the words of the pages."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from project.jobs import present

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "–"),
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_600, "1.0 MB"),
        (2_612_345_678, "2.6 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_bytes_are_words_people_use(count: int | None, words: str) -> None:
    assert present.size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
        (86_400, "1 d"),
    ],
)
def test_durations_have_their_two_largest_units(seconds: float | None, words: str) -> None:
    assert present.duration(seconds) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (0.5, "just now"),
        (40, "40 s ago"),
        (200, "3 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
        (-5, "just now"),
    ],
)
def test_moments_are_told_by_how_long_ago_they_were(before: float, words: str) -> None:
    assert present.ago(NOON - timedelta(seconds=before), NOON) == words


def test_a_moment_without_a_zone_is_utc() -> None:
    assert present.exact(NOON.replace(tzinfo=None)) == "2026-11-22 12:00:00 UTC"
    assert present.ago(NOON.replace(tzinfo=None) - timedelta(seconds=9), NOON) == "9 s ago"


def test_no_moment_is_a_dash() -> None:
    assert present.ago(None) == "–"
    assert present.exact(None) == ""


def test_a_cell_is_escaped_and_its_invisible_characters_are_shown() -> None:
    html = str(present.cell("<b>&\n\x07\u202e\u200b"))
    assert html.startswith("&lt;b&gt;&amp;")
    for shown in (r"\n", "[U+0007]", "[U+202E]", "[U+200B]"):
        assert f">{shown}</span>" in html
    assert "\u202e" not in html


def test_a_long_cell_is_cut_and_says_how_long_it_is() -> None:
    html, title = str(present.cell("x" * 1234)), present.title("x" * 1234)
    assert html.count("x") == present.CELL_LIMIT
    assert "1,234 characters in all" in html
    assert title.endswith("… (1,234 characters in all)")


def test_nothing_is_an_empty_cell() -> None:
    assert present.cell(None) == ""
    assert present.title(None) == ""


def test_letters_of_every_script_and_signs_stay_as_they_are() -> None:
    text = "naïve 数字 עברית \N{ROCKET} e\u0301"
    assert present.cell(text) == text
    assert present.visible(text) == text


@pytest.mark.parametrize(
    ("values", "numeric"),
    [
        (["1", "-2.5", ""], True),
        (["00501"], True),
        ([], False),
        (["", ""], False),
        (["1", "one"], False),
        (["1.2.3"], False),
        (["²"], False),
    ],
)
def test_a_column_of_numbers_is_told_by_its_cells(values: list[str], numeric: bool) -> None:
    assert present.looks_numeric(values) is numeric


def test_a_recipe_is_shown_as_json_that_reads_back_the_same() -> None:
    recipe = {"steps": [{"operation": "sort", "by": ["a\u202eb", "ü", 'q"\n']}], "max_rejects": "5%"}
    text = present.recipe_text(recipe)
    assert json.loads(text) == recipe
    assert "\u202e" not in text
    assert "ü" in text


def test_a_recipe_without_steps_is_shown_so() -> None:
    assert json.loads(present.recipe_text({"steps": []})) == {"steps": []}


def test_counts_from_a_file_get_separators_and_other_text_stays() -> None:
    assert present.count("12345") == "12,345"
    assert present.count("12\x00") == r"12\0"
    assert present.count("9" * 40) == "9" * 40
