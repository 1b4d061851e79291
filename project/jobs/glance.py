"""What many see who watch the same job: its live part is rendered a few times a second, however often it is asked for.

Every open page of a job asks once a second. Each time the job is looked up; only what comes of it is shared.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from project.jobs.view import JobView, QueuePlace

SECONDS = 0.5
_KEPT = 200


@dataclass(frozen=True)
class Sight:
    """All that the rendering depends on, but for the clock and the newest lines of the log."""

    job: JobView
    place: QueuePlace | None
    root: str
    """What a proxy has taken off the address, and what the links in it begin with."""


class Glances:
    """Renderings of unfinished jobs that are at most so old. What a job has left on disk is always looked at anew."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, Sight, str]] = {}

    def of(self, sight: Sight, render: Callable[[], str]) -> str:
        """The rendering of what is seen, from a moment ago if nothing has changed since."""
        if sight.job.is_final:
            return render()
        taken_at, known, html = self._kept.get(sight.job.id, (-math.inf, None, ""))
        if known == sight and time.monotonic() - taken_at < self._seconds:
            return html
        html = render()
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[sight.job.id] = (time.monotonic(), sight, html)
        return html
