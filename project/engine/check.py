"""The structural check: every record of the whole file is judged before a step sees it.

A plain file is only read: what passes is then read again by the fast reader. As soon as something is found that the
fast reader would read differently (a reject, a blank line, an odd line end, another encoding, compression), the kept
records are written to a spool in clean form, and the fast reader gets that. A plain file is scanned in ranges by
several threads: each guesses that its range starts outside quotes; where it was wrong, the range is scanned again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from project.engine import survey
from project.engine.checked import CheckedInput
from project.engine.collection import Collection
from project.engine.desk import OVERLAP_BYTES, Begins, Desk, ScannedRange
from project.engine.detect import read_sample
from project.engine.dialect import Dialect
from project.engine.encodings import UTF8, mark_length, shown
from project.engine.feed import DecodedFeed, Feed, PlainFeed, RowsFeed
from project.engine.formats.opening import rows_of
from project.engine.header import Header, read_header, skip_lines
from project.engine.parity import Parity
from project.engine.rejects import RAW_LIMIT_BYTES, TOO_LONG_RECORD, RejectsFile, reason_in_words
from project.engine.scanner import Learned, Outcome, RawReject, Scanner, clean_quote, merge_numbers
from project.engine.seals import Seals, seal_of
from project.engine.spool import Spool
from project.errors import DamagedInputError, FailureError
from project.operations.columns import Use

RANGE_BYTES = 8 * 1024 * 1024
RECORD_LIMIT_BYTES = 128 * 1024 * 1024
_LONGEST_HEADER_BYTES = 16 * 1024 * 1024
_ALL_REJECTS = 1000
_KEY_BYTES = 128 * 1024 * 1024


class StructuralCheck:
    """One run of the check over one file.

    `on_progress(bytes of the file read, records read, rejects)` is called after every piece. `key`: columns whose texts
    are collected, in no more than about `key_bytes`. `seal`: the pieces of a file that needs no spool are sealed.
    `number_blanks`: the numbers of blank records are collected, too.
    """

    def __init__(
        self,
        path: Path,
        dialect: Dialect,
        uses: dict[str, Use],
        rejects: RejectsFile,
        spool: Callable[[], Spool],
        *,
        key: tuple[str, ...] = (),
        integers: tuple[str, ...] | None = None,
        key_bytes: int = _KEY_BYTES,
        max_rejects: int | None = None,
        on_progress: Callable[[int, int, int], None] = lambda read, records, rejects: None,
        range_bytes: int = RANGE_BYTES,
        threads: int = 2,
        seal: bool = False,
        number_blanks: bool = False,
    ) -> None:
        self._path = path
        self._dialect = dialect
        self._uses = uses
        self._rejects = rejects
        self._open_spool = spool
        self._spool: Spool | None = None
        self._max_rejects = max_rejects
        self._on_progress = on_progress
        self._range_bytes = range_bytes
        self._threads = threads
        self._size = path.stat().st_size
        self._is_plain = dialect.is_plain
        self._known_size = self._size if dialect.format == "csv" and dialect.compression == "none" else -1
        # Each of the scanners collects for itself.
        self._collection = Collection(dialect, key, integers, key_bytes // (threads + 3), number_blanks=number_blanks)
        self._scanner = self._new_scanner()
        self._numbers = self._scanner.take_learned().numbers
        self._cuts: list[int] = []
        self._seals: list[int] | None = [] if seal else None
        self._records = self._kept = self._blank = self._comments = self._lines = 0

    def run(self) -> CheckedInput:
        """Check the whole file. Raises DamagedInputError or FailureError with where and why."""
        header = self._header()
        self._lines = header.lines
        if self._is_plain:
            self._run_plain(header)
        else:
            self._run_decoded(header)
        if self._spool is not None:
            self._spool.close()
        return CheckedInput(
            records=self._records,
            kept=self._kept,
            blank=self._blank,
            rejected=self._rejects.count,
            comments=self._comments,
            path=self._spool.path if self._spool else self._path,
            cuts=tuple(self._spool.cuts if self._spool else self._cuts),
            quote=clean_quote(self._dialect),
            numbers={
                self._dialect.columns[column]: tuple(self._numbers[base : base + survey.NUMBERS_SIZE])
                for (column, _), base in zip(
                    self._scanner.used, range(0, len(self._numbers), survey.NUMBERS_SIZE), strict=True
                )
            },
            texts=self._collection.texts(),
            sums=self._collection.sums(),
            blanks=self._collection.blanks(),
            seals=self._sealed(),
        )

    def _sealed(self) -> Seals | None:
        if self._seals is None or self._spool is not None:
            return None
        return Seals(tuple(self._cuts), tuple(self._seals), datetime.now(timezone.utc).date())

    def _header(self) -> Header:
        """Where the data begin, in the UTF-8 stream without its mark."""
        dialect = self._dialect
        sample = read_sample(self._path, dialect.as_choice, _LONGEST_HEADER_BYTES)
        self._mark = mark_length(sample_head(self._path), UTF8) if self._is_plain else 0
        if not dialect.header:
            start = skip_lines(sample.utf8, dialect.skip_rows)
            if start == len(sample.utf8) and not sample.complete:
                raise DamagedInputError(
                    f"The {dialect.skip_rows:,} lines to skip do not end within the first "
                    f"{_LONGEST_HEADER_BYTES // 1024 // 1024} MB."
                )
            return Header((), start, dialect.skip_rows)
        return read_header(
            sample.utf8, dialect.delimiter, dialect.quote, dialect.escape, dialect.comment,
            skip_rows=dialect.skip_rows, complete=sample.complete,
        )  # fmt: skip

    def _run_plain(self, header: Header) -> None:
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            start = self._mark + header.start
            self._cuts.append(start)
            ranges = -(-(self._size - start) // self._range_bytes)
            if ranges < 3 or self._threads < 2:
                self._in_order(PlainFeed(descriptor, start), start, self._size, descriptor, start)
            else:
                self._in_ranges(descriptor, start, ranges)
        finally:
            os.close(descriptor)

    def _run_decoded(self, header: Header) -> None:
        self._spool = self._open_spool()
        feed = (
            DecodedFeed(self._path, self._dialect)
            if self._dialect.format == "csv"
            else RowsFeed(rows_of(self._path, self._dialect))
        )
        try:
            feed.read(header.start)
            self._in_order(feed, header.start, None, -1, header.start)
        finally:
            feed.close()

    def _in_ranges(self, descriptor: int, start: int, ranges: int) -> None:
        """Scan the file in ranges ahead of their turn, and take the results in order."""
        expected = start
        misses = 0
        room = self._range_bytes + OVERLAP_BYTES + 1
        # One range is being accepted while the others lie ready or are being scanned.
        quote = ord(self._dialect.quote) if self._dialect.quote else -1
        desks = deque(Desk(self._new_scanner(), bytearray(room), self._size, quote) for _ in range(self._threads + 2))
        parity = Parity(descriptor, self._dialect.quote)
        with ThreadPoolExecutor(self._threads) as pool:
            ahead: deque[Future[ScannedRange]] = deque()
            submitted = 0
            for number in range(ranges):
                while submitted < ranges and len(ahead) <= self._threads:
                    begin = start + submitted * self._range_bytes
                    bounds = begin, min(begin + self._range_bytes, self._size)
                    begins = Begins.ANYWHERE if submitted else Begins.RECORD
                    if misses and self._dialect.quote and begin > expected:
                        # Quotes with line ends in them: to count them all is quicker than to guess wrong.
                        parity.start(expected)
                        begins = Begins.WITHIN_QUOTES if parity.is_within(begin - 1) else Begins.OUTSIDE_QUOTES
                    emit = self._spool is not None
                    ahead.append(pool.submit(desks.popleft().scan, descriptor, bounds, begins, emit))
                    submitted += 1
                found = ahead.popleft().result()
                end = min(start + (number + 1) * self._range_bytes, self._size)
                if found.start == expected < end and self._can_take(found):
                    expected = self._accept(found.base, found.piece, found.outcome, found.learned, None)
                elif expected < end:
                    misses += found.start != expected
                desks.append(found.desk)
                if misses > 4 and misses * 2 > number:
                    # Quoted line ends everywhere: guessing costs more than it brings.
                    pool.shutdown(cancel_futures=True)
                    end = self._size
                if expected < end:
                    expected = self._in_order(PlainFeed(descriptor, expected), expected, end, descriptor, start)
                if end == self._size:
                    break

    def _can_take(self, found: ScannedRange) -> bool:
        return found.emitted if self._spool is not None else found.outcome.is_plain

    def _in_order(self, feed: Feed, base: int, end: int | None, descriptor: int, first: int) -> int:
        """Scan the records that start in [base, end) of the stream (end None: all); returns where the next one starts.

        A range that turns out not to be plain starts the spool, with all that came before it copied from `descriptor`.
        """
        piece = b""
        wanted = self._range_bytes + OVERLAP_BYTES
        final = False
        while (end is None or base < end) and not (final and not piece):
            if not final:
                data = feed.read(wanted - len(piece))
                final = len(data) < wanted - len(piece)
                piece += data
            limit = len(piece) if end is None else min(len(piece), end - base)
            emit = self._spool is not None
            outcome = self._scanner.scan(piece, 0, limit, final=final, emit=emit)
            learned = self._scanner.take_learned()
            if not emit and not outcome.is_plain:
                self._spool = self._open_spool()
                self._spool.copy(descriptor, first, base, self._cuts)
                continue
            if outcome.unclosed:
                self._fail_unclosed(outcome)
            position = outcome.position
            self._accept(base, piece, outcome, learned, feed)
            base += position
            piece = piece[position:]
            if position == 0 and len(piece) >= wanted:
                wanted *= 2
            if len(piece) > RECORD_LIMIT_BYTES:
                if self._spool is None:
                    self._spool = self._open_spool()
                    self._spool.copy(descriptor, first, base, self._cuts)
                base, piece, final = self._skip_long_record(feed, base, piece)
            if len(piece) < self._range_bytes:
                wanted = self._range_bytes + OVERLAP_BYTES
        return base

    def _skip_long_record(self, feed: Feed, base: int, piece: bytes) -> tuple[int, bytes, bool]:
        """Set aside a record that is too long to hold; returns the offset behind it, what was read, and if it ended."""
        machine = [0, 0, 0]
        start, head = feed.original(base), shown(piece[:4096], self._dialect.encoding)
        while True:
            position = self._scanner.skip(piece, machine)
            base += position
            feed.forget_before(base)
            if machine[0] == 6 and not machine[2]:
                break
            piece = feed.read(self._range_bytes)
            position = 0
            if not piece:
                break
        if machine[0] in (2, 5):
            self._fail_unclosed(Outcome(0, unclosed=1))
        reject = RawReject(0, 0, 0, 0, TOO_LONG_RECORD, 0)
        reason, column = reason_in_words(reject, self._dialect.columns, self._dialect.encoding, 0)
        self._rejects.write(self._records + 1, self._lines + 1, start, reason, column, head)
        self._records += 1
        self._lines += machine[1] + 1
        return base, piece[position:], False

    def _accept(
        self, base: int, piece: bytes | memoryview, outcome: Outcome, learned: Learned, feed: Feed | None
    ) -> int:
        """Take over what a piece held; returns the offset of the next record."""
        if self._kept == 0 and outcome.rejects:
            self._check_first(outcome)
        for reject in outcome.rejects:
            self._set_aside(base, piece, reject, feed)
        if self._max_rejects is not None and self._rejects.count > self._max_rejects:
            raise FailureError(
                f"More than {self._max_rejects:,} records were rejected, the recipe's max_rejects.",
                code="too_many_rejects",
            )
        self._collection.number_blanks(outcome, self._records)
        next_record = base + outcome.position
        if self._spool is not None:
            for clean in outcome.clean:
                self._spool.write(clean)
        elif next_record > self._cuts[-1]:
            if self._seals is not None:
                self._seals.append(seal_of(memoryview(piece)[self._cuts[-1] - base : outcome.position]))
            self._cuts.append(next_record)
        merge_numbers(self._numbers, learned.numbers, self._records)
        self._collection.take(learned)
        self._collection.ignore_texts(self._numbers)
        self._records += outcome.records
        self._kept += outcome.kept
        self._blank += outcome.blank
        self._comments += outcome.comments
        self._lines += outcome.lines
        if feed is not None:
            feed.forget_before(next_record)
        consumed = feed.consumed if feed is not None else next_record
        self._on_progress(consumed, self._records, self._rejects.count)
        return next_record

    def _set_aside(self, base: int, piece: bytes | memoryview, reject: RawReject, feed: Feed | None) -> None:
        offset, bad = base + reject.start, base + reject.argument
        place = feed.place(offset) if feed is not None else None
        if place is not None and place.reason:
            self._rejects.write(
                self._records + reject.record + 1, place.line, place.offset, place.reason, "", place.raw
            )
            return
        if feed is not None:
            offset, bad = feed.original(offset), feed.original(bad) if reject.reason == survey.BAD_UTF8 else 0
        reason, column = reason_in_words(reject, self._dialect.columns, self._dialect.encoding, bad)
        raw = shown(
            bytes(piece[reject.start : min(reject.end, reject.start + RAW_LIMIT_BYTES)]), self._dialect.encoding
        )
        line = self._lines + reject.line + 1
        if place is not None:
            line, offset = place.line, place.offset
        self._rejects.write(self._records + reject.record + 1, line, offset, reason, column, raw)

    def _check_first(self, outcome: Outcome) -> None:
        """Fail a job whose first records are all rejects: the dialect is wrong, or it is no CSV file."""
        first = next((n for n, reject in enumerate(outcome.rejects) if reject.record != n), len(outcome.rejects))
        if self._rejects.count + first >= _ALL_REJECTS:
            reason, _ = reason_in_words(outcome.rejects[0], self._dialect.columns, self._dialect.encoding, 0)
            raise FailureError(
                f"The first {_ALL_REJECTS:,} records are all rejects ({reason}). Is this the right file, and is it "
                f"read in the right way? It was read as {self._dialect.sentence()}.",
                code="all_rejects",
            )

    def _fail_unclosed(self, outcome: Outcome) -> None:
        record = self._records + outcome.records + 1
        line = self._lines + outcome.lines + outcome.unclosed
        raise DamagedInputError(f"A quote opened in record {record:,} (line {line:,}) is never closed.")

    def _new_scanner(self) -> Scanner:
        scanner = Scanner(self._dialect, self._uses, self._known_size)
        self._collection.add(scanner)
        return scanner


def sample_head(path: Path) -> bytes:
    """The first bytes of a file, where its mark would be."""
    with path.open("rb") as file:
        return file.read(4)
