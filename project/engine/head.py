"""The head of a file: its first records as a job would read them, from a bounded number of its bytes.

Each record is judged by the scanner that judges it in a job. Nothing is left out: what is set aside, skipped, blank or
a comment is there too, as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from project.engine import survey
from project.engine.detect import SAMPLE_BYTES, Sample, detect_in, read_sample
from project.engine.dialect import Detection, Dialect, DialectChoice
from project.engine.encodings import UTF8, Transcoder, shown
from project.engine.fields import OPEN, QUOTED, byte_classes, scan_field
from project.engine.formats.opening import check_choice
from project.engine.header import Header, HeaderTooLongError, read_header, skip_lines, unquoted
from project.engine.rejects import reason_in_words
from project.engine.scanner import Scanner
from project.errors import DamagedInputError

RECORDS_BYTES = 128 * 1024
"""Behind the header, no more than this is looked at."""
MOST_RECORDS = 50
_MOST_ABOVE = 20


class Fate(StrEnum):
    """What becomes of a record, or of a line, in a job."""

    KEPT = "kept"
    REJECTED = "rejected"
    BLANK = "blank"
    COMMENT = "comment"
    CUT = "cut"
    """It goes on beyond what was looked at, so that nobody knows yet."""


@dataclass(frozen=True)
class HeadRecord:
    """A record with its number (from 1; none for a comment), its line (from 1), and its fields; None: missing."""

    fate: Fate
    line: int
    number: int | None = None
    fields: tuple[str | None, ...] = ()
    reason: str = ""
    column: str = ""


@dataclass(frozen=True)
class Head:
    """What was found and read; `above`: the first of the lines that are skipped above the header."""

    detection: Detection
    above: tuple[str, ...]
    records: tuple[HeadRecord, ...]
    goes_on: bool
    """Whether the file holds more than these records."""


def read_head(path: Path, choice: DialectChoice | None = None, most: int = MOST_RECORDS) -> Head:
    """The first records of the file at `path`. Raises what `detect` raises."""
    choice = choice or DialectChoice()
    sample = read_sample(path, choice, SAMPLE_BYTES)
    check_choice(choice, sample.format)
    try:
        detection = detect_in(sample, choice)
        dialect = detection.dialect
        header = _header(sample.utf8, dialect, complete=sample.complete)
    except HeaderTooLongError:
        raise DamagedInputError(
            f"The header does not end within the first {SAMPLE_BYTES // 1024 // 1024} MB: it is not shown here."
        ) from None
    end = header.start + RECORDS_BYTES
    complete = sample.complete and end >= len(sample.utf8)
    reader = _Reader(dialect, sample, header, end, complete=complete)
    records = tuple(reader.records(most))
    goes_on = not complete or reader.position < len(sample.utf8)
    return Head(detection, _above(sample.utf8, dialect), records, goes_on)


def _header(utf8: bytes, dialect: Dialect, *, complete: bool) -> Header:
    if not dialect.header:
        return Header((), skip_lines(utf8, dialect.skip_rows), dialect.skip_rows)
    return read_header(
        utf8, dialect.delimiter, dialect.quote, dialect.escape, dialect.comment,
        skip_rows=dialect.skip_rows, complete=complete,
    )  # fmt: skip


def _above(utf8: bytes, dialect: Dialect) -> tuple[str, ...]:
    lines = min(dialect.skip_rows, _MOST_ABOVE)
    return tuple(shown(utf8[: skip_lines(utf8, lines)], dialect.encoding).splitlines()[:lines]) if lines else ()


class _Reader:
    """Goes through the records of the sample's first `end` bytes, one by one."""

    def __init__(self, dialect: Dialect, sample: Sample, header: Header, end: int, *, complete: bool) -> None:
        self._dialect = dialect
        self._mark = sample.encoding.mark
        self._piece = piece = sample.utf8[:end]
        self._final = complete
        self._scanner = Scanner(dialect, {}, len(piece))
        quote, escape = dialect.quote, dialect.escape
        self._codes = ord(dialect.delimiter), ord(quote) if quote else -1, ord(escape) if escape else -1
        self._classes = byte_classes(*self._codes, -1)
        self._line = header.lines + 1
        self._number = 1
        self.position = header.start

    def records(self, most: int) -> Iterator[HeadRecord]:
        """At most so many, from the first one on."""
        while most > 0 and self.position < len(self._piece):
            most -= 1
            start, line = self.position, self._line
            outcome = self._scanner.scan(self._piece, start, start + 1, final=self._final, emit=False)
            if outcome.position == start:
                yield self._cut(start, line, is_open=outcome.unclosed > 0)
                return
            self.position = outcome.position
            self._line += outcome.lines
            if outcome.comments:
                text = shown(self._piece[start : self.position], self._dialect.encoding).rstrip("\r\n")
                yield HeadRecord(Fate.COMMENT, line, fields=(text,))
                continue
            number, self._number = self._number, self._number + 1
            if outcome.blank:
                yield HeadRecord(Fate.BLANK, line, number)
            elif outcome.rejects:
                reject = outcome.rejects[0]
                names, label = self._dialect.columns, self._dialect.encoding
                bad = self._original(reject.argument) if reject.reason == survey.BAD_UTF8 else 0
                reason, column = reason_in_words(reject, names, label, bad)
                yield HeadRecord(Fate.REJECTED, line, number, self._fields(start), reason, column)
            else:
                yield HeadRecord(Fate.KEPT, line, number, self._fields(start))

    def _original(self, offset: int) -> int:
        """Where in the decompressed file stands what is at that offset here."""
        if self._dialect.encoding == UTF8:
            return self._mark + offset
        return self._mark + len(Transcoder(self._dialect.encoding).original(self._piece[:offset]))

    def _cut(self, start: int, line: int, *, is_open: bool) -> HeadRecord:
        reason = f"goes on beyond the first {RECORDS_BYTES // 1024} KB, which is all that is shown here"
        if is_open:
            reason = "a quote that is opened in it is never closed: a job fails here"
        return HeadRecord(Fate.CUT, line, self._number, self._fields(start), reason)

    def _fields(self, position: int) -> tuple[str | None, ...]:
        fields: list[str | None] = []
        while True:
            position, first, stop, _, bits = scan_field(
                self._piece, position, len(self._piece), self._classes, *self._codes, -1, int(self._final)
            )
            fields.append(self._text(first, stop, position, bits))
            if bits & OPEN or position >= len(self._piece) or self._piece[position] != self._codes[0]:
                return tuple(fields)
            position += 1

    def _text(self, first: int, stop: int, end: int, bits: int) -> str | None:
        is_quoted = bool(bits & QUOTED)
        if first == stop and not is_quoted:
            return None
        text = unquoted(
            shown(self._piece[first:stop], self._dialect.encoding),
            self._dialect.quote if is_quoted else "",
            self._dialect.escape,
        )
        # Text after a closing quote is shown as it stands.
        behind = stop + 1 if is_quoted and not bits & OPEN else stop
        return text + shown(self._piece[behind:end], self._dialect.encoding)
