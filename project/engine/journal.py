"""The journal of row by row work: keeps now and then how far the result has come, and goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable

from project.engine.check import CheckedInput
from project.engine.checkpoint import Written, note_written, save_written, take_written
from project.engine.plan import RESULT_FILE, Plan
from project.engine.progress import Progress
from project.engine.result import ResultFile

# What is lost when the machine stops is done again in about this time.
_SECONDS_BETWEEN = 2.0


class ResultJournal:
    """Keeps the progress of one result file: after every piece for the case that this process ends, and now and then
    synced for the case that the machine does."""

    def __init__(self, plan: Plan, result: ResultFile, earlier: Written | None) -> None:
        self._plan = plan
        self._result = result
        self._earlier = earlier
        self._kept_at = time.monotonic()

    def begin(self) -> Progress | None:
        """Where an earlier attempt left off."""
        if self._earlier is None:
            return None
        return Progress(self._earlier.pieces, self._earlier.rows_in, self._earlier.rows_behind)

    def keep(self, progress: Progress) -> None:
        """Note down how far the result is; sync it before, unless that was done a moment ago."""
        written = Written(
            pieces=progress.pieces,
            result_bytes=self._result.size,
            rows_in=progress.rows_in,
            rows_behind=progress.rows_behind,
            rows=self._result.rows,
        )
        if time.monotonic() - self._kept_at < _SECONDS_BETWEEN:
            note_written(self._plan.folder, written)
            return
        self._result.sync()
        save_written(self._plan.folder, written)
        self._kept_at = time.monotonic()


def begin(plan: Plan, checked: CheckedInput, note: Callable[[str], None]) -> tuple[ResultJournal, ResultFile]:
    """The journal and the result file of an attempt, carried on with where an earlier one left a checkpoint."""
    path = plan.folder / RESULT_FILE
    waits = any(step.needs_all_rows for step in plan.recipe.steps)
    taken = None if waits else take_written(plan)
    if taken is None:
        result = ResultFile(path, plan.output_limit)
        return ResultJournal(plan, result, None), result
    earlier, beyond = taken
    note(_told(earlier, beyond, checked.kept))
    result = ResultFile(path, plan.output_limit, size=earlier.result_bytes, rows=earlier.rows)
    # From here on this attempt's own checkpoint is as good as the earlier one.
    result.sync()
    save_written(plan.folder, earlier)
    return ResultJournal(plan, result, earlier), result


def _told(earlier: Written, beyond: int, kept: int) -> str:
    """Where it goes on, and how much of what had been done is done again: of that, only the bytes are known."""
    again = round(beyond / earlier.result_bytes * earlier.rows_in)
    return (
        f"Goes on behind {earlier.rows_in:,} of {kept:,} rows, which an earlier attempt has finished; what it had "
        f"written behind them, about {again:,} rows ({again / max(1, kept):.1%} of all), is done again."
    )
