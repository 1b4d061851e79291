"""What a fetch tells of itself: its counts, as events on a stream, a few a second at most."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime
from typing import TextIO

from pydantic import BaseModel

from project.engine.events import Note
from project.fetch.events import Calls

_SECONDS_BETWEEN = 0.25
_SECONDS_OF_RATE = 10.0
_MOST_FAILURES = 10
_LONGEST_KEY = 80


class Telling:
    """The counts of a fetch."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told_at = 0.0
        self._past: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self._failures: list[str] = []
        self.made = 0
        self.from_journal = 0
        self.oldest_at: float | None = None
        self.failed = 0
        self.left: int | None = None

    @property
    def failures(self) -> tuple[str, ...]:
        """The first few: which key, and what the API said."""
        return tuple(self._failures)

    def fail(self, key: str | None, sentence: str) -> None:
        """Count a call that has failed for good, or whose answer cannot be used."""
        self.failed += 1
        if len(self._failures) < _MOST_FAILURES:
            name = "" if key is None else f"“{key[:_LONGEST_KEY]}{'…' if len(key) > _LONGEST_KEY else ''}”: "
            self._failures.append(f"{name}{sentence}")

    def found(self, answers: int, oldest_at: float | None) -> None:
        """Count answers that were there already."""
        self.from_journal += answers
        self.oldest_at = min(filter(None, (self.oldest_at, oldest_at)), default=None)

    def note(self, message: str, *, is_warning: bool = False) -> None:
        """Tell one sentence for the job's log."""
        self.send(Note(message=message, level="warning" if is_warning else "info"))

    def move(self) -> None:
        """Tell the counts, unless they were told a moment ago."""
        if time.monotonic() - self._told_at >= _SECONDS_BETWEEN:
            self.tell()

    def tell(self) -> None:
        """Tell the counts."""
        self._told_at = time.monotonic()
        self.send(self.calls())

    def calls(self) -> Calls:
        """The counts as they are."""
        rate = self._rate()
        seconds_left = self.left / rate if rate and self.left is not None else None
        return Calls(
            made=self.made,
            from_journal=self.from_journal,
            oldest_at=None if self.oldest_at is None else datetime.fromtimestamp(self.oldest_at, UTC),
            failed=self.failed,
            left=self.left,
            per_second=None if rate is None else round(rate, 2),
            seconds_left=None if seconds_left is None else round(seconds_left, 1),
            failures=self.failures,
        )

    def send(self, event: BaseModel) -> None:
        """Write one event at once."""
        self._stream.write(event.model_dump_json() + "\n")
        self._stream.flush()

    def _rate(self) -> float | None:
        """Calls a second, of the last few seconds."""
        now = time.monotonic()
        self._past.append((now, self.made))
        while len(self._past) > 2 and self._past[1][0] < now - _SECONDS_OF_RATE:
            self._past.popleft()
        then, made = self._past[0]
        return (self.made - made) / (now - then) if self.made > made and now > then else None
