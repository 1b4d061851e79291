"""Batches: a table's rows some at a time, whichever file they lie in, with whichever of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import polars as pl

from project.engine import budget
from project.engine.ledger import TableCounts
from project.engine.plan import SPILL_FOLDER, Plan, StepTable
from project.engine.reporter import Reporter
from project.engine.table import exactly, table_of_records
from project.engine.threads import in_order
from project.errors import FailureError, RowmillError
from project.operations.columns import Column
from project.operations.match import Match
from project.operations.recipe import Recipe

_MOST_ROWS = 1 << 18
_PLACES, _ROWS_A_PLACE = 8, 64
_OTHER_FOLDER = "other"


@dataclass(frozen=True)
class Batches:
    """`columns`: all that there are; `row_bytes`: about what a row takes with the columns of its key alone.

    `load(number, names)` gives one batch; `pick(number, index, names)` one row of it, of any columns: a batch is as
    large as its keys allow.
    """

    columns: tuple[str, ...]
    counts: TableCounts
    row_bytes: int
    count: int
    load: Callable[[int, tuple[str, ...]], pl.DataFrame]
    pick: Callable[[int, int, tuple[str, ...]], pl.DataFrame]
    close: Callable[[], None] = field(default=lambda: None)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.counts.kept

    def read(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All batches with those columns, in order."""
        wanted = tuple(names)
        return in_order(lambda number: self.load(number, wanted), range(self.count), budget.threads())


@contextmanager
def batches_of(plan: Plan, table: StepTable, step: Match, reporter: Reporter) -> Iterator[Batches]:
    """The other table's. A plain file is checked, as an input is. Raises FailureError."""
    key = tuple(dict.fromkeys(pair.right for pair in step.pairs))
    with ExitStack() as opened:
        try:
            batches = (_columnar if table.columnar else _checked)(plan, table, key, reporter)
            opened.callback(batches.close)
        except RowmillError as error:
            raise FailureError(f"“{table.name}”, the other table: {error.message}", code=error.code) from None
        except (OSError, pl.exceptions.PolarsError):
            raise FailureError(f"“{table.name}”, the other table, cannot be read.", code="unreadable_table") from None
        yield batches


def check_columns(batches: Batches, step: Match) -> None:
    """Raise FailureError where the step names a column that the table lacks."""
    brought = (step.columns or ()) if step.brings_columns else ()
    for name in (*(pair.right for pair in step.pairs), *brought):
        if name not in batches.columns:
            shown = "the key" if name.startswith("\0") else f"“{name}”"
            raise FailureError(
                f"“{batches.counts.name}”, the other table, has no column {shown}.", code="missing_column"
            )


def _columnar(plan: Plan, table: StepTable, key: tuple[str, ...], reporter: Reporter) -> Batches:
    frame = pl.scan_parquet(table.path, glob=False)
    columns = tuple(frame.collect_schema().names())
    rows = int(frame.select(pl.len()).collect().item())
    keys = frame.select(exactly(tuple(name for name in key if name in columns)))
    starts = range(0, rows, max(1, rows // _PLACES))
    row_bytes = _row_bytes([keys.slice(first, _ROWS_A_PLACE).collect() for first in starts])
    size = max(1, min(_MOST_ROWS, budget.part_bytes(plan.memory_mb) // row_bytes))

    def load(number: int, names: tuple[str, ...]) -> pl.DataFrame:
        return frame.select(exactly(names)).slice(number * size, size).collect(engine="streaming")

    def pick(number: int, index: int, names: tuple[str, ...]) -> pl.DataFrame:
        return frame.select(exactly(names)).slice(number * size + index, 1).collect(engine="streaming")

    counts = table.counts_of_copy(rows)
    if table.inspected is not None:
        # In the words of a check.
        reporter.note(f"Read as {table.inspected.dialect}.")
        reporter.note(f"Checked {counts.sentence}.", is_warning=counts.rejected > 0)
    return Batches(columns, counts, row_bytes, -(-rows // size), load, pick)


def _checked(plan: Plan, table: StepTable, key: tuple[str, ...], reporter: Reporter) -> Batches:
    """Of a file as it is; what is a reject there is no part of the match."""
    from project.engine.checking import check_anew

    folder = plan.folder / _OTHER_FOLDER
    (folder / SPILL_FOLDER).mkdir(parents=True, exist_ok=True)
    source = {"input": table.path, "input_name": table.name, "dialect": table.dialect, "folder": folder}
    own = plan.model_copy(update=source | {"recipe": Recipe(), "tables": (), "trial": False, "earlier": None})
    dialect, checked, _ = check_anew(own, (), reporter, table.path.stat().st_size)
    records = table_of_records(checked, dialect, tuple(Column(name) for name in dialect.columns))

    def pick(number: int, index: int, names: tuple[str, ...]) -> pl.DataFrame:
        return records.scan(number, names).slice(index, 1).collect(engine="streaming")

    counts = table.counts(checked.records, checked.kept, checked.rejected, checked.blank)
    known = tuple(name for name in key if name in dialect.columns)
    row_bytes = _row_bytes([records.load(number, known) for number in {0, records.pieces // 2}])
    return Batches(dialect.columns, counts, row_bytes, records.pieces, records.load, pick, records.close)


def _row_bytes(frames: list[pl.DataFrame]) -> int:
    rows = sum(frame.height for frame in frames)
    width = max((frame.width for frame in frames), default=1)
    return 1 + 16 * width + sum(int(frame.estimated_size()) for frame in frames) // max(1, rows)
