"""The peers: Polars' and DuckDB's own one-line way to do the same work. `python -m bench.peers ENGINE WORK IN OUT`."""

from __future__ import annotations

import os
import sys


def polars_total(source: str, result: str) -> None:
    """Sum by song and date, sorted."""
    import polars as pl

    frame = pl.scan_csv(source, schema_overrides={"Song": pl.String, "Date": pl.String})
    frame.group_by("Song", "Date").agg(pl.col("Number of Plays").sum().alias("Total")).sort("Song", "Date").sink_csv(
        result
    )


def polars_by_date(source: str, result: str) -> None:
    """Sum by date, sorted."""
    import polars as pl

    frame = pl.scan_csv(source, schema_overrides={"Song": pl.String, "Date": pl.String})
    frame.group_by("Date").agg(pl.col("Number of Plays").sum().alias("Total")).sort("Date").sink_csv(result)


def duckdb_total(source: str, result: str) -> None:
    """Sum by song and date, sorted."""
    _duckdb(source, result, "Song, Date")


def duckdb_by_date(source: str, result: str) -> None:
    """Sum by date, sorted."""
    _duckdb(source, result, "Date")


def _duckdb(source: str, result: str, keys: str) -> None:
    import duckdb

    connection = duckdb.connect()
    if limit := os.environ.get("BENCH_MEMORY_MB"):
        connection.execute(f"SET memory_limit = '{limit}MB'")
    connection.execute(f"SET temp_directory = '{os.environ['BENCH_SPILL']}'")
    connection.execute(
        f"""COPY (SELECT {keys}, sum("Number of Plays") AS Total
            FROM read_csv(?, types = {{'Song': 'VARCHAR', 'Date': 'VARCHAR'}}) GROUP BY {keys} ORDER BY {keys})
            TO '{result}' (HEADER)""",
        [source],
    )


PEERS = {
    ("polars", "total"): polars_total,
    ("polars", "by-date"): polars_by_date,
    ("duckdb", "total"): duckdb_total,
    ("duckdb", "by-date"): duckdb_by_date,
}

if __name__ == "__main__":
    engine, work, source_file, result_file = sys.argv[1:]
    PEERS[engine, work](source_file, result_file)
