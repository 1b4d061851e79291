"""A match with a table that does not fit into memory: rows are looked up in it slice by slice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import polars as pl

from project.engine.applied import Applied
from project.engine.lookup import NUMBER, ROWS, START, Lookup, Matching
from project.engine.windows import windows


class SlicedMatch:
    """What a step makes of some rows where the other table is looked up slice by slice, in pieces of about `most_rows`.

    They come in another order; those that come of one row are in the order of the slices.
    """

    def __init__(self, matching: Matching, frame: pl.DataFrame, most_rows: int) -> None:
        self._matching = matching
        self._frame = frame
        self._most_rows = most_rows
        self._seen = np.zeros(frame.height, dtype=np.int64)
        self._first = np.zeros(frame.height, dtype=np.int64)

    def apply(self, lookups: Iterable[Lookup]) -> Iterator[Applied]:
        """All pieces; the last one tells of the rows that were left out or added."""
        for lookup in lookups:
            yield from self._matched(lookup)
        hits = int((self._seen > 0).sum())
        step = self._matching.step
        rest = self._frame.filter(pl.Series((self._seen > 0) == (step.how == "semi")))
        if step.how == "inner":
            rest = rest.clear()
        missing = [pl.lit(None, dtype=pl.String).alias(name) for _, name in self._matching.brought]
        added = int(self._seen.sum()) - hits if step.brings_columns else 0
        filtered = {"left": 0, "anti": hits}.get(step.how, self._frame.height - hits)
        yield Applied(rest.with_columns(missing), filtered, added)

    def _matched(self, lookup: Lookup) -> Iterator[Applied]:
        """What one slice gives."""
        found = lookup.found(self._frame)
        lookup.hold_single(self._frame, found)
        rows = found[ROWS].fill_null(0).to_numpy()
        self._hold_single(lookup, found, rows)
        if self._matching.takes_first:
            rows = np.where(self._seen > 0, 0, rows)
        self._seen += rows
        if not self._matching.step.brings_columns:
            return
        for repeated, within in windows(pl.Series(rows), self._most_rows):
            places = found[START].gather(repeated) + within
            yield Applied(lookup.beside(self._frame[repeated], places))

    def _hold_single(self, lookup: Lookup, found: pl.DataFrame, rows: Any) -> None:
        """As `Lookup.hold_single`, where the rows are in different slices."""
        if self._matching.step.matched_twice != "fail" or not lookup.rows.height:
            return
        numbers = lookup.rows[NUMBER].gather(found[START]).fill_null(0).to_numpy()
        several = np.flatnonzero((self._seen > 0) & (rows > 0))
        if len(several):
            row = int(several[0])
            self._matching.fail(self._frame, row, int(self._first[row]), int(numbers[row]))
        self._first += numbers
