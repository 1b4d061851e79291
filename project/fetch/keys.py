"""The keys of a fetch, read as a stream: there may be more of them than fit into memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_CHUNK = 2000
_LONGEST = 2**31 - 1


def read_keys(path: Path) -> Iterator[str]:
    """The first column of a CSV with a header. What is missing or has no characters cannot be asked for."""
    csv.field_size_limit(_LONGEST)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        yield from (row[0] for row in rows if row and row[0])


def chosen_keys(path: Path, most: int) -> tuple[list[str], int]:
    """So many keys, spread evenly over the file, and how many the file has."""
    total = sum(1 for _ in read_keys(path))
    places = {number * total // most for number in range(most)} if total > most else set(range(total))
    return [key for place, key in enumerate(read_keys(path)) if place in places], total


def in_chunks(keys: Iterator[str]) -> Iterator[list[str]]:
    """The keys, as many at a time as the journal is asked for at once."""
    while chunk := list(islice(keys, _CHUNK)):
        yield chunk
