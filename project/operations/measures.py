"""A measure: one function over the rows of a group, checked and put into words."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from project.operations.columns import Column, Columns, Kind, NumberForm, Numbers, Use
from project.operations.names import Name, find
from project.operations.reading import Compare, reads_numbers, use_of

Function = Literal["count", "count_distinct", "sum", "min", "max", "mean", "first", "last"]

_COMPARED = {"auto": "", "text": " (compared as text)", "number": " (compared as numbers)"}


class Measure(BaseModel):
    """One function over the rows of each group."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    function: Function = Field(
        description="“count” counts the rows or, with a column, its present values; “count_distinct” its different "
        "present texts. “sum”, “mean”, “min” and “max” pass over missing values: where all are missing, so is the "
        "result. “first” and “last” take the first and last row's value as it is."
    )
    column: Name | None = Field(default=None, description="The column that is measured; only “count” can do without.")
    name: Name | None = Field(default=None, alias="as", description="The result's name; else e.g. “sum of Plays”.")
    compare: Compare = Field(
        default="auto",
        description="For “min” and “max”: as numbers, as text, or (auto) as numbers if every value of the file is one.",
    )

    @model_validator(mode="after")
    def _fields_fit_function(self) -> Self:
        if self.column is None and self.function != "count":
            raise ValueError(f"“column” is missing: the function “{self.function}” needs one.")
        if self.compare != "auto" and self.function not in ("min", "max"):
            raise ValueError("“compare” is for the functions “min” and “max” alone.")
        return self

    @property
    def title(self) -> str:
        """What is measured, e.g. "count distinct of Song"."""
        return f"{self.function.replace('_', ' ')} of {'rows' if self.column is None else self.column}"

    @property
    def result(self) -> str:
        """The name of the column that it makes."""
        return self.title if self.name is None else self.name

    @property
    def use(self) -> Use:
        """How it reads its column."""
        if self.function in ("min", "max"):
            return use_of(self.compare)
        return Use.NUMBER if self.function in ("sum", "mean") else Use.TEXT

    @property
    def reads_text(self) -> bool:
        """Whether a column of numbers would not do."""
        return self.function in ("count_distinct", "first", "last") or self.compare == "text"

    @property
    def needs_order(self) -> bool:
        """Whether the order of the rows matters to it."""
        return self.function in ("first", "last")

    def column_of(self, columns: Columns) -> Column:
        """What is known of its result. Raises InvalidInputError where computed numbers are to compare as text."""
        if self.column is None:
            return Column(self.result, Kind.INTEGER)
        column = find(columns, self.column)
        if self.function in ("count", "count_distinct"):
            return Column(self.result, Kind.INTEGER)
        if self.function == "mean":
            return Column(self.result, Kind.FLOAT)
        is_compared = self.function in ("min", "max") and reads_numbers(column, self.compare)
        if self.function == "sum" or is_compared:
            scale = Numbers(NumberForm.DECIMAL, column.scale) if column.number_kind is Kind.DECIMAL else None
            return Column(self.result, column.number_kind, scale)
        return replace(column, name=self.result, key=False)

    def words(self) -> str:
        """E.g. "sum of Plays as Total"."""
        name = f" as {self.name}" if self.name not in (None, self.title) else ""
        return f"{self.title}{_COMPARED[self.compare]}{name}"
