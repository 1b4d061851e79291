"""Opens the rows of a file that is no CSV, and says in words what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from project.engine.compression import InputStream
from project.engine.dialect import FORMAT_NAMES, Compression, Dialect, DialectChoice, Format
from project.errors import DamagedInputError, InvalidInputError

if TYPE_CHECKING:
    from project.engine.formats.rows import Rows

# What of a dialect means something in a format that is no CSV.
_MEANT: dict[Format, frozenset[str]] = {
    "parquet": frozenset({"format", "names", "decimal"}),
    "jsonl": frozenset({"format", "names", "decimal", "compression", "member"}),
    "xlsx": frozenset({"format", "names", "decimal", "member", "header", "skip_rows"}),
}


def open_rows(path: Path, format: Format, compression: Compression, member: str | None, keys: tuple[str, ...]) -> Rows:
    """The rows of the file. Each format's reader is imported when it is needed."""
    if format == "parquet":
        from project.engine.formats.parquet import ParquetRows

        return ParquetRows(path)
    if format == "jsonl":
        from project.engine.formats.jsonlines import JsonRows

        return JsonRows(InputStream(path, compression, member), keys)
    from project.engine.formats.xlsx import ExcelRows

    return ExcelRows(path, member)


def rows_of(path: Path, dialect: Dialect) -> Rows:
    """The rows of the file as that dialect reads them."""
    return open_rows(path, dialect.format, dialect.compression, dialect.member, dialect.keys)


def head_of(rows: Rows, size: int) -> tuple[bytes, bool]:
    """The first bytes of the CSV, about as many as asked for, and whether they are all; closes the rows."""
    data = bytearray()
    try:
        for piece in rows.pieces():
            data += piece
            if len(data) > size:
                return bytes(data[:size]), False
    finally:
        rows.close()
    return bytes(data), True


def json_keys(path: Path, compression: Compression, member: str | None) -> tuple[str, ...]:
    """The keys in the head of a file of JSON lines."""
    from project.engine.formats.jsonlines import HEAD_BYTES, keys_of

    stream = InputStream(path, compression, member)
    try:
        head = stream.read(HEAD_BYTES + 1)
    finally:
        stream.close()
    keys = keys_of(head[:HEAD_BYTES], complete=len(head) <= HEAD_BYTES)
    if not keys:
        raise DamagedInputError(
            f"No JSON object with a key stands within the first {HEAD_BYTES // 1024**2} MB of the file: "
            "are these JSON lines?"
        )
    return keys


def meant_in(format: Format) -> frozenset[str]:
    """What can be set by hand for a file of that format, by the names of DialectChoice."""
    return _MEANT.get(format, frozenset(DialectChoice.model_fields))


def check_choice(choice: DialectChoice, format: Format) -> None:
    """Raise InvalidInputError for what is set by hand but means nothing in that format."""
    meant = meant_in(format)
    for name in DialectChoice.model_fields:
        if name not in meant and getattr(choice, name) is not None:
            raise InvalidInputError(
                f"“{name}” says how a CSV file is read, but this is {FORMAT_NAMES[format]}: leave it out.",
                field="dialect",
            )
