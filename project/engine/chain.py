"""Steps in their places: what each works on, and the rows counted behind it, apart from what the steps say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, Protocol

import polars as pl

from project.engine.apart import Apart
from project.engine.applied import Applied
from project.engine.ledger import StepCounts
from project.engine.limits import RowLimit
from project.engine.lookup import Lookup
from project.operations.base import ORDER, WEIGHT, Independent, Operation
from project.operations.columns import Columns
from project.operations.match import Match


@dataclass
class Count:
    """How many rows passed a point, and how many rows of before the step they stand for.

    Of a match also what it says of the rows that it left out or added. `limit`: raises, where too many rows pass.
    """

    rows: int = 0
    weight: int = 0
    filtered: int = 0
    added: int = 0
    limit: RowLimit | None = None

    def take(self, applied: Applied) -> pl.DataFrame:
        """Count the rows and return them without the columns that are only there for counting."""
        frame = applied.frame
        weight = int(frame[WEIGHT].sum()) if WEIGHT in frame.columns else 0
        self.add((frame.height, weight, applied.filtered, applied.added))
        return frame.drop(WEIGHT, ORDER, strict=False)

    @property
    def numbers(self) -> tuple[int, ...]:
        """All that is counted: so many numbers as COUNTED."""
        return self.rows, self.weight, self.filtered, self.added

    def add(self, numbers: Sequence[int]) -> None:
        """Add what was counted elsewhere. Raises FailureError behind the limit."""
        self.rows, self.weight, self.filtered, self.added = (
            before + more for before, more in zip(self.numbers, numbers, strict=True)
        )
        if self.limit is not None:
            self.limit.check(self.rows)

    def restart(self, numbers: Sequence[int] = (0, 0, 0, 0)) -> None:
        """Go on from these numbers."""
        self.rows, self.weight, self.filtered, self.added = numbers

    def anew(self) -> Count:
        """One of the same limit that begins at nothing."""
        return Count(limit=self.limit)


COUNTED = 4


class Follower(Protocol):
    """What can carry on with rows that a step which needs all of them has made, part by part."""

    @property
    def after(self) -> Count:
        """The count of the rows that leave it."""

    def uncounted(self) -> Follower:
        """The same, with a count of its own that begins at nothing."""

    def apply(self, frame: pl.DataFrame) -> Applied:
        """The rows that leave it, not counted yet."""


@dataclass(frozen=True)
class Link:
    """One step in its place: the columns before it, and the count of the rows that leave it.

    `other`: the table whose rows a match brings in.
    """

    step: Operation
    columns: Columns
    after: Count
    other: Lookup | Apart | None = None

    @property
    def needs_all_rows(self) -> bool:
        """Whether the step works on any rows by themselves, or is a stage."""
        return (
            self.step.needs_all_rows
            or isinstance(self.other, Apart)
            or (self.other is not None and self.other.multiplies)
        )

    def uncounted(self) -> Link:
        """The same step with a count of its own that begins at nothing."""
        return replace(self, after=self.after.anew())

    def apply(self, frame: pl.DataFrame) -> Applied:
        """Apply the step to rows that are all it needs; they are not counted yet."""
        if isinstance(self.other, Lookup):
            return self.other.apply(frame)
        assert isinstance(self.step, Independent)
        # For grouping and sorting texts, the streaming engine is two to three times as quick as the other.
        engine: Literal["streaming", "in-memory"] = "streaming" if self.step.needs_all_rows else "in-memory"
        return Applied(self.step.apply(frame.lazy(), self.columns).collect(engine=engine))


@dataclass(frozen=True)
class Chain:
    """Steps that work on any rows by themselves."""

    links: tuple[Link, ...] = ()

    def apply(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
        """The rows that are left, and the numbers of each step. It counts nothing: it runs in several threads."""
        numbers: list[int] = []
        for link in self.links:
            applied = link.apply(frame)
            frame = applied.frame
            numbers += (frame.height, 0, applied.filtered, applied.added)
        return frame, numbers

    def count(self, numbers: Sequence[int]) -> None:
        """Add what `apply` counted."""
        for place, link in enumerate(self.links):
            link.after.add(numbers[COUNTED * place : COUNTED * (place + 1)])

    @property
    def numbers(self) -> tuple[int, ...]:
        """What was counted behind each step, in a row; `count` takes the same."""
        return tuple(chain.from_iterable(link.after.numbers for link in self.links))


def row_limit(step: Operation) -> RowLimit | None:
    """How many rows the step may give, if somebody has said so."""
    if not isinstance(step, Match) or step.most_rows is None:
        return None
    return RowLimit(step.title, step.most_rows)


def step_counts(step: Operation, before: Count, after: Count) -> StepCounts:
    """The ledger's line for one step.

    What merged rows stand for, and what a match leaves out and adds, is counted on its own: a lost row shows.
    """
    counts = {"filtered": 0, "merged": 0, "added": 0}
    if step.slot == "merged":
        # All rows together make one row even where there are none.
        counts["merged"] = max(0, after.weight - after.rows)
        counts["added"] = max(0, after.rows - after.weight)
    elif step.slot == "added":
        counts["added"] = after.rows - before.rows
    elif step.slot == "filtered":
        counts["filtered"] = before.rows - after.rows
    elif step.slot == "matched":
        counts["filtered"], counts["added"] = after.filtered, after.added
    return StepCounts(operation=step.name, rows_in=before.rows, rows_out=after.rows, **counts)
