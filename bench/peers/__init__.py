"""The peers: other engines' own short way to do the same work, each in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.contenders import Contender

MODULES = {
    "Polars": "with_polars",
    "DuckDB": "with_duckdb",
    "pandas in chunks": "with_pandas",
    "Dask": "with_dask",
    "csv and SQLite": "with_sqlite",
}


def command(
    work: str, source: Path, contender: Contender, folder: Path, result: Path, other: Path | None = None
) -> tuple[list[str], dict[str, str]]:
    """What to start, and its environment. `other`: what a join matches with."""
    environment = {"BENCH_SPILL": str(folder / "spill")}
    if other is not None:
        environment["BENCH_OTHER"] = str(other)
    if contender.memory_mb is not None:
        environment["BENCH_MEMORY_MB"] = str(contender.memory_mb)
        if contender.engine == "Polars":
            environment["POLARS_OOC_MEMORY_BUDGET_MB"] = str(contender.memory_mb)
            environment["POLARS_OOC_SPILL_DIR"] = str(folder / "spill")
    module = MODULES[contender.engine]
    return [sys.executable, "-m", "bench.peers", module, work, str(source), str(result)], environment
