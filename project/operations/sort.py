"""Sort: puts the rows in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    model_serializer,
    model_validator,
)

from project.operations.base import Independent, Slot
from project.operations.columns import Column, Columns, Kind, Use
from project.operations.names import Name, find, repeated, strongest
from project.operations.reading import Compare, reads_numbers, use_of

if TYPE_CHECKING:
    import polars as pl

_COMPARED = {"auto": "", "text": "as text", "number": "as numbers"}


class SortKey(BaseModel):
    """One column to sort by; a name alone stands for `{"column": name}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Name = Field(description="The column to sort by.")
    descending: StrictBool = Field(default=False, description="Largest first; missing values stay last.")
    compare: Compare = Field(
        default="auto", description="As numbers, as text, or (auto) as numbers if every value of the file is one."
    )

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_serializer(mode="wrap")
    def _short(self, serialize: SerializerFunctionWrapHandler) -> Any:
        is_plain = not self.descending and self.compare == "auto"
        return self.column if is_plain else serialize(self)

    def words(self) -> str:
        """E.g. "Date (descending)"."""
        notes = [word for word in (_COMPARED[self.compare], "descending" if self.descending else "") if word]
        return f"{self.column} ({', '.join(notes)})" if notes else self.column


@dataclass(frozen=True)
class Order:
    """One column's values as they are compared; missing ones come last either way."""

    column: str
    value: pl.Expr
    descending: bool = False


class Sort(Independent):
    """Put the rows in order, by the first column, where that is equal by the second, and so on.

    Missing values come last, ascending or descending; texts go by code point; rows that are equal in all columns keep
    their order. Sorting by numbers leaves the texts as they are. After an aggregate, whose groups come in no order,
    what is equal is ordered by the group's columns, so that the same input always gives the same file.
    """

    title: ClassVar[str] = "Sort"
    needs_all_rows: ClassVar[bool] = True
    slot: ClassVar[Slot | None] = None

    operation: Literal["sort"]
    by: tuple[SortKey, ...] = Field(min_length=1, description="The columns to sort by, the most important one first.")

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        if twice := repeated(key.column for key in self.by):
            raise ValueError(f"“by” names “{twice}” twice.")
        return self

    def uses(self) -> dict[str, Use]:
        """As each key says how its values compare."""
        return strongest((key.column, use_of(key.compare)) for key in self.by)

    def columns_after(self, columns: Columns) -> Columns:
        """The same columns; the rows have an order now, which a later sort is to keep."""
        for key in self.by:
            reads_numbers(find(columns, key.column), key.compare)
        return tuple(replace(column, key=False) for column in columns)

    def apply(self, frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
        """The same rows in order. A stable sort is needed only where rows can be equal in all that is compared."""
        orders = self.orders(columns)
        is_unordered = any(column.key and not column.repeats for column in columns)
        return frame.sort(
            [order.value for order in orders],
            descending=[order.descending for order in orders],
            nulls_last=True,
            maintain_order=not is_unordered,
        )

    def orders(self, columns: Columns) -> list[Order]:
        """All that the rows are ordered by, the most important first, over the columns before the step."""
        from project.operations.expressions import named, number

        def value(key: SortKey) -> pl.Expr:
            column = find(columns, key.column)
            return number(column) if _is_cast(key, column) else named(column.name)

        keys = [Order(key.column, value(key), key.descending) for key in self.by]
        return keys + [Order(column.name, named(column.name)) for column in self._tie_breakers(columns)]

    def casts(self, columns: Columns) -> bool:
        """Whether it compares some column otherwise than it is held."""
        return any(_is_cast(key, find(columns, key.column)) for key in self.by)

    def sentence(self) -> str:
        """E.g. "Sort by Song, then Date (descending)."."""
        return f"Sort by {', then '.join(key.words() for key in self.by)}."

    def _tie_breakers(self, columns: Columns) -> list[Column]:
        """The group's columns that are not compared as they are held: “01” and “1” are equal as numbers."""
        exact = {key.column for key in self.by if not _is_cast(key, find(columns, key.column))}
        return [column for column in columns if column.key and column.name not in exact]


def _is_cast(key: SortKey, column: Column) -> bool:
    return reads_numbers(column, key.compare) and column.kind is Kind.TEXT
