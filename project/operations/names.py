"""Column names in a step: how they are checked, found, and put into words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from project.errors import MissingColumnError
from project.operations.columns import Column, Columns, Use

_STRENGTH = (Use.TEXT, Use.AUTO, Use.NUMBER)


def is_encodable(text: str) -> bool:
    """Whether the text can be written as UTF-8: JSON can smuggle in halves of surrogate pairs."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _visible(name: str) -> str:
    if name.startswith("\0"):
        raise ValueError("The name of a column cannot start with a NUL.")
    return name


Name = Annotated[str, Field(min_length=1), AfterValidator(_visible)]


def find(columns: Columns, name: str) -> Column:
    """The column of that name. Raises MissingColumnError."""
    for column in columns:
        if column.name == name:
            return column
    raise MissingColumnError(name, tuple(column.name for column in columns))


def strongest(uses: Iterable[tuple[str, Use]]) -> dict[str, Use]:
    """One use a name, in the order of first mention: NUMBER before AUTO before TEXT."""
    merged: dict[str, Use] = {}
    for name, use in uses:
        merged[name] = max(merged.get(name, use), use, key=_STRENGTH.index)
    return merged


def repeated(names: Iterable[str]) -> str | None:
    """The first name that was there before; None when all are distinct."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def listed(words: Sequence[str], last: str = "and") -> str:
    """The words in a row: "A", "A and B", "A, B and C"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
