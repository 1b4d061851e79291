"""The other tables of a recipe's matches: read, accounted for, and held in memory where they fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from project.engine import budget
from project.engine.apart import Apart
from project.engine.brought import uses_of_brought
from project.engine.check import StructuralCheck
from project.engine.detect import detect
from project.engine.ledger import TableCounts
from project.engine.lookup import Lookup, Matching
from project.engine.othernumbers import checked_copy, looked_at, numbers_of, record_in_copy
from project.engine.partition import held_bytes
from project.engine.plan import Plan, StepTable
from project.engine.rejects import RejectsFile
from project.engine.spool import Spool
from project.engine.table import Names, Table, table_of_parquet, table_of_records
from project.engine.ways import in_words
from project.errors import FailureError, InvalidInputError, RowmillError
from project.operations.columns import Column, Columns, Numbers, Use
from project.operations.match import Match
from project.operations.names import find

if TYPE_CHECKING:
    from project.engine.reporter import Reporter

_Opened = tuple[Table, TableCounts, dict[str, Numbers | None]]


@dataclass(frozen=True)
class Others:
    """By the number of the step: what it matches rows with, and the counts for the ledger."""

    tables: dict[int, Lookup | Apart]
    counts: tuple[TableCounts, ...]

    @property
    def need_stages(self) -> bool:
        """Whether a match is more than work on any rows by themselves."""
        return any(isinstance(table, Apart) or table.multiplies for table in self.tables.values())


def others(plan: Plan, columns: Columns, reporter: Reporter) -> Others:
    """The other tables of the plan's recipe. `columns`: of the input file.

    Raises FailureError where one cannot be read, or is not there.
    """
    tables: dict[int, Lookup | Apart] = {}
    counts: list[TableCounts] = []
    room = _room(plan)
    uses = uses_of_brought(plan.recipe, columns)
    for number, (step, known) in enumerate(zip(plan.recipe.steps, plan.recipe.trace(columns), strict=False)):
        if not isinstance(step, Match):
            continue
        source = _source(plan, number)
        matching = Matching(step, step.brought(known), f"“{source.name}”")
        table, counted, numbers = _opened(plan, source, matching.read, uses[number], reporter)
        _check_columns(matching, table)
        counts.append(counted)
        tables[number] = held(replace(matching, numbers=numbers), table, room, reporter)
        if isinstance(found := tables[number], Lookup):
            room -= min(room, held_bytes(found.rows) + held_bytes(found.keys))
    return Others(tables, tuple(counts))


def _room(plan: Plan) -> int:
    """How many bytes all of them may take: what a stage would need is theirs, where there is none."""
    has_stages = any(step.needs_all_rows for step in plan.recipe.steps)
    return budget.part_bytes(plan.memory_mb) * (1 if has_stages else 2)


def held(matching: Matching, table: Table, room: int, reporter: Reporter) -> Lookup | Apart:
    """What is needed of the table, in memory if it fits into so many bytes."""
    words = f"{matching.step.title}: {matching.table} has {table.rows:,} rows"
    piece = matching.right(table.load(table.pieces // 2, matching.read), 0)
    size = held_bytes(piece) * table.pieces
    frames: list[pl.DataFrame] = []
    read = taken = 0
    while size <= room and taken <= room and len(frames) < table.pieces:
        frame = table.load(len(frames), matching.read)
        frames.append(matching.right(frame, read))
        read += frame.height
        taken += held_bytes(frames[-1])
        # A sign of life.
        reporter.move()
    if len(frames) < table.pieces or taken > room:
        reporter.note(f"{words}, of which {in_words(size)} are needed: both are matched in parts on disk.")
        return Apart(matching, table, size)
    table.close()
    reporter.note(f"{words}, of which {in_words(taken)} are held in memory.")
    return Lookup.of(matching, pl.concat(frames))


def _source(plan: Plan, number: int) -> StepTable:
    for table in plan.tables:
        if table.step == number:
            return table
    raise FailureError(f"Step {number + 1} has no table to match the rows with.", code="missing_table")


def _opened(plan: Plan, source: StepTable, read: Names, uses: Mapping[str, Use], reporter: Reporter) -> _Opened:
    """The table, its counts, and the numbers in what later steps read as such. `read`: the columns that are."""
    try:
        if source.columnar:
            return _copied(plan, source, read, uses, reporter)
        return _checked(plan, source, uses, reporter)
    except RowmillError as error:
        raise FailureError(f"“{source.name}”, the other table: {error.message}", code=error.code) from None
    except (OSError, pl.exceptions.PolarsError):
        raise FailureError(f"“{source.name}”, the other table, cannot be read.", code="unreadable_table") from None


def _copied(plan: Plan, source: StepTable, read: Names, uses: Mapping[str, Use], reporter: Reporter) -> _Opened:
    """A columnar copy, of which everything can be read."""
    table = table_of_parquet(source.path, read, budget.range_bytes(plan.memory_mb))
    counts = source.counts_of_copy(table.rows)
    if source.inspected is not None:
        _tell(counts, source.inspected.dialect, reporter)
    there = {name: use for name, use in uses.items() if name in table.names}
    if not looked_at(there):
        return table, counts, {}
    copy = plan.folder / f"table{source.step}.csv"
    dialect, checked = checked_copy(source.path, copy, there, source.dialect.decimal or ".", plan.spill_limit)
    return table, counts, numbers_of(dialect, checked, there, lambda row: record_in_copy(source.path, row))


def _checked(plan: Plan, source: StepTable, uses: Mapping[str, Use], reporter: Reporter) -> _Opened:
    """A file as it is: what cannot be read of it is set aside, and told of."""
    dialect = detect(source.path, source.dialect).dialect
    rejects = RejectsFile(plan.folder / f"table{source.step}-rejects.csv")
    there = {name: use for name, use in uses.items() if name in dialect.columns}
    check = StructuralCheck(
        source.path,
        dialect,
        looked_at(there),
        rejects,
        lambda: Spool(plan.folder / f"table{source.step}.csv", plan.spill_limit),
        range_bytes=budget.range_bytes(plan.memory_mb),
        threads=budget.threads(),
        on_progress=lambda read, records, rejected: reporter.move(),
    )
    checked = check.run()
    rejects.close()
    counts = source.counts(checked.records, checked.kept, checked.rejected, checked.blank)
    _tell(counts, dialect.sentence(), reporter)
    table = table_of_records(checked, dialect, tuple(Column(name) for name in dialect.columns))
    return table, counts, numbers_of(dialect, checked, there, lambda record: record + 1)


def _tell(counts: TableCounts, dialect: str, reporter: Reporter) -> None:
    words = f"“{counts.name}”, the other table, read as {dialect}. {counts.sentence}."
    reporter.note(words, is_warning=counts.rejected > 0)


def _check_columns(matching: Matching, table: Table) -> None:
    """Raise FailureError where the table lacks a column."""
    for name in matching.read:
        try:
            find(table.columns, name)
        except InvalidInputError:
            shown = "the key" if name.startswith("\0") else f"“{name}”"
            raise FailureError(
                f"{matching.table}, the other table, has no column {shown}.", code="missing_column"
            ) from None
