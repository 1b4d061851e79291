"""How far work has come, and where that is kept: piece by piece of the table, or part by part of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Progress:
    """Pieces of the table that are finished, their rows, and what was counted behind each step (`Chain.numbers`)."""

    pieces: int
    rows_in: int
    rows_behind: tuple[int, ...]


class SpreadPart(BaseModel):
    """One part that the rows were spread over: files in the temporary folder, and what they hold."""

    model_config = ConfigDict(frozen=True)

    files: tuple[str, ...]
    rows: int
    size: int = 0
    exact: bool
    """Whether all rows have the same key."""


class Spread(BaseModel):
    """All rows of a table, spread over parts in the order of the result; `behind`: the counts of each step before."""

    model_config = ConfigDict(frozen=True)

    work: str
    """What tells this work from another one that would spread the same file otherwise."""
    rows_in: int
    behind: tuple[int, ...]
    parts: tuple[SpreadPart, ...]


@dataclass(frozen=True)
class Resumed:
    """Parts that an earlier attempt has spread, how many of them are in the result, and the counts behind each step."""

    spread: Spread
    joined: int = 0
    counts: tuple[tuple[int, ...], ...] = ()

    @property
    def sentence(self) -> str:
        """For the log."""
        parts = self.spread.parts
        rows = sum(part.rows for part in parts[: self.joined])
        return (
            f"Goes on with {len(parts):,} parts that an earlier attempt has spread, {self.joined:,} of which "
            f"({rows:,} rows) are in the result."
        )


class PartsJournal(Protocol):
    """Where it is kept what the parts of a result are, and how many of them are in it."""

    def begin_parts(self, work: str) -> Resumed | None:
        """What an earlier attempt has left of the same work, in this attempt's folder; None: nothing."""

    def keep_parts(self, spread: Spread) -> None:
        """All rows are spread."""

    def keep_joined(self, parts: int, counts: Sequence[tuple[int, ...]]) -> None:
        """So many parts are in the result; behind each step all that was counted."""


class Journal(Protocol):
    """Where it is kept how far the result of row by row work has come."""

    def begin(self) -> Progress | None:
        """Where to go on; None: at the beginning."""

    def keep(self, progress: Progress) -> None:
        """Called after every piece; keeps it now and then."""
