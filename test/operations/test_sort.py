"""Sort orders as Python's stable sort does: missing last, texts by code point, numbers by value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.errors import InvalidInputError
from project.operations.columns import Column, Kind
from project.operations.recipe import Recipe

CELLS = st.one_of(st.none(), st.sampled_from(["", "a", "B", "é", "\uffff", "𝄞", "aa", "10", "9"]))
NUMBERS = st.sampled_from([None, "1", "01", "10", "9", "-3", "+9", "12345678901234567890123"])


def sort(*by: Any) -> dict[str, Any]:
    return {"operation": "sort", "by": list(by)}


def ordered(rows: list[tuple[Any, ...]], keys: list[tuple[int, bool, Any]]) -> list[tuple[Any, ...]]:
    """By pandas: the least important key first, each with a stable sort."""
    frame = pd.DataFrame(rows, dtype=object)
    for index, descending, convert in reversed(keys):
        cells = pd.Series(
            [None if row is None else convert(row) for row in frame[index]], index=frame.index, dtype=object
        )
        present = sorted((cell for cell in cells if cell is not None), reverse=descending)
        rank = {cell: position for position, cell in reversed(list(enumerate(present)))}
        places = cells.map(lambda cell, rank=rank: len(rank) + len(frame) if cell is None else rank[cell])
        frame = frame.loc[places.sort_values(kind="stable").index]
    return [tuple(row) for row in frame.itertuples(index=False)]


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, st.uuids().map(str)), min_size=1, max_size=12),
    directions=st.tuples(st.booleans(), st.booleans()),
)
def test_texts_sort_by_code_point_and_stably(run: Any, rows: list[Any], directions: tuple[bool, bool]) -> None:
    by = [{"column": name, "descending": way, "compare": "text"} for name, way in zip("ab", directions, strict=True)]
    assert run("abc", rows, sort(*by)) == ordered(rows, [(0, directions[0], str), (1, directions[1], str)])


@settings(deadline=None)
@given(rows=st.lists(st.tuples(NUMBERS, st.uuids().map(str)), min_size=1, max_size=12), descending=st.booleans())
def test_numbers_sort_by_value_and_stay_as_they_are(run: Any, rows: list[Any], descending: bool) -> None:
    assert run("ab", rows, sort({"column": "a", "descending": descending})) == ordered(rows, [(0, descending, int)])


def test_auto_takes_text_where_one_value_is_no_number(run: Any) -> None:
    rows = [("10",), ("9",), (None,)]
    assert run("a", rows, sort("a")) == [("9",), ("10",), (None,)]
    assert run("a", rows, sort({"column": "a", "compare": "text"})) == [("10",), ("9",), (None,)]
    assert run("a", [*rows, ("x",)], sort("a")) == [("10",), ("9",), ("x",), (None,)]


def test_decimals_and_floats_sort_by_value(run: Any) -> None:
    assert run("a", [("2.5",), ("-.5",), ("10",), ("",)], sort("a")) == [("-.5",), ("2.5",), ("10",), ("",)]
    assert run("a", [("1e3",), ("2.5",), ("-1E4",)], sort("a")) == [("-1E4",), ("2.5",), ("1e3",)]


def test_order_of_an_earlier_sort_is_kept(run: Any) -> None:
    rows = [("a", "2"), ("b", "1"), ("a", "1"), ("b", "2")]
    assert run("ab", rows, sort("b"), sort("a")) == [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]


def test_ties_after_an_aggregate_fall_by_the_group(run: Any) -> None:
    count = {"operation": "aggregate", "group_by": ["a"], "measures": [{"function": "count", "as": "n"}]}
    rows = [("1",), ("01",), (None,), ("001",), ("2",)]
    assert [row[0] for row in run("a", rows, count, sort("n"))] == ["001", "01", "1", "2", None]
    assert [row[0] for row in run("a", rows, count, sort({"column": "a", "descending": True}))] == [
        "2",
        "001",
        "01",
        "1",
        None,
    ]


def test_a_stable_sort_is_asked_for_only_where_rows_can_tie() -> None:
    step = Recipe.parse({"steps": [sort("a")]}).steps[0]
    frame = pl.LazyFrame({"a": ["x"], "n": [1]})
    grouped = (Column("a", key=True), Column("n", Kind.INTEGER))
    assert "maintain_order: true" in step.apply(frame, (Column("a"),)).explain(optimized=False).lower()
    assert "maintain_order: true" not in step.apply(frame, grouped).explain(optimized=False).lower()


def test_after_a_sort_the_rows_have_an_order() -> None:
    step = Recipe.parse({"steps": [sort("a")]}).steps[0]
    assert step.columns_after((Column("a", key=True),)) == (Column("a"),)


def test_computed_numbers_sort_by_value(run: Any) -> None:
    total = {"operation": "aggregate", "group_by": ["g"], "measures": [{"function": "sum", "column": "x", "as": "t"}]}
    rows = [("a", "2.50"), ("b", "10"), ("c", None), ("d", "-1")]
    result = run("gx", rows, total, sort({"column": "t", "descending": True}))
    assert result == [("b", Decimal("10.00")), ("a", Decimal("2.50")), ("d", Decimal("-1.00")), ("c", None)]


def test_computed_numbers_cannot_be_sorted_as_text() -> None:
    count = {"operation": "aggregate", "group_by": ["g"], "measures": [{"function": "count", "as": "n"}]}
    recipe = Recipe.parse({"steps": [count, sort({"column": "n", "compare": "text"})]})
    with pytest.raises(InvalidInputError, match=r"Step 2 \(sort\): “n” holds computed numbers"):
        recipe.check(("g",))


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        (["Song"], "Sort by Song."),
        (["Song", {"column": "Date", "descending": True}], "Sort by Song, then Date (descending)."),
        ([{"column": "n", "descending": True, "compare": "number"}], "Sort by n (as numbers, descending)."),
    ],
)
def test_sentence(by: list[Any], sentence: str) -> None:
    assert Recipe.parse({"steps": [sort(*by)]}).sentences() == [sentence]


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ([], "Step 1 (sort): “by” must not be empty."),
        (["a", "a"], "Step 1 (sort): “by” names “a” twice."),
        ([5], "Step 1 (sort), by 1: it must be an object."),
        (["a", {"column": "b", "descending": "yes"}], "Step 1 (sort), by 2: “descending” must be true or false."),
        (
            [{"column": "b", "compare": "size"}],
            "Step 1 (sort), by 1: “compare” is \"size\", but must be 'auto', 'text' or 'number'.",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(by: list[Any], sentence: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Recipe.parse({"steps": [sort(*by)]})
    assert caught.value.message == sentence
