"""Filter keeps exactly the rows that meet its conditions; pandas and Python's own numbers are the oracle."""

from __future__ import annotations

import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.errors import InvalidInputError, MissingColumnError
from project.operations.recipe import Recipe

COMPARISONS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "a", "ab", "b", "é", "e\u0301", "𝄞", "\uffff", "^a$", "*", "a.c"]), st.text()
)
INTEGERS = st.one_of(st.integers(-3, 3), st.integers(-(2**33), 2**33), st.integers(-(10**28) + 1, 10**28 - 1))


def where(column: str, test: str, value: Any = None) -> dict[str, Any]:
    condition = {"column": column, "test": test} | ({} if value is None else {"value": value})
    return {"operation": "filter", "where": [condition]}


def kept(run: Any, values: list[str | None], test: str, value: Any = None) -> list[str | None]:
    names, rows = ("n", "X"), [(str(index), value) for index, value in enumerate(values)]
    return [values[int(row[0])] for row in run(names, rows, where("X", test, value))]


def expected(values: list[str | None], test: str, wanted: Any, convert: Any = str) -> list[str | None]:
    """By pandas: missing values meet only "ne"."""
    series = pd.Series(values, dtype=object)
    compare = COMPARISONS[test]
    mask = [test == "ne" if value is None else bool(compare(convert(value), wanted)) for value in series]
    return list(series[pd.Series(mask, dtype=bool, index=series.index)])


@settings(deadline=None)
@given(values=st.lists(TEXTS, min_size=1, max_size=8), test=st.sampled_from([*COMPARISONS]), wanted=TEXTS.filter(bool))
def test_texts_compare_by_code_point(run: Any, values: list[str | None], test: str, wanted: str) -> None:
    assert kept(run, values, test, wanted) == expected(values, test, wanted)


@settings(deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), INTEGERS), max_size=8), test=st.sampled_from([*COMPARISONS]), data=st.data()
)
def test_integers_compare_exactly(run: Any, values: list[int | None], test: str, data: st.DataObject) -> None:
    near = st.sampled_from([value for value in values if value is not None] or [0])
    wanted = data.draw(
        st.one_of(
            near,
            near.map(lambda value: value + 1),
            st.integers(),
            st.sampled_from([10**45, -(10**45), 2.5, -0.5, 1e300]),
        )
    )
    texts = [None if value is None else str(value) for value in values]
    exact = Fraction(Decimal(repr(wanted)))
    assert kept(run, texts, test, wanted) == expected(texts, test, exact, Fraction)


@settings(deadline=None)
@given(
    values=st.lists(
        st.one_of(st.none(), st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=5)), max_size=8
    ),
    test=st.sampled_from([*COMPARISONS]),
    data=st.data(),
)
def test_decimals_compare_exactly(run: Any, values: list[Decimal | None], test: str, data: st.DataObject) -> None:
    near = st.sampled_from([float(value) for value in values if value is not None] or [0.1])
    wanted = data.draw(
        st.one_of(
            near, st.floats(-1000, 1000), st.integers(), st.sampled_from([0.1, 0.30000000000000004, 10**45, -1e300])
        )
    )
    texts = [None if value is None else f"{value:f}" for value in values]
    exact = Fraction(Decimal(repr(wanted)))
    assert kept(run, texts, test, wanted) == expected(texts, test, exact, Fraction)


@settings(deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8),
    test=st.sampled_from([*COMPARISONS]),
    data=st.data(),
)
def test_numbers_with_exponents_compare_as_floats(
    run: Any, values: list[float], test: str, data: st.DataObject
) -> None:
    wanted = data.draw(
        st.one_of(st.sampled_from(values), st.floats(allow_nan=False, allow_infinity=False), st.just(10**400))
    )
    texts = [f"{value:.17e}" for value in values]
    assert kept(run, texts, test, wanted) == expected(texts, test, wanted, float)


@settings(deadline=None)
@given(values=st.lists(st.one_of(st.none(), INTEGERS), max_size=8), data=st.data())
def test_one_of_numbers(run: Any, values: list[int | None], data: st.DataObject) -> None:
    near = st.sampled_from([value for value in values if value is not None] or [0])
    wanted = data.draw(st.lists(st.one_of(near, st.sampled_from([2.0, 2.5, 10**40])), min_size=1, max_size=4))
    texts = [None if value is None else str(value) for value in values]
    assert kept(run, texts, "one_of", wanted) == [text for text in texts if text is not None and int(text) in wanted]


