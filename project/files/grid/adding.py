"""A condition as it is typed into the grid's form: column, test and one text for all values. Pure."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError

from project.errors import InvalidInputError
from project.files.grid.columns import GridColumn, GridColumns
from project.operations.conditions import Condition, Part, Presence

# As the form offers them; “not …” is the same test, negated.
TESTS = {
    "contains": "contains",
    "not-contains": "does not contain",
    "eq": "equals",
    "ne": "differs from",
    "one_of": "is one of",
    "not-one_of": "is none of",
    "gt": "is greater than",
    "ge": "is at least",
    "lt": "is less than",
    "le": "is at most",
    "between": "is between",
    "not-between": "is not between",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "missing": "is missing",
    "not_missing": "is not missing",
}
_NOT = "not-"
_TWO = 2


@dataclass(frozen=True)
class Typed:
    """The form's fields. `value`: several values with commas between, as in a CSV file."""

    column: str = ""
    test: str = "contains"
    value: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Typed | None:
        """None where the form was not sent."""
        if "add" not in values:
            return None
        return cls(values["add"], values.get("test", ""), values.get("value", ""))

    def condition(self, columns: GridColumns) -> Condition:
        """What is meant. Raises InvalidInputError, MissingColumnError."""
        column = columns.named(self.column)
        if self.test not in TESTS:
            raise InvalidInputError("Choose one of the tests.", field="test")
        test = self.test.removeprefix(_NOT)
        values: dict[str, Any] = {"column": self.column, "test": test, "is_negated": self.test.startswith(_NOT)}
        if test not in get_args(Presence):
            values["value"] = self._value(test, column)
        try:
            return Condition.model_validate(values)
        except ValidationError as error:
            raise InvalidInputError(str(error.errors()[0]["ctx"]["error"]), field="value") from None

    def _value(self, test: str, column: GridColumn) -> Any:
        if test in get_args(Part):
            if not self.value:
                raise InvalidInputError("Type the text to look for.", field="value")
            return self.value
        if test not in ("one_of", "between"):
            return column.value(self.value)
        texts = next(csv.reader([self.value], skipinitialspace=True), [])
        if test == "between" and len(texts) != _TWO:
            raise InvalidInputError("Type the least and the most, with a comma between them: 10, 20", field="value")
        if not texts:
            raise InvalidInputError("Type the values, with commas between them: a, b, c", field="value")
        return tuple(column.value(text) for text in texts)
