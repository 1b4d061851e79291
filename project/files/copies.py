"""Names for a file whose own name is taken; pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from project.files.names import MAX_NAME_BYTES

_COMPRESSED = (".gz", ".zst", ".bz2", ".xz", ".zip")


def candidates(name: str) -> Iterator[str]:
    """The name, then `name (2).csv`, `name (3).csv` and so on; none is longer than a name may be."""
    yield name
    stem, suffix = _parted(name)
    for number in count(2):
        ending = f" ({number}){suffix}"
        yield _cut(stem, MAX_NAME_BYTES - len(ending.encode())) + ending


def _parted(name: str) -> tuple[str, str]:
    """The name before its suffix, and the suffix: `.csv`, but `.csv.gz` too."""
    inner, dot, last = name.rpartition(".")
    if not dot or not inner.strip() or len(last) > 10:
        return name, ""
    if f".{last.lower()}" in _COMPRESSED:
        stem, suffix = _parted(inner)
        return stem, f"{suffix}.{last}"
    return inner, f".{last}"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
