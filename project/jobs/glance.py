"""What many see who watch the same job: its live part is rendered a few times a second, however often it is asked for.

Every open page of a job asks once a second. Each time the job is looked up; only what comes of it is shared.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from project.jobs.view import JobView, QueuePlace

SECONDS = 0.5
_MOST = 200


@dataclass(frozen=True)
class Sight:
    """All that the rendering depends on, but for the clock and the newest lines of the log."""

    job: JobView
    place: QueuePlace | None
    root: str
    """What a proxy has taken off the address, and what the links in it begin with."""
    of_file: bool = False
    """Whether it is seen on the page of the file that it inspects."""


class Glances:
    """Renderings of unfinished jobs that are at most so old. What a job has left on disk is always looked at anew."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._kept: dict[tuple[str, bool], _Kept] = {}

    def of(self, sight: Sight, render: Callable[[], str]) -> str:
        """The rendering of what is seen, from a moment ago if nothing has changed since."""
        if sight.job.is_final:
            return render()
        if len(self._kept) >= _MOST:
            self._kept.clear()
        kept = self._kept.setdefault((sight.job.id, sight.of_file), _Kept())
        # Who asks while it is rendered waits for that rendering rather than for one more.
        with kept.lock:
            if kept.sight != sight or time.monotonic() - kept.taken_at >= self._seconds:
                kept.html, kept.sight, kept.taken_at = render(), sight, time.monotonic()
            return kept.html


@dataclass
class _Kept:
    """One job's newest rendering."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    taken_at: float = -math.inf
    sight: Sight | None = None
    html: str = ""
