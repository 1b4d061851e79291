"""What is to be exported, as it is handed to the process that does it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from project.engine.dialect import FORMAT_NAMES, Format
from project.errors import InvalidInputError, LimitError

# Excel's own limits; the header takes one of the rows.
EXCEL_ROWS = 1_048_576 - 1
EXCEL_COLUMNS = 16_384
EXCEL_CHARACTERS = 32_767

SUFFIXES: dict[Format, str] = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl", "xlsx": ".xlsx"}
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CAN_BE_SAFE: tuple[Format, ...] = ("csv", "xlsx")


class ExportPlan(BaseModel):
    """`source`: a columnar copy with the rows of `more` behind it, or a CSV that Rowmill has written, with all of its
    columns."""

    model_config = ConfigDict(frozen=True)

    source: Path
    more: tuple[Path, ...] = ()
    columns: tuple[str, ...]
    format: Format
    target: Path
    safe: bool = False
    """Whether what Excel may take for a formula gets an apostrophe."""


class Outcome(BaseModel):
    """How it ended; without a code, the target is whole."""

    event: Literal["exported", "failed"]
    code: str = ""
    message: str = ""


def format_named(text: str) -> Format:
    """Raises InvalidInputError for what is none."""
    for name in FORMAT_NAMES:
        if text == name:
            return name
    raise InvalidInputError(f"“format” has to be one of {', '.join(FORMAT_NAMES)}.", field="format")


def excel_objection(columns: int, rows: int | None) -> str:
    """Why Excel cannot hold so much; nothing if it can, or nobody knows."""
    try:
        check_fits("xlsx", columns, rows)
    except LimitError as error:
        return error.message
    return ""


def check_fits(format: Format, columns: int, rows: int | None) -> None:
    """Raise LimitError where the format cannot hold so much; `rows`: None if nobody knows."""
    if format == "xlsx" and columns > EXCEL_COLUMNS:
        raise LimitError(
            f"There are {columns:,} columns, but a sheet of Excel holds {EXCEL_COLUMNS:,}. "
            "Choose CSV, Parquet or JSON lines."
        )
    if format == "xlsx" and rows is not None and rows > EXCEL_ROWS:
        raise LimitError(
            f"There are {rows:,} rows, but a sheet of Excel holds {EXCEL_ROWS:,} below its header. "
            "Choose CSV, Parquet or JSON lines, or take fewer rows by a filter."
        )
