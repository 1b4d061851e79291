"""A stage: one step that needs all rows, carried out over a table of pieces in bounded memory.

It runs on the whole table at once, if that fits; or, an aggregate that shrinks its input a lot, on each piece, and the
partial results are merged; or, one that counts the different values of the whole table, with each of these counts as a
stage of its own; or part by part: the rows are spread over files by ranges of the first key, so each part
fits and can be worked alone, and the parts follow one another in order. A part that does not fit is spread again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import polars as pl

from project.engine.chain import Chain, Count, Follower, Link
from project.engine.partition import Part, PartWriter, SpillFolder, held_bytes, sampled_ranges, split_rows
from project.engine.room import check_room
from project.engine.table import Names, Table, exactly, table_of_files
from project.engine.threads import in_order
from project.errors import LedgerError
from project.operations import partial
from project.operations.aggregate import Aggregate
from project.operations.base import WEIGHT
from project.operations.expressions import named
from project.operations.sort import Order, Sort

Way = Literal["whole", "merged", "parts", "apart"]
_Result = TypeVar("_Result")

# An aggregate is merged from partial ones where those of a piece have at most this share of its rows.
_WORTH_MERGING = 0.25
_MERGED_AT_ONCE = 500_000
_DEEPEST = 8


@dataclass(frozen=True)
class Budget:
    """What a stage may hold: `part_bytes` of rows that one step works on; what is beyond goes to `spill`.

    `way`: to work in this way whatever the sizes are, for tests.
    """

    part_bytes: int
    spill: SpillFolder
    threads: int
    way: Way | None = None


@dataclass(frozen=True)
class Told:
    """Whom a stage tells how far it is: rows read from its table, rows worked on, and sentences for the log."""

    read: Callable[[int], None] = lambda rows: None
    worked: Callable[[int], None] = lambda rows: None
    note: Callable[[str], None] = lambda sentence: None


@dataclass(frozen=True)
class Stage:
    """`first` on each piece of the table, then `link` on all rows, then `then` on what it gives, into `sink`.

    `source` counts the rows read; `loaded` and `kept` are the columns that `first` and `link` need. `orders`: by what
    the rows may be spread, so that no group is torn and the parts follow one another as the result must.
    """

    table: Table
    source: Count
    first: Chain
    link: Link
    then: tuple[Follower, ...]
    orders: tuple[Order, ...]
    loaded: Names
    kept: Names
    budget: Budget
    told: Told
    depth: int = 0
    sink: Callable[[pl.DataFrame], None] = lambda frame: None

    def bound(self, sink: Callable[[pl.DataFrame], None]) -> Stage:
        """The same stage with that sink."""
        return replace(self, sink=sink)

    def run(self) -> None:
        """Hand the resulting rows to the sink, in order."""
        piece, loaded = self._sample(self.table.pieces // 2)
        size = int(held_bytes(piece) * self.table.rows / max(1, loaded))
        way = self._choose(piece, size)
        if way == "merged" and (merged := self._merged_pieces()) is not None:
            self._pass_on(merged)
            self.told.worked(self.table.rows)
        elif way == "apart":
            self._pass_on(self._counted_apart())
            self.told.worked(self.table.rows)
        elif way == "whole" and (rows := self._all_rows()) is not None:
            self._pass_on(self.link.apply(rows))
            self.told.worked(self.table.rows)
        elif self.orders:
            self._spread(size)
        else:
            self._pass_equal_rows()

    def _sample(self, number: int) -> tuple[pl.DataFrame, int]:
        """What is left of a piece, and how many rows it had."""
        frame = self.table.load(number, self.loaded)
        return self.first.apply(frame)[0].select(exactly(self.kept)), frame.height

    def _choose(self, piece: pl.DataFrame, size: int) -> Way:
        """The way to work; says so in the log."""
        step = self.link.step
        held = f"about {size / 2**20:,.0f} MB" if size >= 2**20 else "less than 1 MB"
        words = f"{step.title}: {held} of rows"
        forced = self.budget.way if self.depth == 0 else None
        room = self.budget.part_bytes * (2 if self.depth else 1)
        if forced == "whole" or (forced is None and (size <= room or self.depth > _DEEPEST)):
            self.told.note(f"{words}, worked at once in memory.")
            return "whole"
        if isinstance(step, Aggregate) and partial.is_decomposable(step) and forced != "parts":
            groups = partial.of_piece(step, piece.lazy(), self.link.columns).collect(engine="in-memory").height
            if groups <= _WORTH_MERGING * piece.height or not self.orders or forced == "merged":
                self.told.note(f"{words}, merged piece by piece: {piece.height:,} rows made {groups:,} groups.")
                return "merged"
        if isinstance(step, Aggregate) and not step.group_by:
            self.told.note(f"{words}, the different values of each column counted in parts on disk.")
            return "apart"
        if not self.orders and not isinstance(step, Sort):
            self.told.note(f"{words}, worked at once in memory: they cannot be divided.")
            return "whole"
        self.told.note(f"{words}, in parts of about {self.budget.part_bytes / 2**20:,.0f} MB on disk.")
        return "parts"

    def _pieces(self, work: Callable[[pl.DataFrame], _Result]) -> Iterator[_Result]:
        """`work` of each piece, behind the first steps, in order; the rows are counted when all pieces were taken."""

        def load(number: int) -> tuple[int, list[int], _Result]:
            frame = self.table.load(number, self.loaded)
            rows = frame.height
            frame, counted = self.first.apply(frame)
            return rows, counted, work(frame.select(exactly(self.kept)))

        read = 0
        behind = [0] * len(self.first.links)
        for rows, counted, result in in_order(load, range(self.table.pieces), self.budget.threads):
            read += rows
            behind = [before + more for before, more in zip(behind, counted, strict=True)]
            self.told.read(read)
            yield result
        self._account(read)
        self.first.count(behind)

    def _all_rows(self) -> pl.DataFrame | None:
        """All rows at once; None if they turn out to outgrow the budget by far and can be spread instead."""
        frames: list[pl.DataFrame] = []
        held = 0
        can_spread = self.orders and not self.budget.way and self.depth <= _DEEPEST
        for frame in self._pieces(lambda frame: frame):
            frames.append(frame)
            held += held_bytes(frame)
            if can_spread and held > 2 * self.budget.part_bytes:
                self.told.note("There are more rows than a look at some of them told: they are worked in parts.")
                return None
        return pl.concat(frames)

    def _counted_apart(self) -> pl.DataFrame:
        """The one row of an aggregate over all rows: different values are groups, and grouped as such."""
        step = self.link.step
        assert isinstance(step, Aggregate)
        counted = [measure for measure in step.measures if measure.function == "count_distinct"]
        others = tuple(measure for measure in step.measures if measure not in counted)
        rest = replace(self, link=replace(self.link, step=step.model_copy(update={"measures": others})))
        merged = rest._merged_pieces()
        assert merged is not None
        found = {name: self._different(name) for name in {measure.column for measure in counted} if name is not None}
        values = [pl.lit(found[measure.column or ""], dtype=pl.Int64).alias(measure.result) for measure in counted]
        return merged.with_columns(values).select(exactly((*(measure.result for measure in step.measures), WEIGHT)))

    def _different(self, name: str) -> int:
        """How many different present values a column has."""
        found = 0

        def count(frame: pl.DataFrame) -> None:
            nonlocal found
            found += frame[name].count()

        groups = Aggregate(operation="aggregate", group_by=(name,))
        replace(
            self,
            source=Count(),
            first=Chain(tuple(replace(link, after=Count()) for link in self.first.links)),
            link=Link(groups, self.link.columns, Count()),
            then=(),
            orders=(Order(name, named(name)),),
            kept=(name,),
            told=Told(note=self.told.note),
        ).bound(count).run()
        return found

    def _merged_pieces(self) -> pl.DataFrame | None:
        """Aggregated piece by piece; None if the merged results outgrow the budget and can be spread instead."""
        step, columns = self.link.step, self.link.columns
        assert isinstance(step, Aggregate)

        def aggregate(frame: pl.LazyFrame) -> pl.DataFrame:
            return partial.of_piece(step, frame, columns).collect(engine="streaming")

        frames: list[pl.DataFrame] = []
        pending = merged = 0
        for frame in self._partials(aggregate):
            if not frame[WEIGHT].sum() and frames:
                # A piece without rows has no first or last one either.
                continue
            if frames and not frames[0][WEIGHT].sum():
                frames.clear()
            frames.append(frame)
            pending += frame.height
            if pending - merged >= max(_MERGED_AT_ONCE, merged):
                frames = [partial.merge(step, pl.concat(frames).lazy()).collect(engine="in-memory")]
                pending = merged = frames[0].height
                if self.orders and not self.budget.way and held_bytes(frames[0]) > self.budget.part_bytes:
                    self.told.note("There are too many groups to merge them in memory: they are worked in parts.")
                    return None
        whole = partial.merge(step, pl.concat(frames).lazy())
        return partial.finish(step, whole, columns).collect(engine="in-memory")

    def _partials(self, aggregate: Callable[[pl.LazyFrame], pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """`aggregate` of each piece in order; without steps before it, rows are merged as they are read."""
        if self.first.links:
            yield from self._pieces(lambda frame: aggregate(frame.lazy()))
            return

        def work(number: int) -> pl.DataFrame:
            return aggregate(self.table.scan(number, self.kept))

        read = 0
        for frame in in_order(work, range(self.table.pieces), self.budget.threads):
            read += int(frame[WEIGHT].sum())
            self.told.read(read)
            yield frame
        self._account(read)

    def _account(self, read: int) -> None:
        """Hold that all rows of the table were read, and count them."""
        if read != self.table.rows:
            raise LedgerError(f"The ledger does not balance: {self.table.rows:,} rows were kept, {read:,} read again.")
        self.source.rows += read

    def _spread(self, size: int) -> None:
        """Spread the rows over parts by the first order, then work part by part."""
        order = self.orders[0]
        check_room(self.budget.spill, size, self.table.rows, self.table.pieces, self._sample, order.value)

        def sample(number: int) -> pl.DataFrame:
            return self.first.apply(self.table.load(number, self.loaded))[0]

        wanted = max(2, -(-size // self.budget.part_bytes))
        ranges = sampled_ranges(sample, self.table.pieces, order, wanted)
        writer = PartWriter(ranges, self.budget.spill, self.budget.part_bytes)
        for split in self._pieces(lambda frame: split_rows(frame, order, ranges)):
            writer.add(split)
        parts = writer.close()
        # Missing values are the last part, and come last either way.
        ascending = [*reversed(parts[:-1]), parts[-1]] if order.descending else parts
        worked = 0
        for part in ascending:
            if part.rows:
                self._work_part(part)
            worked += part.rows
            self.told.worked(worked)
        if not worked:
            self._pass_on(self.link.apply(sample(0).select(exactly(self.kept)).clear()))

    def _work_part(self, part: Part) -> None:
        """Work one part as a stage of its own, which may spread it again, and remove its files."""
        table = table_of_files(part.files, part.rows, self.link.columns)
        orders = self.orders[1:] if part.exact else self.orders
        replace(
            self,
            table=table,
            source=Count(),
            first=Chain(),
            orders=orders,
            loaded=self.kept,
            told=Told(),
            depth=self.depth + 1,
        ).run()
        for path in part.files:
            self.budget.spill.remove(path)

    def _pass_equal_rows(self) -> None:
        """Rows that are equal in all that a sort compares are in order as they are."""
        for frame in self._pieces(lambda frame: frame):
            self._pass_on(self.link.apply(frame))

    def _pass_on(self, frame: pl.DataFrame) -> None:
        """Count what the step made, carry on with what can follow on a part, and hand it over."""
        frame = self.link.after.take(frame)
        for follower in self.then:
            frame = follower.after.take(follower.apply(frame))
        self.sink(frame)
