"""The programme: all contests of a run, in their order."""

from __future__ import annotations

from bench.contenders import (
    DASK,
    DUCKDB,
    DUCKDB_ALL,
    OURS,
    OURS_CHECKED,
    OURS_HALF,
    PANDAS,
    POLARS,
    POLARS_ALL,
    SQLITE,
)
from bench.contest import Contest
from bench.datasets import Dataset

BUDGETED = (OURS, POLARS, DUCKDB)
UNLIMITED = (OURS, POLARS_ALL, DUCKDB_ALL)
# All files that are not of plays have about this share of the bytes of the large one.
_ROWS_A_WIDE_ROW = 600
_ROWS_A_TEXT = 330


def programme(rows: int, sqlite_rows: int) -> tuple[Contest, ...]:
    """The contests about that many rows, and a tenth and a hundredth of them."""
    large, tenth, hundredth = (Dataset("plays", rows // share) for share in (1, 10, 100))
    return (*_large(large), *_growth(tenth, hundredth), *_other_files(rows), _sample(sqlite_rows))


def _large(large: Dataset) -> tuple[Contest, ...]:
    everyone = (*BUDGETED, POLARS_ALL, DUCKDB_ALL, OURS_HALF)
    repeated = (OURS, OURS_CHECKED, POLARS_ALL, DUCKDB_ALL)
    return (
        Contest("total", "Sum by song and date, sorted", "total", large, everyone),
        Contest("sort", "Full sort by song and date", "sort", large, BUDGETED, _TIES),
        Contest("by-date", "Sum by date", "by-date", large, repeated),
        Contest("filter", "Rows of more than 900 plays as a new file", "filter", large, repeated),
        _join(large),
        Contest("inspect", "Inspection: a columnar copy", "inspect", large, (OURS, POLARS_ALL), _PROFILED),
    )


def _join(large: Dataset) -> Contest:
    songs = Dataset("songs", large.rows // 100)
    title = f"Join with a file of {songs.rows:,} rows"
    return Contest("join", title, "join", large, BUDGETED, _UNORDERED, other=songs)


def _growth(tenth: Dataset, hundredth: Dataset) -> tuple[Contest, ...]:
    everyone = (*BUDGETED, POLARS_ALL, DUCKDB_ALL, PANDAS, DASK)
    return (
        Contest("total-tenth", "Sum by song and date, a tenth of the rows", "total", tenth, everyone, _SLOW),
        Contest("total-hundredth", "Sum by song and date, a hundredth of the rows", "total", hundredth, everyone),
        Contest("by-date-tenth", "Sum by date, a tenth of the rows", "by-date", tenth, (*UNLIMITED, PANDAS, DASK)),
    )


def _other_files(rows: int) -> tuple[Contest, ...]:
    wide, quoted = Dataset("wide", rows // _ROWS_A_WIDE_ROW), Dataset("quoted", rows // _ROWS_A_TEXT)
    packed = Dataset("gzip", rows // 10)
    return (
        Contest("wide", "Half of the rows of a file with 300 columns", "wide", wide, UNLIMITED),
        Contest("quoted", "Clean copy of long quoted texts with line ends", "copy", quoted, UNLIMITED, _LINE_ENDS),
        Contest("gzip", "Sum by date of a gzip, a tenth of the rows", "by-date", packed, (*UNLIMITED, PANDAS)),
    )


def _sample(rows: int) -> Contest:
    title = f"Sum by song and date, row by row, a sample of {rows:,} rows"
    return Contest("sqlite", title, "total", Dataset("plays", rows), (OURS, SQLITE), _ROW_BY_ROW)


_PROFILED = "Polars writes the same Parquet file; Rowmill also checks every record, and tells what is in each column."
_TIES = "DuckDB keeps no order of rows that are equal, so it sorts by the number of the row too."
_LINE_ENDS = "DuckDB reads with one thread: with more of them, it takes some line ends in quotes for those of records."
_UNORDERED = "DuckDB’s join gives the rows in another order, so it sorts them by the number of the row."
_SLOW = (
    "pandas groups a million rows at a time and groups the groups again. Dask runs as its own cluster, with a worker "
    "process for each core. Neither has a budget, and neither runs on all of the rows."
)
_ROW_BY_ROW = (
    "Each row is read by `csv.DictReader`, added to its total in SQLite and committed. It is a sample: the rows a "
    "second say how long a large file would take."
)
