"""Writes rows of texts as an Excel file, a piece at a time: the XML is put together by expressions over columns."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import polars as pl

from project.engine.export.plan import EXCEL_CHARACTERS, EXCEL_ROWS, check_fits
from project.engine.export.sizes import rows_at_once
from project.errors import LimitError
from project.operations.expressions import named

_PIECE_CELLS = 100_000
_PIECE_BYTES = 4 * 1024 * 1024
_LEVEL = 3

# A column is written as numbers if Excel gives each of its values back as the same text: as many digits as it keeps,
# no zeros that it would leave out.
_INTEGER = r"^-?(0|[1-9]\d{0,14})$"
_DECIMAL = r"^-?(0|[1-9]\d*)\.\d*[1-9]$"
_MOST_DECIMAL_CHARACTERS = 16

# What XML cannot hold, or changes as it is read, and what looks like the way in which Excel writes that.
_SPECIAL = r"[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]|_x[0-9A-Fa-f]{4}_"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_BEYOND = r"[\x{10000}-\x{10FFFF}]"

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_APPLICATION = "application/vnd.openxmlformats"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{_APPLICATION}-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        f'ContentType="{_APPLICATION}-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{_APPLICATION}-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        '<sheets><sheet name="Rows" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def write_excel(rows: pl.LazyFrame, columns: Sequence[str], target: Path) -> None:
    """Write the rows below a header. Raises LimitError for what Excel cannot hold; nothing is cut."""
    check_fits("xlsx", len(columns), None)
    numeric = _numeric(rows, columns)
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name, text in _PARTS.items():
                archive.writestr(name, _HEAD + text)
            with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
                _write_sheet(rows, columns, numeric, sheet)
    except (RuntimeError, zipfile.LargeZipFile):  # zipfile's word for a part that is too long
        raise LimitError(
            "The sheet would take more than 2 GB, which Excel does not open. Choose CSV, Parquet or JSON lines."
        ) from None


def letters(column: int) -> str:
    """What Excel calls the column of that number, from 0."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def _numeric(rows: pl.LazyFrame, columns: Sequence[str]) -> list[bool]:
    """For each column, whether each of its present values is a number that Excel gives back as the same text."""
    tests = [_is_number(named(name)).all().alias(str(number)) for number, name in enumerate(columns)]
    return list(rows.select(tests).collect(engine="streaming").row(0))


def _is_number(text: pl.Expr) -> pl.Expr:
    digits = text.str.len_bytes() - text.str.starts_with("-").cast(pl.UInt32)
    is_decimal = (digits <= _MOST_DECIMAL_CHARACTERS) & text.str.contains(_DECIMAL)
    return text.is_null() | ((text.str.contains(_INTEGER) | is_decimal) & (text != "-0"))


def _write_sheet(rows: pl.LazyFrame, columns: Sequence[str], numeric: Sequence[bool], sheet: IO[bytes]) -> None:
    sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
    header = pl.DataFrame([pl.Series(str(number), [name]) for number, name in enumerate(columns)])
    sheet.write(_rows_xml(header, [False] * len(columns), 0))
    written = 0
    places = rows.select(named(name).alias(str(number)) for number, name in enumerate(columns))
    step = rows_at_once(places, max(1, _PIECE_CELLS // len(columns)))
    for frame in places.collect_batches(chunk_size=step, maintain_order=True, lazy=True, engine="streaming"):
        if written + frame.height > EXCEL_ROWS:
            check_fits("xlsx", len(columns), written + frame.height)
        for piece in _pieces(frame, step):
            _check_lengths(piece, columns, written)
            sheet.write(_rows_xml(piece, numeric, written + 1))
            written += piece.height
    sheet.write(b"</sheetData></worksheet>")


def _pieces(frame: pl.DataFrame, step: int) -> Iterator[pl.DataFrame]:
    """The frame in pieces whose XML is held at once."""
    size = int(frame.select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).item() or 0)
    step = min(step, max(1, frame.height * _PIECE_BYTES // max(1, size)))
    return (frame.slice(start, step) for start in range(0, frame.height, step))


def _check_lengths(frame: pl.DataFrame, columns: Sequence[str], before: int) -> None:
    for number, column in enumerate(frame.get_columns()):
        # Excel counts what is beyond the basic plane twice.
        if (column.str.len_bytes().max() or 0) <= EXCEL_CHARACTERS:  # type: ignore[operator]
            continue
        lengths = column.str.len_chars() + column.str.count_matches(_BEYOND)
        longest = lengths.arg_max()
        if longest is not None and lengths[longest] > EXCEL_CHARACTERS:
            raise LimitError(
                f"Row {before + longest + 1:,} has a text of {lengths[longest]:,} characters in “{columns[number]}”, "
                f"but a cell of Excel holds {EXCEL_CHARACTERS:,}. Choose CSV, Parquet or JSON lines."
            )


def _rows_xml(frame: pl.DataFrame, numeric: Sequence[bool], before: int) -> bytes:
    number = pl.col("\0row")
    cells = [_cell(index, is_number, number) for index, is_number in enumerate(numeric)]
    row = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))
    texts = [_escaped(column) for column, is_number in zip(frame.get_columns(), numeric, strict=True) if not is_number]
    numbered = frame.with_columns(texts).with_row_index("\0row", before + 1)
    return "".join(numbered.select(row).to_series().to_list()).encode()


def _cell(index: int, is_number: bool, row: pl.Expr) -> pl.Expr:
    value = pl.col(str(index))
    kind, end = ("<v>", "</v></c>") if is_number else ('<is><t xml:space="preserve">', "</t></is></c>")
    attributes = '">' if is_number else '" t="inlineStr">'
    cell = pl.concat_str(pl.lit(f'<c r="{letters(index)}'), row, pl.lit(attributes + kind), value, pl.lit(end))
    return pl.when(value.is_null()).then(pl.lit("")).otherwise(cell)


def _escaped(column: pl.Series) -> pl.Series:
    """The texts as XML holds them; what it cannot hold as Excel writes it, `_x0007_`."""
    if column.str.contains(_SPECIAL).any():
        texts = [None if text is None else _without_controls(text) for text in column.to_list()]
        column = pl.Series(column.name, texts, dtype=pl.String)
    return column.str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])


def _without_controls(text: str) -> str:
    text = re.sub("_x(?=[0-9A-Fa-f]{4}_)", "_x005F_x", text)
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
