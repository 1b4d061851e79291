"""Listens to a running process of a job: passes its progress on, keeps the lease, and says why it stopped listening."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from project.engine.events import Event, Failed, Finished, Note, Progress
from project.errors import FailureError, LimitError, UnavailableError
from project.fetch.events import Calls, Fetched, FetchEvent, Paused
from project.jobs.attempt import Attempt, LostLeaseError
from project.jobs.child import Child
from project.jobs.deaths import Death
from project.jobs.lifeline import Lifeline
from project.jobs.pace import Pace
from project.jobs.present import duration
from project.jobs.span import Span
from project.jobs.stall import Stall
from project.jobs.view import JobProgress

log = logging.getLogger(__name__)
BEAT_SECONDS = 1.0
# A look costs a fraction of a beat, which writes; to end an engine that syncs a large file may take a second by itself.
LOOK_SECONDS = 0.25

E = TypeVar("E")
Done = TypeVar("Done")


class StoppingError(Exception):
    """This worker is told to stop: the job goes back to the queue."""


class YieldingError(Exception):
    """A job that somebody asked for waits for this worker: the inspection goes back to the queue."""


class DiedError(Exception):
    """The process ended without an answer."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.how)
        self.death = death


class PausedError(Exception):
    """The API wants a pause, or is down: the job goes back to the queue for so many seconds."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.reason = reason


@dataclass(frozen=True)
class Bounds:
    """What holds for all processes of one attempt; `since` is its start by the steady clock. See `Terms`."""

    lease_seconds: float
    lifeline: Lifeline | None = None
    wall_seconds: float = 0.0
    stall_seconds: float = 0.0
    since: float = field(default_factory=time.monotonic)


class _Watch(ABC, Generic[E, Done]):
    """Listens to a process; each second writes progress and renews the lease, oftener looks for a cancellation."""

    def __init__(self, attempt: Attempt, child: Child[E], bounds: Bounds, span: Span, stall_seconds: float) -> None:
        self._attempt = attempt
        self._child = child
        self._bounds = bounds
        self._span = span
        self._beat_every = min(BEAT_SECONDS, bounds.lease_seconds / 3)
        self._renewed_at = self._beaten_at = self._looked_at = time.monotonic()
        self._stall_seconds = stall_seconds
        self._stall = Stall(child.pid, stall_seconds)

    def until_done(self) -> Done:
        """Raises the process's failure, LimitError, DiedError, PausedError, CancelledError, StoppingError,
        YieldingError or LostLeaseError."""
        lifeline = self._bounds.lifeline
        wake = lifeline.fileno() if lifeline else None
        while True:
            next_turn = min(self._beaten_at + self._beat_every, self._looked_at + LOOK_SECONDS)
            for event in self._child.events(max(0.0, next_turn - time.monotonic()), wake):
                done = self._take(event)
                if done is not None:
                    return done
            if lifeline and lifeline.is_cut():
                raise StoppingError
            if self._child.is_silent or self._child.is_out_of_memory:
                raise DiedError(self._child.death())
            if time.monotonic() - self._beaten_at >= self._beat_every:
                self._beat()
            elif time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._look()

    @abstractmethod
    def _take(self, event: E) -> Done | None:
        """The answer, once it is there."""

    @abstractmethod
    def _progress(self) -> JobProgress | None:
        """How far the whole job is; None as long as nothing was heard."""

    def _calls(self) -> Calls | None:
        return None

    def _tell(self, event: Note | Failed) -> None:
        if isinstance(event, Failed):
            raise FailureError(event.message, code=event.code)
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
        if 0 < self._bounds.wall_seconds <= self._beaten_at - self._bounds.since:
            taken = duration(self._bounds.wall_seconds)
            raise LimitError(f"The job has run for {taken}, the limit of the setting ENGINE_WALL_SECONDS.")
        if self._stall.is_stuck():
            raise DiedError(Death(f"did nothing for {duration(self._stall_seconds)}, and was ended", was_killed=True))
        try:
            self._attempt.renew(self._progress(), self._calls())
            self._renewed_at = self._beaten_at
            if self._attempt.is_in_the_way():
                raise YieldingError
        except UnavailableError as error:
            log.warning("beat missed", extra={"job": self._attempt.job.id, "reason": error.message})
            if time.monotonic() - self._renewed_at > self._bounds.lease_seconds:
                raise LostLeaseError from error


class EngineWatch(_Watch[Event, Finished]):
    """Listens to an engine."""

    def __init__(self, attempt: Attempt, child: Child[Event], bounds: Bounds, span: Span = Span()) -> None:
        super().__init__(attempt, child, bounds, span, bounds.stall_seconds)
        self._pace = Pace()
        self._last: Progress | None = None

    def _take(self, event: Event) -> Finished | None:
        if isinstance(event, Finished):
            return event
        if not isinstance(event, Progress):
            self._tell(event)
            return None
        is_first = self._last is None
        self._last = event
        self._pace.add(time.monotonic(), event.rows_read, self._span.of(event.fraction))
        if is_first:
            self._beat()
        return None

    def _progress(self) -> JobProgress | None:
        if self._last is None:
            return None
        told = self._last.model_dump(exclude={"event", "phase", "fraction"})
        return JobProgress(
            **told,
            phase=self._span.phase or self._last.phase,
            fraction=self._span.of(self._last.fraction),
            rows_per_second=self._pace.rows_per_second(),
            seconds_left=self._pace.seconds_left(),
        )


class FetchWatch(_Watch[FetchEvent, Fetched]):
    """Listens to a fetch. It is never stuck: an API may be slow, and the fetch has time limits of its own."""

    def __init__(self, attempt: Attempt, child: Child[FetchEvent], bounds: Bounds, span: Span) -> None:
        super().__init__(attempt, child, bounds, span, stall_seconds=0.0)
        self._last = Calls()
        self._beat()

    def _take(self, event: FetchEvent) -> Fetched | None:
        if isinstance(event, Fetched):
            self._last = event.calls
            self._beat()
            return event
        if isinstance(event, Paused):
            self._beat()
            raise PausedError(event.seconds, event.reason)
        if isinstance(event, Calls):
            self._last = event
        else:
            self._tell(event)
        return None

    def _calls(self) -> Calls:
        return self._last

    def _progress(self) -> JobProgress:
        seconds = self._last.seconds_left
        return JobProgress(phase=self._span.phase, fraction=self._span.of(self._fraction()), seconds_left=seconds)

    def _fraction(self) -> float:
        """0 as long as nobody can know."""
        done = self._last.made + self._last.from_journal
        return done / (done + self._last.left) if done and self._last.left is not None else 0.0
