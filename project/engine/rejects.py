"""Rejects: records set aside, each with its place, its reason in words and its raw text."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TextIO

from project import faults
from project.engine import survey
from project.engine.disk import Room
from project.engine.scanner import FIELD_LIMIT_BYTES, RawReject

COLUMNS = ("record", "line", "byte_offset", "reason", "column", "raw")

# A raw text longer than this is cut; the byte offset tells where the rest is.
RAW_LIMIT_BYTES = 1_000_000
TOO_LONG_RECORD = 100
_ROOM = Room("its rejects")
_TO_QUOTE = re.compile('[,"\r\n]')


class RejectsFile:
    """`rejects.csv` in the attempt's folder, made when the first reject comes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self.count = 0

    def write(self, record: int, line: int, offset: int, reason: str, column: str, raw: str) -> None:
        """Set one record aside. `record` and `line` count from 1, `offset` from 0 in the decompressed bytes."""
        with _ROOM:
            if self._file is None:
                self._file = self._path.open("w", encoding="utf-8", newline="")
                self._file.write(_line(COLUMNS))
                faults.point("engine-rejects-write")
            self._file.write(_line((str(record), str(line), str(offset), reason, column, raw)))
        self.count += 1

    def close(self) -> int:
        """Sync the file; returns its size in bytes, 0 if there were no rejects."""
        if self._file is None:
            return 0
        with _ROOM:
            faults.point("engine-rejects")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return self._path.stat().st_size


def reason_in_words(reject: RawReject, columns: tuple[str, ...], encoding: str, bad_offset: int) -> tuple[str, str]:
    """The reason of a reject as a sentence, and its column ("" if none). `bad_offset`: of a bad byte."""
    match reject.reason:
        case survey.WRONG_FIELDS:
            found = reject.argument
            return f"{found:,} field{'s' if found != 1 else ''} where {len(columns):,} were expected", ""
        case survey.AFTER_QUOTE:
            return "text after a closing quote", _name(columns, reject.argument)
        case survey.BAD_UTF8:
            return f"invalid {encoding} at byte {bad_offset:,}", ""
        case survey.NOT_A_NUMBER:
            return "not a number", _name(columns, reject.argument)
        case survey.TOO_MANY_DIGITS:
            return f"more than {survey.MAX_DIGITS} digits, or an exponent out of range", _name(columns, reject.argument)
        case survey.FIELD_TOO_LONG:
            limit = f"{FIELD_LIMIT_BYTES // 1_000_000} MB"
            return f"longer than the field limit of {limit}", _name(columns, reject.argument)
        case _:
            return "longer than the record limit of 128 MB", ""


def _line(fields: tuple[str, ...]) -> str:
    # Not csv.writer: it leaves a CR without quotes where lines end with LF.
    return ",".join(_quoted(field) if _TO_QUOTE.search(field) else field for field in fields) + "\n"


def _quoted(field: str) -> str:
    doubled = field.replace('"', '""')
    return f'"{doubled}"'


def _name(columns: tuple[str, ...], position: int) -> str:
    return columns[position] if position < len(columns) else ""
