"""The first half of an attempt: what is known of the file's records, by a check, or from an earlier one."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from threading import Thread

from project.engine import budget, checkpoint, groups
from project.engine.archive import Entry, entry_of
from project.engine.check import StructuralCheck
from project.engine.checked import CheckedInput
from project.engine.compiled import is_worth_compiling, must_compile
from project.engine.detect import detect
from project.engine.dialect import Dialect
from project.engine.facts import Facts, are_known, may_use, of_used, surveyed
from project.engine.ledger import account_of
from project.engine.numbers import coded_columns, measured, sorted_columns
from project.engine.plan import REJECTS_FILE, SPOOL_FILE, Plan
from project.engine.rejects import RejectsFile
from project.engine.reporter import Reporter, checked_fraction
from project.engine.seals import in_words
from project.engine.spool import Spool


def check_anew(plan: Plan, stamp: tuple[int, ...], reporter: Reporter, total: int) -> tuple[Dialect, CheckedInput, int]:
    """Find the dialect and check the file, or recall its check; returns both, and the size of the rejects."""
    reporter.phase("detecting", bytes_total=total)
    detection = detect(plan.input, plan.dialect)
    reporter.note(f"Read as {detection.dialect.sentence()}.")
    for note in detection.notes:
        reporter.note(note)
    rejects_bytes = 0
    entry = entry_of(plan, detection.dialect)
    checked = _recalled(entry, plan, detection.dialect, reporter) if entry is not None else None
    if checked is None:
        rejects = RejectsFile(plan.folder / REJECTS_FILE)
        if total >= checkpoint.WORTH_KEEPING_BYTES:
            # The scanner leaves the interpreter free: what the steps need is loaded meanwhile.
            Thread(target=import_module, args=("project.engine.pipeline",), daemon=True).start()
        checked = _check(plan, detection.dialect, entry, rejects, reporter, total)
        rejects_bytes = rejects.close()
    _tell_of_check(checked, reporter)
    if total >= checkpoint.WORTH_KEEPING_BYTES:
        checkpoint.save_checked(plan, stamp, detection.dialect, checked, rejects_bytes)
    return detection.dialect, checked, rejects_bytes


def _recalled(entry: Entry, plan: Plan, dialect: Dialect, reporter: Reporter) -> CheckedInput | None:
    """What a check in an earlier job has found, where that is known and enough for this one."""
    facts = entry.recall()
    range_bytes = _range_bytes(plan)
    uses = plan.uses(dialect.columns)
    if facts is None or not _may_use(facts, plan, dialect, range_bytes):
        return None
    if not sorted_columns(plan.recipe):
        # For a sort, texts are collected where the check would have done it.
        reporter.skip_check()
    reporter.phase("working")
    reporter.note(
        f"This file was checked on {in_words(facts.checked_on)} and has not changed since: the check is not repeated."
    )
    return facts.input(plan.input, uses, range_bytes, entry.path)


def _range_bytes(plan: Plan) -> int:
    """An inspection holds the rows of its pieces in several forms: its pieces are smaller."""
    return budget.range_bytes(plan.memory_mb // 4 if plan.inspection else plan.memory_mb)


def _may_use(facts: Facts, plan: Plan, dialect: Dialect, range_bytes: int) -> bool:
    if plan.inspection:
        return facts.range_bytes <= range_bytes and are_known(facts, plan.uses(dialect.columns))
    return may_use(facts, plan.recipe, dialect, range_bytes)


def check_of(
    earlier: checkpoint.Checked, plan: Plan, reporter: Reporter, total: int
) -> tuple[Dialect, CheckedInput, int]:
    """What an earlier attempt found, as `check_anew` would."""
    checked = earlier.input(plan)
    reporter.phase("working", bytes_total=total, bytes_read=total, rejects=checked.rejected, fraction=0.3)
    reporter.note("The structural check of the earlier attempt holds: it is not repeated.")
    _tell_of_check(checked, reporter)
    return earlier.dialect, _with_texts(checked, earlier.dialect, plan, reporter, total), earlier.rejects_bytes


def _with_texts(checked: CheckedInput, dialect: Dialect, plan: Plan, reporter: Reporter, total: int) -> CheckedInput:
    """The check that was taken over, with the texts that a check of this attempt would have collected for codes."""
    key = coded_columns(plan.recipe)
    if not key or dialect.escape or not is_worth_compiling(total) or not groups.are_many(plan.input, dialect, key):
        return checked
    from project.engine.collect import CollectBudget, collect_texts

    def on_read(read: int) -> None:
        reporter.move(bytes_read=read, fraction=checked_fraction(read, total))

    room = CollectBudget(budget.key_bytes(plan.memory_mb), budget.threads())
    return replace(checked, texts=collect_texts(checked, dialect, key, room, on_read))


def _check(
    plan: Plan, dialect: Dialect, entry: Entry | None, rejects: RejectsFile, reporter: Reporter, total: int
) -> CheckedInput:
    uses = plan.uses(dialect.columns)

    def on_progress(read: int, records: int, rejected: int) -> None:
        reporter.move(bytes_read=read, rows_read=records, rejects=rejected, fraction=checked_fraction(read, total))

    reporter.phase("checking")
    if must_compile(total):
        reporter.note("The scanner is being compiled, once for this installation: this takes some ten seconds.")
    limit = plan.recipe.max_rejects
    range_bytes = _range_bytes(plan)
    key = coded_columns(plan.recipe)
    sorted_by = groups.with_texts(plan.input, dialect, sorted_columns(plan.recipe))
    check = StructuralCheck(
        plan.input,
        dialect,
        uses if entry is None else surveyed(uses, dialect.columns),
        rejects,
        lambda: Spool(plan.folder / SPOOL_FILE, plan.spill_limit),
        key=key or sorted_by,
        integers=measured(plan.recipe) if key and not groups.are_many(plan.input, dialect, key) else None,
        key_bytes=budget.key_bytes(plan.memory_mb),
        max_rejects=limit if isinstance(limit, int) else None,
        on_progress=on_progress,
        range_bytes=range_bytes,
        threads=budget.threads(),
        seal=entry is not None,
        number_blanks=plan.inspection,
    )
    checked = check.run()
    reporter.phase("working", bytes_read=total, rows_read=checked.records, rejects=checked.rejected, fraction=0.3)
    if entry is None:
        return checked
    entry.keep(checked, range_bytes)
    return replace(checked, numbers=of_used(checked.numbers, uses))


def _tell_of_check(checked: CheckedInput, reporter: Reporter) -> None:
    words = account_of(checked.records, checked.kept, checked.rejected, checked.blank)
    reporter.note(f"Checked {words}.", is_warning=checked.rejected > 0)
    if checked.comments:
        reporter.note(f"{checked.comments:,} comment lines skipped.")
