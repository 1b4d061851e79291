"""What the address of a file's columns says: their order, which of them, or which one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from project.engine.inspection.profile import ColumnProfile
from project.errors import InvalidInputError

PER_PAGE = 300
"""So many columns have a line."""
MOST_SECTIONS = 12
"""Files of so many columns tell all of each on one page; those of more have a page for each."""
# With the sign of the direction that one begins with.
SORTS = {"": "In the file", "name": "Name", "shape": "Shape", "-missing": "Missing", "-distinct": "Distinct"}
_KEYS: dict[str, Callable[[ColumnProfile], Any]] = {
    "name": lambda column: (column.name.casefold(), column.name),
    "shape": lambda column: str(column.shape),
    "missing": lambda column: column.missing,
    "distinct": lambda column: column.distinct,
}
_LARGEST = 1_000_000


@dataclass(frozen=True)
class ColumnsQuery:
    """The parameters, checked; `sort` has a minus before it for descending. `column` is a number from 1; 0: all."""

    sort: str = ""
    page: int = 1
    column: int = 0

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> ColumnsQuery:
        """Raises InvalidInputError with a sentence."""
        sort = values.get("sort", "")
        if sort and sort.removeprefix("-") not in _KEYS:
            known = ", ".join(_KEYS)
            raise InvalidInputError(f"“sort” has to be one of {known}, with a minus before it for descending.")
        return cls(sort, _number(values, "page") or 1, _number(values, "column"))

    def arguments(self, **changed: Any) -> dict[str, str | int]:
        """The parameters that are not as they are anyway, with some changed."""
        query = replace(self, **changed)
        values: dict[str, str | int] = {"sort": query.sort, "column": query.column}
        values["page"] = query.page if query.page > 1 else 0
        return {name: value for name, value in values.items() if value}

    def sorted_by(self, sort: str) -> dict[str, str | int]:
        """The parameters for that order, or for its reverse if it is this one."""
        turned = sort[1:] if sort.startswith("-") else f"-{sort}"
        return self.arguments(sort=turned if sort and self.sort == sort else sort, page=1)

    def direction(self, sort: str) -> str:
        """How the columns are in order by that, as `aria-sort` says it; empty if they are by something else."""
        if self.sort.removeprefix("-") != sort.removeprefix("-"):
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    def ordered(self, columns: tuple[ColumnProfile, ...]) -> list[int]:
        """The places of the columns, from 0, in this order; the file's own among those that are alike."""
        places = list(range(len(columns)))
        if self.sort:
            key, turns = _KEYS[self.sort.removeprefix("-")], self.sort.startswith("-")
            places.sort(key=lambda place: key(columns[place]), reverse=turns)
        return places


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name) or "0"
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= _LARGEST):
        raise InvalidInputError(f"“{name}” has to be a whole number up to {_LARGEST:,}.", field=name)
    return int(text[:9])
