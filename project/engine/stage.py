"""A stage: one step that needs all rows, carried out over a table of pieces in bounded memory.

It runs on the whole table at once, if that fits; or, an aggregate that shrinks its input a lot, on each piece, and the
partial results are merged; or, one that counts the different values of the whole table, with each of these counts as a
stage of its own; or part by part: the rows are spread over files by ranges of the first key, so each part
fits and can be worked alone, and the parts follow one another in order. A part that does not fit is spread again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from project.engine.applied import Applied
from project.engine.chain import Chain, Count, Follower, Link
from project.engine.joining import Joining
from project.engine.limits import Limit
from project.engine.merged import counted_apart, merged_pieces
from project.engine.partition import Part, PartWriter, SpillFolder, held_bytes, sampled_ranges, split_rows
from project.engine.parts import Done, Here, Work, part_folder
from project.engine.progress import Resumed, Spread, SpreadPart
from project.engine.room import check_room
from project.engine.table import Names, Table, exactly, table_of_files
from project.engine.targets import PartTarget, Target
from project.engine.threads import in_order
from project.engine.ways import DEEPEST, Budget, Told, chosen
from project.errors import LedgerError
from project.operations.sort import Order

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Stage:
    """`first` on each piece of the table, then `link` on all rows, then `then` on what it gives, into `target`.

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
    target: Target
    depth: int = 0

    def run(self) -> None:
        """Hand the resulting rows to the target, in order."""
        piece, loaded = self._sample(self.table.pieces // 2)
        size = int(held_bytes(piece) * self.table.rows / max(1, loaded))
        choice = chosen(self.link, piece, size, can_spread=bool(self.orders), budget=self.budget, depth=self.depth)
        self.told.note(choice.sentence)
        way = choice.way
        if way == "merged" and (merged := merged_pieces(self)) is not None:
            self._pass_on(Applied(merged))
            self.told.worked(self.table.rows)
        elif way == "apart":
            self._pass_on(Applied(counted_apart(self)))
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

    def pieces(self, work: Callable[[pl.DataFrame], _Result]) -> Iterator[_Result]:
        """`work` of each piece, behind the first steps, in order; the rows are counted when all pieces were taken."""

        def load(number: int) -> tuple[int, list[int], _Result]:
            frame = self.table.load(number, self.loaded)
            rows = frame.height
            frame, counted = self.first.apply(frame)
            return rows, counted, work(frame.select(exactly(self.kept)))

        read = 0
        behind = [0] * len(self.first.numbers)
        for rows, counted, result in in_order(load, range(self.table.pieces), self.budget.threads):
            read += rows
            behind = [before + more for before, more in zip(behind, counted, strict=True)]
            self.told.read(read)
            yield result
        self.account(read)
        self.first.count(behind)

    def _all_rows(self) -> pl.DataFrame | None:
        """All rows at once; None if they turn out to outgrow the budget by far and can be spread instead."""
        frames: list[pl.DataFrame] = []
        held = 0
        can_spread = self.orders and not self.budget.way and self.depth <= DEEPEST
        for frame in self.pieces(lambda frame: frame):
            frames.append(frame)
            held += held_bytes(frame)
            if can_spread and held > 2 * self.budget.part_bytes:
                self.told.note("There are more rows than a look at some of them told: they are worked in parts.")
                return None
        return pl.concat(frames)

    def account(self, read: int) -> None:
        """Hold that all rows of the table were read, and count them."""
        if read != self.table.rows:
            raise LedgerError(f"The ledger does not balance: {self.table.rows:,} rows were kept, {read:,} read again.")
        self.source.rows += read

    def _spread(self, size: int) -> None:
        """Spread the rows over parts by the first order, then work part by part."""
        journal = self.budget.journal
        resumed = journal.begin_parts(self._signature()) if journal is not None else None
        if resumed is None:
            parts = self._spread_rows(size)
            if journal is not None:
                journal.keep_parts(self._kept_spread(parts))
        else:
            parts = self._take_over(resumed)
        works = [self._part(number, part) for number, part in enumerate(parts)]
        counts = self.link.after, *(follower.after for follower in self.then)
        joining = Joining(self.budget.spill, journal, self._join, counts, self.told.worked)
        # One at a time: Polars works on it in several threads. Meanwhile the one before is joined.
        with Here() if self.depth else self.budget.executors(1) as executor:
            joining.run(works, resumed, executor, 1)
        if not works:
            empty = self.first.apply(self.table.load(0, self.loaded))[0].clear()
            self._pass_on(self.link.apply(empty.select(exactly(self.kept))))

    def _spread_rows(self, size: int) -> list[Part]:
        """The parts that have rows, in the order of the result."""
        order = self.orders[0]
        check_room(self.budget.spill, size, self.table.rows, self.table.pieces, self._sample, order.value)

        def sample(number: int) -> pl.DataFrame:
            return self.first.apply(self.table.load(number, self.loaded))[0]

        wanted = max(2, -(-size // self.budget.part_bytes))
        ranges = sampled_ranges(sample, self.table.pieces, order, wanted)
        writer = PartWriter(ranges, self.budget.spill, self.budget.part_bytes)
        for split in self.pieces(lambda frame: split_rows(frame, order, ranges)):
            writer.add(split)
        parts = writer.close()
        # Missing values are the last part, and come last either way.
        ascending = [*reversed(parts[:-1]), parts[-1]] if order.descending else parts
        return [part for part in ascending if part.rows]

    def _signature(self) -> str:
        """What tells this work from another one on the same file that would spread it otherwise."""
        columns = {column.name: column.kind for column in self.link.columns}
        orders = [f"{order.column} {'down' if order.descending else 'up'}" for order in self.orders]
        kept = [f"{name} {columns[name]}" for name in self.kept]
        return f"{self.link.step.name} of {', '.join(kept)} by {', '.join(orders)}, then {len(self.then)}"

    def _kept_spread(self, parts: Sequence[Part]) -> Spread:
        return Spread(
            work=self._signature(),
            rows_in=self.table.rows,
            behind=self.first.numbers,
            parts=tuple(
                SpreadPart(files=tuple(path.name for path in part.files), rows=part.rows, exact=part.exact)
                for part in parts
            ),
        )

    def _take_over(self, resumed: Resumed) -> list[Part]:
        """The parts that an earlier attempt has spread."""
        spread, spill = resumed.spread, self.budget.spill
        self.told.note(resumed.sentence)
        self.account(spread.rows_in)
        self.first.count(spread.behind)
        self.told.read(spread.rows_in)
        spill.take_over(name for part in spread.parts[resumed.joined :] for name in part.files)
        return [Part(part.exact, [spill.path / name for name in part.files], part.rows) for part in spread.parts]

    def _part(self, number: int, part: Part) -> StagePart:
        return StagePart(
            source=tuple(part.files),
            rows=part.rows,
            folder=part_folder(self.budget.spill.path, number),
            link=self.link.uncounted(),
            then=tuple(follower.uncounted() for follower in self.then),
            orders=self.orders[1:] if part.exact else self.orders,
            kept=self.kept,
            part_bytes=self.budget.part_bytes,
            threads=self.budget.threads,
            limit=self.budget.spill.limit,
            used=self.budget.spill.used,
            target=self.target.of_parts,
            depth=self.depth + 1,
        )

    def _join(self, work: Work, made: Done) -> None:
        """Take over what a part has made, with its counts."""
        self.target.join(work.folder, made)
        for count, numbers in zip((self.link.after, *(it.after for it in self.then)), made.counts, strict=True):
            count.add(numbers)

    def _pass_equal_rows(self) -> None:
        """Rows that are equal in all that a sort compares are in order as they are."""
        for frame in self.pieces(lambda frame: frame):
            self._pass_on(self.link.apply(frame))

    def _pass_on(self, applied: Applied) -> None:
        """Count what the step made, carry on with what can follow on a part, and hand it over."""
        frame = self.link.after.take(applied)
        for follower in self.then:
            frame = follower.after.take(follower.apply(frame))
        self.target.take(frame)


@dataclass(frozen=True)
class StagePart:
    """One range of a stage's rows as a stage of its own, which may spread it again; see `parts.Work`."""

    source: tuple[Path, ...]
    rows: int
    folder: Path
    link: Link
    then: tuple[Follower, ...]
    orders: tuple[Order, ...]
    kept: Names
    part_bytes: int
    threads: int
    limit: Limit
    used: int
    """What other temporary files take of the limit."""
    target: PartTarget
    depth: int

    def make(self) -> Done:
        """Work the part into files in the folder."""
        counts = self.link.after, *(follower.after for follower in self.then)
        for count in counts:
            # It may be the second try at the same work.
            count.restart()
        taker = self.target.open(self.folder)
        Stage(
            table=table_of_files(self.source, self.rows, self.link.columns),
            source=Count(),
            first=Chain(),
            link=self.link,
            then=self.then,
            orders=self.orders,
            loaded=self.kept,
            kept=self.kept,
            budget=Budget(self.part_bytes, SpillFolder(self.folder, self.limit, self.used), self.threads),
            told=Told(),
            target=taker,
            depth=self.depth,
        ).run()
        return Done(files=taker.close(), rows=counts[-1].rows, counts=tuple(count.numbers for count in counts))
