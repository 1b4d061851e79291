"""The journal of row by row work: keeps now and then how far the result has come, and goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from project.engine.chain import COUNTED
from project.engine.checked import CheckedInput
from project.engine.checkpoint import Written, note_written, save_written, take_written
from project.engine.partcheckpoint import are_there, leave_parts, save_spread, take_spread
from project.engine.plan import RESULT_FILE, Plan
from project.engine.progress import Progress, Resumed, Spread
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

    def begin_parts(self, work: str) -> Resumed | None:
        """See PartsJournal. What an earlier attempt has joined is in the result then."""
        spread = take_spread(self._plan, work)
        if spread is None:
            return None
        # Read after the parts were linked: whatever was joined and removed until then is told of here.
        taken = take_written(self._plan)
        joined = taken[0].pieces if taken is not None else 0
        if not are_there(spread, joined, self._plan):
            leave_parts(self._plan)
            self._result.restart()
            return None
        if taken is None:
            self._result.restart()
            counts: tuple[int, ...] = ()
        else:
            self._result.take_over(taken[0].result_bytes, taken[0].rows)
            note_written(self._plan.folder, taken[0])
            counts = taken[0].rows_behind
        save_spread(self._plan.folder, spread)
        steps = range(0, len(counts), COUNTED)
        return Resumed(spread, joined, tuple(counts[at : at + COUNTED] for at in steps))

    def keep_parts(self, spread: Spread) -> None:
        """See PartsJournal."""
        save_spread(self._plan.folder, spread)

    def keep_joined(self, parts: int, counts: Sequence[tuple[int, ...]]) -> None:
        """See PartsJournal. Nothing is synced: the parts are not, without which this is of no use."""
        note_written(self._plan.folder, self._written(parts, 0, tuple(number for each in counts for number in each)))

    def keep(self, progress: Progress) -> None:
        """Note down how far the result is; sync it before, unless that was done a moment ago."""
        written = self._written(progress.pieces, progress.rows_in, progress.rows_behind)
        if time.monotonic() - self._kept_at < _SECONDS_BETWEEN:
            note_written(self._plan.folder, written)
            return
        self._result.sync()
        save_written(self._plan.folder, written)
        self._kept_at = time.monotonic()

    def _written(self, pieces: int, rows_in: int, rows_behind: tuple[int, ...]) -> Written:
        size, rows = self._result.size, self._result.rows
        return Written(pieces=pieces, result_bytes=size, rows_in=rows_in, rows_behind=rows_behind, rows=rows)


def begin(
    plan: Plan, checked: CheckedInput, note: Callable[[str], None], *, waits: bool
) -> tuple[ResultJournal, ResultFile]:
    """The journal and the result file of an attempt, carried on with where an earlier one left a checkpoint.

    `waits`: whether some step is a stage, so that the result is not made piece by piece.
    """
    path = plan.folder / RESULT_FILE
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
