"""The work of a process that makes a view: its first rows, then how many there are, then all of them in parts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from project.engine.disk import disk_full, is_full
from project.engine.viewing.files import ViewFiles
from project.engine.viewing.filtering import write_parts
from project.engine.viewing.gate import Gate, locked
from project.engine.viewing.query import in_order, kept, numbered
from project.engine.viewing.sizes import Sizes, sizes
from project.engine.viewing.spreading import sort_part, spread, spread_file
from project.engine.viewing.state import (
    ASKED_FILE,
    HEAD_FILE,
    LOCK_FILE,
    STATE_FILE,
    WISH_FILE,
    State,
    load_state,
    part_file,
    save,
)
from project.engine.viewing.view import ViewPlan
from project.errors import RowmillError

# A view that nobody has looked at for so long is made no further; less long while others wait to be made.
_KEPT_SECONDS = 60.0
_KEPT_SECONDS_IN_A_QUEUE = 3.0
# Whoever only looks whether a process is at it holds the lock for a moment too.
_LOCK_SECONDS = 0.5
_LOOK_SECONDS = 0.02


class UnwantedError(Exception):
    """Nobody looks at the view any more."""


def work(plan: ViewPlan, step_back: Callable[[], object] = lambda: None) -> None:
    """Make the view, or what is left to be made. What fails is told in its state. Somebody else at it: do nothing.

    `step_back` is called once the first rows are there: for all others, nobody may be waiting.
    """
    lock = _lock(plan.folder)
    if lock is None:
        return
    work = ViewWork(plan)
    try:
        with Gate(plan.gate, "head").passed(work.wait):
            work.begin()
        step_back()
        with Gate(plan.gate, "count").passed(work.wait):
            work.count()
        with Gate(plan.gate, "parts").passed(work.wait):
            work.finish()
    except UnwantedError:
        pass
    except RowmillError as error:
        work.fail(error)
    except Exception as error:
        if not is_full(error):
            raise
        work.fail(disk_full())
    finally:
        os.close(lock)


class ViewWork:
    """One run of it. What an earlier one has finished stays."""

    def __init__(self, plan: ViewPlan) -> None:
        self._plan = plan
        self._gate = Gate(plan.gate, "parts")
        self._state = load_state(plan.folder) or State()
        _clear(plan.folder, self._state)
        self._sizes: Sizes
        self._files = ViewFiles(plan.folder, plan.disk_mb)

    def wait(self) -> None:
        """Say that it has not begun yet. Raises UnwantedError."""
        if not self._state.is_waiting:
            self._save(is_waiting=True)
        self._check_wanted()

    def begin(self) -> None:
        """Make the first rows."""
        self._save(is_waiting=False, failure="")
        self._sizes = sizes(self._plan)
        if not self._state.head and self._state.total is None:
            self._make_head()

    def count(self) -> None:
        """Count all rows, where that is not known by now."""
        self._go_on()
        if self._state.total is None:
            total = kept(numbered(self._plan), self._plan).select(pl.len()).collect(engine="streaming").item()
            self._save(total=total, is_whole=total == self._state.head)

    def finish(self) -> None:
        """Make all parts. Raises UnwantedError, RowmillError."""
        self._go_on()
        if not self._state.is_whole:
            self._make_parts()
        if self._plan.view.by:
            self._sort_parts()

    def fail(self, error: RowmillError) -> None:
        """Tell why it cannot be made."""
        self._save(failure=error.message)

    def _make_head(self) -> None:
        if self._plan.view.by:
            head = in_order(kept(numbered(self._plan), self._plan), self._plan).head(self._sizes.head)
            self._keep_head(head.collect(engine="streaming"))
        else:
            self._find_head()

    def _find_head(self) -> None:
        """Look for the first rows from the file's beginning on; a page of them is there as soon as it is found."""
        plan, sizes = self._plan, self._sizes
        found = pl.DataFrame()
        for first in range(0, max(1, plan.rows), sizes.stretch):
            stretch = kept(numbered(plan).slice(first, sizes.stretch), plan).head(sizes.head - found.height)
            found = pl.concat([found, stretch.collect(engine="streaming")], how="diagonal")
            if found.height == sizes.head:
                break
            if not self._state.head and found.height >= sizes.page:
                self._files.write(HEAD_FILE, found)
                self._save(head=found.height)
        self._keep_head(found)

    def _keep_head(self, head: pl.DataFrame) -> None:
        """As many rows as a head has, or all that there are."""
        self._files.write(HEAD_FILE, head)
        is_all = head.height < self._sizes.head
        total = head.height if is_all else None if self._plan.view.where else self._plan.rows
        self._save(head=head.height, total=total, is_whole=is_all)

    def _go_on(self) -> None:
        if self._state.is_waiting:
            self._save(is_waiting=False)

    def _make_parts(self) -> None:
        assert self._state.total is not None
        if self._plan.view.by:
            counts = spread(self._plan, self._sizes, self._state.total, self._files, self._tell)
        else:
            counts = write_parts(self._plan, self._sizes, self._files, self._tell)
        self._save(parts=counts, is_whole=True, fraction=1.0)

    def _sort_parts(self) -> None:
        """All of them, that which somebody waits for first, and then those behind it."""
        left = [number for number in range(len(self._state.parts)) if self._is_unsorted(number)]
        while left:
            self._check_wanted()
            wished = _wish(self._plan.folder)
            number = min(left, key=lambda number: (number < wished, number))
            sort_part(self._plan, number, self._files)
            left.remove(number)

    def _is_unsorted(self, number: int) -> bool:
        return (self._plan.folder / spread_file(number)).exists()

    def _tell(self, fraction: float, parts: tuple[int, ...] = ()) -> None:
        self._save(fraction=fraction, parts=parts)
        self._check_wanted()

    def _check_wanted(self) -> None:
        kept_seconds = _KEPT_SECONDS_IN_A_QUEUE if self._gate.is_waited_for else _KEPT_SECONDS
        try:
            asked = (self._plan.folder / ASKED_FILE).stat().st_mtime
        except FileNotFoundError:
            raise UnwantedError from None
        if time.time() - asked > kept_seconds:
            raise UnwantedError

    def _save(self, **values: object) -> None:
        self._state = self._state.model_copy(update=values)
        save(self._plan.folder / STATE_FILE, self._state.model_dump_json())


def _lock(folder: Path) -> int | None:
    end = time.monotonic() + _LOCK_SECONDS
    while (lock := locked(folder / LOCK_FILE)) is None and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
    return lock


def _clear(folder: Path, state: State) -> None:
    """Remove what an earlier process has begun and not finished."""
    for path in folder.iterdir():
        is_begun = path.name.startswith(("part-", "spread-")) and not state.is_whole
        if path.suffix == ".new" or is_begun:
            path.unlink(missing_ok=True)
    if state.is_whole:
        for number in range(len(state.parts)):
            if (folder / part_file(number)).exists():
                (folder / spread_file(number)).unlink(missing_ok=True)


def _wish(folder: Path) -> int:
    try:
        return int((folder / WISH_FILE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
