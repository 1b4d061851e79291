"""A column while it is inspected: its different texts are counted as long as they are few, and then summed up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from project.engine.inspection import distinct, frequent
from project.engine.inspection.frequent import Frequencies, frequencies
from project.engine.inspection.portion import Portion, added, portion_of
from project.engine.inspection.ranks import Sketch
from project.engine.inspection.reading import COUNT, TEXT, VALUE, Reading, guess_reading

# Behind so many new texts, all are counted together anew.
_LEAST_MERGED = 1 << 16
# What a text takes beside its bytes: a view, a count, and a place to look it up.
_BESIDE = 48
_SCHEMA = {VALUE: pl.String(), COUNT: pl.Int64()}


class Dictionary:
    """Different texts, each with a place; those behind may become more while others are read."""

    def __init__(self) -> None:
        self.texts = pl.Series(VALUE, [], dtype=pl.String)
        self.sizes = np.empty(0, dtype=np.int64)
        """About how many bytes each of them takes."""

    def add(self, texts: list[str]) -> None:
        """Put more texts behind those that are there."""
        new = pl.Series(VALUE, texts, dtype=pl.String)
        self.sizes = np.concatenate([self.sizes, new.str.len_bytes().to_numpy().astype(np.int64) + _BESIDE])
        self.texts = pl.concat([self.texts, new], rechunk=True)


@dataclass(frozen=True)
class Places:
    """How often each text of a dictionary occurs, by its place; those behind the last one do not."""

    dictionary: Dictionary
    counts: Any

    def table(self) -> pl.DataFrame:
        """The texts that do occur."""
        found = np.flatnonzero(self.counts)
        return pl.DataFrame([self.dictionary.texts.gather(found), pl.Series(COUNT, self.counts[found])])

    def and_of(self, other: Places) -> Places:
        """Both together; they are of the same dictionary."""
        one, more = sorted((self.counts, other.counts), key=len)
        total = more.copy()
        total[: len(one)] += one
        return Places(self.dictionary, total)


@dataclass(frozen=True)
class Piece:
    """What one piece of the file holds in a column: its different texts, and how many values are missing."""

    rows: int
    missing: int
    counted: pl.DataFrame | Places

    @property
    def counts(self) -> pl.DataFrame:
        """The texts with how often each occurs."""
        return self.counted.table() if isinstance(self.counted, Places) else self.counted


@dataclass(frozen=True)
class Summed:
    """What is kept of a piece where the different texts are too many."""

    portion: Portion
    hashes: Any
    frequencies: Frequencies


@dataclass
class Column:
    """Takes pieces in the file's order.

    `level`: how many values a level of its sketch may hold; `most`: how many of the most frequent texts are held.
    """

    name: str
    level: int
    most: int
    reading: Reading | None
    rows: int = 0
    missing: int = 0
    summed: Summed | None = None
    """None as long as every text is counted."""
    sketch: Sketch = field(init=False)
    bytes: int = field(default=0, init=False)
    """About how much memory its texts take."""
    _counts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_SCHEMA))
    _new: list[pl.DataFrame] = field(default_factory=list)
    _places: dict[Dictionary, Places] = field(default_factory=dict)
    _seen: dict[Dictionary, Any] = field(default_factory=dict)
    """Which places of a dictionary have texts that are among the counts."""

    def __post_init__(self) -> None:
        self.sketch = Sketch(self.level)

    @property
    def is_counted(self) -> bool:
        """Whether every text is still counted."""
        return self.summed is None

    def take(self, piece: Piece, summed: Summed | None) -> None:
        """Take a piece; `summed`: what `sum_up` makes of it, if somebody has done that already."""
        self.rows += piece.rows
        self.missing += piece.missing
        if self.reading is None and (texts := _present(piece.counts)).len():
            self.reading = guess_reading(texts)
        if self.summed is not None:
            self._add(summed or self.sum_up(piece.counts))
            return
        if isinstance(piece.counted, Places):
            self._put(piece.counted)
        else:
            self._new.append(piece.counted)
        if sum(frame.height for frame in self._new) > max(_LEAST_MERGED, self._counts.height):
            self._merge()
        placed = sum(self._unseen(places) for places in self._places.values())
        self.bytes = _bytes_of(self._counts) + sum(map(_bytes_of, self._new)) + placed

    def counts(self) -> pl.DataFrame:
        """Every text with how often it occurs, as long as they are counted."""
        self._merge()
        return self._counts

    def sum_up(self, counts: pl.DataFrame) -> Summed:
        """What is kept of these texts."""
        hashes = distinct.smallest(counts[VALUE])
        return Summed(portion_of(counts, self.reading or TEXT), hashes, frequencies(counts, self.most))

    def give_up(self) -> None:
        """Count no more: from now on, all is summed up."""
        counts = self.counts()
        self._counts, self._seen, self.bytes = self._counts.clear(), {}, 0
        self._add(self.sum_up(counts))

    def _add(self, part: Summed) -> None:
        self.sketch.add(part.portion.ranked)
        earlier = self.summed or Summed(Portion(), np.empty(0, dtype=np.uint64), frequent.none(self.most))
        self.summed = Summed(
            added(earlier.portion, part.portion),
            distinct.merged(earlier.hashes, part.hashes),
            frequent.merged(earlier.frequencies, part.frequencies),
        )

    def _put(self, places: Places) -> None:
        earlier = self._places.get(places.dictionary)
        self._places[places.dictionary] = places if earlier is None else earlier.and_of(places)

    def _found(self, places: Places) -> Any:
        """Which of a dictionary's texts occur, or are among the counts."""
        seen = self._seen.get(places.dictionary, np.empty(0, dtype=bool))
        found = np.zeros(max(len(seen), len(places.counts)), dtype=bool)
        found[: len(places.counts)] = places.counts > 0
        found[: len(seen)] |= seen
        return found

    def _unseen(self, places: Places) -> int:
        """The bytes of the texts that may not be among the counts."""
        found = self._found(places)
        seen = self._seen.get(places.dictionary, np.empty(0, dtype=bool))
        found[: len(seen)] ^= seen
        return int(places.dictionary.sizes[: len(found)][found].sum())

    def _merge(self) -> None:
        if self._new or self._places:
            frames = [self._counts, *self._new, *(places.table() for places in self._places.values())]
            for places in self._places.values():
                self._seen[places.dictionary] = self._found(places)
            self._new, self._places = [], {}
            self._counts = pl.concat(frames).group_by(VALUE).agg(pl.col(COUNT).sum())
            self.bytes = _bytes_of(self._counts)


def piece_of(texts: pl.Series) -> Piece:
    """A piece's column, counted."""
    missing = texts.null_count()
    frame = texts.alias(VALUE).to_frame().lazy().group_by(VALUE).agg(pl.len().cast(pl.Int64).alias(COUNT))
    counts = frame.collect(engine="streaming")
    return Piece(len(texts), missing, counts.drop_nulls() if missing else counts)


def _present(counts: pl.DataFrame) -> pl.Series:
    return counts[VALUE].filter(counts[VALUE] != "")


def _bytes_of(counts: pl.DataFrame) -> int:
    return int(counts[VALUE].str.len_bytes().sum() or 0) + _BESIDE * counts.height
