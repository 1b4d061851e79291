"""A scanner with its buffers: runs the scan over one piece of the input and says what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from project.engine import fields, scan, survey
from project.engine.compiled import scanner_for
from project.engine.dialect import Dialect
from project.operations.columns import Use

if TYPE_CHECKING:
    from project.engine.keytable import KeyTable

FIELD_LIMIT_BYTES = 100 * 1000 * 1000
# So many blank records have their numbers kept; of more, it is known only how many there are.
MOST_BLANKS = 100_000
_REJECTS_A_CALL = 1024
_USES = {Use.AUTO: survey.USE_AUTO, Use.NUMBER: survey.USE_NUMBER}


@dataclass(frozen=True)
class RawReject:
    """A reject as the scan sees it: record and line from 0 within its piece, bounds within the piece's buffer."""

    record: int
    line: int
    start: int
    end: int
    reason: int
    argument: int


@dataclass
class Outcome:
    """What one piece held; counts are of the piece alone."""

    position: int
    """Where in the buffer the next record starts."""
    unclosed: int = 0
    """The line, from 1 in the record at `position`, in which a quote was opened that the input's end left open."""
    records: int = 0
    kept: int = 0
    blank: int = 0
    comments: int = 0
    lines: int = 0
    altered: int = 0
    """Kept records, or line ends, that a plain CSV reader would not read the same way."""
    rejects: list[RawReject] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)
    """The blank records, from 0, if the scanner tells them; not all of them where there are more than MOST_BLANKS."""
    clean: list[bytes] = field(default_factory=list)

    @property
    def is_hopeless(self) -> bool:
        """Whether most of many records are rejects."""
        return len(self.rejects) >= _REJECTS_A_CALL and 2 * len(self.rejects) > self.records

    @property
    def is_plain(self) -> bool:
        """Whether a plain CSV reader would read just the kept records from the bytes as they stand."""
        return not (self.rejects or self.blank or self.comments or self.altered)


@dataclass(frozen=True)
class Learned:
    """What a scanner learned in one piece: the counts of survey.N_* of the used columns, and sums (see `sums`)."""

    scanner: Scanner
    numbers: list[int]
    sums: Any = None


