"""The time limits of calls, looked at a few times a second: timers of the client's own take a seventh of each call."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

_MOST_BETWEEN = 0.25
_LEAST_BETWEEN = 0.01


class SilentError(TimeoutError):
    """Nothing has come for as long as that may be."""


class Patience:
    """Of all calls of one loop. `silent_seconds`: so long nothing may come."""

    def __init__(self, silent_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._silent_seconds = silent_seconds
        self._between = max(_LEAST_BETWEEN, min(_MOST_BETWEEN, silent_seconds / 10))
        self._waits: set[Wait] = set()
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, seconds: float) -> Wait:
        """What a call is made within: a context manager, left with TimeoutError after so many seconds in all."""
        return Wait(self, self._loop, seconds)

    def begin(self, wait: Wait) -> None:
        """It is looked at from now on."""
        self._waits.add(wait)
        if self._timer is None:
            self._timer = self._loop.call_later(self._between, self._look)

    def end(self, wait: Wait) -> None:
        """It is over."""
        self._waits.discard(wait)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for wait in self._waits:
            if now > wait.until:
                wait.expire(TimeoutError())
            elif now > wait.heard_at + self._silent_seconds:
                wait.expire(SilentError())
        if self._waits:
            self._timer = self._loop.call_later(self._between, self._look)


class Wait:
    """One call's."""

    __slots__ = ("_patience", "_loop", "_task", "_cancelling", "_error", "until", "heard_at")

    def __init__(self, patience: Patience, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._patience = patience
        self._loop = loop
        self._error: TimeoutError | None = None
        self.heard_at = loop.time()
        self.until = self.heard_at + seconds

    def heard(self) -> None:
        """Something has come."""
        self.heard_at = self._loop.time()

    def expire(self, error: TimeoutError) -> None:
        """The call is broken off, with this error."""
        if self._error is None:
            self._error = error
            self._task.cancel()

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._patience.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patience.end(self)
        # As asyncio.Timeout does it: whoever else has cancelled the task is to be heard.
        if self._error is not None and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._error from error
