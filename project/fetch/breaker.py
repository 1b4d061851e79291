"""Notices that an API is down, so that no call fails for good on account of that, and nobody hammers at its door."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from project.fetch.calls import ApiDown
from project.fetch.setbacks import Setback

_IN_A_ROW = 5
_FIRST_SECONDS = 30.0
_MOST_SECONDS = 900.0
# The API's own word holds, but nobody can plan beyond a day.
_MOST_ASKED_FOR = 86_400.0


class Breaker:
    """Opens when calls fail though nothing is known against them; `outages`: how often in a row it has been open."""

    def __init__(self, outages: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._outages = outages
        self._clock = clock
        self._until = -math.inf
        self._sentence = ""
        self._in_a_row = 0
        self.answers = 0
        """How many answers there were: who sees this unchanged knows that nobody was answered meanwhile."""

    @property
    def is_doubtful(self) -> bool:
        """Whether it was open, and nothing has been answered since: then one try is enough to know."""
        return self._outages > 0

    def check(self) -> None:
        """Raises ApiDown while it is open."""
        left = self._until - self._clock()
        if left > 0:
            raise ApiDown(self._sentence, seconds=left)

    def answered(self) -> None:
        """The API is there, whatever it said."""
        self.answers += 1
        self._in_a_row = 0
        self._outages = 0

    def open(self, sentence: str, seconds: float | None = None) -> ApiDown:
        """Open for so many seconds, by default longer each time; returns what is to be raised."""
        left = self._until - self._clock()
        if left > (seconds or 0):
            # Several calls find out at once: that is one outage.
            return ApiDown(self._sentence, seconds=left)
        growing = min(_MOST_SECONDS, _FIRST_SECONDS * 2.0 ** min(self._outages, 10))
        seconds = growing if seconds is None else min(seconds, _MOST_ASKED_FOR)
        self._outages += 1
        self._in_a_row = 0
        self._sentence = sentence
        self._until = self._clock() + seconds
        return ApiDown(sentence, seconds=seconds)

    def given_up(self, setback: Setback, answers_before: int) -> ApiDown | None:
        """A call had no luck in any of its tries: what is to be raised if that is the API's state, not the call's."""
        self._in_a_row += 1
        is_silent = self.answers == answers_before
        if setback.status == 429 or (is_silent and setback.is_host) or self._in_a_row >= _IN_A_ROW:
            return self.open(setback.sentence)
        return None
