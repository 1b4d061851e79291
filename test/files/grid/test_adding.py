"""A condition as it is typed: numbers where the column holds numbers alone, else texts."""

from __future__ import annotations

import pytest

from project.engine.inspection.profile import ColumnProfile
from project.errors import InvalidInputError
from project.files.grid.adding import TESTS, Typed
from project.files.grid.columns import GridColumn, GridColumns
from project.operations.columns import NumberForm, Numbers
from project.operations.conditions import Condition


def column(index: int, name: str, numbers: Numbers | None) -> GridColumn:
    known = dict.fromkeys(ColumnProfile.model_fields)
    return GridColumn(index, ColumnProfile.model_construct(**{**known, "name": name, "numbers": numbers}))


COLUMNS = GridColumns((column(0, "Song", None), column(1, "Plays", Numbers(NumberForm.DECIMAL, 2))), 10)


def meant(column: str, test: str, value: str = "") -> Condition:
    return Typed(column, test, value).condition(COLUMNS)


@pytest.mark.parametrize(
    ("column", "test", "value", "wanted"),
    [
        ("Song", "eq", "10", "10"),
        ("Song", "eq", "", ""),
        ("Song", "contains", " a,b ", " a,b "),
        ("Song", "one_of", 'a, "b, c",d', ("a", "b, c", "d")),
        ("Song", "between", "a,b", ("a", "b")),
        ("Plays", "eq", " 10 ", 10),
        ("Plays", "gt", "0.1", 0.1),
        ("Plays", "gt", "1e3", 1000),
        ("Plays", "lt", "123456789012345678901234567890", 123456789012345678901234567890),
        ("Plays", "one_of", "1, 2.50", (1, 2.5)),
        ("Plays", "contains", "1", "1"),
        ("Plays", "missing", "what was left in the field", None),
    ],
)
def test_values(column, test, value, wanted):
    found = meant(column, test, value)
    assert (found.column, found.test, found.value, found.is_negated) == (column, test, wanted, False)
    assert type(found.value) is type(wanted)


def test_every_test_that_is_offered_can_be_meant():
    for test in TESTS:
        found = meant("Song", test, "a,b" if "between" in test else "a")
        assert found.is_negated is test.startswith("not-")


@pytest.mark.parametrize(
    ("column", "test", "value", "sentence"),
    [
        ("Plays", "gt", "many", "“Plays” holds numbers, and “many” is none."),
        ("Plays", "gt", "nan", "is none"),
        ("Plays", "gt", "", "is none"),
        ("Plays", "eq", "0.1234567890123456789", "more digits"),
        ("Plays", "between", "10", "Type the least and the most"),
        ("Song", "contains", "", "Type the text to look for."),
        ("Song", "one_of", "", "Type the values"),
        ("Song", "like", "a", "Choose one of the tests."),
        ("?", "eq", "a", "has no column “?”"),
    ],
)
def test_what_cannot_be_meant_is_said(column, test, value, sentence):
    with pytest.raises(InvalidInputError, match=sentence.replace("?", "[?]").rstrip(".")):
        meant(column, test, value)


def test_a_text_does_not_compare_with_a_number():
    with pytest.raises(InvalidInputError, match="compare it with a text"):
        COLUMNS.named("Song").check(Condition(column="Song", test="gt", value=3))
    COLUMNS.named("Plays").check(Condition(column="Plays", test="gt", value=3))
