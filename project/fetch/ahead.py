"""`python -m project.fetch.ahead`: compile the scanner of answers before the first long list needs it."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from project.engine.parent import end_with_parent

_SOURCE = Path(__file__).with_name("scanning.py")
# One record with every kind of value, behind a path.
_SAMPLE = b'{"a":[{"b":[1],"c":{"d":"\\u00e9,"},"e":{},"f":null,"g":1e5}]}'


def is_kept(folder: str) -> bool:
    """Whether the scanner, as it is now, was compiled into that folder, NUMBA_CACHE_DIR's value ("": the source's)."""
    return _mark(folder).exists()


def scan_sample() -> None:
    """Compile the scanner, or load what was compiled."""
    from project.fetch.scanner import PageScanner

    list(PageScanner(_SAMPLE, "a", None).records())


def compile_ahead() -> None:
    """Compile it, and leave a mark of that."""
    scan_sample()
    mark = _mark(os.environ.get("NUMBA_CACHE_DIR", ""))
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _mark(folder: str) -> Path:
    digest = blake2b(_SOURCE.read_bytes(), digest_size=8).hexdigest()
    return Path(folder or _SOURCE.with_name("__pycache__")) / f"scanning-{digest}"


if __name__ == "__main__":
    end_with_parent()
    os.nice(10)
    compile_ahead()
