"""Columnar results are the same if their rows are, however they are packed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from bench.comparing import are_same

ROWS = {"a": ["x", "y", None, ""], "b": ["1", "2", "3", "4"]}


def written(path: Path, rows: dict[str, list[str | None]], **options: object) -> Path:
    pl.DataFrame(rows).write_parquet(path, **options)
    return path


def test_the_packing_makes_no_difference(tmp_path: Path) -> None:
    one = written(tmp_path / "one.parquet", ROWS, compression="zstd")
    other = written(tmp_path / "other.parquet", ROWS, compression="snappy", row_group_size=1)
    assert one.read_bytes() != other.read_bytes() and are_same(one, other)


@pytest.mark.parametrize(
    "rows",
    [
        {"a": ["x", "y", "", None], "b": ["1", "2", "3", "4"]},
        {"a": ["y", "x", None, ""], "b": ["2", "1", "3", "4"]},
        {"a": ["x", "y", None, ""], "b": ["1", "2", "4", "3"]},
        {"a": ["x", "y", None], "b": ["1", "2", "3"]},
        {"b": ["x", "y", None, ""], "a": ["1", "2", "3", "4"]},
        {"a": ["x", "y", None, ""]},
    ],
    ids=["missing is not empty", "other order", "other pairs", "fewer rows", "other names", "fewer columns"],
)
def test_other_rows_are_found(tmp_path: Path, rows: dict[str, list[str | None]]) -> None:
    assert not are_same(written(tmp_path / "one.parquet", ROWS), written(tmp_path / "other.parquet", rows))
