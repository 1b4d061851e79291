"""Polars' ways."""

from __future__ import annotations

import os

import polars as pl

_TEXTS = {"Song": pl.String, "Date": pl.String}


def _sums(source: str, result: str, *keys: str) -> None:
    frame = pl.scan_csv(source, schema_overrides=_TEXTS)
    frame.group_by(*keys).agg(pl.col("Number of Plays").sum().alias("Total")).sort(*keys).sink_csv(result)


def _sort(source: str, result: str) -> None:
    frame = pl.scan_csv(source, schema_overrides=_TEXTS)
    frame.sort("Song", "Date", maintain_order=True).sink_csv(result)


def _filter(source: str, result: str) -> None:
    pl.scan_csv(source, schema_overrides=_TEXTS).filter(pl.col("Number of Plays") > 900).sink_csv(result)


def _wide(source: str, result: str) -> None:
    # Texts stay as they are; only the column that is compared is read as numbers.
    pl.scan_csv(source, infer_schema=False).filter(pl.col("c150").cast(pl.Float64) > 500).sink_csv(result)


def _copy(source: str, result: str) -> None:
    pl.scan_csv(source, infer_schema=False).sink_csv(result)


def _inspect(source: str, result: str) -> None:
    # The copy alone, as ours writes it; of what is in the columns nothing is told.
    frame = pl.scan_csv(source, infer_schema=False)
    frame.sink_parquet(result, compression="zstd", row_group_size=1 << 17)


def _join(source: str, result: str) -> None:
    songs = pl.scan_csv(os.environ["BENCH_OTHER"], infer_schema=False)
    frame = pl.scan_csv(source, infer_schema=False)
    frame.join(songs, on="Song", how="left", maintain_order="left").sink_csv(result)


WORKS = {
    "total": lambda source, result: _sums(source, result, "Song", "Date"),
    "by-date": lambda source, result: _sums(source, result, "Date"),
    "sort": _sort,
    "filter": _filter,
    "wide": _wide,
    "copy": _copy,
    "inspect": _inspect,
    "join": _join,
}
