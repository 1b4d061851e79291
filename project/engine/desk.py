"""A desk: what one range of a plain file at a time is scanned with, ahead of its turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from project.engine.feed import read_into
from project.engine.scanner import Learned, Outcome, Scanner

OVERLAP_BYTES = 64 * 1024
"""How far behind its range a desk reads: the last record of a range ends in the next one."""
_LINE_END = re.compile(rb"\r\n?|\n")


class Begins(Enum):
    """What is known of the byte before a range."""

    RECORD = auto()
    ANYWHERE = auto()
    WITHIN_QUOTES = auto()
    OUTSIDE_QUOTES = auto()


@dataclass(frozen=True)
class ScannedRange:
    """What a range held if it begins as was thought; `start`: where its first record does, -1 if there is none."""

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
    quote: int
    """The byte; -1 if there is none."""

    def scan(self, descriptor: int, bounds: tuple[int, int], begins: Begins, emit: bool) -> ScannedRange:
        """Scan the records that start in the bounds; the result holds until the next call."""
        begin, end = bounds
        is_first = begins is Begins.RECORD
        # With the byte before, a record that starts right at the bounds is seen to start there.
        base = begin if is_first else begin - 1
        view = memoryview(self.buffer)
        piece = view[: read_into(descriptor, view[: end - base + OVERLAP_BYTES], base)]
        start = self._first_record(piece, begins)
        if start < 0 or base + start >= end:
            return ScannedRange(self, -1, base, piece, Outcome(0), Learned(self.scanner, []), emit)
        final = base + len(piece) >= self.size
        outcome = self.scanner.scan(piece, start, end - base, final=final, emit=emit, guessed=not is_first)
        if not is_first and outcome.is_hopeless:
            # It looks as if the range began elsewhere.
            self.scanner.take_learned()
            return ScannedRange(self, -1, base, piece, Outcome(0), Learned(self.scanner, []), emit)
        return ScannedRange(self, base + start, base, piece, outcome, self.scanner.take_learned(), emit)

    def _first_record(self, piece: memoryview, begins: Begins) -> int:
        """Where the first record starts in a piece whose first byte belongs to the one before; -1 if there is none."""
        if begins is Begins.RECORD:
            return 0
        if begins is Begins.ANYWHERE:
            found = _LINE_END.search(piece)
            return found.end() if found else -1
        # Outside quotes, one can only open a field there, or be the second of two, which comes to the same.
        is_within = begins is Begins.WITHIN_QUOTES
        machine = [2 if is_within else 0 if piece[0] == self.quote else 1, 0, 0]
        position = self.scanner.skip(piece, machine)
        return position if machine[0] == 6 else -1
