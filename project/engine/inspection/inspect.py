"""One inspection behind its check: a pass over the kept records that leaves the columnar copy and the profile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from project import faults
from project.engine import budget
from project.engine.checked import CheckedInput
from project.engine.checkpoint import keep_file, replace_file
from project.engine.compiled import is_worth_compiling
from project.engine.dialect import Dialect
from project.engine.disk import Room
from project.engine.inspection.column import Piece
from project.engine.inspection.copying import check_size, group_rows, write_parquet
from project.engine.inspection.gather import Counted, Gathering
from project.engine.inspection.numbering import Numbering
from project.engine.inspection.profile import RECORD_COLUMN, Profile
from project.engine.ledger import Ledger
from project.engine.plan import DATA_FILE, PARTIAL_PROFILE_FILE, PROFILE_FILE, REJECTS_FILE, Plan
from project.engine.reporter import Reporter, worked_fraction
from project.engine.table import Table, table_of_records
from project.engine.threads import in_order
from project.operations.columns import Column

_SECONDS_BETWEEN = 1.0
# To tell what is known so far takes no more than this share of the time.
_TELLING_SHARE = 0.05
# Each thread holds a piece in several forms, and dictionaries beside it: in less than this there is one, without any.
_LEAST_FOR_THREADS_MB = 400
_ROOM = Room("the profile")


def inspect(plan: Plan, dialect: Dialect, checked: CheckedInput, reporter: Reporter, total: int) -> Ledger:
    """Write DATA_FILE and PROFILE_FILE into the plan's folder."""
    inspection = Inspection(plan, dialect, checked, reporter, total)
    inspection.run()
    return Ledger(
        read=checked.records,
        kept=inspection.rows,
        rejected=checked.rejected,
        blank=checked.blank,
        written=inspection.rows,
    )


class Reader(Protocol):
    """Reads a piece's rows, and what it holds in those of the counted columns that it has counted on the way."""

    def read(self, number: int, counted: tuple[str, ...]) -> tuple[pl.DataFrame, dict[str, Piece]]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class TableReader:
    """Counts nothing on the way."""

    table: Table

    def read(self, number: int, counted: tuple[str, ...]) -> tuple[pl.DataFrame, dict[str, Piece]]:
        """The piece as the table has it."""
        return self.table.load(number, self.table.names), {}

    def close(self) -> None:
        """The table is closed by whoever opened it."""


class Inspection:
    """`rows`: how many were read so far."""

    def __init__(self, plan: Plan, dialect: Dialect, checked: CheckedInput, reporter: Reporter, total: int) -> None:
        self._plan = plan
        self._dialect = dialect
        self._checked = checked
        self._reporter = reporter
        self._total = total
        # To merge what is counted takes several times as much, and the sketches as much again.
        size = budget.key_bytes(plan.memory_mb) // 8
        self._gathering = Gathering(dialect.columns, checked.numbers, size, dialect.decimal)
        self._numbering = _numbering(plan, checked)
        self._tell_at = time.monotonic() + _SECONDS_BETWEEN
        self.rows = 0

    def run(self) -> None:
        """Read all pieces once."""
        path = self._plan.folder / DATA_FILE
        schema: dict[str, pl.DataType] = dict.fromkeys(self._dialect.columns, pl.String())
        if self._numbering is not None:
            schema[RECORD_COLUMN] = pl.Int64()
        size = self._checked.cuts[-1] - self._checked.cuts[0]
        rows = group_rows(self._checked.kept, size, budget.range_bytes(self._plan.memory_mb))
        table = table_of_records(self._checked, self._dialect, tuple(Column(name) for name in self._dialect.columns))
        reader = self._reader(table)
        try:
            write_parquet(self._frames(table, reader), schema, path, rows)
        finally:
            reader.close()
            table.close()
        check_size(path, self._plan.output_limit)
        self._reporter.phase("writing", rows_read=self.rows, bytes_read=self._total)
        with _ROOM:
            replace_file(self._plan.folder / PROFILE_FILE, self._profile(complete=True).model_dump_json())
        (self._plan.folder / PARTIAL_PROFILE_FILE).unlink(missing_ok=True)

    def _frames(self, table: Table, reader: Reader) -> Iterator[pl.DataFrame]:
        def work(number: int) -> tuple[pl.DataFrame, Counted]:
            frame, known = reader.read(number, self._gathering.counted)
            return frame, self._gathering.count(frame, known)

        threads = budget.threads() if self._has_room else 1
        for frame, counted in in_order(work, range(table.pieces), threads):
            self._gathering.take(counted)
            self.rows += frame.height
            faults.point("engine-inspect")
            self._tell()
            if self._numbering is not None:
                records = pl.Series(RECORD_COLUMN, self._numbering.of(frame.height))
                frame = frame.with_columns(records)
            yield frame

    @property
    def _has_room(self) -> bool:
        return self._plan.memory_mb >= _LEAST_FOR_THREADS_MB

    def _reader(self, table: Table) -> Reader:
        # Small files need not wait for Numba.
        if not self._has_room or not is_worth_compiling(self._total):
            return TableReader(table)
        from project.engine.inspection.placing import PlaceReader

        # One more piece waits than there are threads.
        size = budget.key_bytes(self._plan.memory_mb) // (budget.threads() + 1)
        return PlaceReader(self._checked, self._dialect, table, size)

    def _tell(self) -> None:
        kept = self._checked.kept
        share = min(1.0, self.rows / max(1, kept))
        fraction = worked_fraction(self.rows, kept, waits=False)
        self._reporter.move(rows_read=self.rows, bytes_read=int(self._total * share), fraction=fraction)
        began = time.monotonic()
        if began < self._tell_at:
            return
        check_size(self._plan.folder / DATA_FILE, self._plan.output_limit)
        keep_file(self._plan.folder / PARTIAL_PROFILE_FILE, self._profile(complete=False).model_dump_json(), sync=False)
        ended = time.monotonic()
        self._tell_at = ended + max(_SECONDS_BETWEEN, (ended - began) / _TELLING_SHARE)

    def _profile(self, *, complete: bool) -> Profile:
        checked = self._checked
        return Profile(
            complete=complete,
            dialect=self._dialect.sentence(),
            records=checked.records,
            rejected=checked.rejected,
            blank=checked.blank,
            rows=self.rows,
            has_records=self._numbering is not None,
            columns=self._gathering.profiles(),
        )


def _numbering(plan: Plan, checked: CheckedInput) -> Numbering | None:
    """Of rows whose records' numbers are known, and are not the rows' own."""
    if checked.blanks is None or not (checked.rejected or any(record <= checked.kept for record in checked.blanks[:1])):
        return None
    return Numbering(plan.folder / REJECTS_FILE if checked.rejected else None, checked.blanks)