@pytest.mark.parametrize("values", [["-3", "-2", "2", "3"], ["-2.6", "-2.5", "-2.4", "2.4", "2.5", "2.6"]])
@pytest.mark.parametrize("wanted", [2.5, -2.5, 2.45, -2.45, 2, -3])
@pytest.mark.parametrize("test", COMPARISONS)
def test_values_between_two_numbers_of_the_column(run: Any, values: list[str | None], wanted: float, test: str) -> None:
    assert kept(run, values, test, wanted) == expected(values, test, Fraction(str(wanted)), Fraction)


def test_one_of_decimals_and_floats(run: Any) -> None:
    assert kept(run, ["0.1", "0.10", "0.2", None, "1"], "one_of", [0.1, 1, 0.125]) == ["0.1", "0.10", "1"]
    assert kept(run, ["1e-1", "0.10", "0.2", None, "1"], "one_of", [0.1, 1]) == ["1e-1", "0.10", "1"]


def test_one_of_texts_takes_them_as_they_are(run: Any) -> None:
    assert kept(run, ["1", "01", None, "", "a"], "one_of", ["1", ""]) == ["1", ""]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([2, 10], ["10", "2", "02"]),
        ([1.5, 9.5], ["2", "02"]),
        ([10, 2], []),
        (["1", "2"], ["10", "2", "1", "11"]),
    ],
)
def test_between_includes_both_ends(run: Any, value: Any, wanted: list[str]) -> None:
    assert kept(run, ["10", "2", "1", None, "02", "11"], "between", value) == wanted


@pytest.mark.parametrize(
    ("test", "value"),
    [
        *((test, value) for test in COMPARISONS for value in ("2", 2)),
        ("contains", "1"),
        ("starts_with", "2"),
        ("ends_with", "1"),
        ("between", [1, 2]),
        ("between", ["1", "2"]),
        ("one_of", ["1", "3"]),
        ("one_of", [1, 3]),
        ("missing", None),
        ("not_missing", None),
    ],
)
def test_not_keeps_exactly_the_other_rows(run: Any, test: str, value: Any) -> None:
    values = ["1", "2", None, "3", "21"]
    step = where("X", test, value)
    step["where"][0]["not"] = True
    others = [values[int(row[0])] for row in run(("n", "X"), [(str(n), it) for n, it in enumerate(values)], step)]
    met = kept(run, values, test, value)
    assert met and others and others == [it for it in values if it not in met]


def test_not_is_kept_in_json() -> None:
    step = {"operation": "filter", "where": [{"column": "a", "test": "missing", "not": True}]}
    assert Recipe.parse({"steps": [step]}).to_json() == {"steps": [step]}
    assert Recipe.parse({"steps": [step]}).sentences() == ["Keep rows where a is not missing."]


def test_search_is_literal(run: Any) -> None:
    values = ["a.c", "abc", None, "", "x^a", "A.C"]
    assert kept(run, values, "contains", "a.c") == ["a.c"]
    assert kept(run, values, "contains", "^a") == ["x^a"]
    assert kept(run, values, "starts_with", "a.") == ["a.c"]
    assert kept(run, values, "ends_with", ".c") == ["a.c"]


def test_missing_is_apart_from_empty(run: Any) -> None:
    assert kept(run, ["a", None, ""], "missing") == [None]
    assert kept(run, ["a", None, ""], "not_missing") == ["a", ""]


def test_text_compares_as_text_and_number_as_number(run: Any) -> None:
    values = ["10", "9", "009", " 9", "9.", "+9"]
    assert kept(run, values, "eq", "9") == ["9"]
    assert kept(run, values, "eq", 9) == ["9", "009", " 9", "9.", "+9"]
    assert kept(run, values, "lt", 10) == ["9", "009", " 9", "9.", "+9"]


def test_empty_text_among_numbers_meets_only_ne(run: Any) -> None:
    assert kept(run, ["1", "", None, "2"], "ne", 1) == ["", None, "2"]
    assert kept(run, ["1", "", None, "2"], "le", 2) == ["1", "2"]
    assert kept(run, ["-.5", ".5", "", "5.", "1.25"], "lt", 0.5) == ["-.5"]


def test_conditions_hold_together(run: Any) -> None:
    step = {
        "operation": "filter",
        "where": [{"column": "a", "test": "gt", "value": 1}, {"column": "b", "test": "contains", "value": "x"}],
    }
    assert run(("a", "b"), [("2", "x"), ("1", "x"), ("3", "y"), ("4", "xy"), (None, "x")], step) == [
        ("2", "x"),
        ("4", "xy"),
    ]


