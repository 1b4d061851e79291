"""A stage that matches rows with another table: piece by piece, where many rows may come of one, or both in parts.

In parts, both sides are spread over files by the same ranges of the first key, so that a part of one side matches
nothing but the same part of the other. Then the rows are put back in the order in which they came, by their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from project.engine.apart import Apart
from project.engine.chain import Chain, Count, Link
from project.engine.lookup import Lookup, Matching
from project.engine.partition import Part, PartWriter, held_bytes, sampled_ranges, split_rows
from project.engine.ranges import KeyRanges
from project.engine.sliced import SlicedMatch
from project.engine.stage import Stage
from project.engine.table import rows_of
from project.engine.targets import ToNextStage
from project.engine.ways import Told
from project.operations.columns import Column, Kind
from project.operations.expressions import named
from project.operations.sort import Order, Sort, SortKey

# Hidden column: the place of a row among those that came in.
_PLACE = "\0place"
_LEAST_ROWS = 1024


class MatchStage(Stage):
    """The step of `link` has another table; nothing asks for an order, and none is changed."""

    def run(self) -> None:
        """See Stage."""
        other = self.link.other
        if isinstance(other, Lookup):
            self._in_pieces(other)
        else:
            assert isinstance(other, Apart)
            self._in_parts(other)

    def _in_pieces(self, lookup: Lookup) -> None:
        for frame in self.pieces(lambda frame: frame):
            for applied in lookup.pieces(frame, self._most_rows(frame, lookup)):
                self._pass_on(applied)
        self.told.worked(self.table.rows)

    def _most_rows(self, frame: pl.DataFrame, lookup: Lookup) -> int:
        """How many rows of both sides beside one another fit into the budget."""
        a_row = sum(held_bytes(side) // max(1, side.height) for side in (frame, lookup.rows))
        return max(_LEAST_ROWS, self.budget.part_bytes // max(1, a_row))

    def _in_parts(self, other: Apart) -> None:
        matching = other.matching
        key = Order(matching.keys[0], named(matching.keys[0]))
        wanted = max(2, -(-other.size // self.budget.part_bytes))
        self.told.note(f"{self.link.step.title}: matched in about {wanted:,} parts, then put back in order.")
        ranges = sampled_ranges(lambda piece: _right(other, piece, 0)[0], other.table.pieces, key, wanted)
        right = self._spread_other(other, key, ranges)
        left, empty = self._spread_own(matching, key, ranges)
        restored = ToNextStage(self.budget.spill)
        restored.take(self.link.after.take(next(SlicedMatch(matching, empty, 1).apply(()))))
        matched = 0
        for own, others in zip(left, right, strict=True):
            for rows in self._match(matching, own, others, restored):
                matched += rows
                self.told.worked(matched // 2)
        self._put_back(restored)

    def _spread_other(self, other: Apart, key: Order, ranges: KeyRanges) -> list[Part]:
        writer = PartWriter(ranges, self.budget.spill, self.budget.part_bytes)
        read = 0
        for piece in range(other.table.pieces):
            frame, rows = _right(other, piece, read)
            writer.add(split_rows(frame, key, ranges))
            read += rows
            # A sign of life.
            self.told.read(0)
        other.table.close()
        return writer.close()

    def _spread_own(self, matching: Matching, key: Order, ranges: KeyRanges) -> tuple[list[Part], pl.DataFrame]:
        """The rows in parts, each row with its place; and no rows, but the same columns."""
        writer = PartWriter(ranges, self.budget.spill, self.budget.part_bytes)
        first_key = matching.keys_of(left=True)[0]
        read = 0
        for frame in self.pieces(lambda frame: frame):
            place = pl.int_range(read, read + pl.len(), dtype=pl.Int64).alias(_PLACE)
            placed = frame.with_columns(place, first_key)
            writer.add(split_rows(placed, key, ranges))
            read += frame.height
        return writer.close(), placed.drop(key.column).clear()

    def _match(self, matching: Matching, own: Part, others: Part, restored: ToNextStage) -> Iterator[int]:
        """Match one part of the rows with the same part of the other table, slice by slice if it does not fit.

        Gives how many rows are matched, whenever it is some more.
        """
        slices = _Slices(matching, others.files, self.budget.part_bytes)
        for frame in _together(own.files, self.budget.part_bytes):
            most_rows = max(_LEAST_ROWS, self.budget.part_bytes // max(1, held_bytes(frame) // frame.height))
            match = SlicedMatch(matching, frame.drop(matching.keys[0]), most_rows)
            for applied in match.apply(slices.lookups()):
                made = self.link.after.take(applied)
                if made.height:
                    restored.take(made)
            yield frame.height
        for path in (*own.files, *others.files):
            self.budget.spill.remove(path)

    def _put_back(self, restored: ToNextStage) -> None:
        """Hand the rows on in the order in which they came; what comes of one row is in order."""
        columns = (*self.link.step.columns_after(self.link.columns), Column(_PLACE, Kind.INTEGER))
        names = tuple(column.name for column in columns)
        # No recipe can name the column.
        by = SortKey.model_construct(column=_PLACE, descending=False, compare="number")
        step = Sort.model_construct(operation="sort", by=(by,))
        Stage(
            table=restored.table(columns),
            source=Count(),
            first=Chain(),
            link=Link(step, columns, Count()),
            then=self.then,
            orders=tuple(step.orders(columns)),
            loaded=names,
            kept=names,
            budget=replace(self.budget, journal=None),
            told=Told(worked=lambda rows: self.told.worked((self.table.rows + min(rows, self.table.rows)) // 2)),
            target=self.target,
        ).run()


class _Slices:
    """A part of the other table, as lookups of no more than about so many bytes each, any number of times."""

    def __init__(self, matching: Matching, files: Sequence[Path], most_bytes: int) -> None:
        self._matching = matching
        self._files = files
        self._most_bytes = most_bytes
        self._only: Lookup | None = None

    def lookups(self) -> Iterator[Lookup]:
        """One after the other; one alone is kept."""
        if self._only is not None:
            yield self._only
            return
        slices = 0
        for frame in _together(self._files, self._most_bytes):
            lookup = Lookup.of(self._matching, frame)
            slices += 1
            yield lookup
        if slices == 1:
            self._only = lookup


def _right(other: Apart, piece: int, before: int) -> tuple[pl.DataFrame, int]:
    """What is needed of a piece of the other table, and how many rows it had."""
    frame = other.table.load(piece, other.matching.read)
    return other.matching.right(frame, before), frame.height


def _together(files: Sequence[Path], most_bytes: int) -> Iterator[pl.DataFrame]:
    """The rows of the files in order, no more than about so many bytes at a time."""
    frames: list[pl.DataFrame] = []
    held = 0
    for path in files:
        whole = rows_of(path)
        for frame in whole.iter_slices(max(1, most_bytes * whole.height // max(1, held_bytes(whole)))):
            size = held_bytes(frame)
            if frames and held + size > most_bytes:
                yield pl.concat(frames)
                frames, held = [], 0
            frames.append(frame)
            held += size
    if frames:
        yield pl.concat(frames)
