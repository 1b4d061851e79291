"""Aggregate: merges the rows that agree in some columns into one row with measures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from project.operations.base import Independent, Slot
from project.operations.columns import Columns, Use
from project.operations.measures import Measure
from project.operations.names import Name, find, listed, repeated, strongest

if TYPE_CHECKING:
    import polars as pl


class Aggregate(Independent):
    """Merge the rows that agree in the group's columns into one row with measures.

    A missing value is a group of its own, apart from the empty text. Without columns to group by, the whole file
    becomes one row, even a file without rows. The groups come in no particular order: a sort gives them one. Sums of
    integers and decimals are exact; those of numbers with exponents are binary floats, whose last digit may differ from
    run to run. The sum of nothing is missing. Whatever depends on the order of rows takes the file's, or that of the
    last sort before this step.
    """

    title: ClassVar[str] = "Aggregate"
    needs_all_rows: ClassVar[bool] = True
    slot: ClassVar[Slot | None] = "merged"

    operation: Literal["aggregate"]
    group_by: tuple[Name, ...] = Field(
        description="The columns whose values make a group; none: the whole file is one."
    )
    measures: tuple[Measure, ...] = Field(
        default=(), description="What is measured of each group, in columns of its own."
    )

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        if not self.group_by and not self.measures:
            raise ValueError("It needs a column to group by or a measure.")
        if twice := repeated(self.group_by):
            raise ValueError(f"“group_by” names “{twice}” twice.")
        if twice := repeated([*self.group_by, *(measure.result for measure in self.measures)]):
            raise ValueError(f"Two columns of the result would be called “{twice}”: give one another name with “as”.")
        return self

    def uses(self) -> dict[str, Use]:
        """The group's columns as text, the measured ones as their functions need them."""
        measured = ((measure.column, measure.use) for measure in self.measures if measure.column is not None)
        return strongest([*((name, Use.TEXT) for name in self.group_by), *measured])

    def texts(self) -> frozenset[str]:
        """The group's columns, and those measured by what their text is."""
        measured = (measure.column for measure in self.measures if measure.column is not None and measure.reads_text)
        return frozenset((*self.group_by, *measured))

    def columns_after(self, columns: Columns) -> Columns:
        """The group's columns, which keep what is known of them, then the measures."""
        keys = [replace(find(columns, name), key=True) for name in self.group_by]
        return (*keys, *(measure.column_of(columns) for measure in self.measures))

    def apply(self, frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
        """One row a group, with WEIGHT: the number of rows that it stands for."""
        from project.operations.reductions import aggregated

        return aggregated(frame, columns, self.group_by, self.measures)

    def sentence(self) -> str:
        """E.g. "Group by Song and Date: sum of Plays as Total."."""
        over = f"Group by {listed(self.group_by)}" if self.group_by else "For all rows together"
        measures = listed([measure.words() for measure in self.measures]) or "one row each"
        return f"{over}: {measures}."
