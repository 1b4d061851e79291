"""Detection: finds the dialect of a file from its first megabyte, in words that can be overruled by hand."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from project.engine.compression import InputStream
from project.engine.dialect import Compression, Detection, Dialect, DialectChoice, Format
from project.engine.encodings import UTF8, Guess, Transcoder, chosen, guess
from project.engine.formats.footer import read_footer
from project.engine.formats.kinds import Kind, kind_of
from project.engine.formats.opening import check_choice, head_of, json_keys, open_rows
from project.engine.header import HeaderTooLongError, distinct_names, read_header
from project.errors import DamagedInputError, InvalidInputError

SAMPLE_BYTES = 1024 * 1024
LONGEST_HEADER_BYTES = 16 * 1024 * 1024

_DELIMITERS = (",", ";", "\t", "|")
_SCORED_CHARACTERS = 200_000
_LONGEST_PREAMBLE = 50
_NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[\d.,]*(e[+-]?\d+)?%?\s*", re.IGNORECASE)
_SEP_LINE = re.compile(r"\A(?:\"?)sep=(.)(?:\"?)(?:\r\n|\n|\r|\Z)", re.IGNORECASE)


@dataclass(frozen=True)
class Sample:
    """The first bytes of a file, decompressed and as UTF-8 without its mark; of other formats, of their CSV."""

    utf8: bytes
    compression: Compression
    member: str | None
    encoding: Guess
    complete: bool
    format: Format = "csv"
    keys: tuple[str, ...] = ()
    parts: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Shape:
    """What one delimiter makes of the sample: the usual number of fields, the share of records that have it."""

    delimiter: str
    fields: int
    share: float
    records: tuple[tuple[int, tuple[str, ...]], ...]
    """Each record with the number of lines before it."""


def detect(path: Path, choice: DialectChoice | None = None) -> Detection:
    """The dialect of the file at `path`; what `choice` sets is obeyed, the rest is found.

    Raises DamagedInputError for a file that is empty, cut or corrupt, InvalidInputError for a choice that cannot be.
    """
    choice = choice or DialectChoice()
    kind = kind_of(path, choice)
    check_choice(choice, kind.format)
    if kind.format == "parquet":
        return _of_parquet(path, choice)
    choice = choice.model_copy(update=kind.fixed)
    try:
        return _detect(read_sample(path, choice, SAMPLE_BYTES), choice)
    except HeaderTooLongError:
        pass
    try:
        return _detect(read_sample(path, choice, LONGEST_HEADER_BYTES), choice)
    except HeaderTooLongError:
        raise DamagedInputError(
            f"The header does not end within the first {LONGEST_HEADER_BYTES // 1024 // 1024} MB: is this a CSV file?"
        ) from None


def read_sample(path: Path, choice: DialectChoice, size: int) -> Sample:
    """The first `size` bytes of the file (after decompression), decoded."""
    kind = kind_of(path, choice)
    if kind.format != "csv":
        return _sample_of_format(path, kind, choice, size)
    compression, member = kind.compression, kind.member
    stream = InputStream(path, compression, member)
    try:
        data = stream.read(size + 1)
    finally:
        stream.close()
    complete = len(data) <= size
    data = data[:size]
    encoding = chosen(choice.encoding, data) if choice.encoding else guess(data, complete=complete)
    body = data[encoding.mark :]
    if not body:
        raise DamagedInputError("The file is empty.")
    utf8 = body if encoding.label == UTF8 else Transcoder(encoding.label).decode(body, final=complete)
    return Sample(utf8, compression, member, encoding, complete)


def _sample_of_format(path: Path, kind: Kind, choice: DialectChoice, size: int) -> Sample:
    keys: tuple[str, ...] = ()
    if kind.format == "jsonl":
        keys = choice.names or json_keys(path, kind.compression, kind.member)
    rows = open_rows(path, kind.format, kind.compression, kind.member, keys)
    parts, notes = rows.parts, rows.notes
    data, complete = head_of(rows, size)
    if not data:
        raise DamagedInputError("There is not a single cell with a value in the sheet.")
    return Sample(data, kind.compression, kind.member, Guess(UTF8), complete, kind.format, keys, parts, notes)


def _of_parquet(path: Path, choice: DialectChoice) -> Detection:
    """By the footer alone: nothing has to be unpacked."""
    footer = read_footer(path)
    names, notes = _names(choice, footer.columns)
    groups = len(footer.groups)
    parts = f"{groups:,} row group{'s' if groups != 1 else ''}"
    return Detection(dialect=Dialect(format="parquet", encoding=UTF8, columns=names, parts=parts), notes=notes)


def _detect(sample: Sample, choice: DialectChoice) -> Detection:
    notes = list(sample.notes)
    text = sample.utf8.decode("utf-8", "replace")
    separator = _SEP_LINE.match(text) if sample.format == "csv" else None
    quote = '"' if choice.quote is None else choice.quote
    skip = choice.skip_rows
    found_delimiter = choice.delimiter or (separator.group(1) if separator else None)
    _check_bytes(found_delimiter or "", quote, choice)
    possible = tuple(delimiter for delimiter in _DELIMITERS if delimiter not in (quote, choice.escape))
    shape = _best_shape(text, (found_delimiter,) if found_delimiter else possible, quote, sample.complete)
    if separator is not None and choice.delimiter is None:
        notes.append(f"The first line says that the delimiter is “{separator.group(1)}”; it is not data.")
    if skip is None:
        skip = _preamble_lines(shape) if choice.header is not False else 0
        if separator is not None:
            skip = max(skip, 1)
        elif skip:
            notes.append(f"{skip:,} line{'s' if skip > 1 else ''} skipped above the header.")
    columns, more = _columns(sample, choice, shape, quote, skip)
    dialect = Dialect(
        format=sample.format,
        encoding=sample.encoding.label,
        compression=sample.compression,
        member=sample.member,
        delimiter=shape.delimiter,
        quote=quote,
        escape=choice.escape or "",
        header=choice.header is not False,
        skip_rows=skip,
        comment=choice.comment or "",
        columns=columns,
        keys=sample.keys,
        parts=sample.parts,
    )
    if sample.encoding.certainty < 1 and choice.encoding is None:
        notes.append(f"The encoding {sample.encoding.label} is a guess ({sample.encoding.certainty:.0%} sure).")
    certainty = sample.encoding.certainty * (1.0 if found_delimiter or shape.fields == 1 else shape.share)
    return Detection(dialect=dialect, notes=(*notes, *more), certainty=round(certainty, 2))


def _columns(
    sample: Sample, choice: DialectChoice, shape: _Shape, quote: str, skip: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if choice.header is False:
        count = len(choice.names) if choice.names else shape.fields
        fields: tuple[str, ...] = ("",) * count
        names = tuple(f"column_{number}" for number in range(1, count + 1))
        notes: tuple[str, ...] = ()
    else:
        header = read_header(
            sample.utf8,
            shape.delimiter,
            quote,
            choice.escape or "",
            choice.comment or "",
            skip_rows=skip,
            complete=sample.complete,
        )
        fields = header.fields
        if header.fields == ("",):
            raise DamagedInputError("The file has no header: there is nothing but blank lines where it should stand.")
        names, notes = distinct_names(header.fields)
        if sample.format == "csv" and len(fields) > 1 and not fields[-1]:
            notes = (*notes, f"Every line seems to end with a delimiter: the last column, “{names[-1]}”, may be empty.")
    return _names(choice, fields) if choice.names else (names, notes)


def _names(choice: DialectChoice, fields: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the columns: those that were set by hand, or what the file calls them."""
    if choice.names and len(choice.names) != len(fields):
        raise InvalidInputError(f"{len(choice.names):,} names were given for {len(fields):,} columns.", field="dialect")
    return distinct_names(choice.names or fields)


