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


class PartReporter(Reporter):
    """Tells of one part of a work: its fractions are a share of the whole's, its rows are not written but worked on.

    `about`: of another file than the input; its notes name it, and its bytes and rows are not told as the input's.
    """

    def __init__(self, whole: Reporter, start: float, share: float, about: str = "") -> None:
        super().__init__(whole._stream)
        self._whole = whole
        self._start, self._share, self._about = start, share, about

    def send(self, event: BaseEvent) -> None:
        """Hand the event on."""
        if isinstance(event, Progress):
            self._hand_on(event)
        elif isinstance(event, Note) and self._about:
            self._whole.send(event.model_copy(update={"message": f"“{self._about}”: {event.message}"}))
        else:
            self._whole.send(event)

    def _hand_on(self, event: Progress) -> None:
        known: dict[str, int | float] = {"fraction": self._start + self._share * event.fraction}
        if self._about:
            self._whole.phase("working", **known)
            return
        known |= {name: getattr(event, name) for name in ("bytes_read", "bytes_total", "rows_read", "rejects")}
        self._whole.phase("working" if event.phase == "writing" else event.phase, **known)


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
