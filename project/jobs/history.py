"""A job's log by attempts, so that what happened before the last one stays readable; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from project.jobs.view import LogLine


@dataclass(frozen=True)
class Chapter:
    """What was noted of one attempt. Attempt 0 is the time before the first."""

    attempt: int
    lines: tuple[LogLine, ...]

    @property
    def name(self) -> str:
        """The chapter's heading."""
        return f"Attempt {self.attempt}" if self.attempt else "Before the first attempt"

    @property
    def began(self) -> datetime:
        """When its first line was written."""
        return self.lines[0].at

    @property
    def seconds(self) -> float:
        """From its first line to its last."""
        return max(0.0, (self.lines[-1].at - self.began).total_seconds())


def chapters(lines: Iterable[LogLine]) -> tuple[Chapter, ...]:
    """The lines, in their order, cut where the attempt changes."""
    return tuple(Chapter(attempt, tuple(group)) for attempt, group in groupby(lines, key=lambda line: line.attempt))
