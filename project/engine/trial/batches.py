"""Batches: a table's rows some at a time, whichever file they lie in, with whichever of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from project.engine import budget
from project.engine.plan import SPILL_FOLDER, Plan, StepTable
from project.engine.reporter import Reporter
from project.engine.table import exactly, table_of_records
from project.engine.threads import in_order
from project.errors import FailureError
from project.operations.columns import Column
from project.operations.recipe import Recipe

_MOST_ROWS = 1 << 18
_PLACES, _ROWS_A_PLACE = 8, 64
_OTHER_FOLDER = "other"


@dataclass(frozen=True)
class Batches:
    """`columns`: all that there are; `rows`: how many; `row_bytes`: about what one takes with the columns of its key.

    `load(number, names)` gives one batch; `pick(number, index, names)` one row of it, of any columns: a batch is as
    large as its keys allow.
    """

    columns: tuple[str, ...]
    rows: int
    row_bytes: int
    count: int
    load: Callable[[int, tuple[str, ...]], pl.DataFrame]
    pick: Callable[[int, int, tuple[str, ...]], pl.DataFrame]

    def read(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All batches with those columns, in order."""
        wanted = tuple(names)
        return in_order(lambda number: self.load(number, wanted), range(self.count), budget.threads())


@contextmanager
def batches_of(plan: Plan, table: StepTable, key: tuple[str, ...], reporter: Reporter) -> Iterator[Batches]:
    """The other table's. A plain file is checked, as an input is. Raises FailureError."""
    if table.columnar:
        yield _columnar(table, key, plan.memory_mb)
    else:
        with _checked(plan, table, key, reporter) as batches:
            yield batches


def _columnar(table: StepTable, key: tuple[str, ...], memory_mb: int) -> Batches:
    frame = pl.scan_parquet(table.path, glob=False)
    columns = tuple(frame.collect_schema().names())
    _look_for(key, columns, table.name)
    rows = int(frame.select(pl.len()).collect().item())
    keys = frame.select(exactly(key))
    starts = range(0, rows, max(1, rows // _PLACES))
    row_bytes = _row_bytes([keys.slice(first, _ROWS_A_PLACE).collect() for first in starts])
    size = max(1, min(_MOST_ROWS, budget.part_bytes(memory_mb) // row_bytes))

    def load(number: int, names: tuple[str, ...]) -> pl.DataFrame:
        return frame.select(exactly(names)).slice(number * size, size).collect(engine="streaming")

    def pick(number: int, index: int, names: tuple[str, ...]) -> pl.DataFrame:
        return frame.select(exactly(names)).slice(number * size + index, 1).collect(engine="streaming")

    return Batches(columns, rows, row_bytes, -(-rows // size), load, pick)


@contextmanager
def _checked(plan: Plan, table: StepTable, key: tuple[str, ...], reporter: Reporter) -> Iterator[Batches]:
    """Of a file as it is; what is a reject there is no part of the match."""
    from project.engine.checking import check_anew

    folder = plan.folder / _OTHER_FOLDER
    (folder / SPILL_FOLDER).mkdir(parents=True, exist_ok=True)
    source = {"input": table.path, "input_name": table.name, "dialect": table.dialect, "folder": folder}
    own = plan.model_copy(update=source | {"recipe": Recipe(), "tables": (), "trial": False, "earlier": None})
    dialect, checked, _ = check_anew(own, (), reporter, table.path.stat().st_size)
    _look_for(key, dialect.columns, table.name)

    def pick(number: int, index: int, names: tuple[str, ...]) -> pl.DataFrame:
        return records.scan(number, names).slice(index, 1).collect(engine="streaming")

    records = table_of_records(checked, dialect, tuple(Column(name) for name in dialect.columns))
    try:
        row_bytes = _row_bytes([records.load(number, key) for number in {0, records.pieces // 2}])
        yield Batches(dialect.columns, checked.kept, row_bytes, records.pieces, records.load, pick)
    finally:
        records.close()


def _look_for(key: tuple[str, ...], columns: tuple[str, ...], name: str) -> None:
    for column in key:
        if column not in columns:
            shown = "the key" if column.startswith("\0") else f"“{column}”"
            raise FailureError(f"“{name}”, the other table, has no column {shown}.", code="missing_column")


def _row_bytes(frames: list[pl.DataFrame]) -> int:
    rows = sum(frame.height for frame in frames)
    width = max((frame.width for frame in frames), default=1)
    return 16 * width + sum(int(frame.estimated_size()) for frame in frames) // max(1, rows)
