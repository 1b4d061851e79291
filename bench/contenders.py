"""The contenders: who takes part, with how much memory, under the names that the tables show."""

from __future__ import annotations

from dataclasses import dataclass

BUDGET_MB = 1024
HALF_MB = 512


@dataclass(frozen=True)
class Contender:
    """An engine with a memory budget in MB; None: all the memory of the machine."""

    engine: str
    memory_mb: int | None = None
    is_checked: bool = False
    """Whether the file was checked by an earlier job, whose findings are at hand. Only ours remembers any."""
    is_titled: bool = True
    """Whether its name tells its memory."""

    @property
    def is_ours(self) -> bool:
        """Whether it is Rowmill."""
        return self.engine == "Rowmill"

    @property
    def name(self) -> str:
        """Its name in the table."""
        budget = "all memory" if self.memory_mb is None else f"{self.memory_mb:,} MB"
        known = ", file already checked" if self.is_checked else ""
        return f"{self.engine}, {budget}{known}" if self.is_titled else self.engine


OURS = Contender("Rowmill", BUDGET_MB)
OURS_HALF = Contender("Rowmill", HALF_MB)
OURS_CHECKED = Contender("Rowmill", BUDGET_MB, is_checked=True)
POLARS = Contender("Polars", BUDGET_MB)
DUCKDB = Contender("DuckDB", BUDGET_MB)
POLARS_ALL = Contender("Polars")
DUCKDB_ALL = Contender("DuckDB")
PANDAS = Contender("pandas in chunks")
DASK = Contender("Dask")
SQLITE = Contender("csv and SQLite", is_titled=False)
