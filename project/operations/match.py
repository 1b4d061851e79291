"""What a join and an enrichment have in common: rows are matched with those of another table by equal keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from project.errors import InvalidInputError
from project.operations.base import Operation, Slot
from project.operations.columns import Column, Columns, Use
from project.operations.names import Name, find, repeated

How = Literal["left", "inner", "semi", "anti"]
Twice = Literal["first", "all", "fail"]
Ignore = Literal["spaces", "case", "leading_zeros"]

_BRINGS_COLUMNS = frozenset({"left", "inner"})
_HOW = {
    "left": "keep those that match nothing",
    "inner": "leave out those that match nothing",
    "semi": "keep only those that match something",
    "anti": "keep only those that match nothing",
}
_IGNORED = {"spaces": "spaces around them", "case": "upper and lower case", "leading_zeros": "leading zeros"}


class Pair(BaseModel):
    """Two columns whose values are compared as texts; a missing value matches nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: Name = Field(description="The column of the rows that come in.")
    right: Name = Field(description="The column of the other table.")


class Match(Operation):
    """Subclasses say what the other table is, and by which pairs of columns it is matched."""

    slot: ClassVar[Slot | None] = "matched"

    how: How = Field(
        default="left",
        description="What becomes of rows that match nothing: “left” keeps them with missing values, “inner” leaves "
        "them out; “semi” and “anti” bring no columns and keep the rows that match something, or nothing.",
    )
    ignore: tuple[Ignore, ...] = Field(
        default=(), description="What does not count when keys are compared; the values themselves stay as they are."
    )
    prefix: str = Field(
        default="",
        max_length=100,
        description="What is put before a name that the rows have already; empty: the table’s.",
    )
    columns: tuple[Name, ...] | None = Field(
        default=None, description="The columns of the other table that are brought, in this order; without it, all."
    )
    most_rows: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="The job fails before it writes more rows than this."
    )

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of columns by which rows match: all of them have to be equal."""
        raise NotImplementedError

    @property
    def matched_twice(self) -> Twice:
        """What becomes of a row that matches several: the first of them, all of them, or the job fails."""
        raise NotImplementedError

    @property
    def table(self) -> str:
        """The other table's name, for people and as the prefix of names."""
        raise NotImplementedError

    @property
    def brings_columns(self) -> bool:
        """Whether the other table's columns come in."""
        return self.how in _BRINGS_COLUMNS

    def uses(self) -> dict[str, Use]:
        """The left columns of the pairs, as text."""
        return {pair.left: Use.TEXT for pair in self.pairs}

    def brought(self, columns: Columns) -> tuple[tuple[str, str], ...]:
        """The name in the other table, and the name in the result, of each column that is brought.

        Nothing as long as it is not known what the table has. Raises InvalidInputError where names still clash.
        """
        if not self.brings_columns or self.columns is None:
            return ()
        taken = {column.name for column in columns}
        prefix = self.prefix or f"{self.table}."
        names = tuple((name, f"{prefix}{name}" if name in taken else name) for name in self.columns)
        if clash := repeated((*taken, *(name for _, name in names))):
            raise InvalidInputError(
                f"Two columns of the result would be called “{clash}”: choose another prefix.", field="recipe"
            )
        return names

    def columns_after(self, columns: Columns) -> Columns:
        """The columns that come in, then those that are brought, as text.

        What told every row from every other still does, but for rows that come of the same one.
        """
        for pair in self.pairs:
            find(columns, pair.left)
        brought = tuple(Column(name) for _, name in self.brought(columns))
        multiplies = self.brings_columns and self.matched_twice == "all"
        return (*(replace(column, repeats=column.repeats or multiplies) for column in columns), *brought)

    def _words(self, other: str) -> str:
        on = " and ".join(f"{pair.left} = {pair.right}" for pair in self.pairs)
        ignored = ", ".join(_IGNORED[each] for each in self.ignore)
        return (
            f"Match rows with {other} by {on}{f' (without regard to {ignored})' if ignored else ''}; {_HOW[self.how]}."
        )


def plain_stem(name: str) -> str:
    """A file's name without its endings: “songs” of “songs.csv.gz”."""
    stem = name.split(".", 1)[0] if not name.startswith(".") else name
    return stem or name


def checked_pairs(pairs: Sequence[Pair]) -> None:
    """Raise ValueError where a pair stands there twice."""
    if len(set(pairs)) < len(pairs):
        raise ValueError("“on” names the same pair twice.")
