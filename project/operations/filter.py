"""Filter: keeps the rows that meet every condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from project.errors import InvalidInputError
from project.operations.base import Independent, Slot
from project.operations.columns import Columns, Kind, Use
from project.operations.conditions import Condition
from project.operations.names import find, listed, strongest

if TYPE_CHECKING:
    import polars as pl


class Filter(Independent):
    """Keep the rows that meet every condition.

    A missing value meets only “missing” and “ne”, and what “not” turns round: each row lies on exactly one side of “eq”
    and “ne”, and of every test and its “not”. Texts compare by code point and are searched for as they are, never
    as a pattern.
    """

    title: ClassVar[str] = "Filter"
    slot: ClassVar[Slot | None] = "filtered"

    operation: Literal["filter"]
    where: tuple[Condition, ...] = Field(min_length=1, description="The conditions; a row is kept if all of them hold.")

    def uses(self) -> dict[str, Use]:
        """As numbers where a number is compared, else as text."""
        return strongest((condition.column, Use.NUMBER if condition.numbers else Use.TEXT) for condition in self.where)

    def texts(self) -> frozenset[str]:
        """The columns that are compared with a text."""
        return frozenset(condition.column for condition in self.where if condition.texts)

    def columns_after(self, columns: Columns) -> Columns:
        """The same columns. Raises InvalidInputError where a computed number is compared with a text."""
        for condition in self.where:
            column = find(columns, condition.column)
            if condition.texts and column.kind is not Kind.TEXT:
                raise InvalidInputError(
                    f"“{column.name}” holds computed numbers: compare it with a number, not with a text.",
                    field="recipe",
                )
        return columns

    def apply(self, frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
        """The rows for which all conditions hold, in their order."""
        from project.operations.matching import meets

        return frame.filter(*(meets(condition, find(columns, condition.column)) for condition in self.where))

    def sentence(self) -> str:
        """E.g. "Keep rows where Plays > 900 and Song is missing."."""
        return f"Keep rows where {listed([condition.words() for condition in self.where])}."
