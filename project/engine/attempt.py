"""One attempt from its plan to a whole result in its folder: detect, check, work, account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from project.engine import budget, checkpoint, survey
from project.engine.checked import CheckedInput
from project.engine.checking import check_anew, check_of
from project.engine.compiled import is_worth_compiling, load_beside
from project.engine.dialect import Dialect
from project.engine.events import Finished
from project.engine.ledger import Ledger
from project.engine.numbers import measured
from project.engine.plan import PINNED_INPUT, SPILL_FOLDER, Plan
from project.engine.reporter import Reporter, checked_fraction, worked_fraction, written_fraction
from project.errors import FailureError
from project.operations.columns import Column, Columns, NumberForm, Use
from project.operations.match import Match
from project.operations.recipe import Recipe

if TYPE_CHECKING:
    from polars import DataFrame

    from project.engine.carried import Carried
    from project.engine.chain import Link
    from project.engine.coded import CodedAggregate


def carry_out(plan: Plan, reporter: Reporter) -> Finished:
    """Do what the plan says. Raises RowmillError with a sentence where it cannot be done."""
    plan = _pinned(plan)
    with _unchanged(plan) as stamp:
        if plan.trial:
            from project.engine.trial.run import try_out

            return try_out(plan, reporter)
        return _carry_out(plan, stamp, reporter)


def _carry_out(plan: Plan, stamp: tuple[int, ...], reporter: Reporter) -> Finished:
    total = plan.input.stat().st_size
    earlier = checkpoint.take_checked(plan, stamp)
    if earlier is None:
        # Nothing of an earlier attempt holds any more, its result least of all.
        plan = plan.model_copy(update={"earlier": None})
    dialect, checked, rejects_bytes = (
        check_anew(plan, stamp, reporter, total) if earlier is None else check_of(earlier, plan, reporter, total)
    )
    uses = plan.uses(dialect.columns)
    allowed = plan.recipe.rejects_allowed(checked.records - checked.blank)
    if allowed is not None and checked.rejected > allowed:
        raise FailureError(
            f"{checked.rejected:,} of {checked.records:,} records were rejected: more than the recipe's max_rejects "
            f"({plan.recipe.max_rejects}) allows.",
            code="too_many_rejects",
        )
    if plan.inspection:
        ledger, columns = _inspect(plan, dialect, checked, reporter, total), dialect.columns
    else:
        ledger, columns = _work(plan, dialect, uses, checked, reporter, total)
    ledger.check()
    size = (plan.folder / plan.result_file).stat().st_size
    return Finished(
        ledger=ledger,
        columns=columns,
        result_bytes=size,
        rejects_bytes=rejects_bytes,
        dialect=dialect.sentence(),
        peak_memory_mb=budget.peak_memory_mb(),
    )


def _inspect(plan: Plan, dialect: Dialect, checked: CheckedInput, reporter: Reporter, total: int) -> Ledger:
    from project.engine.inspection.inspect import inspect

    return inspect(plan, dialect, checked, reporter, total)


def _work(
    plan: Plan, dialect: Dialect, uses: dict[str, Use], checked: CheckedInput, reporter: Reporter, total: int
) -> tuple[Ledger, tuple[str, ...]]:
    # Imported here: Polars reads its settings when it is imported, and small failures need not wait for it.
    from project.engine import pipeline
    from project.engine.journal import begin
    from project.engine.numbers import read_as_integers, source_columns
    from project.engine.others import others
    from project.engine.partition import SpillFolder
    from project.engine.table import table_of_records
    from project.engine.ways import Budget, Told

    def on_read(rows: int) -> None:
        share = min(1.0, rows / max(1, checked.kept))
        fraction = worked_fraction(rows, checked.kept, waits=waits)
        reporter.move(rows_read=rows, bytes_read=int(total * share), fraction=fraction)

    def on_worked(rows: int) -> None:
        if reporter.current != "writing":
            reporter.phase("writing", rows_read=checked.kept, bytes_read=total)
        reporter.move(fraction=written_fraction(rows, checked.kept))

    def on_collected(read: int) -> None:
        reporter.move(bytes_read=read, fraction=checked_fraction(read, total))

    columns = source_columns(dialect, checked, uses)
    _tell_of_numbers(columns, checked, uses, reporter)
    if is_worth_compiling(total) and any(isinstance(step, Match) for step in plan.recipe.steps):
        # Each record's key is read with it, once the other table is there; to read that takes a while.
        load_beside()
    matched = others(plan, columns, reporter)
    waits = any(step.needs_all_rows for step in plan.recipe.steps) or matched.need_stages
    journal, result = begin(plan, checked, reporter.note, waits=waits)
    spooled = checked.path.stat().st_size if checked.path != plan.input else 0
    spill = SpillFolder(plan.folder / SPILL_FOLDER, plan.spill_limit, spooled)
    columns = read_as_integers(columns, plan.recipe)
    kept_in = journal if total >= checkpoint.WORTH_KEEPING_BYTES else None
    table = table_of_records(checked, dialect, columns)

    def carrier(links: Sequence[Link]) -> Carried | None:
        # Small files need not wait for numpy.
        from project.engine.carrying import carried
        from project.engine.collect import CollectBudget

        room = CollectBudget(budget.key_bytes(plan.memory_mb), budget.threads())
        return carried(links, checked, dialect, table, room, on_collected)

    written = pipeline.run(
        plan.recipe,
        table,
        result,
        Budget(budget.part_bytes(plan.memory_mb), spill, budget.threads(), journal=kept_in),
        Told(on_read, on_worked, reporter.note),
        kept_in,
        lambda links: _first_aggregate(links, checked, dialect, columns, plan.recipe),
        carrier if is_worth_compiling(total) else lambda links: None,
        matched.tables,
    )
    result.close()
    ledger = Ledger(
        read=checked.records,
        kept=written.rows_in,
        rejected=checked.rejected,
        blank=checked.blank,
        steps=written.steps,
        written=result.rows,
        tables=matched.counts,
    )
    return ledger, written.columns


def _first_aggregate(
    links: Sequence[Link], checked: CheckedInput, dialect: Dialect, columns: Columns, recipe: Recipe
) -> CodedAggregate | DataFrame | None:
    """The aggregate that the recipe begins with, by what the check has collected for it; or what comes of it."""
    if checked.sums is not None:
        from project.engine.summed import summed_aggregate

        return summed_aggregate(links, checked, columns, measured(recipe))
    if checked.texts is not None:
        from project.engine.coded import coded_aggregate

        return coded_aggregate(links, checked, dialect, columns)
    return None


def _tell_of_numbers(
    columns: tuple[Column, ...], checked: CheckedInput, uses: dict[str, Use], reporter: Reporter
) -> None:
    """Say how the columns are compared whose reading depends on what is in them."""
    for column in columns:
        use = uses.get(column.name)
        if use is Use.NUMBER and column.numbers is not None and column.numbers.form is NumberForm.FLOAT:
            reporter.note(
                f"“{column.name}” holds numbers with exponents, or with more digits than can be held exactly at one "
                "scale: it is read as binary floating-point numbers, and its sums are not exact.",
                is_warning=True,
            )
        if use is not Use.AUTO or not checked.kept:
            continue
        if column.numbers is not None:
            reporter.note(f"“{column.name}” is compared as numbers: every value in it is one.")
        else:
            reporter.note(f"“{column.name}” is compared as text{_why_text(checked.numbers[column.name])}.")


def _why_text(found: tuple[int, ...]) -> str:
    if not found[survey.N_BAD]:
        return ""
    return f": record {found[survey.N_FIRST_BAD] + 1:,} is the first in which it is not a number"


def _pinned(plan: Plan) -> Plan:
    """The plan with second names for the files that are read: a job that replaces one by its result takes none away."""
    tables = tuple(
        table.model_copy(update={"path": _pin(table.path, plan.folder / f"{PINNED_INPUT}-of-step{table.step + 1}")})
        for table in plan.tables
    )
    return plan.model_copy(update={"input": _pin(plan.input, plan.folder / PINNED_INPUT), "tables": tables})


def _pin(path: Path, pinned: Path) -> Path:
    try:
        os.link(path.resolve(), pinned)
    except OSError:
        # Another file system, or a file that is not ours: a change is noticed at the end.
        return path
    return pinned


@contextmanager
def _unchanged(plan: Plan) -> Iterator[tuple[int, ...]]:
    """Holds that what is read can be, and stays as it is: whatever else goes wrong meanwhile comes from the change."""
    files = {plan.input: plan.input_name} | {table.path: table.name for table in plan.tables}
    for path, name in files.items():
        try:
            path.open("rb").close()
        except OSError as error:
            raise FailureError(f"“{name}” cannot be read: {error.strerror}.", code="unreadable_input") from None
    stamps = {path: checkpoint.stamp_of(path) for path in files}
    try:
        yield stamps[plan.input]
    finally:
        for path, name in files.items():
            if checkpoint.stamp_of(path) != stamps[path]:
                raise FailureError(
                    f"“{name}” changed while it was being read. Start the job again when it is complete.",
                    code="input_changed",
                )
