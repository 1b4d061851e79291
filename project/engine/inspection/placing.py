"""Placing: columns of few different texts are read as places in dictionaries, which are counted many times faster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.feed import read_into
from project.engine.inspection.column import Dictionary, Piece, Places
from project.engine.keytable import KeyTable
from project.engine.scanner import Scanner
from project.engine.table import Table

# After so many pieces in which a text could not be placed, no more is tried.
_MOST_MISSES = 3


@dataclass
class _Desk:
    """What one thread reads with. `names`: the columns that have a dictionary each."""

    scanner: Scanner
    buffer: bytearray
    names: tuple[str, ...] = ()
    dictionaries: list[Dictionary] = field(default_factory=list)
    keys: KeyTable | None = None
    full: frozenset[str] = frozenset()
    misses: int = 0


class PlaceReader:
    """Reads the pieces of a checked file. `table`: the same pieces, for columns that have too many different texts.

    `size`: about the bytes that the dictionaries of one thread may take.
    """

    def __init__(self, checked: CheckedInput, dialect: Dialect, table: Table, size: int) -> None:
        self._checked = checked
        self._table = table
        self._size = size
        self._names = dialect.columns
        # The checked records are in clean form.
        self._dialect = dialect.model_copy(update={"quote": checked.quote, "comment": "", "escape": ""})
        self._desks: deque[_Desk] = deque()
        self._descriptor = os.open(checked.path, os.O_RDONLY | os.O_CLOEXEC)
        cuts = checked.cuts
        self._largest = max((end - start for start, end in zip(cuts[:-1], cuts[1:], strict=True)), default=0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def read(self, number: int, counted: Sequence[str]) -> tuple[pl.DataFrame, dict[str, Piece]]:
        """The rows of a piece, and what it holds in those of the `counted` columns that could be placed."""
        if not self._checked.kept:
            return self._table.load(number, self._names), {}
        desk = self._desks.popleft() if self._desks else self._new_desk()
        series, pieces = self._placed(desk, number, counted)
        self._desks.append(desk)
        others = tuple(name for name in self._names if name not in series)
        frame = self._table.load(number, others) if others else pl.DataFrame()
        columns = [series[name] if name in series else frame.get_column(name) for name in self._names]
        return pl.DataFrame(columns), pieces

    def _new_desk(self) -> _Desk:
        return _Desk(Scanner(self._dialect, {}, -1), bytearray(self._largest))

    def _placed(
        self, desk: _Desk, number: int, counted: Sequence[str]
    ) -> tuple[dict[str, pl.Series], dict[str, Piece]]:
        names = tuple(name for name in counted if name not in desk.full)
        if names != desk.names:
            self._begin(desk, names)
        if desk.keys is None:
            return {}, {}
        places = self._places(desk, desk.keys, number)
        if places is None:
            self._miss(desk, desk.keys)
            return {}, {}
        return _read(desk, desk.keys, places)

    def _begin(self, desk: _Desk, names: tuple[str, ...]) -> None:
        """Begin dictionaries for these columns."""
        desk.names = names
        desk.dictionaries = [Dictionary() for _ in names]
        columns = [self._names.index(name) for name in names]
        desk.keys = KeyTable.placing(columns, self._size) if columns else None

    def _places(self, desk: _Desk, keys: KeyTable, number: int) -> Any:
        """A row for each column with the places of its texts; None where one could not be placed."""
        start, end = self._checked.cuts[number : number + 2]
        size = read_into(self._descriptor, memoryview(desk.buffer)[: end - start], start)
        piece = memoryview(desk.buffer)[:size]
        self._checked.hold(start, piece)
        places = np.empty((len(desk.names), size // max(1, len(self._names)) + 1), dtype=np.int64)
        keys.place_into(places)
        desk.scanner.take(keys)
        desk.scanner.scan(piece, 0, size, final=True, emit=False)
        return None if keys.gave_up else places[:, : keys.taken]

    def _miss(self, desk: _Desk, keys: KeyTable) -> None:
        """A dictionary is full, or a text has a quote within: what is full is left out from now on."""
        full = [name for column, name in enumerate(desk.names) if keys.is_full(column)]
        desk.misses += not full
        desk.full |= frozenset(desk.names if desk.misses == _MOST_MISSES else full)


def _read(desk: _Desk, keys: KeyTable, places: Any) -> tuple[dict[str, pl.Series], dict[str, Piece]]:
    series, pieces = {}, {}
    rows = places.shape[1]
    for column, (name, dictionary) in enumerate(zip(desk.names, desk.dictionaries, strict=True)):
        if len(dictionary.texts) < keys.count(column):
            dictionary.add([text.decode() for text in keys.texts(column, len(dictionary.texts))])
        counts = np.bincount(places[column] + 1)
        pieces[name] = Piece(rows, int(counts[0]), Places(dictionary, counts[1:]))
        # A place of -1 fits into no unsigned number: it becomes null.
        at = pl.Series(places[column]).cast(pl.UInt32, strict=False)
        series[name] = dictionary.texts.gather(at).alias(name)
    return series, pieces
