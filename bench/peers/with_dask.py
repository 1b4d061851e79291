"""Dask on one machine: its own cluster of one worker process a core, as `Client()` makes it."""

from __future__ import annotations

import os

import dask
import dask.dataframe as dd
from dask.distributed import Client

_TEXTS = {"Song": "string", "Date": "string"}


def _sums(source: str, result: str, *keys: str) -> None:
    by = list(keys)
    total = dd.read_csv(source, dtype=_TEXTS).groupby(by)["Number of Plays"].sum()
    total.rename("Total").reset_index().sort_values(by).to_csv(result, single_file=True, index=False)


def _by_a_cluster(source: str, result: str, *keys: str) -> None:
    dask.config.set(temporary_directory=os.environ["BENCH_SPILL"])
    with Client(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None):
        _sums(source, result, *keys)


WORKS = {
    "total": lambda source, result: _by_a_cluster(source, result, "Song", "Date"),
    "by-date": lambda source, result: _by_a_cluster(source, result, "Date"),
}
