"""Pages: some rows of some columns, read from the columnar copy or from the files of a view, with long texts cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from project.engine.viewing.query import ROW, scan
from project.engine.viewing.state import Stretch
from project.operations.expressions import named

_TEXT, _LENGTH = "\0text", "\0length"


@dataclass(frozen=True)
class Cell:
    """`text`: the beginning of the value, or None where it is missing; `length`: how many characters it has in all."""

    text: str | None
    length: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether there is more of it."""
        return self.text is not None and len(self.text) < self.length


@dataclass(frozen=True)
class Row:
    """`number`: its place in the file, from 0 on."""

    number: int
    cells: tuple[Cell, ...]


def rows_of_file(data: Path, offset: int, limit: int, columns: Sequence[str], most: int) -> tuple[Row, ...]:
    """Rows of the file in its order, with at most so many characters a cell."""
    return _rows(scan(data).with_row_index(ROW).slice(offset, limit), columns, most)


def rows_of_view(folder: Path, stretches: Sequence[Stretch], columns: Sequence[str], most: int) -> tuple[Row, ...]:
    """Rows of a view, from its files. Raises FileNotFoundError if one of them is not there."""
    found: list[Row] = []
    for stretch in stretches:
        path = folder / stretch.name
        if not path.exists():
            raise FileNotFoundError(path)
        found += _rows(scan(path).slice(stretch.offset, stretch.rows), columns, most)
    return tuple(found)


def text_of(data: Path, row: int, column: str) -> str | None:
    """One value of the file, whole. Raises IndexError if there is no such row."""
    found = scan(data).select(named(column)).slice(row, 1).collect().to_series()
    if not len(found):
        raise IndexError(row)
    text: str | None = found[0]
    return text


def _rows(frame: pl.LazyFrame, columns: Sequence[str], most: int) -> tuple[Row, ...]:
    shown = [named(name).str.head(most).alias(f"{_TEXT}{number}") for number, name in enumerate(columns)]
    lengths = [named(name).str.len_chars().alias(f"{_LENGTH}{number}") for number, name in enumerate(columns)]
    found = frame.select(ROW, *shown, *lengths).collect()
    width = len(columns)
    return tuple(
        Row(number, tuple(Cell(text, size or 0) for text, size in zip(rest[:width], rest[width:], strict=True)))
        for number, *rest in found.iter_rows()
    )