def _best_shape(text: str, delimiters: tuple[str, ...], quote: str, complete: bool) -> _Shape:
    shapes = [_shape(text, delimiter, quote, complete) for delimiter in delimiters]
    split = [shape for shape in shapes if shape.fields > 1]
    # A stable sort: of equals, the delimiter that is named first.
    return max(split, key=lambda shape: (round(shape.share, 2), shape.fields)) if split else shapes[0]


def _shape(text: str, delimiter: str, quote: str, complete: bool) -> _Shape:
    scored = text[:_SCORED_CHARACTERS]
    # The limit is the whole process's: it is never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), _SCORED_CHARACTERS + 1))
    reader = csv.reader(
        io.StringIO(scored, newline=""),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=False,
    )
    records: list[tuple[int, tuple[str, ...]]] = []
    lines = 0
    for fields in reader:
        records.append((lines, tuple(fields)))
        lines = reader.line_num
    if len(records) > 1 and not (complete and len(scored) == len(text)):
        records.pop()  # cut in the middle, as like as not
    counts = Counter(len(fields) for _, fields in records if fields)
    if not counts:
        return _Shape(delimiter, 1, 0.0, tuple(records))
    usual = max(counts, key=lambda count: (counts[count], count))
    return _Shape(delimiter, usual, counts[usual] / counts.total(), tuple(records))


def _preamble_lines(shape: _Shape) -> int:
    """The lines above the header: those of a single text where records have several, before a row of names."""
    for lines, fields in shape.records[: _LONGEST_PREAMBLE + 1]:
        filled = sum(1 for field in fields if field.strip())
        if fields and len(fields) >= shape.fields and (shape.fields == 1 or filled > max(1, (shape.fields - 1) // 2)):
            return lines if lines == 0 or _is_row_of_names(fields, shape.fields) else _blank_lines(shape)
        if filled > max(1, (shape.fields - 1) // 2):
            break
    return _blank_lines(shape)


def _blank_lines(shape: _Shape) -> int:
    return next((lines for lines, fields in shape.records if fields), 0)


def _is_row_of_names(fields: tuple[str, ...], count: int) -> bool:
    filled = [field for field in fields if field.strip()]
    return len(filled) == count == len(set(filled)) and not any(_NUMBER.fullmatch(field) for field in filled)


def _check_bytes(delimiter: str, quote: str, choice: DialectChoice) -> None:
    """The special characters must be single bytes, different, and no line ends."""
    given = {"delimiter": delimiter, "quote": quote, "escape": choice.escape or "", "comment": choice.comment or ""}
    for name, value in given.items():
        if value and (not value.isascii() or value in "\r\n\0"):
            raise InvalidInputError(f"The {name} must be one ASCII character that is no line end.", field="dialect")
    special = [value for name, value in given.items() if value and name != "comment"]
    if len(special) != len(set(special)):
        raise InvalidInputError("Delimiter, quote and escape must be different characters.", field="dialect")
