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
        ticks = self._ticks_taken()
        if ticks is None or ticks > self._ticks + _FEW_TICKS + self._idle * _TICKS_A_SECOND:
            self._idle, self._ticks = 0.0, ticks or self._ticks
        else:
            self._idle += passed
        return self._idle >= self._seconds

    def _ticks_taken(self) -> int | None:
        """The processor time of all threads; None if one of them waits for a disk, or if nobody can tell."""
        ticks = 0
        try:
            for task in self._tasks.iterdir():
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                if fields[0] == "D":
                    return None
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            return None
        return ticks
