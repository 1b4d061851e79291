"""One trial: the keys of the rows that come to the first match, those of the other table, and what comes of both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from project.engine import budget
from project.engine.attempt import carry_out
from project.engine.checkpoint import replace_file
from project.engine.detect import detect
from project.engine.disk import Room
from project.engine.events import Finished
from project.engine.keys import first_match, key_columns, keys_recipe
from project.engine.matches import TrialReport
from project.engine.partition import SpillFolder
from project.engine.plan import REJECTS_FILE, RESULT_FILE, SPILL_FOLDER, TRIAL_FILE, Plan, StepTable
from project.engine.reporter import PartReporter, Reporter
from project.engine.table import exactly
from project.engine.trial.batches import Batches, batches_of
from project.engine.trial.compared import Compared, Comparison
from project.engine.trial.finding import numbers
from project.engine.trial.keysfile import read_keys
from project.engine.trial.parted import Parted
from project.engine.trial.reporting import Rows, match_report
from project.engine.trial.sample import sample_of
from project.engine.trial.spread import ROWS, Spread, gathered, key, ranges_for, spread
from project.errors import FailureError
from project.operations.columns import Column
from project.operations.match import Match
from project.operations.recipe import Recipe

_LEFT_FOLDER = "left"
# Measured: an aggregate of nothing but different keys takes half as much again as it may, and leaves it late.
_LEFT_MEMORY = 0.5
# What a key takes in memory beside its text.
_KEY_BYTES = 24
# Where the work behind the left side's keys begins, and where the comparison does, as shares of all.
_RIGHT_FROM, _SPREAD_FROM, _COMPARED_FROM = 0.6, 0.7, 0.9
_ROOM = Room("the report")


def try_out(plan: Plan, reporter: Reporter) -> Finished:
    """Write TRIAL_FILE into the plan's folder. The ledger ends with the rows that come to the match."""
    return Trial(plan, reporter).run()


