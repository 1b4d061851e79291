"""Tells an engine that is stuck from one that is slow: for long next to no processor time, and no wait for a disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

# Threads of libraries wake now and then to look for work that does not come: that takes less than a hundredth of a
# processor's time.
_FEW_TICKS = 5
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK") / 100
# Whoever looks may itself have been stopped: what it slept through counts no more than this.
_LONGEST_LOOK_SECONDS = 2.0


class Stall:
    """Looks at a process every second or so. Linux alone tells what is needed: elsewhere nothing is ever stuck.

    `seconds`: how long it may do nothing; 0: for ever.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._tasks = Path(f"/proc/{pid}/task")
        self._seconds = seconds
        self._idle = 0.0
        self._looked_at = time.monotonic()
        self._ticks = 0

    def is_stuck(self) -> bool:
        """Whether it has done nothing for so long, as far as these looks saw it."""
        if not self._seconds:
            return False
        now = time.monotonic()
        passed, self._looked_at = min(now - self._looked_at, _LONGEST_LOOK_SECONDS), now
        states, ticks = self._threads()
        if "R" in states:
            # It would work if the machine let it: one that gets no processor is not stuck.
            return False
        if not states or "D" in states or ticks > self._ticks + _FEW_TICKS + self._idle * _TICKS_A_SECOND:
            self._idle, self._ticks = 0.0, ticks
        else:
            self._idle += passed
        return self._idle >= self._seconds

    def _threads(self) -> tuple[set[str], int]:
        """The states of all threads (R: works or would; D: waits for a disk), and their processor time so far.

        No state at all: nobody can tell.
        """
        states: set[str] = set()
        ticks = 0
        try:
            for task in self._tasks.iterdir():
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                states.add(fields[0])
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            return set(), self._ticks
        return states, ticks
