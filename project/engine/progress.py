"""How far row by row work has come, and where that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Progress:
    """Pieces of the table that are finished, their rows, and the rows behind each step."""

    pieces: int
    rows_in: int
    rows_behind: tuple[int, ...]


class Journal(Protocol):
    """Where it is kept how far the result of row by row work has come."""

    def begin(self) -> Progress | None:
        """Where to go on; None: at the beginning."""

    def keep(self, progress: Progress) -> None:
        """Called after every piece; keeps it now and then."""
