"""The reporter: writes the engine's events as JSON lines, progress at most a few times a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import TextIO

from project.engine.events import BaseEvent, Note, Phase, Progress

_SECONDS_BETWEEN = 0.2

# The check's share of the work, and that of writing after a step that needs all rows before its first one.
_CHECK_SHARE = 0.3
_WRITE_SHARE = 0.3


class Reporter:
    """Called from several threads."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self._last = 0.0
        self._progress = Progress(phase="starting")
        self._skipped = 0.0

    def send(self, event: BaseEvent) -> None:
        """Write one event at once."""
        with self._lock:
            self._stream.write(event.model_dump_json() + "\n")
            self._stream.flush()

    def note(self, message: str, *, is_warning: bool = False) -> None:
        """Write one sentence for the job's log."""
        self.send(Note(message=message, level="warning" if is_warning else "info"))

    def skip_check(self) -> None:
        """From now on, fractions are of the work without the check."""
        self._skipped = _CHECK_SHARE

    def phase(self, phase: Phase, **known: int | float) -> None:
        """Enter a phase."""
        self._take({"phase": phase, **known})
        self.send(self._progress)

    def move(self, **known: int | float) -> None:
        """Say how far it is, unless that was said a moment ago."""
        self._take(known)
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN:
            self._last = now
            self.send(self._progress)

    def _take(self, known: Mapping[str, object]) -> None:
        self._progress = self._progress.model_copy(update=known)
        if self._skipped and "fraction" in known:
            fraction = max(0.0, self._progress.fraction - self._skipped) / (1 - self._skipped)
            self._progress = self._progress.model_copy(update={"fraction": fraction})

    @property
    def current(self) -> Phase:
        """The phase that it is in."""
        return self._progress.phase


def checked_fraction(read: int, total: int) -> float:
    """The share of the whole job that is done while the file is checked."""
    return _CHECK_SHARE * min(1.0, read / max(1, total))


def worked_fraction(rows: int, kept: int, *, waits: bool) -> float:
    """The share that is done while the steps read; `waits`: a step needs all rows before its first."""
    share = (1 - _CHECK_SHARE) * (1 - _WRITE_SHARE if waits else 1)
    return _CHECK_SHARE + share * min(1.0, rows / max(1, kept))


def written_fraction(rows: int, expected: int) -> float:
    """The share that is done while the rows of a blocking step are written."""
    share = (1 - _CHECK_SHARE) * _WRITE_SHARE
    return 1 - share + share * min(1.0, rows / max(1, expected))
