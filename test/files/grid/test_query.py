"""What the grid's address says, and what it refuses."""

from __future__ import annotations

import json

import pytest
from werkzeug.datastructures import MultiDict

from project.errors import InvalidInputError
from project.files.grid.query import GridQuery, ranges
from project.operations.conditions import Condition


def parse(*pairs: tuple[str, object]) -> GridQuery:
    return GridQuery.parse(MultiDict((name, str(value)) for name, value in pairs))


FULL = parse(
    ("where", '{"column": "a&b", "test": "gt", "value": 900, "not": true}'),
    ("where", '[{"column": "c", "test": "one_of", "value": ["x", ""]}, {"column": "c", "test": "missing"}]'),
    ("sort", "-a&b"),
    ("sort", "+-c"),
    ("columns", "3,1-2,9"),
    ("row", "73,000,001"),
    ("rows", "50"),
)


def test_an_address_says_all_of_it():
    assert [each.test for each in FULL.where] == ["gt", "one_of", "missing"] and FULL.where[0].is_negated
    assert [(each.column, each.descending) for each in FULL.sort] == [("a&b", True), ("-c", False)]
    assert (FULL.columns, FULL.row, FULL.rows) == ((2, 0, 1, 8), 73_000_001, 50)


@pytest.mark.parametrize("query", [FULL, GridQuery()])
def test_the_parameters_are_read_back_as_the_same(query):
    assert GridQuery.parse(MultiDict(query.arguments)) == query
    assert GridQuery.parse(MultiDict(query.pairs())) == query
    assert GridQuery().arguments == {}


def test_a_form_keeps_all_but_what_it_sets():
    assert {name for name, _ in FULL.pairs("row", "sort")} == {"where", "columns", "rows"}


def test_orders_turn_and_go():
    query = parse(("row", 5))
    turns = []
    for column in ("a", "a", "a"):
        query = parse(*((name, each) for name, each in MultiDict(query.sorted_by(column)).items(multi=True)))
        turns.append(([str(each) for each in query.sort], query.row))
    assert turns == [(["a"], 1), (["-a"], 1), ([], 1)]


def test_a_second_column_is_put_behind_and_turned_in_its_place():
    query = parse(("sort", "a"))
    assert query.then_by("b")["sort"] == ["a", "b"]
    assert parse(("sort", "a"), ("sort", "b")).sorted_by("a")["sort"] == ["-a", "b"]
    assert parse(("sort", "-a"), ("sort", "b")).sorted_by("a")["sort"] == ["b"]
    assert parse(("sort", "a"), ("sort", "b")).sorted_by("c")["sort"] == ["c"]
    assert [parse(("sort", "a"), ("sort", "-b")).rank(name) for name in "abc"] == [1, 2, 0]


def test_a_condition_is_added_once_and_taken_away():
    condition = Condition(column="a", test="missing")
    added = parse(("row", 9)).with_condition(condition)
    assert [json.loads(each) for each in added["where"]] == [{"column": "a", "test": "missing"}]
    query = GridQuery.parse(MultiDict(added))
    assert query.with_condition(condition) == added and query.without_condition(0) == {}


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("where", "a > 3")], "where"),
        ([("where", "[" * 5000)], "where"),
        ([("where", '{"column": "a", "test": "like", "value": "x"}')], "where"),
        ([("where", '{"column": "a", "test": "missing"}')] * 21, "where"),
        ([("sort", name) for name in "abcde"], "sort"),
        ([("columns", "0")], "columns"),
        ([("columns", "3-1")], "columns"),
        ([("columns", "x")], "columns"),
        ([("columns", "1-999999")], "columns"),
        ([("row", "0")], "row"),
        ([("row", "-1")], "row"),
        ([("row", "1.5")], "row"),
        ([("row", "1,2345")], "row"),
        ([("row", "9" * 40)], "row"),
        ([("row", "²")], "row"),
        ([("rows", "501")], "rows"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(pairs, field):
    with pytest.raises(InvalidInputError) as caught:
        parse(*pairs)
    assert caught.value.field == field and caught.value.message.endswith(".")


@pytest.mark.parametrize("typed", ["73000001", " 73000001 ", "73,000,001", "73.000.001", "73 000 001", "73’000’001"])
def test_a_row_may_be_typed_with_separators(typed):
    assert parse(("row", typed)).row == 73_000_001


def test_places_are_written_as_ranges():
    assert ranges([0, 1, 2, 6, 4, 5]) == "1-3,7,5-6"
