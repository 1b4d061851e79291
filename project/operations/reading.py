"""Whether a step that compares values reads a column as numbers or as text."""

from __future__ import annotations

from typing import Literal

from project.errors import InvalidInputError
from project.operations.columns import Column, Kind, Use

Compare = Literal["auto", "text", "number"]

_USES = {"auto": Use.AUTO, "text": Use.TEXT, "number": Use.NUMBER}


def use_of(compare: Compare) -> Use:
    """How a step that compares in this way reads a column of the input file."""
    return _USES[compare]


def reads_numbers(column: Column, compare: Compare) -> bool:
    """Whether the column's values compare as numbers. Raises InvalidInputError for computed numbers as text."""
    if compare == "text" and column.kind is not Kind.TEXT:
        raise InvalidInputError(
            f"“{column.name}” holds computed numbers: they cannot be compared as text.", field="recipe"
        )
    return compare == "number" or (compare == "auto" and column.is_number)
