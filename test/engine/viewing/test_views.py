"""A view's pages are those of a plain model: filter, then a stable sort in which missing values come last."""

from __future__ import annotations

import operator
import random
from decimal import Decimal
from typing import Any

import pytest

ROWS = 400
COMPARE = {"eq": operator.eq, "lt": operator.lt, "ge": operator.ge, "contains": operator.contains}


def table(seed: int) -> str:
    """Ties, missing values, empty texts, a value that most rows have, numbers of each form, and texts of all kinds."""
    draw = random.Random(seed)
    lines = ["few,most,whole,exact,float,text,all"]
    for number in range(ROWS):
        few = draw.choice(["a", "b", "", '""', "é", "𝄞", "\uffff"])
        most = "same" if draw.random() < 0.9 else draw.choice(["", "other", "same "])
        whole = draw.choice(["", str(draw.randint(-5, 5)), str(draw.randint(-(10**24), 10**24))])
        exact = draw.choice(["", f"{draw.randint(-50, 50) / 10}", "0.30000000000000000001", "0.3"])
        float_ = draw.choice(["", "1e3", "-2.5E-3", str(draw.randint(0, 9))])
        text = draw.choice(["", "10", "9", "x y", '"a,b"', "ab"])
        lines.append(",".join([few, most, whole, exact, float_, text, str(number % 7)]))
    return "\n".join(lines) + "\n"


def key(name: str, value: str | None) -> Any:
    if name in ("whole", "exact", "all"):
        return Decimal(value)
    return float(value) if name == "float" else value.encode()


def model(rows: list[dict[str, str | None]], where: list[Any], by: list[Any]) -> list[int]:
    """The numbers of the view's rows, by Python alone."""

    def meets(row: dict[str, str | None], condition: dict[str, Any]) -> bool:
        value, wanted = row[condition["column"]], condition["value"]
        if not isinstance(wanted, str) and value:
            value, wanted = key(condition["column"], value), Decimal(repr(wanted))
        met = bool(value is not None and value != "" or isinstance(wanted, str) and value == "")
        met = met and COMPARE[condition["test"]](value, wanted)
        return met is not condition.get("not", False)

    found = [number for number, row in enumerate(rows) if all(meets(row, condition) for condition in where)]
    for each in reversed(by):
        name, is_number = each["column"], each["compare"] == "number"
        there = [number for number in found if rows[number][name] not in ((None, "") if is_number else (None,))]
        # `reverse` keeps what is equal in its order.
        there.sort(key=lambda number: key(name, rows[number][name]), reverse=each.get("descending", False))
        missing = [number for number in found if number not in set(there)]
        found = there + missing
    return found


def by(column: str, *, descending: bool = False) -> dict[str, Any]:
    compare = "number" if column in ("whole", "exact", "float", "all") else "text"
    return {"column": column, "descending": descending, "compare": compare}


SOME = {"column": "all", "test": "lt", "value": 3}
ORDERS = [
    [by("few")],
    [by("few", descending=True)],
    [by("most")],
    [by("most", descending=True), by("whole")],
    [by("whole", descending=True)],
    [by("exact"), by("float", descending=True), by("few")],
    [by("float")],
    [by("all"), by("text", descending=True)],
]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [table(seed) for seed in range(2)]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("where", [[], [SOME]], ids=["all", "some"])
def test_every_page_of_every_order_is_that_of_the_model(inspect, view, texts, where):
    source = inspect(texts[0])
    assert {each.name for each in source.profile.columns if each.numbers} == {"whole", "exact", "float", "all"}
    for order in ORDERS:
        made = view(source, where=where, by=order)
        expected = model(source.rows, where, order)
        assert made.state.total == len(expected) > 10
        assert made.state.is_whole and len(made.state.parts) > 4
        assert made.numbers(0, ROWS) == expected, order
        for offset in range(0, ROWS, 7):
            assert made.numbers(offset, 25) == expected[offset : offset + 25], (order, offset)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    "where",
    [
        [SOME],
        [{"column": "few", "test": "eq", "value": "a"}],
        [{"column": "few", "test": "eq", "value": "a", "not": True}],
        [{"column": "few", "test": "contains", "value": "é"}, SOME],
        [{"column": "exact", "test": "eq", "value": 0.3}],
        [{"column": "whole", "test": "ge", "value": 10**20}],
        [{"column": "most", "test": "eq", "value": "other"}],
        [{"column": "most", "test": "eq", "value": "nowhere"}],
    ],
)
def test_rows_that_meet_conditions_are_in_the_files_order(inspect, view, texts, where):
    source = inspect(texts[1])
    made, expected = view(source, where=where), model(source.rows, where, [])
    assert made.state.total == len(expected) and made.state.is_whole
    assert made.numbers(0, ROWS) == expected
    assert [made.numbers(at, 1) for at in range(len(expected))] == [[number] for number in expected]


@pytest.mark.usefixtures("small_parts")
def test_a_value_that_most_rows_have_does_not_make_one_part_large(inspect, view, texts):
    made = view(inspect(texts[0]), by=[by("most")])
    assert max(made.state.parts) <= 60


def test_a_file_of_no_rows_and_one_of_fewer_than_a_page(inspect, view):
    assert view(inspect("a,b\n"), by=[by("a")]).state.total == 0
    made = view(inspect("a,b\n2,x\n1,y\n"), by=[{"column": "a", "compare": "number"}])
    assert made.numbers(0, 100) == [1, 0] and made.state.is_whole
    assert made.numbers(50, 100) == []


@pytest.mark.usefixtures("small_parts")
def test_names_are_never_patterns(inspect, view):
    names = ["*", "^a$", "a"]
    source = inspect(",".join(names) + "\n" + "".join(f"{n % 3},{n % 5},{n}\n" for n in range(100)))
    order = [{"column": "^a$", "compare": "number"}, {"column": "*", "compare": "number", "descending": True}]
    expected = sorted(range(100), key=lambda n: (n % 5, -(n % 3), n))
    assert view(source, by=order).numbers(0, 100) == expected
