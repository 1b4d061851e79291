"""A file that grows: written beside, in whole groups, and a failure reaches whoever brings the rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

import polars as pl
import pyarrow.parquet as pq
import pytest

from project.errors import DiskFullError
from project.fetch import growing
from project.fetch.growing import GrowingFile

_RANDOM = Random(1)


def _rows(count: int) -> pl.DataFrame:
    # Bytes that no compression makes fewer.
    return pl.DataFrame(
        {"k": [str(n) for n in range(count)], "v": [_RANDOM.randbytes(100).hex() for _ in range(count)]}
    )


def test_groups_are_written_while_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    monkeypatch.setattr(growing, "_GROUP_ROWS", 1000)
    file = GrowingFile(tmp_path / "grown", ("k", "v"), 100)
    tables = [_rows(700) for _ in range(8)]
    for table in tables:
        file.put(table)
    wait_until(lambda: file.path.stat().st_size > 0)
    file.close()
    assert pl.read_parquet(file.path).equals(pl.concat(tables))
    written = pq.ParquetFile(file.path).metadata
    assert [written.row_group(n).num_rows for n in range(written.num_row_groups)] == [1000] * 5 + [600]


def test_no_more_tables_than_a_few_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begins = threading.Event()
    write = growing.write_groups

    def late(rows: pl.LazyFrame, path: Path, row_bytes: int) -> None:
        begins.wait(10)
        write(rows, path, row_bytes)

    monkeypatch.setattr(growing, "write_groups", late)
    file = GrowingFile(tmp_path / "grown", ("k", "v"), 100)
    came: list[int] = []

    def bring() -> None:
        for number in range(5):
            file.put(_rows(2))
            came.append(number)

    thread = threading.Thread(target=bring)
    thread.start()
    thread.join(0.2)
    assert came == [0, 1]
    begins.set()
    thread.join(10)
    file.close()
    assert pl.read_parquet(file.path).height == 10


def test_a_full_disk_is_told_at_the_end_at_the_latest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_GROUP_ROWS", 1000)
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(DiskFullError, match="no room for the answers of an API"):
        _fill(GrowingFile(tmp_path / "full", ("k", "v"), 100), 50)


def test_nobody_waits_for_a_writer_that_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(rows: pl.LazyFrame, path: Path, row_bytes: int) -> None:
        raise ValueError("of Polars")

    monkeypatch.setattr(growing, "write_groups", fail)
    file = GrowingFile(tmp_path / "grown", ("k", "v"), 100)
    for _ in range(2):
        with pytest.raises(ValueError, match="of Polars"):
            _fill(file, 10)
    with pytest.raises(ValueError, match="of Polars"):
        file.close()


def _fill(file: GrowingFile, tables: int) -> None:
    try:
        for _ in range(tables):
            file.put(_rows(100))
        file.close()
    finally:
        file.leave()
