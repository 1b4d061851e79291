"""What the forms show of a file: its columns, each with the first values in it; pure."""

from __future__ import annotations

from dataclasses import dataclass

from project.engine.head import Fate, Head

_EXAMPLES = 3


@dataclass(frozen=True)
class SeenColumn:
    """A column's name and its first different values."""

    name: str
    examples: tuple[str, ...]


def columns_of(head: Head | None) -> tuple[SeenColumn, ...]:
    """The file's columns; none where it cannot be read."""
    if head is None:
        return ()
    rows = [record.fields for record in head.records if record.fate is Fate.KEPT]
    names = head.detection.dialect.columns
    return tuple(SeenColumn(name, _examples(rows, index)) for index, name in enumerate(names))


def _examples(rows: list[tuple[str | None, ...]], index: int) -> tuple[str, ...]:
    values = (row[index] for row in rows if index < len(row))
    return tuple(dict.fromkeys(filter(None, values)))[:_EXAMPLES]
