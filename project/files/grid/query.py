"""What the address of the grid says: conditions, order, columns, and from which row on. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pydantic import ValidationError

from project.engine.viewing.view import MOST_CONDITIONS, MOST_KEYS
from project.errors import InvalidInputError
from project.operations.conditions import Condition
from project.operations.problems import sentences

ROWS = (50, 100, 200, 500)
_ROWS_SHOWN = 100
_DIGITS = 15
_MOST_COLUMNS = 100_000


class Values(Protocol):
    """The parameters of an address, some of them several times, as Werkzeug has them."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class SortBy:
    """One column that the rows are ordered by."""

    column: str
    descending: bool = False

    def __str__(self) -> str:
        sign = "-" if self.descending else "+" if self.column[:1] in ("+", "-") else ""
        return sign + self.column


@dataclass(frozen=True)
class GridQuery:
    """`columns`: those shown, by their places from 0 on; none: the first ones. `row`: the first row, from 1 on."""

    where: tuple[Condition, ...] = ()
    sort: tuple[SortBy, ...] = ()
    columns: tuple[int, ...] = ()
    row: int = 1
    rows: int = _ROWS_SHOWN

    @classmethod
    def parse(cls, values: Values) -> GridQuery:
        """Raises InvalidInputError with a sentence."""
        query = cls(
            where=tuple(condition for text in values.getlist("where") for condition in conditions(text)),
            sort=_sort(values.getlist("sort")),
            columns=_columns(values.getlist("columns"), values.getlist("column")),
            row=whole("row", _last(values, "row"), 1, 10**_DIGITS, 1),
            rows=whole("rows", _last(values, "rows"), 1, ROWS[-1], _ROWS_SHOWN),
        )
        if len(query.where) > MOST_CONDITIONS:
            raise InvalidInputError(f"A view can have {MOST_CONDITIONS} conditions at most.", field="where")
        return query

    @property
    def arguments(self) -> dict[str, Any]:
        """The parameters that are not as they are anyway."""
        values: dict[str, Any] = {
            "where": [condition_text(condition) for condition in self.where],
            "sort": [str(each) for each in self.sort],
            "columns": ranges(self.columns),
            "row": str(self.row) if self.row > 1 else "",
            "rows": str(self.rows) if self.rows != _ROWS_SHOWN else "",
        }
        return {name: value for name, value in values.items() if value}

    def pairs(self, *left_out: str) -> list[tuple[str, str]]:
        """The same one by one, for the hidden fields of a form that sets those which are left out."""
        return [
            (name, each)
            for name, value in self.arguments.items()
            if name not in left_out
            for each in (value if isinstance(value, list) else [value])
        ]

    def at(self, row: int) -> dict[str, Any]:
        """The parameters for the page that begins with that row."""
        return replace(self, row=max(1, row)).arguments

    def with_condition(self, condition: Condition) -> dict[str, Any]:
        """The parameters with one condition more."""
        where = self.where if condition in self.where else (*self.where, condition)
        return replace(self, where=where, row=1).arguments

    def without_condition(self, number: int) -> dict[str, Any]:
        """The parameters without that one."""
        return replace(self, where=self.where[:number] + self.where[number + 1 :], row=1).arguments

    def showing(self, columns: Iterable[int]) -> dict[str, Any]:
        """The parameters with other columns."""
        return replace(self, columns=tuple(columns)).arguments

    def sorted_by(self, column: str) -> dict[str, Any]:
        """The parameters for an order by that column alone; where it is in the order: turned round, then left out."""
        if self.direction(column):
            return self.then_by(column)
        return replace(self, sort=(SortBy(column),), row=1).arguments

    def then_by(self, column: str) -> dict[str, Any]:
        """The parameters with that column at the end of the order, or turned round, or left out, where it is in it."""
        at = next((number for number, each in enumerate(self.sort) if each.column == column), None)
        if at is None:
            sort = (*self.sort, SortBy(column))
        else:
            turned = () if self.sort[at].descending else (SortBy(column, descending=True),)
            sort = (*self.sort[:at], *turned, *self.sort[at + 1 :])
        return replace(self, sort=sort, row=1).arguments

    def direction(self, column: str) -> str:
        """How that column is in the order, as `aria-sort` says it; empty if it is not."""
        found = next((each for each in self.sort if each.column == column), None)
        return "" if found is None else "descending" if found.descending else "ascending"

    def rank(self, column: str) -> int:
        """Its place in the order, from 1 on; 0 if it is not in it."""
        return next((number for number, each in enumerate(self.sort, 1) if each.column == column), 0)


def conditions(text: str) -> tuple[Condition, ...]:
    """The conditions in a JSON text: one object or a list of them. Raises InvalidInputError."""
    try:
        found = json.loads(text)
        return tuple(Condition.model_validate(each) for each in (found if isinstance(found, list) else [found]))
    except ValidationError as error:
        raise InvalidInputError(f"A condition cannot be read: {sentences(error)}", field="where") from None
    except (ValueError, RecursionError):
        raise InvalidInputError(
            '“where” has to be a condition as JSON, such as {"column": "Song", "test": "contains", "value": "a"}.',
            field="where",
        ) from None


def condition_text(condition: Condition) -> str:
    """The condition as JSON, as short as it can be."""
    return json.dumps(
        condition.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, separators=(",", ":")
    )


def ranges(numbers: Sequence[int]) -> str:
    """Places from 0 on as numbers from 1 on, in their order: "1-3,7"."""
    pieces: list[list[int]] = []
    for number in numbers:
        if pieces and pieces[-1][1] == number - 1:
            pieces[-1][1] = number
        else:
            pieces.append([number, number])
    return ",".join(f"{low + 1}" if low == high else f"{low + 1}-{high + 1}" for low, high in pieces)


def whole(name: str, text: str, least: int, most: int, default: int) -> int:
    """A whole number; a person may have typed it with separators. Raises InvalidInputError."""
    digits = text.strip()
    if not digits:
        return default
    if re.fullmatch(r"\d{1,3}(?:[\s,.’'_]\d{3})+", digits):
        digits = re.sub(r"\D", "", digits)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS and least <= int(digits) <= most):
        raise InvalidInputError(f"“{name}” has to be a whole number from {least:,} to {most:,}.", field=name)
    return int(digits)


def names_text(text: str) -> tuple[str, ...]:
    """Names of columns as a JSON list. Raises InvalidInputError."""
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise InvalidInputError('“columns” has to be a list of names as JSON, such as ["Song"].', field="columns")
    return tuple(found)


def _last(values: Values, name: str) -> str:
    return next(reversed(values.getlist(name)), "")


def _sort(texts: list[str]) -> tuple[SortBy, ...]:
    found = {text.removeprefix(text[:1] if text[:1] in "+-" else ""): text.startswith("-") for text in texts if text}
    if len(found) > MOST_KEYS:
        raise InvalidInputError(f"Rows can be sorted by {MOST_KEYS} columns at most.", field="sort")
    return tuple(SortBy(column, descending) for column, descending in found.items() if column)


def _columns(lists: list[str], singles: list[str]) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for piece in [each.strip() for text in lists for each in text.split(",")] + singles:
        if not piece:
            continue
        match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", piece, re.ASCII)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= low <= high <= _MOST_COLUMNS:
            raise InvalidInputError("“columns” has to be the columns’ numbers, such as 1-3,7.", field="columns")
        found.update(dict.fromkeys(range(low - 1, high)))
    return tuple(found)
