"""Parquet as the CSV that it would be: some rows of one row group at a time, in memory that does not grow."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from project.engine.formats.footer import RowGroup, damaged, read_footer
from project.engine.formats.rows import Place, csv_line
from project.errors import DamagedInputError, InvalidInputError, LimitError
from project.operations.expressions import named

# Rows that are held at once, in the bytes that the file says they have, and in those of the CSV that they make.
_HELD_BYTES = 16 * 1024 * 1024
_WRITTEN_BYTES = 8 * 1024 * 1024
_MOST_ROWS = 131_072
# A group's columns are read together up to here, beyond one after the other, and beyond that not at all.
_TOGETHER_BYTES = 64 * 1024 * 1024
_COLUMN_BYTES = 1024 * 1024 * 1024

_MOMENT = "%Y-%m-%dT%H:%M:%S%.f"
_TIME = "%H:%M:%S%.f"


class ParquetRows:
    """See `rows.Rows`. Raises DamagedInputError, or InvalidInputError where a column holds bytes that are no text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size
        self._footer = read_footer(path)
        self._done = 0
        try:
            schema = pl.scan_parquet(path, glob=False).collect_schema()
        except (OSError, *_ERRORS) as error:
            raise damaged(_first_line(error)) from None
        if not schema:
            raise DamagedInputError("The Parquet file has no columns.")
        for name, kind in schema.items():
            _check_kind(name, kind)
        self._columns = [(name, _as_text(name, kind)) for name, kind in schema.items()]

    @property
    def consumed(self) -> int:
        """See `rows.Rows`."""
        return self._size * self._done // max(1, self._footer.rows)

    @property
    def parts(self) -> str:
        """See `rows.Rows`."""
        groups = len(self._footer.groups)
        return f"{groups:,} row group{'s' if groups != 1 else ''}"

    @property
    def notes(self) -> tuple[str, ...]:
        """See `rows.Rows`."""
        return ()

    def pieces(self) -> Iterator[bytes]:
        """See `rows.Rows`."""
        yield csv_line([name for name, _ in self._columns]).encode()
        start = 0
        for number, group in enumerate(self._footer.groups, 1):
            _check_group(number, group)
            step = _step(group)
            for first in range(0, group.rows, step):
                rows = min(step, group.rows - first)
                yield from _written(self._read(start + first, rows, sum(group.bytes) <= _TOGETHER_BYTES))
                self._done = start + first + rows
            start += group.rows

    def place(self, offset: int) -> Place | None:
        """Rows of a Parquet file have no place in its bytes."""
        return None

    def forget_before(self, offset: int) -> None:
        """Nothing is remembered."""

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self, start: int, rows: int, together: bool) -> pl.DataFrame:
        try:
            scan = pl.scan_parquet(self._path, glob=False).slice(start, rows)
            texts = [text for _, text in self._columns]
            if together:
                frame = scan.select(texts).collect(engine="streaming")
            else:
                frame = pl.concat([scan.select(text).collect(engine="streaming") for text in texts], how="horizontal")
        except (OSError, *_ERRORS) as error:
            raise damaged(_first_line(error)) from None
        if frame.height != rows:
            raise damaged("it has fewer rows than it says")
        return frame


_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")[:200]


def _step(group: RowGroup) -> int:
    a_row = max(1, sum(group.bytes) // max(1, group.rows))
    return max(1, min(_MOST_ROWS, _HELD_BYTES // a_row))


def _check_group(number: int, group: RowGroup) -> None:
    if max(group.bytes, default=0) > _COLUMN_BYTES:
        raise LimitError(
            f"Row group {number:,} of the Parquet file holds more than {_COLUMN_BYTES // 1024**3} GB in one column, "
            "which has to be unpacked at once. Write it with smaller row groups."
        )


def _check_kind(name: str, kind: Any) -> None:
    """The kinds of Polars' types have no common interface for what is in them."""
    if isinstance(kind, pl.Struct):
        for field in kind.fields:
            _check_kind(name, field.dtype)
    elif isinstance(kind, pl.List | pl.Array):
        _check_kind(name, kind.inner)
    elif kind in (pl.Binary, pl.Object):
        raise InvalidInputError(
            f"Column “{name}” of the Parquet file holds bytes that are not marked as text. "
            "Write it as text, or leave it out.",
            field="input",
        )


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """The column as the texts that CSV would have."""
    column = named(name)
    match kind:
        case pl.Datetime(time_zone=None):
            return column.dt.to_string(_MOMENT)
        case pl.Datetime():
            return column.dt.convert_time_zone("UTC").dt.to_string(_MOMENT + "Z")
        case pl.Time():
            return column.dt.to_string(_TIME)
        case pl.Duration():
            return column.dt.to_string("iso")
        case pl.String():
            return column
    if kind.is_nested():
        return column.map_batches(_json_texts, return_dtype=pl.String)
    return column.cast(pl.String)


def _json_texts(column: pl.Series) -> pl.Series:
    texts = [None if value is None else _json(value) for value in column.to_list()]
    return pl.Series(column.name, texts, dtype=pl.String)


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), default=_other)


def _plain(value: Any) -> Any:
    """The value without numbers that JSON does not know."""
    if isinstance(value, float) and value - value != 0.0:
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _other(value: Any) -> str:
    """Decimals, dates and times stand in quotes: a JSON number may be read as a float."""
    return str(value) if isinstance(value, Decimal) or not hasattr(value, "isoformat") else str(value.isoformat())


def _written(frame: pl.DataFrame) -> Iterator[bytes]:
    """The frame as CSV, in pieces of a few megabytes however long its texts are."""
    # A few bytes of a dictionary can stand for long texts in many rows.
    size = int(frame.select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).item() or 0)
    pieces = max(1, min(frame.height, -(-size // _WRITTEN_BYTES)))
    if frame.width == 1:
        frame = frame.with_columns(pl.all().fill_null(""))
    step = -(-frame.height // pieces)
    for start in range(0, frame.height, step):
        buffer = io.BytesIO()
        frame.slice(start, step).write_csv(buffer, include_header=False)
        yield buffer.getvalue()
