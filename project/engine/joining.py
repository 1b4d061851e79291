"""Joining: parts are carried out, what they have made is taken over in their order, and their files are removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from project import faults
from project.engine.chain import Count
from project.engine.partition import SpillFolder
from project.engine.parts import Done, Work, carried_out
from project.engine.progress import PartsJournal, Resumed


@dataclass(frozen=True)
class Joining:
    """`join` takes over what a part has made; `counts` are those of the steps behind the parts.

    `worked` hears of the rows of the parts that are joined.
    """

    spill: SpillFolder
    journal: PartsJournal | None
    join: Callable[[Work, Done], None]
    counts: tuple[Count, ...]
    worked: Callable[[int], None]

    def run(self, works: Sequence[Work], resumed: Resumed | None, executor: Executor, at_once: int) -> None:
        """Carry out and join all works, but for those that an earlier attempt has joined."""
        first = 0
        if resumed is not None:
            first = resumed.joined
            for count, numbers in zip(self.counts, resumed.counts, strict=False):
                count.restart(numbers)
        worked = sum(work.rows for work in works[:first])
        left = works[first:]
        for number, (work, made) in enumerate(zip(left, carried_out(left, executor, at_once), strict=True), first + 1):
            size = sum((work.folder / name).stat().st_size for name in made.files)
            self.spill.grow(size)
            self.join(work, made)
            if self.journal is not None:
                counts = [count.numbers for count in self.counts]
                self.journal.keep_joined(number, counts)
            # Only now: what is not noted as joined must be there for the next attempt.
            for path in work.source:
                self.spill.remove(path)
            shutil.rmtree(work.folder)
            self.spill.grow(-size)
            worked += work.rows
            self.worked(worked)
            faults.point(f"engine-part-{number}")
