"""How many rows of texts are held at once."""

from __future__ import annotations

import polars as pl

_BYTES = 16 * 1024 * 1024
_SAMPLE_ROWS = 10_000


def rows_at_once(rows: pl.LazyFrame, most: int) -> int:
    """As many as take some megabytes, by what the first ones take, and no more than `most`."""
    size = rows.head(_SAMPLE_ROWS).select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).collect().item() or 0
    return max(1, min(most, _BYTES * _SAMPLE_ROWS // max(1, int(size))))
