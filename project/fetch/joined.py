"""Many small answers as tables: scanned together, as if they were one large array of records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from project.fetch.columns import table_of
from project.fetch.scanner import MARK, ArrayScanner, UnsureError

_SPACES = b" \t\r\n"


def tables_of_many(bodies: Sequence[bytes], null: str | None) -> tuple[list[pl.DataFrame], np.ndarray]:
    """The records of all these answers, as `read_records` would give them, one after another, as tables of texts; with
    the number of records of each answer. Raises UnsureError."""
    trimmed = [body.removeprefix(MARK).strip(_SPACES) for body in bodies]
    inside = [_inside(body) for body in trimmed]
    parts = [part for part in inside if part]
    joined = b"".join((b"[", b",".join(parts), b"]"))
    scanner = ArrayScanner(joined, null)
    tables = [table_of(batch) for batch in scanner.batches(0)]
    if scanner.at != len(joined) or not all(table.width for table in tables):
        raise UnsureError
    counts = np.zeros(len(bodies), dtype=np.int64)
    counts[[place for place, part in enumerate(inside) if part]] = _counts(scanner.starts(), list(map(len, parts)))
    if any(count > 1 and body[:1] == b"{" for count, body in zip(counts.tolist(), trimmed, strict=True)):
        raise UnsureError
    return tables, counts


def _inside(body: bytes) -> bytes:
    """The records without the brackets around them; nothing where there is none."""
    if body == b"null":
        return b""
    part = body[1:-1].strip(_SPACES) if body[:1] == b"[" and body[-1:] == b"]" else body
    if part[:1] == b"{" and part[-1:] == b"}" or body != part == b"":
        return part
    raise UnsureError


def _counts(starts: np.ndarray, lengths: list[int]) -> np.ndarray:
    """How many records begin in each part; `starts`: where records begin."""
    begins = np.cumsum([1, *(length + 1 for length in lengths)])[: len(lengths)]
    first = np.searchsorted(starts, begins)
    # A record begins where each part does, so none reaches into the next part: each one is whole by itself.
    if len(begins) and (first[-1] >= len(starts) or not np.array_equal(starts[first], begins)):
        raise UnsureError
    return np.diff(first, append=len(starts))
