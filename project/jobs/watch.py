"""Listens to a running engine: passes its progress on, keeps the lease, and says why it stopped listening."""

from __future__ import annotations

import logging
import time

from project.engine.events import Failed, Finished, Note, Progress
from project.errors import FailureError, LimitError, UnavailableError
from project.jobs.attempt import Attempt, LostLeaseError
from project.jobs.deaths import Death
from project.jobs.engine_process import EngineProcess
from project.jobs.lifeline import Lifeline
from project.jobs.pace import Pace
from project.jobs.present import duration
from project.jobs.stall import Stall
from project.jobs.view import JobProgress

log = logging.getLogger(__name__)
BEAT_SECONDS = 1.0
# A look costs a fraction of a beat, which writes; to end an engine that syncs a large file may take a second by itself.
LOOK_SECONDS = 0.25


class StoppingError(Exception):
    """This worker is told to stop: the job goes back to the queue."""


class YieldingError(Exception):
    """A job that somebody asked for waits for this worker: the inspection goes back to the queue."""


class DiedError(Exception):
    """The engine ended without an answer."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.how)
        self.death = death


class Watch:
    """Listens to the engine; each second writes progress and renews the lease, oftener looks for a cancellation."""

    def __init__(
        self,
        attempt: Attempt,
        engine: EngineProcess,
        lease_seconds: float,
        lifeline: Lifeline | None,
        wall_seconds: float = 0.0,
        stall_seconds: float = 0.0,
    ) -> None:
        self._attempt = attempt
        self._engine = engine
        self._lease_seconds = lease_seconds
        self._lifeline = lifeline
        self._beat_every = min(BEAT_SECONDS, lease_seconds / 3)
        self._started_at = self._renewed_at = self._beaten_at = self._looked_at = time.monotonic()
        self._wall_seconds = wall_seconds
        self._stall_seconds = stall_seconds
        self._stall = Stall(engine.pid, stall_seconds)
        self._pace = Pace()
        self._last: Progress | None = None

    def until_finished(self) -> Finished:
        """Raises the engine's failure, LimitError, DiedError, CancelledError, StoppingError, YieldingError or
        LostLeaseError."""
        wake = self._lifeline.fileno() if self._lifeline else None
        while True:
            next_turn = min(self._beaten_at + self._beat_every, self._looked_at + LOOK_SECONDS)
            for event in self._engine.events(max(0.0, next_turn - time.monotonic()), wake):
                if isinstance(event, Finished):
                    return event
                if isinstance(event, Failed):
                    raise FailureError(event.message, code=event.code)
                self._take(event)
            if self._lifeline and self._lifeline.is_cut():
                raise StoppingError
            if self._engine.is_silent or self._engine.is_out_of_memory:
                raise DiedError(self._engine.death())
            if time.monotonic() - self._beaten_at >= self._beat_every:
                self._beat()
            elif time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._look()

    def _take(self, event: Progress | Note) -> None:
        if isinstance(event, Note):
            self._note(event)
            return
        is_first = self._last is None
        self._last = event
        self._pace.add(time.monotonic(), event.rows_read, event.fraction)
        if is_first:
            self._beat()

    def _note(self, event: Note) -> None:
        try:
            self._attempt.note(event.message, event.level)
        except UnavailableError as error:
            # A line of the log is not worth the attempt.
            log.warning(
                "note lost", extra={"job": self._attempt.job.id, "line": event.message, "reason": error.message}
            )

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        try:
            self._attempt.heed()
        except UnavailableError as error:
            log.info("look missed", extra={"job": self._attempt.job.id, "reason": error.message})

    def _beat(self) -> None:
        self._beaten_at = self._looked_at = time.monotonic()
        if 0 < self._wall_seconds <= self._beaten_at - self._started_at:
            taken = duration(self._wall_seconds)
            raise LimitError(f"The job has run for {taken}, the limit of the setting ENGINE_WALL_SECONDS.")
        if self._stall.is_stuck():
            raise DiedError(Death(f"did nothing for {duration(self._stall_seconds)}, and was ended", was_killed=True))
        try:
            self._attempt.renew(self._progress())
            self._renewed_at = self._beaten_at
            if self._attempt.is_in_the_way():
                raise YieldingError
        except UnavailableError as error:
            log.warning("beat missed", extra={"job": self._attempt.job.id, "reason": error.message})
            if time.monotonic() - self._renewed_at > self._lease_seconds:
                raise LostLeaseError from error

    def _progress(self) -> JobProgress | None:
        if self._last is None:
            return None
        told = self._last.model_dump(exclude={"event"})
        return JobProgress(**told, rows_per_second=self._pace.rows_per_second(), seconds_left=self._pace.seconds_left())
