"""Compares results: the bytes of text files, the rows of columnar ones."""

from __future__ import annotations

import filecmp
from pathlib import Path

import polars as pl


def are_same(one: Path, other: Path) -> bool:
    """Whether both hold the same; of columnar files, the same texts in the same rows of the same columns."""
    if one.suffix == ".parquet":
        return _sum(one) == _sum(other)
    return filecmp.cmp(one, other, shallow=False)


def _sum(path: Path) -> tuple[list[tuple[str, pl.DataType]], list[int]]:
    """The columns, and a sum over all rows that each text and its place have a share in."""
    frame = pl.scan_parquet(path)
    schema = dict(frame.collect_schema())
    hashes = frame.with_row_index("\0row").select(pl.struct("\0row", name).hash().sum().alias(name) for name in schema)
    return list(schema.items()), list(hashes.collect(engine="streaming").row(0))
