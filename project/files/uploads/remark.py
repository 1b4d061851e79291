"""The remark that goes with a file which has just come, where nothing in it can be read as rows."""

from __future__ import annotations

from pathlib import Path

from project.engine.detect import detect
from project.errors import DamagedInputError


def remark_on(path: Path) -> str:
    """One sentence, by the file's first bytes; "" where it may well hold rows, is empty, or cannot be looked at."""
    try:
        if path.stat().st_size:
            detect(path)
    except OSError:
        return ""
    except DamagedInputError as error:
        return error.message
    return ""
