"""Calls an API as a well-behaved client does: an Answer, or an error with a sentence."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from project.fetch.breaker import Breaker
from project.fetch.calls import Answer, ApiDown, CallFailed, Refused, Request
from project.fetch.exchange import exchanging
from project.fetch.guard import Resolve, system_resolve
from project.fetch.pace import Pace
from project.fetch.plan import FetchLimits, Secret
from project.fetch.setbacks import Setback

__all__ = ["Answer", "ApiDown", "CallFailed", "Caller", "Refused", "Request"]

# Who asks for a longer pause than this gets one of the whole job.
_LONGEST_WAIT = 60.0
_MOST_BACKOFF = 30.0
_LEAST_LEFT = 0.05


class Caller:
    """Makes calls, up to `parallel` at once and `per_second` a second; an asynchronous context manager.

    `outages`: how often in a row the API was found down before this caller was made; pauses grow with it.
    """

    def __init__(
        self,
        limits: FetchLimits,
        secret: Secret | None = None,
        parallel: int = 4,
        per_second: float | None = None,
        *,
        outages: int = 0,
        resolve: Resolve = system_resolve,
        backoff_seconds: float = 0.5,
    ) -> None:
        self._limits = limits
        self._opening = exchanging(limits, secret, parallel, resolve)
        self._pace = Pace(per_second)
        self._breaker = Breaker(outages)
        self._slots = asyncio.Semaphore(parallel)
        self._backoff = wait_random_exponential(multiplier=backoff_seconds, max=_MOST_BACKOFF)
        self._closing = AsyncExitStack()
        self.setbacks = 0
        """How many tries have failed in a way that others may not."""

    async def __aenter__(self) -> Self:
        self._exchange = await self._closing.enter_async_context(self._opening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    async def call(self, request: Request) -> Answer:
        """Raises CallFailed, ApiDown or Refused; errors of the network never pass."""
        async with self._slots:
            course = _Course(request, self._limits.total_seconds, self._breaker.answers)
            try:
                return await self._attempt(course)
            except Setback as setback:
                # Most calls need one try, and are not to pay for what the others need.
                return await self._again(course, setback)

    async def _again(self, course: _Course, first: Setback) -> Answer:
        known: list[Setback] = [first]

        async def attempt() -> Answer:
            # The library hears of the first try as of any other.
            if known:
                raise known.pop()
            return await self._attempt(course)

        try:
            answer: Answer = await self._retrying()(attempt)
            return answer
        except Setback as setback:
            down = self._breaker.given_up(setback, course.answers_before)
            times = f" It was tried {course.tries} times." if course.tries > 1 else ""
            raise down or CallFailed(setback.sentence + times, status=setback.status) from setback

    def _retrying(self) -> AsyncRetrying:
        return AsyncRetrying(
            stop=stop_after_attempt(self._limits.tries),
            wait=self._wait,
            retry=retry_if_exception(self._is_worth_another),
            reraise=True,
        )

    def _is_worth_another(self, error: BaseException) -> bool:
        if not isinstance(error, Setback) or error.is_last:
            return False
        return not (error.is_host and self._breaker.is_doubtful)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked_for = error.wait if isinstance(error, Setback) else None
        return self._backoff(state) + (asked_for or 0.0)

    async def _attempt(self, course: _Course) -> Answer:
        await self._pace.turn()
        self._breaker.check()
        begin = time.monotonic()
        course.tries += 1
        try:
            answer = await self._exchange.make(course.request, course.seconds_left)
        except CallFailed:
            self._breaker.answered()
            raise
        except Setback as setback:
            self.setbacks += 1
            course.seconds_left -= time.monotonic() - begin
            setback.is_last = setback.is_last or course.seconds_left < _LEAST_LEFT
            self._heed(setback)
            raise
        self._breaker.answered()
        return answer

    def _heed(self, setback: Setback) -> None:
        """All calls wait if the API asks one to. Raises ApiDown if that is long."""
        if setback.wait is None:
            return
        if setback.wait > _LONGEST_WAIT:
            sentence = f"{setback.sentence} It asks for a pause of {setback.wait:,.0f} seconds."
            raise self._breaker.open(sentence, setback.wait) from setback
        self._pace.hold(setback.wait)


class _Course:
    """How far one call is. Its seconds are those spent in tries: what it waits for between them does not count."""

    def __init__(self, request: Request, seconds: float, answers_before: int) -> None:
        self.request = request
        self.seconds_left = seconds
        self.answers_before = answers_before
        self.tries = 0
