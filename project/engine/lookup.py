"""The other table of a match, held in memory: rows are matched with it piece by piece, each by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import polars as pl

from project.engine.applied import Applied
from project.engine.table import Names
from project.errors import FailureError
from project.operations.columns import Numbers
from project.operations.comparing import compared
from project.operations.expressions import named
from project.operations.match import Match
from project.operations.match_words import matches_several

# Hidden columns: the keys as they are compared, and each row's number in the other table, from 1 on.
NUMBER = "\0number"
START, ROWS, _AT = "\0start", "\0rows", "\0at"
# A piece of rows that each match so many others is still a piece.
_FEW = 4


@dataclass(frozen=True)
class Matching:
    """A match in its place: the step, and what it brings, by the names in the other table and in the result."""

    step: Match
    brought: tuple[tuple[str, str], ...]
    table: str
    """The other table's name."""
    numbers: Mapping[str, Numbers | None] = field(default_factory=dict)
    """What is known of the columns that it brings, by their names in the other table."""

    @property
    def keys(self) -> Names:
        """The hidden names of the keys, one a pair."""
        return tuple(f"\0key{number}" for number, _ in enumerate(self.step.pairs))

    @property
    def read(self) -> Names:
        """What is read of the other table."""
        return tuple(dict.fromkeys([*(pair.right for pair in self.step.pairs), *(name for name, _ in self.brought)]))

    @property
    def takes_first(self) -> bool:
        """Whether of several rows with the same key one is enough."""
        return self.step.matched_twice == "first" or (self.step.matched_twice == "all" and not self.step.brings_columns)

    def keys_of(self, *, left: bool) -> list[pl.Expr]:
        """The keys as they are compared, over the columns of either side."""
        sides = [pair.left if left else pair.right for pair in self.step.pairs]
        return [compared(side, self.step.ignore).alias(key) for side, key in zip(sides, self.keys, strict=True)]

    def right(self, frame: pl.DataFrame, before: int) -> pl.DataFrame:
        """Rows of the other table, `before` of which came before, as keys, number and what they bring.

        Those that match nothing, as a part of their key is missing, are left out.
        """
        brought = [named(name).alias(result) for name, result in self.brought]
        number = pl.int_range(before + 1, before + 1 + pl.len(), dtype=pl.Int64).alias(NUMBER)
        return frame.select(*self.keys_of(left=False), number, *brought).drop_nulls(self.keys)

    def fail(self, frame: pl.DataFrame, row: int, first: int, second: int) -> NoReturn:
        """Raise FailureError: that row of the frame matches two of the other table, by their numbers."""
        key = [(pair.left, str(frame[pair.left][row])) for pair in self.step.pairs]
        raise FailureError(matches_several(key, self.table, first, second), code="matched_twice")


@dataclass(frozen=True)
class Lookup:
    """The other table's rows by their keys.

    `keys`: each key once, with where its rows start among `rows`, and how many they are. `rows`: NUMBER, and what is
    brought under the names of the result; those of one key follow one another in the table's order. `most`: of one key.
    """

    matching: Matching
    keys: pl.DataFrame
    rows: pl.DataFrame
    most: int

    @classmethod
    def of(cls, matching: Matching, right: pl.DataFrame) -> Lookup:
        """Of what `Matching.right` has made of the table's rows, in order."""
        keys = matching.keys
        if matching.takes_first:
            right = right.unique(subset=keys, keep="first", maintain_order=True)
        alike = right.select(keys).with_row_index(_AT).group_by(keys, maintain_order=True).agg(pl.col(_AT))
        rows = pl.col(_AT).list.len().cast(pl.Int64)
        places = alike.select(*keys, (rows.cum_sum() - rows).alias(START), rows.alias(ROWS))
        if places.height < right.height:
            right = right[alike[_AT].explode()]
        return cls(matching, places, right.drop(keys), int(places[ROWS].max() or 0))  # type: ignore[arg-type]

    @property
    def multiplies(self) -> bool:
        """Whether so many rows may come of one that a piece of them has to be taken in smaller ones."""
        return self.most > _FEW and self.matching.step.brings_columns

    def apply(self, frame: pl.DataFrame) -> Applied:
        """What the step makes of these rows, in their order. Raises FailureError where one matches several."""
        return next(self.pieces(frame, sys.maxsize))

    def pieces(self, frame: pl.DataFrame, most_rows: int) -> Iterator[Applied]:
        """The same in pieces of about so many rows, of which there is one at least."""
        found = self.found(frame)
        self.hold_single(frame, found)
        step, is_matched = self.matching.step, found[START].is_not_null()
        hits = int(is_matched.sum())
        filtered = {"left": 0, "anti": hits}.get(step.how, frame.height - hits)
        if not step.brings_columns:
            yield Applied(frame.filter(is_matched if step.how == "semi" else ~is_matched), filtered)
            return
        if step.how == "inner":
            frame, found = frame.filter(is_matched), found.filter(is_matched)
        if self.most <= 1:
            yield Applied(self.beside(frame, found[START]), filtered)
            return
        # Few tables hold a key twice, and small files need not wait for numpy.
        from project.engine.windows import windows

        added = int(found[ROWS].sum()) - hits
        for rows, within in windows(found[ROWS].fill_null(1), most_rows):
            yield Applied(self.beside(frame[rows], found[START].gather(rows) + within), filtered, added)
            filtered = added = 0

    def found(self, frame: pl.DataFrame) -> pl.DataFrame:
        """For each row where the rows that it matches start, and how many they are; missing where there are none."""
        left = frame.select(self.matching.keys_of(left=True))
        return left.join(self.keys, on=self.matching.keys, how="left", maintain_order="left").select(START, ROWS)

    def beside(self, frame: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
        """The rows with what those at these places bring; missing values where there is no place."""
        if not self.matching.brought:
            return frame
        return frame.hstack(self.rows.drop(NUMBER).select(pl.all().gather(places)))

    def hold_single(self, frame: pl.DataFrame, found: pl.DataFrame) -> None:
        """Raise FailureError where the step is to fail if a row matches several, and one does."""
        if self.matching.step.matched_twice == "fail" and len(several := (found[ROWS] > 1).arg_true()):
            first, second = self.rows[NUMBER].slice(found[START][several[0]], 2)
            self.matching.fail(frame, several[0], first, second)
