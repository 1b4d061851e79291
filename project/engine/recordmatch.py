"""A match on records as bytes: each record's key is looked up, and the bytes that it brings are put behind its own."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from project.engine.compiled import compiled
from project.engine.dialect import Dialect
from project.engine.keytable import KeyTable
from project.engine.lookup import NUMBER, ROWS, START, Lookup
from project.engine.rows import Rows, address_of
from project.engine.table import Names
from project.engine.windows import windows
from project.operations.expressions import named

_CODE = "\0code"
# Behind the last byte of a text eight are read at once.
_BEYOND = 8
# What is brought is put together from about so many bytes at a time.
_SLICE_BYTES = 8 * 1024 * 1024
_TO_QUOTE = r'[,"\r\n]'


@dataclass(frozen=True)
class Matched:
    """The rows that a match makes of some, as bytes, and how many it left out and added."""

    count: int
    data: Any
    filtered: int
    added: int


@dataclass(frozen=True)
class RecordMatch:
    """A lookup whose keys have codes: the places among `lookup.keys`, and behind them one for what matches nothing.

    `starts` and `rows`: by code where the rows of the key start, and how many they are. `tails`: what row i of the
    other table brings, from bounds[i] to bounds[i + 1]; behind them all that is brought where nothing matches. Where
    no key stands twice, a code is the place of its row.
    """

    lookup: Lookup
    starts: Any
    rows: Any
    tails: Any
    bounds: Any
    longest: int
    integers: Names = field(default=(), init=False)

    @classmethod
    def of(cls, lookup: Lookup) -> RecordMatch:
        """Of a lookup that multiplies no rows by much."""
        tails, lengths = _bytes_of(_tails(lookup.rows.drop(NUMBER)))
        return cls(
            lookup,
            np.append(lookup.keys[START].to_numpy(), lookup.rows.height),
            np.append(lookup.keys[ROWS].to_numpy(), 0),
            tails,
            np.concatenate([[0], np.cumsum(lengths)]),
            int(lengths.max()),
        )

    @property
    def names(self) -> Names:
        """The columns of the records that make the key."""
        return tuple(pair.left for pair in self.lookup.matching.step.pairs)

    @property
    def is_read_from_bytes(self) -> bool:
        """Whether the key is one field, compared as it stands."""
        return len(self.names) == 1 and not self.lookup.matching.step.ignore

    @property
    def keeps_all(self) -> bool:
        """Whether no row is left out."""
        return self.lookup.matching.step.how == "left"

    def table(self, dialect: Dialect, integers: Sequence[int]) -> KeyTable:
        """What reads the codes, and beside them those columns of integers."""
        if not self.is_read_from_bytes:
            return KeyTable.reading((), (), integers)
        texts, lengths = _bytes_of([self.lookup.keys[self.lookup.matching.keys[0]]])
        return KeyTable.matching(dialect.columns.index(self.names[0]), texts, np.cumsum(lengths), integers)

    def of_texts(self, frame: pl.DataFrame) -> Any:
        """The codes of rows, by the columns of the key as texts."""
        matching = self.lookup.matching
        coded = self.lookup.keys.select(matching.keys).with_row_index(_CODE)
        left = frame.select(matching.keys_of(left=True))
        codes = left.join(coded, on=matching.keys, how="left", maintain_order="left")[_CODE]
        return codes.cast(pl.Int64).fill_null(coded.height).to_numpy()

    def made(self, rows: Rows) -> Matched:
        """What the match makes of rows whose keys are codes."""
        are_matched = rows.keys < len(self.rows) - 1
        hits = int(np.count_nonzero(are_matched))
        how = self.lookup.matching.step.how
        if how in ("semi", "anti"):
            return self._chosen(rows, are_matched if how == "semi" else ~are_matched)
        if how == "inner" and hits < rows.count:
            return replace(self._joined(rows.chosen(np.flatnonzero(are_matched)), hits), filtered=rows.count - hits)
        return self._joined(rows, hits)

    def _chosen(self, rows: Rows, are_kept: Any) -> Matched:
        numbers = np.flatnonzero(are_kept)
        return Matched(len(numbers), rows.chosen(numbers).joined(), rows.count - len(numbers), 0)

    def _joined(self, rows: Rows, hits: int) -> Matched:
        """All of the rows, of which so many match, each with what it brings in the place of its line end."""
        added = 0
        places = rows.keys
        if self.lookup.most > 1:
            counts = self.rows[rows.keys]
            added = int(counts.sum()) - hits
            numbers, within = next(windows(pl.Series(np.maximum(counts, 1)), sys.maxsize))
            rows = rows.chosen(numbers)
            places = self.starts[rows.keys] + within
        # To reckon with the longest takes less time than to add them up; what is not needed is never touched.
        target = np.empty(rows.size + self.longest * rows.count, dtype=np.uint8)
        size = compiled().put_joined(
            rows.buffer.ctypes.data, address_of(rows.starts), address_of(rows.lengths), rows.count,
            self.tails.ctypes.data, address_of(self.bounds), address_of(places), target.ctypes.data,
        )  # fmt: skip
        return Matched(rows.count, target[:size], 0, added)


def _tails(brought: pl.DataFrame) -> Iterator[pl.Series]:
    """What is put behind a row, for each row of the other table, and behind them for none; some rows at a time."""
    fields = [part for name in brought.columns for part in (pl.lit(","), _field(name))]
    tail = pl.concat_str(*fields, pl.lit("\n"))
    size = sum(brought.select(pl.all().str.len_bytes().sum()).row(0)) if fields else 0
    rows = max(1, _SLICE_BYTES * brought.height // max(1, size))
    for some in brought.iter_slices(rows):
        yield some.select(tail).to_series() if fields else pl.Series(["\n"]).new_from_index(0, some.height)
    yield pl.Series(["," * brought.width + "\n"])


def _field(name: str) -> pl.Expr:
    """As a field of the result: quoted where it must be, and where it is an empty text."""
    text = named(name)
    quoted = pl.lit('"') + text.str.replace_all('"', '""', literal=True) + pl.lit('"')
    return pl.when(text.str.contains(_TO_QUOTE) | (text == "")).then(quoted).otherwise(text.fill_null(""))


def _bytes_of(texts: Iterable[pl.Series]) -> tuple[Any, Any]:
    """The texts' bytes, one behind the other, and the length of each."""
    data: deque[bytes] = deque()
    lengths = []
    for some in texts:
        data.append(some.str.join("").cast(pl.Binary).item())
        lengths.append(some.str.len_bytes().cast(pl.Int64).to_numpy())
    # What has found its place is not held twice.
    joined = np.empty(sum(map(len, data)) + _BEYOND, dtype=np.uint8)
    end = 0
    while data:
        piece = data.popleft()
        joined[end : end + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        end += len(piece)
    joined[end:] = 0
    return joined, np.concatenate(lengths)
