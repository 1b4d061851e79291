"""Exporting rows of texts as CSV, Parquet, JSON lines or Excel, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from project.engine.dialect import Format
from project.engine.disk import Room, sync
from project.engine.export.excel import write_excel
from project.engine.export.plan import CAN_BE_SAFE
from project.engine.export.sizes import rows_at_once
from project.engine.formats.footer import MAGIC
from project.engine.table import exactly
from project.errors import InvalidInputError
from project.operations.expressions import named

_MOST_GROUP_ROWS = 1 << 17
_ROOM = Room("the converted file")
# What spreadsheets take for the beginning of a formula. A plain number is none, whatever its sign.
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)$"


def export(
    source: Path, columns: Sequence[str], format: Format, target: Path, *, safe: bool = False, more: Sequence[Path] = ()
) -> None:
    """Write the rows of a columnar copy, or of a CSV that Rowmill has written, to `target`, and sync it.

    `columns`: of a columnar copy those that are wanted, of a CSV all. `more`: columnar copies of what comes behind.
    Raises LimitError where the format has no place for a value, DiskFullError.
    """
    export_rows(rows_of(source, columns, more), columns, format, target, safe=safe)


def export_rows(
    rows: pl.LazyFrame, columns: Sequence[str], format: Format, target: Path, *, safe: bool = False
) -> None:
    """The same for any rows of texts, such as those of a view. They are read twice for Excel."""
    if safe and format not in CAN_BE_SAFE:
        raise InvalidInputError("Only CSV and Excel can be made safe for Excel.", field="safe")
    texts = rows.select(exactly(tuple(columns)))
    if safe:
        texts = texts.select(_safe(name) for name in columns)
        renamed = {name: f"'{name}" for name in columns if _is_formula(name)}
        texts = texts.rename(renamed)
        columns = [renamed.get(name, name) for name in columns]
    with _ROOM:
        _write(texts, tuple(columns), format, target)
        sync(target)


def rows_of(source: Path, columns: Sequence[str], more: Sequence[Path] = ()) -> pl.LazyFrame:
    """The rows of a columnar copy, or of several one behind the other, or of a CSV that Rowmill has written."""
    with source.open("rb") as file:
        is_parquet = file.read(4) == MAGIC
    if is_parquet:
        return pl.scan_parquet([source, *more], glob=False)
    return pl.scan_csv(source, schema=dict.fromkeys(columns, pl.String), infer_schema=False, glob=False)


def _write(rows: pl.LazyFrame, columns: tuple[str, ...], format: Format, target: Path) -> None:
    match format:
        case "csv":
            if len(columns) == 1:
                # A missing value alone in its row would be a blank line, which is no record.
                rows = rows.select(pl.all().fill_null(""))
            rows.sink_csv(target, engine="streaming")
        case "parquet":
            group_rows = rows_at_once(rows, _MOST_GROUP_ROWS)
            rows.sink_parquet(target, compression="zstd", row_group_size=group_rows, engine="streaming")
        case "jsonl":
            rows.sink_ndjson(target, engine="streaming")
        case "xlsx":
            write_excel(rows, columns, target)


def _safe(name: str) -> pl.Expr:
    text = named(name)
    is_formula = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(is_formula).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)


def _is_formula(name: str) -> bool:
    frame = pl.Series([name], dtype=pl.String)
    return bool((frame.str.contains(_FORMULA) & ~frame.str.contains(_NUMBER)).item())
