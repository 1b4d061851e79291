"""The numbers in columns of another table, as later steps read them; found by the check that the input goes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from project.engine import survey
from project.engine.check import StructuralCheck
from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.inspection.profile import RECORD_COLUMN
from project.engine.limits import Limit
from project.engine.numbers import source_columns
from project.engine.rejects import RejectsFile
from project.engine.spilling import spilling
from project.engine.spool import Spool
from project.engine.table import exactly
from project.errors import FailureError
from project.operations.columns import Numbers, Use


def looked_at(uses: Mapping[str, Use]) -> dict[str, Use]:
    """How the check looks at the columns: what is no number is no reject, as its rows would go unmatched."""
    return {name: Use.AUTO for name, use in uses.items() if use is not Use.TEXT}


def numbers_of(
    dialect: Dialect, checked: CheckedInput, uses: Mapping[str, Use], record_of: Callable[[int], int]
) -> dict[str, Numbers | None]:
    """What is known of the columns that are read as numbers, or may be.

    `record_of`: the number, from 1 on, that a checked record (from 0 on) has in the file that people know.
    Raises FailureError where one is read as numbers and does not hold them throughout.
    """
    wanted: dict[str, Use] = {name: use for name, use in uses.items() if use is not Use.TEXT}
    for name, use in wanted.items():
        found = checked.numbers[name]
        if use is Use.NUMBER and found[survey.N_BAD]:
            record = record_of(found[survey.N_FIRST_BAD])
            raise FailureError(
                f"A later step reads “{name}” as numbers, but record {record:,} has none there, or one of more than "
                f"{survey.MAX_DIGITS} digits.",
                code="not_a_number",
            )
    found_numbers = {column.name: column.numbers for column in source_columns(dialect, checked, wanted)}
    # A row that matches nothing has a missing value.
    return {
        name: numbers and replace(numbers, complete=False) for name, numbers in found_numbers.items() if name in wanted
    }


def record_in_copy(source: Path, row: int) -> int:
    """The number of a row's record, from 1 on: an inspection's copy notes it where records were passed over."""
    copy = pl.scan_parquet(source, glob=False)
    if RECORD_COLUMN not in copy.collect_schema():
        return row + 1
    return int(copy.slice(row, 1).select(exactly((RECORD_COLUMN,))).collect().item())


def checked_copy(
    source: Path, copy: Path, uses: Mapping[str, Use], point: str, limit: Limit
) -> tuple[Dialect, CheckedInput]:
    """The check of some columns of a Parquet file of texts, by a copy as CSV that is removed again."""
    names = tuple(looked_at(uses))
    with spilling():
        pl.scan_parquet(source, glob=False).select(exactly(names)).sink_csv(copy)
        limit.check(copy.stat().st_size)
    dialect = Dialect.model_validate({"encoding": "UTF-8", "columns": names, "decimal": point})
    rejects = RejectsFile(copy.with_suffix(".rejects"))
    spool = copy.with_suffix(".spool")
    checked = StructuralCheck(copy, dialect, looked_at(uses), rejects, lambda: Spool(spool, limit)).run()
    rejects.close()
    for path in (copy, spool):
        path.unlink(missing_ok=True)
    return dialect, checked
