"""A filter's condition: one test on one column, checked and put into words."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from project.operations.names import Name, is_encodable, listed

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Part = Literal["contains", "starts_with", "ends_with"]
Presence = Literal["missing", "not_missing"]
Test = Literal[Comparison, Part, "between", "one_of", Presence]
Scalar = StrictStr | StrictInt | StrictFloat

_WORDS = {
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "between": "is between",
    "one_of": "is one of",
    "missing": "is missing",
    "not_missing": "is not missing",
}
_NOT_WORDS = {
    "eq": "is not =",
    "ne": "is not ≠",
    "lt": "is not <",
    "le": "is not ≤",
    "gt": "is not >",
    "ge": "is not ≥",
    "contains": "does not contain",
    "starts_with": "does not start with",
    "ends_with": "does not end with",
    "between": "is not between",
    "one_of": "is not one of",
    "missing": "is not missing",
    "not_missing": "is missing",
}
_SHOWN = 10


def _plain(value: Any) -> Any:
    """Refuse, in one sentence, what is neither a text nor a finite number nor a list of these."""
    for item in value if isinstance(value, (list, tuple)) else [] if value is None else [value]:
        if isinstance(item, bool):
            raise ValueError("“value” cannot be true or false: give a number or a text.")
        if not isinstance(item, (str, int, float)):
            raise ValueError("“value” must be a number, a text, or a list of either.")
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError("“value” must be a finite number.")
        if isinstance(item, str) and not is_encodable(item):
            raise ValueError("“value” holds a lone surrogate, which is no character.")
    return value


class Condition(BaseModel):
    """One condition on one column."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    column: Name = Field(description="The column whose value is looked at.")
    test: Test = Field(description="How the value is compared; “missing” and “not_missing” take no value.")
    value: Annotated[Scalar | tuple[Scalar, ...] | None, BeforeValidator(_plain)] = Field(
        default=None,
        description="A number compares as numbers, a text as text; for “one_of”, a list of either; for “between”, a "
        "list of the least and the most.",
    )
    is_negated: StrictBool = Field(
        default=False, alias="not", description="Meets what the test does not meet, missing values among it."
    )

    @model_validator(mode="after")
    def _value_fits_test(self) -> Self:
        if self.test in get_args(Presence):
            if self.value is not None:
                raise ValueError(f"The test “{self.test}” takes no value.")
        elif self.value is None:
            raise ValueError(f"“value” is missing: the test “{self.test}” needs one.")
        elif self.test == "one_of":
            self._check_list()
        elif self.test == "between":
            self._check_span()
        elif isinstance(self.value, tuple):
            raise ValueError(f"The test “{self.test}” takes one value, not a list (“one_of” takes a list).")
        elif self.test in get_args(Part) and not isinstance(self.value, str):
            raise ValueError(f"The test “{self.test}” needs a text: put the value in quotes.")
        return self

    def _check_list(self) -> None:
        if not isinstance(self.value, tuple) or not self.value:
            raise ValueError("The test “one_of” needs a list of at least one value.")
        if 0 < len(self.numbers) < len(self.value):
            raise ValueError("The test “one_of” needs a list of texts or a list of numbers, not a mixture.")

    def _check_span(self) -> None:
        if not isinstance(self.value, tuple) or len(self.value) != 2 or len(self.numbers) == 1:
            raise ValueError("The test “between” needs a list of the least and the most: two numbers or two texts.")

    @property
    def values(self) -> tuple[Scalar, ...]:
        """None, one or several values, as the test wants them."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def numbers(self) -> tuple[int | float, ...]:
        """The values that are numbers: all of them or none."""
        return tuple(value for value in self.values if not isinstance(value, str))

    @property
    def texts(self) -> tuple[str, ...]:
        """The values that are texts: all of them or none."""
        return tuple(value for value in self.values if isinstance(value, str))

    def words(self) -> str:
        """The condition in words, e.g. "Plays > 900"."""
        shown = [f"“{value}”" if isinstance(value, str) else str(value) for value in self.values[:_SHOWN]]
        if len(self.values) > _SHOWN:
            shown.append(f"{len(self.values) - _SHOWN:,} more")
        words = (_NOT_WORDS if self.is_negated else _WORDS)[self.test]
        return f"{self.column} {words} {listed(shown, 'and' if self.test == 'between' else 'or')}".rstrip(" ")
