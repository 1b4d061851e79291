"""Splitting: which part of a view each row belongs to, by borders between the parts that are taken from a sample.

A border is a row's keys and its number, so that ties of any size are split. Each key of a row is told by its code: how
it lies to the borders' different values of that key. The codes of all keys make one integer, and that one is looked up
among those of the borders. Most often the first key alone tells the borders apart, and is looked up itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from project.engine.viewing.query import ROW, key_name

# So many borders in a value of the first key: to leave all of its rows in one part makes that three times as large.
_FEW_TIES = 2


@dataclass(frozen=True)
class _Scale:
    """One key's different values at the borders, in ascending order, without the missing one."""

    name: str
    values: pl.Series
    descending: bool

    @property
    def size(self) -> int:
        """How many codes there are."""
        return 2 * len(self.values) + 2

    def codes(self, values: pl.Series) -> Any:
        """Even: between two of the values; odd: at one. Missing ones have the last code either way."""
        left = self.values.search_sorted(values, side="left").to_numpy().astype(np.int64)
        codes = left + self.values.search_sorted(values, side="right").to_numpy()
        if self.descending:
            codes = self.size - 2 - codes
        codes[values.is_null().to_numpy()] = self.size - 1
        return codes


@dataclass(frozen=True)
class Splitter:
    """Tells the part of each row; there is one part more than borders."""

    scales: tuple[_Scale, ...]
    borders: Any

    @property
    def parts(self) -> int:
        """How many there are."""
        return len(self.borders) + 1

    def parts_of(self, rows: pl.DataFrame) -> Any:
        """The number of the part for each row of a table of keys and ROW."""
        if len(self.scales) == 1 and self.scales[0].name != ROW:
            return self._by_first(rows[self.scales[0].name])
        return np.searchsorted(self.borders, _code(self.scales, rows), side="right")

    def _by_first(self, values: pl.Series) -> Any:
        scale = self.scales[0]
        found = scale.values.search_sorted(values, side="right").to_numpy().astype(np.int64)
        if scale.descending:
            found = len(scale.values) - found
        found[values.is_null().to_numpy()] = len(self.borders)
        return found


def splitter(sample: pl.DataFrame, descending: list[bool], parts: int) -> Splitter:
    """Borders that divide a sample, which is in the view's order and has ROW last, into so many parts or fewer."""
    places = [len(sample) * number // parts for number in range(1, parts)]
    borders = sample[places].unique(maintain_order=True) if places else sample.clear()
    ties = borders.group_by(key_name(0)).len()["len"].max() if descending and len(borders) else 1
    if isinstance(ties, int) and ties <= _FEW_TIES and descending:
        borders = borders.unique(key_name(0), keep="first", maintain_order=True)
    names = [*(key_name(number) for number in range(len(descending))), ROW]
    depth = next(depth for depth in range(1, len(names) + 1) if borders.n_unique(names[:depth]) == len(borders))
    ways = [*descending, False]
    scales = tuple(
        _Scale(name, borders[name].drop_nulls().unique().sort(), way)
        for name, way in list(zip(names, ways, strict=True))[:depth]
    )
    return Splitter(scales, _code(scales, borders))


def _code(scales: tuple[_Scale, ...], rows: pl.DataFrame) -> Any:
    code = np.zeros(len(rows), dtype=np.int64)
    for scale in scales:
        code = code * scale.size + scale.codes(rows[scale.name])
    return code
