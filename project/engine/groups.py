"""What the head of the file tells of columns before all of it is read: of how many groups they make, and of numbers."""

# The functions of the scanner have no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from project.engine import survey
from project.engine.detect import read_sample
from project.engine.dialect import Dialect

_SAMPLE_BYTES = 256 * 1024
_FEW = 0.25


def are_many(path: Path, dialect: Dialect, names: Sequence[str]) -> bool:
    """Whether a quarter of the first rows and more differ in these columns; quotes are not looked at.

    Few groups are merged as fast by their texts as by codes, which must be collected before.
    """
    rows = _first_rows(path, dialect)
    wanted = [dialect.columns.index(name) for name in names]
    groups = {tuple(fields[column] for column in wanted) for fields in rows}
    return len(groups) > _FEW * len(rows)


def with_texts(path: Path, dialect: Dialect, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns in which one of the first values is no number."""
    rows = _first_rows(path, dialect) if names else []
    places = {name: dialect.columns.index(name) for name in names}
    return tuple(name for name, column in places.items() if any(_is_text(fields[column], dialect) for fields in rows))


def _is_text(value: bytes, dialect: Dialect) -> bool:
    return bool(survey.parse_number(value, 0, len(value), ord(dialect.decimal)) == survey.NOT_NUMBER)


def _first_rows(path: Path, dialect: Dialect) -> list[list[bytes]]:
    lines = read_sample(path, dialect.as_choice, _SAMPLE_BYTES).utf8.splitlines()[1:-1]
    delimiter = dialect.delimiter.encode()
    return [fields for line in lines if len(fields := line.split(delimiter)) == len(dialect.columns)]
