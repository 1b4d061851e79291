"""The forms of an enrichment and of a join: what is typed becomes a step, and a step becomes what is typed."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from project.operations.enrich import Enrich
from project.operations.join import Join
from project.page.matching.enrich_form import EnrichForm
from project.page.matching.faults import FormError
from project.page.matching.join_form import MOST_PAIRS, JoinForm

COLUMNS = ("user_id", "views", "say {x}")
OTHERS = ("id", "user_id", "name", "email")
URL = "https://api.example.com/users"
HOSTS = {"users": "api.example.com", "other": "example.org"}
LIST = {"url": URL, "column": "user_id", "key": "id"}

STEPS: list[dict[str, Any]] = [
    {"api": {"url": URL}, "column": "user_id", "key": "id"},
    {"api": {"url": f"{URL}/{{user_id}}"}, "column": "user_id", "how": "anti"},
    {
        "api": {
            "url": URL,
            "method": "POST",
            "body": {"ids": ["{views}", {"n": 1}]},
            "headers": {"Accept-Language": "en", "X-Odd": "a: b"},
            "secret": "users",
            "records": "data.items",
            "per_second": 0.5,
            "parallel": 9,
            "price": "0.002",
        },
        "column": "views",
        "how": "inner",
        "twice": "all",
        "nulls": "missing",
        "ignore": ["spaces", "case"],
        "prefix": "user ",
        "most_rows": 1000,
        "max_failures": 3,
        "refresh_older_than_hours": 1.5,
    },
    *(
        {"api": {"url": URL, "paging": paging}, "column": "user_id", "key": "id"}
        for paging in (
            {"kind": "link"},
            {"kind": "next", "field": "meta.next"},
            {"kind": "page", "parameter": "p", "first": 0},
            {"kind": "cursor", "field": "c", "parameter": "after"},
        )
    ),
]
JOINS: list[dict[str, Any]] = [
    {"on": [{"left": "user_id", "right": "id"}]},
    {
        "on": [{"left": "user_id", "right": "user_id"}, {"left": "views", "right": "id"}],
        "how": "inner",
        "twice": "fail",
        "columns": ["name"],
        "prefix": "u.",
        "ignore": ["leading_zeros"],
        "most_rows": 7,
    },
]


def faults_of(form: EnrichForm) -> dict[str, str]:
    with pytest.raises(FormError) as raised:
        form.step(COLUMNS, HOSTS)
    return raised.value.faults


def sent(form: Any) -> MultiDict[str, str]:
    """As a browser would send it."""
    fields = ((name, value if isinstance(value, tuple) else (value,)) for name, value in vars(form).items())
    return MultiDict(chain.from_iterable(((name, each) for each in values) for name, values in fields))


@pytest.mark.parametrize("step", STEPS)
def test_an_enrichment_goes_through_the_form_and_comes_out_the_same(step: dict[str, Any]) -> None:
    meant = Enrich.model_validate({"operation": "enrich", **step})
    form = EnrichForm.of(meant, "out.csv")
    again = EnrichForm.typed(sent(form))
    assert again == form
    assert again.step(COLUMNS, HOSTS) == meant
    assert again.output == "out.csv"


@pytest.mark.parametrize("step", JOINS)
def test_a_join_goes_through_the_form_and_comes_out_the_same(step: dict[str, Any]) -> None:
    meant = Join.model_validate({"operation": "join", "file": "users.csv", **step})
    form = JoinForm.typed(sent(JoinForm.of(meant, OTHERS)))
    assert form == JoinForm.of(meant, OTHERS)
    assert form.step(COLUMNS, OTHERS) == meant


def test_a_column_in_the_address_is_the_one_that_is_matched_and_needs_no_key() -> None:
    step = EnrichForm(url=f" {URL}/{{views}} ", column="user_id", key="id").step(COLUMNS, HOSTS)
    assert (step.column, step.key, step.api.is_list) == ("views", "", False)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"url": ""}, "url", "Type the API’s address"),
        ({"url": "ftp://example.com"}, "url", "The address must begin with http:// or https://"),
        ({"url": "https://me:x@example.com/"}, "url", "choose that under “Secret”"),
        ({"url": URL + "/{user}"}, "url", "no column “user”"),
        ({"url": URL + "/{views}/{user_id}"}, "url", "{views} and {user_id}"),
        ({"column": "gone"}, "column", "no column “gone”"),
        ({"key": " "}, "key", "such as id"),
        ({"paging": "next"}, "next_field", "Type its name"),
        ({"paging": "page"}, "page_parameter", "Type its name"),
        ({"paging": "page", "page_parameter": "p", "page_first": "-1"}, "page_first", "whole number"),
        ({"paging": "cursor", "cursor_field": "c"}, "cursor_parameter", "Type its name"),
        ({"paging": "cursor", "cursor_parameter": "c"}, "cursor_field", "Type its name"),
        ({"paging": "link", "url": URL + "/{views}"}, "paging", "has no pages"),
        ({"paging": "x"}, "paging", "Choose one"),
        ({"body": "{"}, "body", "not JSON"),
        ({"body": "[1]"}, "body", "JSON object"),
        ({"body": "{}"}, "body", "POST only"),
        ({"method": "POST", "body": '{"id": "{gone}"}'}, "body", "no column “gone”"),
        ({"headers": "Accept"}, "headers", "one a line"),
        ({"headers": "Authorization: x"}, "headers", "stored as a secret"),
        ({"per_second": "0"}, "per_second", "above 0"),
        ({"per_second": "fast"}, "per_second", "such as"),
        ({"parallel": "65"}, "parallel", "from 1 to 64"),
        ({"price": "1 €"}, "price", "such as 0.002"),
        ({"most_rows": "0"}, "most_rows", "at least 1"),
        ({"max_failures": "some"}, "max_failures", "whole number"),
        ({"refresh_older_than_hours": "1e3"}, "refresh_older_than_hours", "such as 24"),
        ({"how": "outer"}, "how", "Choose one"),
        ({"twice": "none"}, "twice", "Choose one"),
        ({"ignore": ("dots",)}, "ignore", "Choose one"),
        ({"prefix": "x" * 101}, "prefix", "100 characters"),
        ({"secret": "other"}, "secret", "is for example.org"),
        ({"secret": "gone"}, "secret", "no secret “gone”"),
        ({"nulls": "zero"}, "nulls", "Choose one"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_alone(fields: dict[str, Any], field: str, words: str) -> None:
    faults = faults_of(EnrichForm(**{**LIST, **fields}))
    assert list(faults) == [field]
    assert words in faults[field]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert set(faults_of(EnrichForm(column="gone", price="x", how="x"))) == {"url", "column", "price", "key", "how"}


def test_thousands_may_be_separated() -> None:
    assert EnrichForm(**LIST, most_rows="1,000,000").step(COLUMNS, HOSTS).most_rows == 1_000_000


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"left": ("", ""), "right": ("", "")}, "pairs", "at least one pair"),
        ({"left": ("user_id",), "right": ("",)}, "pairs", "on both sides"),
        ({"left": ("views", "views"), "right": ("id", "id")}, "pairs", "twice"),
        ({"left": ("gone",), "right": ("id",)}, "pairs", "no column “gone”"),
        ({"bring": "some"}, "columns", "at least one"),
        ({"bring": "some", "columns": ("gone",)}, "columns", "at least one"),
    ],
)
def test_a_join_says_what_is_missing(fields: dict[str, Any], field: str, words: str) -> None:
    form = JoinForm(**{"other": "users.csv", "left": ("user_id",), "right": ("id",), **fields})
    with pytest.raises(FormError) as raised:
        form.step(COLUMNS, OTHERS)
    assert list(raised.value.faults) == [field]
    assert words in raised.value.faults[field]


def test_pairs_in_which_nothing_is_chosen_do_not_count() -> None:
    form = JoinForm(other="u.csv", left=("", "views", ""), right=("", "id", ""))
    assert [(pair.left, pair.right) for pair in form.step(COLUMNS, OTHERS).on] == [("views", "id")]


def test_ticked_columns_come_in_the_files_order_and_none_for_rows_that_bring_nothing() -> None:
    form = JoinForm(other="u.csv", left=("views",), right=("id",), bring="some", columns=("email", "user_id"))
    assert form.step(COLUMNS, OTHERS).columns == ("user_id", "email")
    assert JoinForm(**{**vars(form), "how": "anti", "columns": ()}).step(COLUMNS, OTHERS).columns is None


def test_the_columns_that_a_trial_has_named_are_all_again_in_the_form() -> None:
    step = Join.model_validate(
        {"operation": "join", "file": "u.csv", **JOINS[0], "columns": ["user_id", "name", "email"]}
    )
    assert (JoinForm.of(step, OTHERS).bring, JoinForm.of(step, OTHERS).columns) == ("all", ())
    assert JoinForm.of(step, (*OTHERS, "new")).columns == ("user_id", "name", "email")


def test_the_first_name_that_both_files_have_is_compared_to_begin_with() -> None:
    form = JoinForm.between("u.csv", ("views", "user_id", "id"), OTHERS)
    assert form.pairs == (("user_id", "user_id"),)
    assert form.in_both(("views", "user_id", "id"), OTHERS) == ("id",)
    assert JoinForm.between("u.csv", ("a",), ("b",)).pairs == ()


def test_there_is_room_for_more_pairs_up_to_the_most() -> None:
    assert JoinForm().spare == 5
    pairs = tuple(str(number) for number in range(MOST_PAIRS))
    assert JoinForm(left=pairs, right=pairs).spare == 0


def test_a_fold_is_open_if_something_in_it_is_filled_in_or_wrong() -> None:
    assert not EnrichForm().opens({}, "prefix", "nulls")
    assert EnrichForm(nulls="missing").opens({}, "prefix", "nulls")
    assert EnrichForm().opens({"prefix": "Too long."}, "prefix", "nulls")
