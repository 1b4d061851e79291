"""How fast an API is called: so many calls a second, evenly, and none while it has asked for a pause."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Gives each call its turn."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Nobody has a turn for so long."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    async def turn(self) -> None:
        """Waits for a turn."""
        if self._gap:
            begin = max(self._next, self._held_until, time.monotonic())
            self._next = begin + self._gap
            await _sleep_until(begin)
        while self._held_until and self._held_until > time.monotonic():
            await _sleep_until(self._held_until)


async def _sleep_until(moment: float) -> None:
    seconds = moment - time.monotonic()
    if seconds > 0:
        await asyncio.sleep(seconds)
