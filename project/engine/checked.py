"""What the check of a file has found, for all that comes behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from project.engine.seals import Seals

if TYPE_CHECKING:
    from project.engine.sums import GroupSums


@dataclass(frozen=True)
class CheckedInput:
    """What the check found, and where the fast reader finds the kept records."""

    records: int
    kept: int
    blank: int
    rejected: int
    comments: int
    path: Path
    """Where the kept records stand in clean form: the file itself, or the spool."""
    cuts: tuple[int, ...]
    """Offsets in `path` between which whole records lie, about check.RANGE_BYTES apart, from the first to the end."""
    quote: str
    numbers: dict[str, tuple[int, ...]]
    """For each used column the counts of survey.N_*."""
    texts: dict[str, tuple[bytes, ...]] | None = None
    """For each column of the key its different texts in order; None if they were too many, or none were asked for."""
    sums: tuple[GroupSums, ...] | None = None
    """What the integers add up to in each group of the key; None if that could not be, or was not asked for."""
    blanks: tuple[int, ...] | None = None
    """The numbers of the blank records, from 1 on; None if they were too many, or were not asked for."""
    seals: Seals | None = None
    """What the bytes between the cuts were when they were checked; None for a spool, or if they were not asked for."""

    def hold(self, start: int, data: bytes | memoryview) -> None:
        """Raise FailureError where `data`, read from cut to cut at `start`, is known not to be what was checked."""
        if self.seals is not None:
            self.seals.hold(start, data)
