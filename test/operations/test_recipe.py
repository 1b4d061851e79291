"""A recipe is read from JSON, checked against a file's columns, put into words, and written back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.errors import InvalidInputError, MissingColumnError
from project.operations.columns import Column, Kind, NumberForm, Numbers, Use
from project.operations.recipe import Recipe
from project.operations.registry import OPERATIONS, describe

EXAMPLE: dict[str, Any] = {
    "steps": [
        {"operation": "filter", "where": [{"column": "Number of Plays", "test": "gt", "value": 900}]},
        {
            "operation": "aggregate",
            "group_by": ["Song", "Date"],
            "measures": [{"function": "sum", "column": "Number of Plays", "as": "Total"}],
        },
        {"operation": "sort", "by": ["Song", {"column": "Date", "descending": True}]},
    ]
}
TOTAL_PLAYS: list[dict[str, Any]] = [
    {
        "operation": "aggregate",
        "group_by": ["Song", "Date"],
        "measures": [{"function": "sum", "column": "Number of Plays", "as": "Total Number of Plays for Date"}],
    },
    {"operation": "sort", "by": ["Song", "Date"]},
]
PLAYS = ("Song", "Date", "Number of Plays")

NAMES = st.text(min_size=1, max_size=5).filter(lambda name: not name.startswith("\0"))
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
CONDITIONS = st.one_of(
    st.fixed_dictionaries(
        {"column": NAMES, "test": st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), "value": NUMBERS | st.text()}
    ),
    st.fixed_dictionaries({"column": NAMES, "test": st.sampled_from(["missing", "not_missing"])}),
    st.fixed_dictionaries({"column": NAMES, "test": st.just("contains"), "value": st.text()}),
    st.fixed_dictionaries(
        {
            "column": NAMES,
            "test": st.just("one_of"),
            "value": st.lists(NUMBERS, min_size=1) | st.lists(st.text(), min_size=1),
        }
    ),
)
MEASURES = st.one_of(
    st.fixed_dictionaries({"function": st.just("count")}, optional={"column": NAMES, "as": NAMES}),
    st.fixed_dictionaries(
        {"function": st.sampled_from(["sum", "mean", "first", "last", "count_distinct"]), "column": NAMES},
        optional={"as": NAMES},
    ),
    st.fixed_dictionaries(
        {"function": st.sampled_from(["min", "max"]), "column": NAMES},
        optional={"as": NAMES, "compare": st.sampled_from(["text", "number"])},
    ),
)
KEYS = NAMES | st.fixed_dictionaries(
    {"column": NAMES, "descending": st.just(True)}, optional={"compare": st.sampled_from(["text", "number"])}
)
STEPS = st.one_of(
    st.fixed_dictionaries({"operation": st.just("filter"), "where": st.lists(CONDITIONS, min_size=1, max_size=3)}),
    st.fixed_dictionaries(
        {
            "operation": st.just("aggregate"),
            "group_by": st.lists(NAMES, min_size=1, max_size=3, unique=True),
            "measures": st.lists(MEASURES, min_size=1, max_size=2),
        }
    ).filter(
        lambda step: len({*step["group_by"], *map(_result, step["measures"])})
        == len(step["group_by"]) + len(step["measures"])
    ),
    st.fixed_dictionaries(
        {
            "operation": st.just("sort"),
            "by": st.lists(
                KEYS, min_size=1, max_size=3, unique_by=lambda key: key if isinstance(key, str) else key["column"]
            ),
        }
    ),
)


def _result(measure: dict[str, Any]) -> str:
    return measure.get("as") or f"{measure['function'].replace('_', ' ')} of {measure.get('column', 'rows')}"


def refusal(value: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        Recipe.parse(value)
    assert caught.value.field == "recipe"
    return caught.value.message


def test_example_is_read_and_written_back() -> None:
    recipe = Recipe.parse(EXAMPLE)
    assert recipe.to_json() == EXAMPLE
    assert Recipe.parse(json.dumps(EXAMPLE)) == recipe
    assert recipe.sentences() == [
        "Keep rows where Number of Plays > 900.",
        "Group by Song and Date: sum of Number of Plays as Total.",
        "Sort by Song, then Date (descending).",
    ]


@given(
    st.fixed_dictionaries(
        {"steps": st.lists(STEPS, max_size=3)}, optional={"max_rejects": st.sampled_from([0, 7, "5%", "0.5%"])}
    )
)
def test_every_recipe_is_written_back_as_it_was(value: dict[str, Any]) -> None:
    recipe = Recipe.parse(value)
    assert recipe.to_json() == value
    assert Recipe.parse(json.dumps(value)) == recipe
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    assert Recipe.parse(recipe.model_dump_json(by_alias=True, exclude_none=True)) == recipe
    assert all(sentence.endswith(".") for sentence in recipe.sentences())


@pytest.mark.parametrize("value", [{}, {"steps": []}, "{}", '{"steps": []}', {"max_rejects": None}])
def test_no_steps_are_a_clean_copy(run: Any, value: Any) -> None:
    recipe = Recipe.parse(value)
    assert recipe.to_json() == {"steps": []}
    assert recipe.sentences() == []
    recipe.check(())
    assert run("ab", [("1", None), ("", "x")]) == [("1", None), ("", "x")]


def test_total_plays_per_song_and_day(run: Any) -> None:
    rows = [
        ("Umbrella", "2020-01-02", "200"),
        ("Umbrella", "2020-01-01", "100"),
        ("In The End", "2020-01-01", "500"),
        ("Umbrella", "2020-01-01", "50"),
        ("In The End", "2020-01-01", "1000"),
        ("Umbrella", "2020-01-02", "50"),
        ("In The End", "2020-01-02", "500"),
    ]
    assert run(PLAYS, rows, *TOTAL_PLAYS) == [
        ("In The End", "2020-01-01", 1500),
        ("In The End", "2020-01-02", 500),
        ("Umbrella", "2020-01-01", 150),
        ("Umbrella", "2020-01-02", 250),
    ]


def test_uses_are_of_the_files_columns_in_its_order() -> None:
    uses = Recipe.parse(EXAMPLE).source_uses(("Other", *PLAYS))
    assert uses == {"Song": Use.AUTO, "Date": Use.AUTO, "Number of Plays": Use.NUMBER}
    assert list(uses) == ["Song", "Date", "Number of Plays"]
    assert Recipe().source_uses(PLAYS) == {}


def test_uses_follow_values_through_aggregates() -> None:
    measures = [
        {"function": "first", "column": "a", "as": "first"},
        {"function": "max", "column": "b", "as": "max"},
        {"function": "count", "column": "c", "as": "a"},
    ]
    steps = [
        {"operation": "aggregate", "group_by": ["g"], "measures": measures},
        {
            "operation": "filter",
            "where": [{"column": name, "test": "gt", "value": 1} for name in ("first", "max", "a")],
        },
    ]
    uses = Recipe.parse({"steps": steps}).source_uses(("a", "b", "c", "g"))
    assert uses == {"a": Use.NUMBER, "b": Use.NUMBER, "c": Use.TEXT, "g": Use.TEXT}


def test_columns_before_and_after_each_step() -> None:
    small = Numbers(NumberForm.SMALL)
    trace = Recipe.parse(EXAMPLE).trace((Column("Song"), Column("Date"), Column("Number of Plays", numbers=small)))
    assert [[column.name for column in columns] for columns in trace] == [
        [*PLAYS],
        [*PLAYS],
        ["Song", "Date", "Total"],
        ["Song", "Date", "Total"],
    ]
    assert trace[-1][-1] == Column("Total", Kind.INTEGER)


def test_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnError) as caught:
        Recipe.parse({"steps": TOTAL_PLAYS}).check(("Song", "Day", "Number of Plays"))
    assert caught.value.message == "The file has no column “Date”. Its columns are: “Song”, “Day”, “Number of Plays”."


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "The recipe is not JSON: Expecting value: line 1 column 1 (char 0)."),
        ("{", "The recipe is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."),
        ("[]", 'A recipe is a JSON object such as {"steps": []}.'),
        ({"step": []}, "“step” is not a field that is known here."),
        ({"steps": 5}, "“steps” must be a list."),
        ({"steps": [5]}, "Step 1: it must be an object."),
        ({"steps": [{}]}, "Step 1: “operation” is missing."),
        (
            {"steps": [{"operation": "pivot"}]},
            "Step 1: “operation” is 'pivot', but must be one of 'filter', 'aggregate', 'sort', 'join', 'enrich'.",
        ),
        ({"steps": [TOTAL_PLAYS[1], {"operation": "sort"}]}, "Step 2 (sort): “by” is missing."),
        (
            {
                "steps": [
                    {"operation": "aggregate", "group_by": ["a"], "measures": [{"function": "avg", "column": "b"}]}
                ]
            },
            "Step 1 (aggregate), measures 1: “function” is \"avg\", but must be 'count', 'count_distinct', 'sum', "
            "'min', 'max', 'mean', 'first' or 'last'.",
        ),
        (
            {"steps": [{"operation": "sort", "by": ["\ud800"]}]},
            "Step 1 (sort), by 1: “column” holds a lone surrogate, which is no character.",
        ),
        (
            {"steps": [{"operation": "sort"}] * 5},
            "Step 1 (sort): “by” is missing. Step 2 (sort): “by” is missing. Step 3 (sort): “by” is missing. "
            "(And 2 more.)",
        ),
    ],
)
def test_what_cannot_be_read_is_said(value: Any, sentence: str) -> None:
    assert refusal(value) == sentence


@pytest.mark.parametrize("text", ["[" * 100_000, '{"max_rejects": ' + "9" * 5000 + "}"])
def test_absurd_json_is_refused(text: str) -> None:
    assert refusal(text).startswith("The recipe is not JSON: ")


def test_too_many_steps_are_refused() -> None:
    assert refusal({"steps": [{"operation": "sort", "by": ["a"]}] * 101}) == "“steps” is too long."


@pytest.mark.parametrize("value", [-1, True, 1.5, "5", "%", "101%", "-1%", "5 %", []])
def test_limit_of_rejects_is_a_count_or_a_percentage(value: Any) -> None:
    assert refusal({"max_rejects": value}) == '“max_rejects” must be a count such as 100, or a percentage such as "5%".'


@pytest.mark.parametrize(
    ("limit", "allowed"), [(None, None), (0, 0), (7, 7), ("5%", 10), ("0.5%", 1), ("0%", 0), ("100%", 200)]
)
def test_limit_of_rejects_for_a_number_of_records(limit: Any, allowed: int | None) -> None:
    assert Recipe.parse({"max_rejects": limit}).rejects_allowed(200) == allowed


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_and_field_is_described(name: str) -> None:
    description = describe(name)
    assert description.name == name
    assert description.title and description.summary
    schemas = [description.fields, *description.fields.get("$defs", {}).values()]
    for schema in schemas:
        for field, properties in schema["properties"].items():
            assert field == "operation" or properties.get("description"), field
