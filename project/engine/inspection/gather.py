"""Gathering: the columns of a file while its pieces come, within one bound for the texts that all of them count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from project.engine.inspection.column import Column, Piece, Summed, piece_of
from project.engine.inspection.finish import profile_of
from project.engine.inspection.frequent import room
from project.engine.inspection.profile import ColumnProfile
from project.engine.inspection.ranks import level_size
from project.engine.inspection.reading import number_reading


@dataclass(frozen=True)
class Counted:
    """What one piece holds in every column, and sums of those columns whose texts are not counted any more."""

    pieces: tuple[Piece, ...]
    summed: tuple[Summed | None, ...]


class Gathering:
    """`numbers`: what the check found in the columns. `size`: about the bytes that counted texts may take together.

    `point`: the sign before decimals.
    """

    def __init__(self, names: Sequence[str], numbers: Mapping[str, tuple[int, ...]], size: int, point: str) -> None:
        self._size = size
        level, most = level_size(len(names), size), room(len(names), size)
        self._columns = [Column(name, level, most, number_reading(numbers.get(name), point)) for name in names]

    @property
    def counted(self) -> tuple[str, ...]:
        """The columns whose texts are counted still."""
        return tuple(column.name for column in self._columns if column.is_counted)

    def count(self, frame: pl.DataFrame, known: Mapping[str, Piece]) -> Counted:
        """The first half of the work on a piece; in any thread, for any piece. `known`: columns counted already."""
        pieces = tuple(known.get(column.name) or piece_of(frame.get_column(column.name)) for column in self._columns)
        summed = tuple(
            # Whether it is summed up here or when its turn comes is the same.
            None if column.is_counted else column.sum_up(piece.counts)
            for column, piece in zip(self._columns, pieces, strict=True)
        )
        return Counted(pieces, summed)

    def take(self, counted: Counted) -> None:
        """The second half; for the pieces in their order."""
        for column, piece, summed in zip(self._columns, counted.pieces, counted.summed, strict=True):
            column.take(piece, summed)
        if self._taken() <= self._size:
            return
        # What was not added up yet holds texts more than once: who gives up must not depend on when that was done.
        for column in self._columns:
            if column.is_counted:
                column.counts()
        while self._taken() > self._size:
            max(self._columns, key=lambda column: column.bytes).give_up()

    def _taken(self) -> int:
        return sum(column.bytes for column in self._columns)

    def profiles(self) -> tuple[ColumnProfile, ...]:
        """Of all columns, as far as they were taken."""
        return tuple(profile_of(column) for column in self._columns)
