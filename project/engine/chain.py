"""Steps in their places: what each works on, and the rows counted behind it, apart from what the steps say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import polars as pl

from project.engine.ledger import StepCounts
from project.operations.base import ORDER, WEIGHT, Operation
from project.operations.columns import Columns


@dataclass
class Count:
    """How many rows passed a point, and how many rows of before the step they stand for."""

    rows: int = 0
    weight: int = 0

    def take(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Count the rows and return them without the columns that are only there for counting."""
        self.rows += frame.height
        if WEIGHT in frame.columns:
            self.weight += int(frame[WEIGHT].sum())
        return frame.drop(WEIGHT, ORDER, strict=False)


class Follower(Protocol):
    """What can carry on with rows that a step which needs all of them has made, part by part."""

    @property
    def after(self) -> Count:
        """The count of the rows that leave it."""

    def uncounted(self) -> Follower:
        """The same, with a count of its own that begins at nothing."""

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that leave it, not counted yet."""


@dataclass(frozen=True)
class Link:
    """One step in its place: the columns before it, and the count of the rows that leave it."""

    step: Operation
    columns: Columns
    after: Count

    def uncounted(self) -> Link:
        """The same step with a count of its own that begins at nothing."""
        return replace(self, after=Count())

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Apply the step to rows that are all it needs; they are not counted yet."""
        # For grouping and sorting texts, the streaming engine is two to three times as quick as the other.
        engine: Literal["streaming", "in-memory"] = "streaming" if self.step.needs_all_rows else "in-memory"
        return self.step.apply(frame.lazy(), self.columns).collect(engine=engine)


@dataclass(frozen=True)
class Chain:
    """Steps that work on any rows by themselves."""

    links: tuple[Link, ...] = ()

    def apply(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
        """The rows that are left, and how many left each step. It counts nothing itself: it runs in several threads."""
        rows: list[int] = []
        for link in self.links:
            frame = link.apply(frame)
            rows.append(frame.height)
        return frame, rows

    def count(self, rows: Sequence[int]) -> None:
        """Add what `apply` counted."""
        for link, number in zip(self.links, rows, strict=True):
            link.after.rows += number


def step_counts(step: Operation, before: Count, after: Count) -> StepCounts:
    """The ledger's line for one step. For merged rows, what they stand for is counted on its own: a lost row shows."""
    counts = {"filtered": 0, "merged": 0, "added": 0}
    if step.slot == "merged":
        # All rows together make one row even where there are none.
        counts["merged"] = max(0, after.weight - after.rows)
        counts["added"] = max(0, after.rows - after.weight)
    elif step.slot == "added":
        counts["added"] = after.rows - before.rows
    elif step.slot == "filtered":
        counts["filtered"] = before.rows - after.rows
    return StepCounts(operation=step.name, rows_in=before.rows, rows_out=after.rows, **counts)
