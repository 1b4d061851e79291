"""Numbering: which record of the file each kept row is, by the records that were set aside or blank."""

from __future__ import annotations

import csv
import heapq
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np


class Numbering:
    """The numbers of the records, from 1 on, of rows that are asked for in order.

    `rejects`: the file of rejects, if there are any. `blanks`: the numbers of the blank records.
    """

    def __init__(self, rejects: Path | None, blanks: Sequence[int] = ()) -> None:
        passed_over = heapq.merge(_rejected(rejects) if rejects else (), blanks)
        self._before = (record - 1 - number for number, record in enumerate(passed_over))
        self._next = next(self._before, None)
        self._passed = 0
        self._rows = 0

    def of(self, rows: int) -> Any:
        """The record numbers of so many rows behind those of the last call."""
        first, self._rows = self._rows, self._rows + rows
        passed, waiting = self._passed, []
        while self._next is not None and self._next < self._rows:
            waiting.append(self._next)
            self._next = next(self._before, None)
        self._passed += len(waiting)
        places = np.arange(first, self._rows)
        return places + 1 + passed + np.searchsorted(np.array(waiting, dtype=np.int64), places, side="right")


def _rejected(rejects: Path) -> Iterator[int]:
    """The numbers of the rejects."""
    # The raw text of a reject may be long.
    csv.field_size_limit(sys.maxsize)
    with rejects.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        for line in lines:
            yield int(line[0])