class Scanner:
    """Not for two threads at once: each has its own. `size`: of the whole input, -1 if unknown."""

    def __init__(self, dialect: Dialect, uses: dict[str, Use], size: int) -> None:
        self._scan, self._skip, self._is_compiled = scanner_for(size)
        positions = {name: number for number, name in enumerate(dialect.columns)}
        self.used = [(positions[name], _USES[use]) for name, use in uses.items() if use in _USES]
        self._dialect = dialect
        self._config = self._integers(scan.CONFIG_SIZE)
        self._config[scan.DELIMITER] = ord(dialect.delimiter)
        self._config[scan.QUOTE] = ord(dialect.quote) if dialect.quote else -1
        self._config[scan.ESCAPE] = ord(dialect.escape) if dialect.escape else -1
        self._config[scan.COMMENT] = ord(dialect.comment) if dialect.comment else -1
        quote = clean_quote(dialect)
        self._config[scan.OUT_QUOTE] = ord(quote) if quote else -1
        # Without a quote of its own, a lone quote and a delimiter become five bytes; else nothing more than doubles.
        self._growth = 2 if dialect.quote else 3
        self._config[scan.POINT] = ord(dialect.decimal)
        self._config[scan.FIELDS] = len(dialect.columns)
        self._config[scan.FIELD_LIMIT] = FIELD_LIMIT_BYTES
        self._config[scan.BLOCKS] = int(self._is_compiled)
        special = (scan.DELIMITER, scan.QUOTE, scan.ESCAPE, scan.OUT_QUOTE)
        self._classes = self._buffer(fields.byte_classes(*(int(self._config[index]) for index in special)))
        self._used = self._integers(2 * len(self.used))
        for number, (column, use) in enumerate(self.used):
            self._used[2 * number] = column
            self._used[2 * number + 1] = use
        self._bounds = self._integers(4 * len(dialect.columns))
        for column, _ in self.used:
            self._bounds[4 * column + 3] = 1
        self._state = self._integers(scan.STATE_SIZE)
        self.table: KeyTable | None = None
        self.tells_blanks = False
        self._rejects = self._integers(scan.REJECT_SIZE * _REJECTS_A_CALL)
        self._out: Any = bytearray()
        self.numbers = self._integers(survey.NUMBERS_SIZE * len(self.used))

    def scan(
        self, piece: bytes | memoryview, start: int, limit: int, *, final: bool, emit: bool, guessed: bool = False
    ) -> Outcome:
        """Scan the records that start in piece[start:limit]; `final`: the input ends with the piece.

        It stops early, with a hopeless outcome, where a `guessed` start is followed by hardly anything but rejects.
        """
        config, state = self._config, self._state
        config[scan.FINAL] = int(final)
        config[scan.EMIT] = int(emit)
        config[scan.TELL_BLANKS] = int(self.tells_blanks)
        buffer = self._buffer(piece)
        self._make_room(self._growth * (len(piece) - start) + 64 if emit else 64)
        outcome = Outcome(position=start)
        while True:
            self._scan(
                buffer, outcome.position, limit, len(piece), config, self._classes, self._used, self._bounds,
                self.numbers, self._out, self._rejects, state,
                self.table.address if self.table is not None else 0,
            )  # fmt: skip
            self._add(outcome)
            if len(outcome.blanks) > MOST_BLANKS:
                config[scan.TELL_BLANKS] = 0
            if not state[scan.FULL] or (guessed and outcome.is_hopeless):
                break
        if self.table is not None and self.table.gave_up:
            self.table = None
        return outcome

    def collect(self, key: Sequence[int], integers: Sequence[int] | None, size: int) -> None:
        """From now on, collect the texts of the key's columns, as long as they take no more than about `size` bytes.

        `integers`: the columns to add up in each group of them, None where that is not to be.
        """
        if key and self._is_compiled:
            from project.engine.keytable import KeyTable

            self.take(KeyTable.collecting(key, size) if integers is None else KeyTable.adding_up(key, integers, size))

    def take(self, table: KeyTable | None) -> None:
        """From now on, take every kept record's key as the table says; it is for this scanner alone."""
        self.table = table
        for column in table.columns if table is not None else ():
            self._bounds[4 * column + 3] = 1

    def skip(self, piece: bytes | memoryview, machine: list[int]) -> int:
        """Run on through a record too long to hold (see scan.skip_record); returns the position reached."""
        marks = self._integers(3)
        marks[:] = machine
        config = self._config
        position = self._skip(
            self._buffer(piece), 0, len(piece), config[scan.DELIMITER], config[scan.QUOTE], config[scan.ESCAPE], marks
        )
        machine[:] = [int(mark) for mark in marks]
        return int(position)

    def take_learned(self) -> Learned:
        """What was learned of the columns since the last call."""
        numbers = [int(number) for number in self.numbers]
        self.numbers[:] = self._integers(len(numbers))
        return Learned(self, numbers, self.table.take_sums() if self.table is not None else None)

    def ignore_texts(self, numbers: list[int]) -> None:
        """Look no more at columns that are read as text: `numbers`, of all that was accepted so far, tells them."""
        for number, (_, use) in enumerate(self.used):
            if use == survey.USE_AUTO and numbers[number * survey.NUMBERS_SIZE + survey.N_BAD]:
                self._used[2 * number + 1] = survey.USE_NONE

    def _add(self, outcome: Outcome) -> None:
        state = self._state
        for at in range(0, int(state[scan.REJECTS]) * scan.REJECT_SIZE, scan.REJECT_SIZE):
            record, line, *rest = (int(number) for number in self._rejects[at : at + scan.REJECT_SIZE])
            if not self._rejects[at + scan.R_REASON]:
                outcome.blanks.append(record + outcome.records)
                continue
            outcome.rejects.append(RawReject(record + outcome.records, line + outcome.lines, *rest))
        if state[scan.OUT]:
            outcome.clean.append(bytes(self._out[: state[scan.OUT]]))
        outcome.position = int(state[scan.POSITION])
        outcome.unclosed = int(state[scan.UNCLOSED])
        outcome.records += int(state[scan.RECORDS])
        outcome.kept += int(state[scan.KEPT])
        outcome.blank += int(state[scan.BLANK])
        outcome.comments += int(state[scan.COMMENTS])
        outcome.lines += int(state[scan.LINES])
        outcome.altered += int(state[scan.CHANGED]) + int(state[scan.CR])

    def _buffer(self, piece: bytes | memoryview) -> Any:
        if not self._is_compiled:
            return piece
        import numpy

        buffer = numpy.frombuffer(piece, dtype=numpy.uint8)
        # To Numba, what may be written is of another type, for which all would be compiled again.
        buffer.flags.writeable = False
        return buffer

    def _integers(self, count: int) -> Any:
        if not self._is_compiled:
            return [0] * count
        import numpy

        return numpy.zeros(count, dtype=numpy.int64)

    def _make_room(self, size: int) -> None:
        if len(self._out) >= size:
            return
        if not self._is_compiled:
            self._out = bytearray(size)
            return
        import numpy

        self._out = numpy.empty(size, dtype=numpy.uint8)


def clean_quote(dialect: Dialect) -> str:
    """The quote of the clean form: the dialect's own, or the usual one where escapes must be rewritten."""
    return dialect.quote or ('"' if dialect.escape else "")


def merge_numbers(total: list[int], part: Sequence[int], records_before: int) -> None:
    """Add what one piece taught about the used columns to the total."""
    for base in range(0, len(total), survey.NUMBERS_SIZE):
        if part[base + survey.N_BAD] and not total[base + survey.N_BAD]:
            total[base + survey.N_FIRST_BAD] = records_before + part[base + survey.N_FIRST_BAD]
        for index in (survey.N_VALUES, survey.N_BAD, survey.N_EXPONENTS, survey.N_IRREGULAR, survey.N_MISSING):
            total[base + index] += part[base + index]
        for index in (survey.N_WHOLE_DIGITS, survey.N_SCALE):
            total[base + index] = max(total[base + index], part[base + index])
