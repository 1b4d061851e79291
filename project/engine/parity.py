"""Whether a place in a plain file lies within quotes, by the number of quotes before it."""

from __future__ import annotations

from project.engine.feed import read_range

_READ_BYTES = 8 * 1024 * 1024


class Parity:
    """Goes on from place to place. It is right where quotes stand around fields alone, as they nearly always do."""

    def __init__(self, descriptor: int, quote: str) -> None:
        self._descriptor = descriptor
        self._quote = quote.encode()
        self._at = 0
        self._is_odd = False

    def start(self, record: int) -> None:
        """A record begins there. What is known of places behind it is kept, if there is any."""
        if record > self._at:
            self._at, self._is_odd = record, False

    def is_within(self, place: int) -> bool:
        """Whether there is an odd number of quotes before the place, which is behind the last one asked for."""
        while self._at < place and (data := read_range(self._descriptor, self._at, min(_READ_BYTES, place - self._at))):
            self._at += len(data)
            self._is_odd ^= data.count(self._quote) % 2 == 1
        return self._is_odd
