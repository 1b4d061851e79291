"""Aggregate merges rows as pandas groups them, with exact sums by Python's own integers and decimals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.errors import InvalidInputError, MissingColumnError
from project.operations.columns import Column, Kind, NumberForm, Numbers
from project.operations.recipe import Recipe

KEYS = st.sampled_from([None, "", "a", "A", "é", "e\u0301", "1", "01", "𝄞"])
TEXTS = st.one_of(st.none(), st.sampled_from(["", "b", "a", "10", "9", "𝄞", "\uffff"]), st.text(max_size=3))
INTEGERS = st.one_of(st.integers(-(2**31), 2**31 - 1), st.integers(-(10**28) + 1, 10**28 - 1))
INTEGER_TEXTS = st.one_of(st.none(), INTEGERS.map(str), st.sampled_from(["+7", "007", "-0", "", " 5 ", "5."]))
DECIMAL_TEXTS = st.one_of(
    st.none(),
    st.decimals(-(10**20), 10**20, places=3).map(lambda value: f"{value:f}"),
    st.sampled_from([".5", "-.5", "5.", "", " 1.25", "+0.1", "3"]),
)
FLOAT_TEXTS = st.one_of(
    st.none(), st.floats(-1e100, 1e100).map(lambda value: f"{value:.17e}"), st.sampled_from(["1e5", "2"])
)


def group(by: list[str], *measures: Any) -> dict[str, Any]:
    """A measure is (function, column, name) here."""
    written = [
        {"function": function, "as": name} | ({"column": column} if column else {})
        for function, column, name in measures
    ]
    return {"operation": "aggregate", "group_by": by, "measures": written}


def groups(rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, list[Any]]]:
    """By pandas: the first cells, and the second cells of each group in their order."""
    marked = [("missing" if key is None else f"present {key}", key, value) for key, value in rows]
    frame = pd.DataFrame(marked, columns=["mark", "key", "value"], dtype=object)
    for _, part in frame.groupby("mark", sort=False):
        positions = list(part.index)
        yield rows[positions[0]][0], [rows[position][1] for position in positions]


def present_numbers(values: list[str | None]) -> list[Fraction]:
    return [Fraction(text) for value in values if value is not None and (text := value.strip().removesuffix("."))]


def as_set(rows: list[tuple[Any, ...]]) -> dict[Any, Any]:
    """The rows by their key, all distinct."""
    found = {row[0]: row[1:] for row in rows}
    assert len(found) == len(rows)
    return found


@settings(deadline=None)
@given(rows=st.lists(st.tuples(KEYS, TEXTS), max_size=15))
def test_counts_and_ends_are_of_the_texts_as_they_are(run: Any, rows: list[Any]) -> None:
    step = group(
        ["k"],
        ("count", None, "rows"),
        ("count", "v", "present"),
        ("count_distinct", "v", "distinct"),
        ("first", "v", "first"),
        ("last", "v", "last"),
    )
    expected = {}
    for key, values in groups(rows):
        present = [value for value in values if value is not None]
        expected[key] = (len(values), len(present), len(set(present)), values[0], values[-1])
    assert as_set(run("kv", rows, step)) == expected


@settings(deadline=None)
@given(rows=st.lists(st.tuples(KEYS, TEXTS), max_size=12))
def test_least_and_greatest_text_go_by_code_point(run: Any, rows: list[Any]) -> None:
    measures = [{"function": name, "column": "v", "compare": "text"} for name in ("min", "max")]
    expected = {}
    for key, values in groups(rows):
        present = [value for value in values if value is not None]
        expected[key] = (min(present, default=None), max(present, default=None))
    assert as_set(run("kv", rows, {"operation": "aggregate", "group_by": ["k"], "measures": measures})) == expected


@settings(deadline=None)
@given(data=st.data(), texts=st.sampled_from([INTEGER_TEXTS, DECIMAL_TEXTS]))
def test_sums_of_integers_and_decimals_are_exact(run: Any, data: st.DataObject, texts: Any) -> None:
    rows = data.draw(st.lists(st.tuples(KEYS, texts), max_size=15))
    step = group(["k"], *((name, "v", name) for name in ("sum", "min", "max", "mean")))
    expected: dict[Any, Any] = {}
    for key, values in groups(rows):
        numbers = present_numbers(values)
        mean = pytest.approx(float(sum(numbers) / len(numbers)), rel=1e-15, abs=0) if numbers else None
        expected[key] = (sum(numbers), min(numbers), max(numbers), mean) if numbers else (None,) * 4
    assert as_set(run("kv", rows, step)) == expected


@settings(deadline=None)
@given(rows=st.lists(st.tuples(KEYS, FLOAT_TEXTS), max_size=12))
def test_sums_of_numbers_with_exponents_are_floats(run: Any, rows: list[Any]) -> None:
    rows = [*rows, ("f", "1e0")]
    expected: dict[Any, Any] = {}
    for key, values in groups(rows):
        numbers = [float(value) for value in values if value is not None]
        room = math.fsum(map(abs, numbers)) * 1e-14
        total = pytest.approx(math.fsum(numbers), abs=room)
        expected[key] = (total, min(numbers), max(numbers)) if numbers else (None,) * 3
    assert as_set(run("kv", rows, group(["k"], *((name, "v", name) for name in ("sum", "min", "max"))))) == expected


def test_mean_is_rounded_once(run: Any) -> None:
    assert run("v", [("0.1",), ("0.2",), ("0.3",)], group([], ("mean", "v", "m"))) == [(0.2,)]
    assert run("v", [("0.1",), ("0.2",), ("0.3",), (None,)], group([], ("mean", "v", "m"))) == [(0.2,)]
    assert run("v", [("1",), ("2",)], group([], ("mean", "v", "m"))) == [(1.5,)]


def test_integers_of_32_bits_add_up_beyond_them(run: Any) -> None:
    rows = [("2147483647",)] * 5 + [("-1",)]
    assert run("v", rows, group([], ("sum", "v", "s"))) == [(5 * (2**31 - 1) - 1,)]


def test_greatest_integers_add_up_beyond_28_digits(run: Any) -> None:
    assert run("v", [("9" * 28,)] * 1000, group([], ("sum", "v", "s"))) == [((10**28 - 1) * 1000,)]


def test_numbers_come_out_as_their_value(run: Any) -> None:
    extremes = [("min", "v", "least"), ("max", "v", "greatest")]
    assert run("v", [("010",), ("+9",)], group([], *extremes)) == [(9, 10)]
    assert [str(value) for value in run("v", [("1.50",), ("2",)], group([], *extremes))[0]] == ["1.50", "2.00"]
    assert run("v", [("010",), ("x",)], group([], *extremes)) == [("010", "x")]


def test_whole_file_is_one_row_even_without_rows(run: Any) -> None:
    functions = ("count", "count_distinct", "sum", "mean", "min", "first", "last")
    step = group([], ("count", None, "n"), *((function, "v", function) for function in functions))
    assert run("v", [], step) == [(0, 0, 0, None, None, None, None, None)]
    assert run("v", [("2",), ("4",)], step) == [(2, 2, 2, 6, 3.0, 2, "2", "4")]


def test_no_rows_make_no_groups(run: Any) -> None:
    assert run("kv", [], group(["k"], ("sum", "v", "s"), ("last", "v", "l"))) == []


def test_groups_alone_are_the_distinct_rows(run: Any) -> None:
    rows = [("a", "1"), ("a", "1"), ("a", None), (None, "1"), (None, "1"), ("", "1")]
    assert set(run("kv", rows, group(["v", "k"]))) == {("1", "a"), (None, "a"), ("1", None), ("1", "")}


def test_first_and_last_go_by_the_sort_before(run: Any) -> None:
    sort = {"operation": "sort", "by": [{"column": "v", "descending": True}]}
    step = group(["k"], ("first", "v", "f"), ("last", "v", "l"))
    assert as_set(run("kv", [("a", "2"), ("a", "10"), ("a", None), ("b", "1")], sort, step)) == {
        "a": ("10", None),
        "b": ("1", "1"),
    }


def test_filtered_rows_are_not_measured(run: Any) -> None:
    keep = {"operation": "filter", "where": [{"column": "v", "test": "gt", "value": 1}]}
    step = group(["k"], ("first", "v", "f"), ("sum", "v", "s"))
    assert as_set(run("kv", [("a", "1"), ("a", "3"), ("a", "2"), ("b", "1")], keep, step)) == {"a": ("3", 5)}


def test_aggregates_can_follow_one_another(run: Any) -> None:
    rows = [("a", "x", "0.5"), ("a", "y", "1.25"), ("b", "x", "2"), ("b", "x", "9999999999999999")]
    by_two = group(["k", "l"], ("sum", "v", "s"), ("count", None, "n"), ("max", "v", "m"))
    by_one = group(["k"], ("sum", "s", "s"), ("sum", "n", "n"), ("mean", "n", "mean"), ("min", "m", "least"))
    result = as_set(run("klv", rows, by_two, by_one))
    assert result["a"] == (Fraction("1.75"), 2, 1.0, Fraction("0.5"))
    assert result["b"] == (10_000_000_000_000_001, 2, 2.0, 9_999_999_999_999_999)


@pytest.mark.parametrize("name", ["*", "^a$", "^.*$", "", " ", "“", "a\nb"])
def test_names_are_never_patterns(run: Any, name: str) -> None:
    name = name or "c"
    step = group([name], ("sum", "a", "s"), ("first", name, "f"))
    assert run(("a", name), [("1", "x"), ("2", "x")], step) == [("x", 3, "x")]
    assert run(("a", name), [("1", "2"), ("1", "3")], group(["a"], ("sum", name, "*"))) == [("1", 5)]


def test_what_is_known_of_columns_is_kept() -> None:
    numbers = Numbers(NumberForm.DECIMAL, 2)
    columns = (Column("k", numbers=numbers, source="k"), Column("v", numbers=numbers))
    step = group(["k"], ("sum", "v", "s"), ("first", "v", "f"), ("count", None, "n"), ("mean", "v", "m"))
    assert Recipe.parse({"steps": [step]}).columns_after(columns) == (
        Column("k", numbers=numbers, source="k", key=True),
        Column("s", Kind.DECIMAL, numbers),
        Column("f", numbers=numbers),
        Column("n", Kind.INTEGER),
        Column("m", Kind.FLOAT),
    )


def test_names_that_are_left_out_tell_what_is_measured() -> None:
    measures = [
        {"function": "count"},
        {"function": "count_distinct", "column": "v"},
        {"function": "sum", "column": "v"},
    ]
    step = Recipe.parse({"steps": [{"operation": "aggregate", "group_by": ["k"], "measures": measures}]}).steps[0]
    after = step.columns_after((Column("k"), Column("v")))
    assert [column.name for column in after] == ["k", "count of rows", "count distinct of v", "sum of v"]
    assert step.sentence() == "Group by k: count of rows, count distinct of v and sum of v."


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (group(["Song", "Date"], ("sum", "Plays", "Total")), "Group by Song and Date: sum of Plays as Total."),
        (group([], ("count", None, "Rows")), "For all rows together: count of rows as Rows."),
        (group(["a"]), "Group by a: one row each."),
        (
            {
                "operation": "aggregate",
                "group_by": ["a"],
                "measures": [{"function": "min", "column": "b", "compare": "text"}],
            },
            "Group by a: min of b (compared as text).",
        ),
    ],
)
def test_sentence(step: dict[str, Any], sentence: str) -> None:
    assert Recipe.parse({"steps": [step]}).sentences() == [sentence]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"group_by": []}, ": It needs a column to group by or a measure."),
        ({}, ": “group_by” is missing."),
        ({"group_by": ["a", "b", "a"]}, ": “group_by” names “a” twice."),
        ({"group_by": "a"}, ": “group_by” must be a list."),
        ({"group_by": ["a", ""]}, ", group_by 2: it must not be empty."),
        (
            {"group_by": ["a"], "measures": [{"function": "count", "as": "a"}]},
            ": Two columns of the result would be called “a”: give one another name with “as”.",
        ),
        (
            {
                "group_by": ["a"],
                "measures": [{"function": "sum", "column": "b"}, {"function": "count", "as": "sum of b"}],
            },
            ": Two columns of the result would be called “sum of b”: give one another name with “as”.",
        ),
        ({"group_by": ["a"], "measures": [{"column": "b"}]}, ", measures 1: “function” is missing."),
        (
            {"group_by": ["a"], "measures": [{"function": "count"}, {"function": "sum"}]},
            ", measures 2: “column” is missing: the function “sum” needs one.",
        ),
        (
            {"group_by": ["a"], "measures": [{"function": "sum", "column": "b", "compare": "text"}]},
            ", measures 1: “compare” is for the functions “min” and “max” alone.",
        ),
        (
            {"group_by": ["a"], "measures": [{"function": "count", "as": "\0weight"}]},
            ", measures 1: The name of a column cannot start with a NUL.",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Recipe.parse({"steps": [{"operation": "aggregate", **fields}]})
    assert caught.value.message == "Step 1 (aggregate)" + sentence


def test_missing_column_is_named_with_where_it_is_missing() -> None:
    recipe = Recipe.parse({"steps": [group(["a"], ("count", None, "n")), group(["b"], ("sum", "n", "s"))]})
    with pytest.raises(MissingColumnError, match="The result of step 1 has no column “b”. Its columns are: “a”, “n”."):
        recipe.check(("a", "b"))


def test_computed_numbers_have_no_least_text() -> None:
    least = {"function": "min", "column": "n", "compare": "text"}
    again = {"operation": "aggregate", "group_by": ["a"], "measures": [least]}
    recipe = Recipe.parse({"steps": [group(["a"], ("count", None, "n")), again]})
    with pytest.raises(InvalidInputError, match=r"Step 2 \(aggregate\): “n” holds computed numbers"):
        recipe.check(("a",))
