"""An aggregate by codes: the columns of its group are read as one integer each row, and become texts again at the end.

Grouping, spreading and sorting integers takes a fraction of the time and memory that texts take. It is done where the
recipe begins with an aggregate of numbers, and the structural check could collect all texts of the group's columns.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from project.engine import codes
from project.engine.applied import Applied
from project.engine.chain import Count, Link
from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.feed import read_range
from project.engine.keytable import KeyTable, strides_of
from project.engine.numbers import measured_columns
from project.engine.scanner import Scanner
from project.engine.table import Names, Table, exactly
from project.operations.aggregate import Aggregate
from project.operations.columns import Column, Columns, Kind
from project.operations.expressions import named
from project.operations.names import find
from project.operations.sort import Order, Sort

KEY = "\0key"


@dataclass(frozen=True)
class _Component:
    """One column's part in the key: what its code counts for, and its texts by code, with a missing one at the end."""

    name: str
    stride: int
    texts: pl.Series

    def of(self, key: pl.Series) -> pl.Series:
        """The column's texts for these keys."""
        return self.texts.gather(key // self.stride % len(self.texts)).alias(self.name)


@dataclass(frozen=True)
class Decode:
    """Follows the aggregate: puts its rows in the key's order, and the group's columns in the key's place."""

    components: tuple[_Component, ...]
    names: Names
    after: Count

    def uncounted(self) -> Decode:
        """The same with a count of its own that begins at nothing."""
        return replace(self, after=Count())

    def apply(self, frame: pl.DataFrame) -> Applied:
        """The rows with the names' columns."""
        frame = frame.sort(KEY)
        texts = [part.of(frame[KEY]) for part in self.components]
        return Applied(frame.with_columns(texts).select(exactly(self.names)))


@dataclass(frozen=True)
class CodedAggregate:
    """The first steps of a recipe, done by codes: the table to read, the aggregate over it, and what decodes it.

    `steps`: how many of the recipe's links it stands for; a sort by the group's columns is among them.
    """

    table: Table
    link: Link
    decode: Decode
    steps: int
    note: str

    @property
    def order(self) -> Order:
        """By what its rows may be spread."""
        return Order(KEY, named(KEY))


def coded_aggregate(
    links: Sequence[Link], checked: CheckedInput, dialect: Dialect, columns: Columns
) -> CodedAggregate | None:
    """The aggregate that `links` begin with, by codes; None where that cannot be. `columns`: as the file is read."""
    if checked.texts is None or not checked.kept or not links or not isinstance(links[0].step, Aggregate):
        return None
    step = links[0].step
    measured = measured_columns(step)
    if not are_read_as_integers(step, columns):
        return None
    orders = _orders(links)
    if orders is None:
        return None
    texts = checked.texts
    strides = strides_of([len(texts[name]) + 1 for name, _ in orders])
    if strides is None:
        return None
    table = KeyTable.reading(
        [dialect.columns.index(name) for name, _ in orders],
        [(texts[name], turn, stride) for (name, turn), stride in zip(orders, strides, strict=True)],
        [dialect.columns.index(name) for name in measured],
    )
    known = (Column(KEY, Kind.INTEGER), *(find(columns, name) for name in measured))
    is_sorted = len(links) > 1 and isinstance(links[1].step, Sort)
    names = tuple(column.name for column in step.columns_after(columns))
    components = [
        _Component(name, stride, _series(texts[name], turn))
        for (name, turn), stride in zip(orders, strides, strict=True)
    ]
    counted = " and ".join(f"{len(texts[name]):,} of “{name}”" for name in step.group_by)
    return CodedAggregate(
        table=_table(checked, dialect, known, table),
        link=Link(step.model_copy(update={"group_by": (KEY,)}), known, links[0].after),
        decode=Decode(tuple(components), names, links[1].after if is_sorted else Count()),
        steps=2 if is_sorted else 1,
        note=f"Texts are read as numbers in their order: {counted}.",
    )


def are_read_as_integers(step: Aggregate, columns: Columns) -> bool:
    """Whether all that is measured is known to be small integers."""
    return all(find(columns, name).kind is Kind.INTEGER for name in measured_columns(step))


def _orders(links: Sequence[Link]) -> list[tuple[str, bool]] | None:
    """The group's columns in the key's order, and whether each goes down; None if a sort behind wants another order."""
    step = links[0].step
    assert isinstance(step, Aggregate)
    if len(links) < 2 or not isinstance(links[1].step, Sort):
        return [(name, False) for name in step.group_by]
    sort, columns = links[1].step, links[1].columns
    if sort.casts(columns):
        return None
    orders = [(order.column, order.descending) for order in sort.orders(columns)]
    return orders if {name for name, _ in orders} == set(step.group_by) else None


def _series(texts: Sequence[bytes], turned: bool) -> pl.Series:
    ordered = reversed(texts) if turned else texts
    return pl.Series([*(text.decode() for text in ordered), None], dtype=pl.String)


def _table(checked: CheckedInput, dialect: Dialect, columns: Columns, keys: KeyTable) -> Table:
    """The kept records of a checked file, each as its key and the integers that are measured."""
    descriptor = os.open(checked.path, os.O_RDONLY | os.O_CLOEXEC)
    clean = dialect.model_copy(update={"quote": checked.quote, "comment": "", "escape": ""})
    scanners: deque[Scanner] = deque()
    shortest = max(2, len(dialect.columns))

    def scan(piece: int, names: Names) -> pl.LazyFrame:
        start, end = checked.cuts[piece], checked.cuts[piece + 1]
        data = read_range(descriptor, start, end - start)
        checked.hold(start, data)
        taken = np.empty((len(columns), len(data) // shortest + 1), dtype=np.int64)
        table = keys.taking(taken)
        scanner = scanners.popleft() if scanners else Scanner(clean, {}, -1)
        scanner.take(table)
        scanner.scan(data, 0, len(data), final=True, emit=False)
        scanners.append(scanner)
        if table.gave_up:
            raise ValueError("The file holds a text that the check did not see.")
        frame = pl.DataFrame({column.name: taken[row, : table.taken] for row, column in enumerate(columns)})
        return frame.lazy().select([_value(column) for column in columns if column.name in names])

    return Table(columns, checked.kept, len(list(pairwise(checked.cuts))), scan, lambda: os.close(descriptor))


def _value(column: Column) -> pl.Expr:
    (value,) = exactly((column.name,))
    if column.numbers is None or column.numbers.complete:
        return value
    return pl.when(value != codes.NO_INTEGER).then(value).alias(column.name)
