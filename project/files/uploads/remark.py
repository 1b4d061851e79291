"""The remark that goes with a file which has just come, where nothing in it can be read as rows."""

from __future__ import annotations

from pathlib import Path

from project.engine.compression import compression_of, zip_members
from project.engine.kinds import EXCEL, HEAD_BYTES, PARQUET, kind_of_bytes, kind_of_zip
from project.errors import DamagedInputError


def remark_on(path: Path) -> str:
    """One sentence, from the file's first bytes; "" where it may well hold rows, or cannot be looked at."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        kind = kind_of_zip(zip_members(path)) if compression_of(head) == "zip" else kind_of_bytes(head)
    except (OSError, DamagedInputError):
        return ""
    return "" if kind in (None, PARQUET, EXCEL) else kind.sentence
