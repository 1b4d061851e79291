"""A desk: what one range of a plain file at a time is scanned with, ahead of its turn."""

from __future__ import annotations

import re
from dataclasses import dataclass

from project.engine.feed import read_into
from project.engine.scanner import Learned, Outcome, Scanner

OVERLAP_BYTES = 64 * 1024
"""How far behind its range a desk reads: the last record of a range ends in the next one."""
_LINE_END = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True)
class ScannedRange:
    """What a range held if it begins outside quotes; `start`: where its first record does, -1 if there is none."""

    desk: Desk
    start: int
    base: int
    """The offset in the file of `piece`, which the bounds in `outcome` are of."""
    piece: memoryview
    outcome: Outcome
    learned: Learned
    emitted: bool


@dataclass(frozen=True)
class Desk:
    """A scanner and a buffer for ranges of a file of `size` bytes: fresh memory for each costs more than the scan."""

    scanner: Scanner
    buffer: bytearray
    size: int

    def scan(self, descriptor: int, bounds: tuple[int, int], is_first: bool, emit: bool) -> ScannedRange:
        """Scan the records that start in the bounds; the result holds until the next call."""
        begin, end = bounds
        # With the byte before, a record that starts right at the bounds is seen to start there.
        base = begin if is_first else begin - 1
        view = memoryview(self.buffer)
        piece = view[: read_into(descriptor, view[: end - base + OVERLAP_BYTES], base)]
        start = 0 if is_first else _first_record(piece)
        if start < 0 or base + start >= end:
            return ScannedRange(self, -1, base, piece, Outcome(0), Learned(self.scanner, []), emit)
        final = base + len(piece) >= self.size
        outcome = self.scanner.scan(piece, start, end - base, final=final, emit=emit)
        return ScannedRange(self, base + start, base, piece, outcome, self.scanner.take_learned(), emit)


def _first_record(piece: memoryview) -> int:
    """Where the first record starts in a piece whose first byte belongs to the one before; -1 if there is none."""
    found = _LINE_END.search(piece)
    return found.end() if found else -1
