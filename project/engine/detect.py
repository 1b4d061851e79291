"""Detection: finds the dialect of a file from its first megabyte, in words that can be overruled by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from project.engine import kinds
from project.engine.compression import InputStream, compression_of
from project.engine.dialect import Compression, Detection, Dialect, DialectChoice, Format
from project.engine.encodings import UTF8, Guess, Transcoder, chosen, guess
from project.engine.formats.footer import read_footer
from project.engine.formats.kinds import Kind, fixed, kind_of
from project.engine.formats.opening import check_choice, head_of, json_keys, meant_in, open_rows
from project.engine.header import HeaderTooLongError, distinct_names, read_header
from project.engine.preamble import preamble_lines
from project.engine.quoting import hints, quote_of
from project.engine.shapes import Marks, Shape, shapes_of
from project.errors import DamagedInputError, InvalidInputError, NotCsvError

SAMPLE_BYTES = 1024 * 1024
LONGEST_HEADER_BYTES = 16 * 1024 * 1024

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


def detect(path: Path, choice: DialectChoice | None = None) -> Detection:
    """The dialect of the file at `path`; what `choice` sets is obeyed, the rest is found.

    Raises DamagedInputError for a file that is empty, cut or corrupt, NotCsvError for one of another kind, and
    InvalidInputError for a choice that cannot be.
    """
    choice = choice or DialectChoice()
    kind = kind_of(path, choice)
    check_choice(choice, kind.format)
    if kind.format == "parquet":
        return _of_parquet(path, choice)
    try:
        return detect_in(read_sample(path, choice, SAMPLE_BYTES), choice)
    except HeaderTooLongError:
        pass
    try:
        return detect_in(read_sample(path, choice, LONGEST_HEADER_BYTES), choice)
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
    _refuse(_kind_of(data[: kinds.HEAD_BYTES], compression), choice)
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
    dialect = Dialect(format="parquet", encoding=UTF8, columns=names, parts=parts, decimal=choice.decimal or ".")
    return Detection(dialect=dialect, notes=notes)


def detect_in(sample: Sample, choice: DialectChoice) -> Detection:
    """The dialect of a sample. Raises what `detect` raises, and HeaderTooLongError where the sample is too short."""
    if sample.format == "csv" and kinds.looks_binary(sample.utf8):
        _refuse(kinds.BINARY, choice)
    choice = choice.model_copy(update=fixed(sample.format))
    notes = list(sample.notes)
    text = sample.utf8.decode("utf-8", "replace")
    separator = _SEP_LINE.match(text) if sample.format == "csv" else None
    quote = quote_of(text) if choice.quote is None else choice.quote
    marks = Marks(quote, choice.escape or "", choice.comment or "")
    given = choice.delimiter or (separator.group(1) if separator else None)
    _check_bytes(given or "", marks)
    shapes = shapes_of(text, marks, given, complete=sample.complete)
    shape = shapes[0]
    if separator is not None and choice.delimiter is None:
        notes.append(f"The first line says that the delimiter is “{separator.group(1)}”; it is not data.")
    skip = choice.skip_rows
    if skip is None:
        skip = preamble_lines(shape) if choice.header is not False else 0
        if separator is not None:
            skip = max(skip, 1)
        elif skip:
            notes.append(f"{skip:,} line{'s' if skip > 1 else ''} skipped above the header.")
    if quote == "'" and choice.quote is None:
        notes.append("The fields stand in single quotes, and none in double ones.")
    free = {name for name in meant_in(sample.format) if getattr(choice, name) is None}
    notes += hints(text, shape, marks, free, skip, complete=sample.complete)
    columns, more = _columns(sample, choice, shape, marks, skip)
    dialect = Dialect(
        format=sample.format,
        encoding=sample.encoding.label,
        compression=sample.compression,
        member=sample.member,
        delimiter=shape.delimiter,
        quote=marks.quote,
        escape=marks.escape,
        header=choice.header is not False,
        skip_rows=skip,
        comment=marks.comment,
        decimal=choice.decimal or ".",
        columns=columns,
        keys=sample.keys,
        parts=sample.parts,
    )
    if sample.encoding.is_guess and choice.encoding is None:
        notes.append(f"The encoding {sample.encoding.label} is a guess. {sample.encoding.reason}")
    return Detection(
        dialect=dialect,
        notes=(*notes, *more),
        candidates=tuple(each.candidate for each in shapes),
        encoding_reason=sample.encoding.reason,
    )


def _kind_of(head: bytes, compression: Compression) -> kinds.Kind | None:
    inner = compression_of(head)
    if compression != "none" and inner != "none":
        return kinds.Kind(inner, f"{inner} data within {compression} data")
    return kinds.kind_of_bytes(head)


def _refuse(kind: kinds.Kind | None, choice: DialectChoice) -> None:
    """Who has set the delimiter means the text to be read as it is."""
    if kind is not None and not (kind.is_text and choice.delimiter):
        raise NotCsvError(kind.sentence, is_text=kind.is_text)


def _columns(
    sample: Sample, choice: DialectChoice, shape: Shape, marks: Marks, skip: int
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
            marks.quote,
            marks.escape,
            marks.comment,
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


def _check_bytes(delimiter: str, marks: Marks) -> None:
    """The special characters must be single bytes, different, and no line ends."""
    given = {"delimiter": delimiter, "quote": marks.quote, "escape": marks.escape, "comment": marks.comment}
    for name, value in given.items():
        if value and (not value.isascii() or value in "\r\n\0"):
            raise InvalidInputError(f"The {name} must be one ASCII character that is no line end.", field="dialect")
    special = [value for name, value in given.items() if value and name != "comment"]
    if len(special) != len(set(special)):
        raise InvalidInputError("Delimiter, quote and escape must be different characters.", field="dialect")