@pytest.mark.parametrize("name", ["*", "^a$", "^.*$", "a b", "“", "é"])
def test_names_are_never_patterns(run: Any, name: str) -> None:
    assert run(("a", name), [("1", "2"), ("2", "1")], where(name, "eq", 2)) == [("1", "2")]


def test_result_of_an_aggregate_can_be_filtered(run: Any) -> None:
    total = {"operation": "aggregate", "group_by": ["g"], "measures": [{"function": "sum", "column": "X"}]}
    rows = [("a", "0.25"), ("a", "0.5"), ("b", "0.1"), ("c", None)]
    assert run(("g", "X"), rows, total, where("sum of X", "gt", 0.1)) == [("a", Decimal("0.75"))]
    assert sorted(run(("g", "X"), rows, total, where("sum of X", "ne", 0.75))) == [("b", Decimal("0.10")), ("c", None)]
    assert run(("g", "X"), rows, total, where("sum of X", "missing")) == [("c", None)]


def test_first_of_a_group_can_be_filtered_as_a_number(run: Any) -> None:
    first = {"operation": "aggregate", "group_by": ["g"], "measures": [{"function": "first", "column": "X", "as": "f"}]}
    assert run(("g", "X"), [("a", "007"), ("b", "8")], first, where("f", "eq", 7)) == [("a", "007")]


def test_computed_number_is_not_compared_with_a_text() -> None:
    count = {"operation": "aggregate", "group_by": ["g"], "measures": [{"function": "count", "as": "n"}]}
    recipe = Recipe.parse({"steps": [count, where("n", "eq", "2")]})
    with pytest.raises(
        InvalidInputError, match=r"Step 2 \(filter\): “n” holds computed numbers: compare it with a number"
    ):
        recipe.check(("g",))


def test_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnError, match="The file has no column “y”. Its columns are: “x”."):
        Recipe.parse({"steps": [where("y", "missing")]}).check(("x",))


@pytest.mark.parametrize(
    ("test", "value", "sentence"),
    [
        ("gt", 900, "Keep rows where Plays > 900."),
        ("ne", "a", "Keep rows where Plays ≠ “a”."),
        ("le", 0.1, "Keep rows where Plays ≤ 0.1."),
        ("starts_with", "a", "Keep rows where Plays starts with “a”."),
        ("one_of", [1, 2, 3], "Keep rows where Plays is one of 1, 2 or 3."),
        ("one_of", ["a"], "Keep rows where Plays is one of “a”."),
        ("one_of", [*range(12)], "Keep rows where Plays is one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or 2 more."),
        ("between", [1, 2], "Keep rows where Plays is between 1 and 2."),
        ("missing", None, "Keep rows where Plays is missing."),
        ("not_missing", None, "Keep rows where Plays is not missing."),
    ],
)
def test_sentence(test: str, value: Any, sentence: str) -> None:
    assert Recipe.parse({"steps": [where("Plays", test, value)]}).sentences() == [sentence]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"test": "gt", "value": True}, "“value” cannot be true or false: give a number or a text."),
        ({"test": "one_of", "value": [1, False]}, "“value” cannot be true or false: give a number or a text."),
        ({"test": "gt"}, "“value” is missing: the test “gt” needs one."),
        ({"test": "gt", "value": float("nan")}, "“value” must be a finite number."),
        ({"test": "gt", "value": {"a": 1}}, "“value” must be a number, a text, or a list of either."),
        ({"test": "eq", "value": "\ud800"}, "“value” holds a lone surrogate, which is no character."),
        ({"test": "eq", "value": [1]}, "The test “eq” takes one value, not a list (“one_of” takes a list)."),
        ({"test": "missing", "value": 1}, "The test “missing” takes no value."),
        ({"test": "contains", "value": 1}, "The test “contains” needs a text: put the value in quotes."),
        ({"test": "one_of", "value": 1}, "The test “one_of” needs a list of at least one value."),
        ({"test": "one_of", "value": []}, "The test “one_of” needs a list of at least one value."),
        (
            {"test": "between", "value": [1, "a"]},
            "The test “between” needs a list of the least and the most: two numbers or two texts.",
        ),
        ({"test": "missing", "not": 1}, "“not” must be true or false."),
        (
            {"test": "one_of", "value": [1, "a"]},
            "The test “one_of” needs a list of texts or a list of numbers, not a mixture.",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(condition: dict[str, Any], sentence: str) -> None:
    step = {"operation": "filter", "where": [{"column": "a", "test": "missing"}, {"column": "a", **condition}]}
    with pytest.raises(InvalidInputError) as caught:
        Recipe.parse({"steps": [step]})
    assert caught.value.message == f"Step 1 (filter), where 2: {sentence}"
    assert caught.value.field == "recipe"
