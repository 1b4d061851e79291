"""Numbering: which record of the file each kept row is, by the records that were set aside."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np


class Numbering:
    """The numbers of the records, from 1 on, of rows that are asked for in order; `rejects`: the file of rejects."""

    def __init__(self, rejects: Path) -> None:
        self._before = _kept_before(rejects)
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


def _kept_before(rejects: Path) -> Iterator[int]:
    """For each reject, how many kept records stand before it."""
    # The raw text of a reject may be long.
    csv.field_size_limit(sys.maxsize)
    with rejects.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        for number, line in enumerate(lines):
            yield int(line[0]) - 1 - number
