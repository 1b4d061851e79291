"""The header: where the data begin, and the final names of the columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from project.engine.fields import INCOMPLETE, OPEN, QUOTED, byte_classes, scan_field
from project.errors import DamagedInputError, InvalidInputError

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Header:
    """The fields of the header as written, the offset of the first record behind it, and the lines before that."""

    fields: tuple[str, ...]
    start: int
    lines: int


class HeaderTooLongError(Exception):
    """The sample ends before the header does."""


def skip_lines(sample: bytes, lines: int) -> int:
    """The offset behind that many physical lines (quotes mean nothing in a preamble)."""
    position = 0
    for _ in range(lines):
        match = _LINE_END.search(sample, position)
        if match is None:
            return len(sample)
        position = match.end()
    return position


def read_header(
    sample: bytes, delimiter: str, quote: str, escape: str, comment: str, *, skip_rows: int, complete: bool
) -> Header:
    """Read the header record of a UTF-8 sample, behind `skip_rows` lines and any comments.

    Raises HeaderTooLongError where the sample ends too soon, DamagedInputError for a quote that is never closed.
    """
    start = skip_lines(sample, skip_rows)
    lines = skip_rows
    while comment and sample[start : start + 1] == comment.encode():
        start += skip_lines(sample[start:], 1)
        lines += 1
    fields, position, inner = _record(sample, start, delimiter, quote, escape, complete=complete, line=lines + 1)
    match = _LINE_END.match(sample, position)
    if (match is None or match.end() == len(sample)) and not complete:
        # A CR as the last byte may be half of a line end.
        raise HeaderTooLongError
    return Header(fields, match.end() if match else position, lines + inner + 1)


def distinct_names(fields: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that are neither empty nor the same (`name_2`, `column_3`), and a sentence for each that was changed."""
    taken = {field for field in fields if field}
    seen: set[str] = set()
    names: list[str] = []
    notes: list[str] = []
    for number, field in enumerate(fields, 1):
        # A name that begins with NUL could be that of a column which steps add for themselves.
        name = field = "" if field.startswith("\0") else field
        if not field or field in seen:
            base, suffix = (field, 2) if field else ("column", number)
            name = f"{base}_{suffix}"
            while name in taken:
                suffix += 1
                name = f"{base}_{suffix}"
            what = f"The second “{field}”" if field else "The empty name"
            notes.append(f"{what} in column {number:,} of the header is called “{name}”.")
        seen.add(name)
        taken.add(name)
        names.append(name)
    return tuple(names), tuple(notes)


def unquoted(text: str, quote: str, escape: str) -> str:
    """What a field's content means, the characters that it was written with taken out; `quote` "" if it has none."""
    if quote:
        text = text.replace(quote * 2, quote)
    if escape:
        text = re.sub(re.escape(escape) + "(.)", r"\1", text, flags=re.DOTALL)
    return text


def _record(
    sample: bytes, start: int, delimiter: str, quote: str, escape: str, *, complete: bool, line: int
) -> tuple[tuple[str, ...], int, int]:
    """The fields of the record at `start`, the position behind them, and the lines that end inside quotes."""
    codes = ord(delimiter), ord(quote) if quote else -1, ord(escape) if escape else -1
    classes = byte_classes(*codes, -1)
    fields: list[str] = []
    lines = 0
    position = start
    while True:
        position, first, stop, inner, bits = scan_field(
            sample, position, len(sample), classes, *codes, -1, int(complete)
        )
        if bits & INCOMPLETE:
            if complete and bits & OPEN:
                raise DamagedInputError(f"A quote opened in the header (line {line:,}) is never closed.")
            raise HeaderTooLongError
        fields.append(_content(sample[first:stop], quote if bits & QUOTED else "", escape))
        lines += inner
        if position >= len(sample) or sample[position] != codes[0]:
            return tuple(fields), position, lines
        position += 1


def _content(raw: bytes, quote: str, escape: str) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInputError(
            "The header is not valid in the chosen encoding. Choose the file's encoding by hand.", field="dialect"
        ) from None
    return unquoted(text, quote, escape)
