"""The columns of an inspected file, as the grid needs them: how their values compare, and what stands above them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from project.engine.inspection.profile import ColumnProfile
from project.errors import FailureError, InvalidInputError, MissingColumnError
from project.files.profiles.reading import read_profile
from project.operations.columns import Column, Numbers
from project.operations.conditions import Condition
from project.operations.sort import SortKey


@dataclass(frozen=True)
class GridColumn:
    """`index`: its place in the file, from 0 on."""

    index: int
    profile: ColumnProfile

    @property
    def name(self) -> str:
        """As it is in the file."""
        return self.profile.name

    @property
    def is_number(self) -> bool:
        """Whether every value is one, so that they compare as numbers."""
        return self.numbers is not None

    @property
    def numbers(self) -> Numbers | None:
        """The form of its values."""
        return self.profile.numbers

    def key(self, *, descending: bool) -> SortKey:
        """What sorts by it."""
        return SortKey(column=self.name, descending=descending, compare="number" if self.is_number else "text")

    def value(self, text: str) -> str | int | float:
        """A typed value as the column's values compare. Raises InvalidInputError."""
        return self._number(text) if self.is_number else text

    def check(self, condition: Condition) -> None:
        """Raise InvalidInputError if the condition compares texts with a number."""
        if condition.numbers and not self.is_number:
            raise InvalidInputError(
                f"“{self.name}” does not hold numbers alone: compare it with a text, in quotes.", field="where"
            )

    def _number(self, text: str) -> int | float:
        try:
            exact = Decimal(text.strip())
        except InvalidOperation:
            exact = Decimal("nan")
        if not exact.is_finite():
            raise InvalidInputError(f"“{self.name}” holds numbers, and “{text[:40]}” is none.", field="value")
        if exact == exact.to_integral_value():
            return int(exact) if abs(exact.adjusted()) < 60 else float(exact)
        if Decimal(repr(float(exact))) != exact:
            raise InvalidInputError(f"“{text[:40]}” has more digits than can be compared with.", field="value")
        return float(exact)


@dataclass(frozen=True)
class GridColumns:
    """All columns of one file, and how many rows it has."""

    all: tuple[GridColumn, ...]
    rows: int

    def named(self, name: str) -> GridColumn:
        """Raises MissingColumnError."""
        found = next((column for column in self.all if column.name == name), None)
        if found is None:
            raise MissingColumnError(name, tuple(column.name for column in self.all))
        return found

    def chosen(self, places: tuple[int, ...]) -> tuple[GridColumn, ...]:
        """Those at the places. Raises InvalidInputError."""
        if max(places) >= len(self.all):
            raise InvalidInputError(f"The file has {len(self.all):,} columns only.", field="columns")
        return tuple(self.all[place] for place in places)

    @property
    def known(self) -> tuple[Column, ...]:
        """As operations want them."""
        return tuple(Column(column.name, numbers=column.numbers) for column in self.all)


@lru_cache(maxsize=32)
def columns_of(profile: Path) -> GridColumns:
    """By the profile at that place, which is never changed. Raises FailureError if it cannot be read."""
    found = read_profile(profile)
    if found is None:
        raise FailureError("What was found in this file has just been removed: look again.", code="outdated")
    return GridColumns(tuple(GridColumn(index, each) for index, each in enumerate(found.columns)), found.rows)
