"""The keys' file: a CSV file that the engine itself has written, read some records at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl


def read_keys(path: Path, schema: Mapping[str, pl.DataType], block_bytes: int) -> Iterator[pl.DataFrame]:
    """The rows behind the header, under the names of the schema; about that many bytes of them at a time."""
    for number, records in enumerate(_blocks(path, block_bytes)):
        if records.startswith(codecs.BOM_UTF8):
            # Here it is data: the reader would drop the first one.
            records = codecs.BOM_UTF8 + records
        skipped = 1 if number == 0 else 0
        yield pl.read_csv(io.BytesIO(records), has_header=False, skip_rows=skipped, schema=dict(schema))


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """Whole records: a line ends one where all quotes before it are closed."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(size):
            rest += block
            if end := _end_of_records(rest):
                yield rest[:end]
                rest = rest[end:]


def _end_of_records(data: bytes) -> int:
    """The place behind the last whole record; 0 if there is none."""
    end = len(data)
    quotes = data.count(b'"')
    while (line := data.rfind(b"\n", 0, end)) >= 0:
        quotes -= data.count(b'"', line, end)
        if quotes % 2 == 0:
            return line + 1
        end = line
    return 0
