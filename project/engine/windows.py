"""Windows: rows that are repeated, each by a number of its own, so many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl


def windows(rows: pl.Series, most: int) -> Iterator[tuple[Any, Any]]:
    """Each of so many `rows` repeated by its number, about `most` at a time: which it is, and how often it was before.

    There is one window at least.
    """
    counts = rows.to_numpy().astype(np.int64)
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, max(1, total), most):
        end = min(start + most, total)
        first, last = np.searchsorted(ends, [start, end - 1], side="right") if total else (0, -1)
        taken = np.arange(first, last + 1)
        begins = ends[taken] - counts[taken]
        here = np.minimum(ends[taken], end) - np.maximum(begins, start)
        repeated = np.repeat(taken, here)
        yield repeated, np.arange(start, start + len(repeated)) - np.repeat(begins, here)
