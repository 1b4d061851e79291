"""Seals: what tells, each time a piece of a file is read, that it holds the very bytes that were checked.

A seal takes a few hundredths of the time that the reading takes: the words of a piece are added up in columns, so that
whatever changes within 4 KB is always seen, and changes further apart unless they cancel each other out, word by word,
at a multiple of that distance. It guards against changes, not against forgery.
"""

from __future__ import annotations

from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

from project.errors import FailureError

_WORD_BYTES = 8
# A prime: no usual length of a record, or of a block, divides it.
_WIDTH = 509


@dataclass(frozen=True)
class Seals:
    """Of the bytes between each two of `cuts` what was seen of them when they were checked.

    `entry`: where the check is remembered, if it is; it is removed when the bytes turn out to be others.
    """

    cuts: tuple[int, ...]
    values: tuple[int, ...]
    checked_on: date
    entry: Path | None = None

    def hold(self, start: int, data: bytes | memoryview) -> None:
        """Raise FailureError unless `data`, read from cut to cut at `start`, is what was checked."""
        if self._are_whole(start, data):
            return
        if self.entry is not None:
            with suppress(OSError):
                self.entry.unlink()
        raise FailureError(
            f"The file has changed since it was checked on {in_words(self.checked_on)}, though its size and time are "
            "the same. That check is forgotten: start the job again.",
            code="input_changed",
        )

    def _are_whole(self, start: int, data: bytes | memoryview) -> bool:
        first, last = bisect_left(self.cuts, start), bisect_left(self.cuts, start + len(data))
        if last >= len(self.cuts) or (self.cuts[first], self.cuts[last]) != (start, start + len(data)):
            return False
        view = memoryview(data)
        return all(
            seal_of(view[self.cuts[at] - start : self.cuts[at + 1] - start]) == self.values[at]
            for at in range(first, last)
        )


def seal_of(data: bytes | memoryview) -> int:
    """What tells these bytes from others, as 64 bits."""
    import numpy as np

    view = memoryview(data)
    words = np.frombuffer(view, dtype="<u8", count=len(view) // _WORD_BYTES)
    if not words.flags.aligned:
        # Adding up where words do not lie on their borders takes longer than the copy.
        words = words.copy()
    rows = len(words) // _WIDTH
    sums = np.add.reduce(words[: rows * _WIDTH].reshape(rows, _WIDTH), axis=0)
    digest = blake2b(sums.tobytes(), digest_size=8)
    digest.update(view[rows * _WIDTH * _WORD_BYTES :])
    digest.update(len(view).to_bytes(8, "little"))
    return int.from_bytes(digest.digest(), "little")


def in_words(day: date) -> str:
    """A day as the log tells it, such as 22 November 2026."""
    return f"{day.day} {day:%B} {day.year}"