class Trial:
    """The first match of the plan's recipe, on the plan's input."""

    def __init__(self, plan: Plan, reporter: Reporter) -> None:
        self._plan = plan
        self._reporter = reporter
        self._place = first_match(plan.recipe)
        self._spill = SpillFolder(plan.folder / SPILL_FOLDER, plan.spill_limit)

    def run(self) -> Finished:
        """From the plan to the report."""
        left = self._carry_out_left()
        about = PartReporter(self._reporter, _RIGHT_FROM, _SPREAD_FROM - _RIGHT_FROM, self._table.name)
        with batches_of(self._plan, self._table, self._right_key, about) as other:
            step = _resolved(self._step, other)
            names = Recipe(steps=self._plan.recipe.steps[: self._place]).columns_after(self._columns())
            brought = step.brought(names)
            left_keys, right_keys = self._spread(left, other)
            found = self._compare(left_keys, right_keys)
            match = match_report(
                self._place,
                step,
                _rows(self._plan.input_name, left_keys),
                _rows(self._table.name, right_keys),
                found,
                lambda key: numbers(step, key, other, 2),
            )
            report = TrialReport(match=match, sample=sample_of(step, brought, found.sample, other))
        return self._finish(left, report, tuple(column.name for column in step.columns_after(names)))

    @property
    def _step(self) -> Match:
        step = self._plan.recipe.steps[self._place]
        assert isinstance(step, Match)
        return step

    @property
    def _table(self) -> StepTable:
        for table in self._plan.tables:
            if table.step == self._place:
                return table
        raise FailureError(f"Step {self._place + 1} has no table to match the rows with.", code="missing_table")

    @property
    def _right_key(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pair.right for pair in self._step.pairs))

    def _columns(self) -> tuple[Column, ...]:
        return tuple(Column(name, source=name) for name in detect(self._plan.input, self._plan.dialect).dialect.columns)

    def _carry_out_left(self) -> Finished:
        """Leave each key of the rows that come to the step, with their number, as a CSV file."""
        folder = self._left_folder
        (folder / SPILL_FOLDER).mkdir(parents=True, exist_ok=True)
        changed = {
            "folder": folder,
            "recipe": keys_recipe(self._plan.recipe, self._place),
            "tables": (),
            "trial": False,
            "earlier": None,
            "memory_mb": int(_LEFT_MEMORY * self._plan.memory_mb),
        }
        return carry_out(self._plan.model_copy(update=changed), PartReporter(self._reporter, 0.0, _RIGHT_FROM))

    @property
    def _left_folder(self) -> Path:
        return self._plan.folder / _LEFT_FOLDER

    def _spread(self, left: Finished, other: Batches) -> tuple[Spread, Spread]:
        """The keys of both sides in parts; the CSV file is removed."""
        width = len(self._step.pairs)
        room = budget.part_bytes(self._plan.memory_mb)
        left_bytes = left.result_bytes + left.ledger.written * _KEY_BYTES * width
        ranges = ranges_for(left_bytes + other.rows * (other.row_bytes + _KEY_BYTES), room)
        path = self._left_folder / RESULT_FILE
        left_keys = spread(self._left_frames(path), width, ranges, self._spill, room // 2)
        path.unlink()
        right_frames = gathered(self._right_frames(other), width, room // 4)
        return left_keys, spread(right_frames, width, ranges, self._spill, room // 2)

    def _left_frames(self, path: Path) -> Iterator[pl.DataFrame]:
        columns = key_columns(self._step)
        schema = {key(number): pl.String() for number in range(len(columns))} | {ROWS: pl.Int64()}
        places = [columns.index(pair.left) for pair in self._step.pairs]
        chosen = [pl.col(key(place)).alias(key(number)) for number, place in enumerate(places)]
        for frame in read_keys(path, schema, budget.range_bytes(self._plan.memory_mb)):
            yield frame.select(*chosen, ROWS)

    def _right_frames(self, other: Batches) -> Iterator[pl.DataFrame]:
        names = tuple(pair.right for pair in self._step.pairs)
        chosen = [column.alias(key(number)) for number, column in enumerate(exactly(names))]
        rows = 0
        for frame in other.read(self._right_key):
            rows += frame.height
            yield frame.select(*chosen, pl.lit(1, dtype=pl.Int64).alias(ROWS))
            self._tell(_SPREAD_FROM, _COMPARED_FROM, rows / max(1, other.rows))

    def _compare(self, left: Spread, right: Spread) -> Compared:
        comparison = Comparison(len(self._step.pairs), self._step.ignore)
        parted = Parted(comparison, budget.part_bytes(self._plan.memory_mb))
        return parted.of(left, right, lambda share: self._tell(_COMPARED_FROM, 1.0, share))

    def _tell(self, start: float, end: float, share: float) -> None:
        self._reporter.move(fraction=start + (end - start) * share)

    def _finish(self, left: Finished, report: TrialReport, columns: tuple[str, ...]) -> Finished:
        path = self._plan.folder / TRIAL_FILE
        with _ROOM:
            replace_file(path, report.model_dump_json())
        if left.rejects_bytes:
            os.replace(self._left_folder / REJECTS_FILE, self._plan.folder / REJECTS_FILE)
        *before, grouped = left.ledger.steps
        ledger = left.ledger.model_copy(update={"steps": tuple(before), "written": grouped.rows_in})
        ledger.check()
        return left.model_copy(
            update={
                "ledger": ledger,
                "columns": columns,
                "result_bytes": path.stat().st_size,
                "peak_memory_mb": budget.peak_memory_mb(),
            }
        )


def _resolved(step: Match, other: Batches) -> Match:
    """The step with the columns that it brings where nobody has chosen them: all but the other table's key."""
    if step.columns is not None:
        return step
    key_names = {pair.right for pair in step.pairs}
    columns = tuple(name for name in other.columns if name not in key_names and not name.startswith("\0"))
    return step.model_copy(update={"columns": columns})


def _rows(name: str, side: Spread) -> Rows:
    return Rows(name, side.rows, side.missing)
