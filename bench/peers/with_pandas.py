"""pandas in chunks: each chunk is grouped, the groups are put together and grouped again."""

from __future__ import annotations

import pandas as pd

_ROWS_A_CHUNK = 1_000_000
_TEXTS = {"Song": "str", "Date": "str"}


def _sums(source: str, result: str, *keys: str) -> None:
    by = list(keys)
    with pd.read_csv(source, dtype=_TEXTS, chunksize=_ROWS_A_CHUNK) as chunks:
        parts = [chunk.groupby(by)["Number of Plays"].sum() for chunk in chunks]
    total = pd.concat(parts).groupby(level=by).sum().sort_index()
    total.rename("Total").to_csv(result)


WORKS = {
    "total": lambda source, result: _sums(source, result, "Song", "Date"),
    "by-date": lambda source, result: _sums(source, result, "Date"),
}
