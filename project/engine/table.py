"""A table between two stages: rows in pieces that lie in files, each to be loaded by itself, any number of times."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.feed import read_range
from project.engine.formats.footer import Footer, read_footer
from project.operations.columns import Column, Columns, Kind
from project.operations.expressions import named

Names = tuple[str, ...]

_MOST_PIECE_ROWS = 1 << 17
# What a text takes in memory beside its characters.
_VALUE_BYTES = 16


@dataclass(frozen=True)
class Table:
    """`scan(piece, names)` gives the rows of one piece, in order, with those columns alone. `rows` is counted."""

    columns: Columns
    rows: int
    pieces: int
    scan: Callable[[int, Names], pl.LazyFrame]
    close: Callable[[], None] = field(default=lambda: None)

    def load(self, piece: int, names: Names) -> pl.DataFrame:
        """The rows of one piece."""
        return self.scan(piece, names).collect(engine="streaming")

    @property
    def names(self) -> Names:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)


def table_of_records(checked: CheckedInput, dialect: Dialect, columns: Columns) -> Table:
    """The kept records of a checked file: texts (or small integers), a missing one null, an empty quoted one ""."""
    descriptor = os.open(checked.path, os.O_RDONLY | os.O_CLOEXEC)
    schema = {column.name: _type(column) for column in columns}

    def scan(piece: int, names: Names) -> pl.LazyFrame:
        if not checked.kept:
            return pl.LazyFrame(schema=schema).select(exactly(names))
        start, end = checked.cuts[piece], checked.cuts[piece + 1]
        data = read_range(descriptor, start, end - start)
        checked.hold(start, data)
        if data.startswith(codecs.BOM_UTF8):
            # Here it is data: the mark of the file itself was left out. The reader would drop the first one.
            data = codecs.BOM_UTF8 + data
        frame = pl.scan_csv(
            io.BytesIO(data),
            has_header=False,
            separator=dialect.delimiter,
            quote_char=checked.quote or None,
            schema=schema,
            infer_schema=False,
        )
        return frame.select(exactly(names))

    # A table has one piece at least, so that it always has something to work on.
    return Table(columns, checked.kept, max(1, len(checked.cuts) - 1), scan, lambda: os.close(descriptor))


def table_of_files(files: Sequence[Path], rows: int, columns: Columns) -> Table:
    """A table whose pieces are IPC files."""

    def scan(piece: int, names: Names) -> pl.LazyFrame:
        return rows_of(files[piece]).lazy().select(exactly(names))

    return Table(columns, rows, len(files), scan)


def rows_of(path: Path) -> pl.DataFrame:
    """The rows of an IPC file; its path is none of a pattern, whatever it looks like."""
    return pl.scan_ipc(path, glob=False).collect(engine="in-memory")


def table_of_parquet(path: Path, read: Names, piece_bytes: int) -> Table:
    """A table of texts that was copied into a Parquet file. Raises DamagedInputError.

    Its pieces are whole row groups: as many as hold about `piece_bytes` in the columns that are read, one at least.
    """
    footer = read_footer(path)
    cuts = _cuts(footer, [number for number, name in enumerate(footer.columns) if name in read], piece_bytes)

    def scan(piece: int, names: Names) -> pl.LazyFrame:
        start, end = cuts[piece], cuts[piece + 1]
        return pl.scan_parquet(path, glob=False).slice(start, end - start).select(exactly(names))

    return Table(tuple(map(Column, footer.columns)), footer.rows, len(cuts) - 1, scan)


def _cuts(footer: Footer, read: Sequence[int], piece_bytes: int) -> list[int]:
    """The rows at which pieces begin, and that behind the last one."""
    cuts, end, rows, size = [0], 0, 0, 0
    for group in footer.groups:
        more = sum(group.bytes[number] for number in read) + _VALUE_BYTES * group.rows * len(read)
        if rows and (size + more > piece_bytes or rows + group.rows > _MOST_PIECE_ROWS):
            cuts.append(end)
            rows = size = 0
        end, rows, size = end + group.rows, rows + group.rows, size + more
    return [*cuts, end]


def _type(column: Column) -> pl.DataType:
    """The check has seen that a column of integers holds nothing else."""
    return pl.Int64() if column.kind is Kind.INTEGER else pl.String()


def exactly(names: Names) -> list[pl.Expr]:
    """The columns of exactly these names, whatever pattern a name may look like."""
    return [named(name) for name in names]
