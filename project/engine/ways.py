"""The ways in which a step that needs all rows can be carried out, and which one fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from project.engine.chain import Link
from project.engine.partition import SpillFolder
from project.engine.parts import Executors, thread_pool
from project.engine.progress import PartsJournal
from project.operations import partial
from project.operations.aggregate import Aggregate
from project.operations.sort import Sort

Way = Literal["whole", "merged", "parts", "apart"]

# An aggregate is merged from partial ones where those of a piece have at most this share of its rows.
_WORTH_MERGING = 0.25
DEEPEST = 8


@dataclass(frozen=True)
class Budget:
    """What a stage may hold: `part_bytes` of rows that one step works on; what is beyond goes to `spill`.

    `way`: to work in this way whatever the sizes are, for tests. `executors`: what carries out parts. `journal`: where
    it is kept what is done of them, None where another attempt would begin anew.
    """

    part_bytes: int
    spill: SpillFolder
    threads: int
    way: Way | None = None
    executors: Executors = thread_pool
    journal: PartsJournal | None = None


def _silent(told: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Told:
    """Whom a stage tells how far it is: rows read from its table, rows worked on, and sentences for the log."""

    read: Callable[[int], None] = _silent
    worked: Callable[[int], None] = _silent
    note: Callable[[str], None] = _silent


@dataclass(frozen=True)
class Choice:
    """A way, and the sentence for the log that says why."""

    way: Way
    sentence: str


def chosen(link: Link, piece: pl.DataFrame, size: int, *, can_spread: bool, budget: Budget, depth: int) -> Choice:
    """How to work on about `size` bytes of rows, of which `piece` is a sample.

    `depth`: how often the rows have been spread before; a part of them is worked at once if that is at all possible.
    """
    step = link.step
    words = f"{step.title}: {in_words(size)} of rows"
    forced = budget.way if depth == 0 else None
    room = budget.part_bytes * (2 if depth else 1)
    if forced == "whole" or (forced is None and (size <= room or depth > DEEPEST)):
        return Choice("whole", f"{words}, worked at once in memory.")
    if isinstance(step, Aggregate) and partial.is_decomposable(step) and forced != "parts":
        groups = partial.of_piece(step, piece.lazy(), link.columns).collect(engine="in-memory").height
        if groups <= _WORTH_MERGING * piece.height or not can_spread or forced == "merged":
            return Choice("merged", f"{words}, merged piece by piece: {piece.height:,} rows made {groups:,} groups.")
    if isinstance(step, Aggregate) and not step.group_by:
        return Choice("apart", f"{words}, the different values of each column counted in parts on disk.")
    if not can_spread and not isinstance(step, Sort):
        return Choice("whole", f"{words}, worked at once in memory: they cannot be divided.")
    return Choice("parts", f"{words}, in parts of about {budget.part_bytes / 2**20:,.0f} MB on disk.")


def in_words(size: int) -> str:
    """So many bytes, about."""
    return f"about {size / 2**20:,.0f} MB" if size >= 2**20 else "less than 1 MB"
