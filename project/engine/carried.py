"""Work on records as bytes: rows that are only chosen and put in order are never taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from project import faults
from project.engine.chain import Chain, Count, Link
from project.engine.joining import Joining
from project.engine.partition import SpillFolder, sampled_pieces
from project.engine.parts import Done, Work
from project.engine.progress import Journal, Progress, Spread
from project.engine.recordmatch import Matched, RecordMatch
from project.engine.records import RecordReader
from project.engine.recordsort import BESIDE, KeyLimits, PartFiles, sorted_at_once
from project.engine.result import ResultFile
from project.engine.rows import Rows
from project.engine.threads import in_order
from project.engine.ways import Budget, Told, in_words
from project.errors import LedgerError
from project.operations.base import ORDER

_SAMPLED_KEYS = 4096
# A piece that was not sampled may hold more quotes, which the result leaves out.
_BELIEVED = 0.8


@dataclass(frozen=True)
class Taken:
    """What one piece gave: the records read, the rows behind each filter, and what was made of the rows left."""

    read: int
    behind: list[int]
    made: Any


@dataclass(frozen=True)
class _Sample:
    """Of one piece: some keys, the bytes that its rows take in a part's file, and the share of its own that is kept."""

    keys: Any
    size: int
    share: float


@dataclass(frozen=True)
class Carried:
    """The whole of a recipe: `filters` over each piece, and at its end a `sort` or a `match`, or none of them.

    `kept`: records to read.
    """

    reader: RecordReader
    kept: int
    filters: Chain
    sort: Link | None
    note: str
    match: tuple[Link, RecordMatch] | None = None

    @property
    def counted(self) -> Chain:
        """The steps that are counted piece by piece."""
        return self.filters if self.match is None else Chain((*self.filters.links, self.match[0]))

    def fits(self, spill: SpillFolder) -> bool:
        """Whether there is room for all records as they are; packed as tables, they may take less."""
        if self.sort is None:
            return True
        return self.reader.size + BESIDE * self.kept <= min(spill.spared, spill.free(spill.path))

    def write(
        self, source: Count, result: ResultFile, budget: Budget, told: Told, journal: Journal | None = None
    ) -> None:
        """Carry it out into the result; counts the records read, and the rows behind each step."""
        told.note(self.note)
        is_chosen = bool(self.filters.links) or (self.match is not None and not self.match[1].keeps_all)
        samples = (
            [] if is_chosen and self.sort is None else [self._sample(it) for it in sampled_pieces(self.reader.pieces)]
        )
        if not is_chosen and not result.rows:
            kept = min((sample.share for sample in samples), default=0.0)
            result.check_room(int(_BELIEVED * kept * self.reader.size))
        if self.sort is None:
            self._write_chosen(source, result, budget, told, journal)
        else:
            self._write_sorted(source, result, budget, told, self.sort, samples)
        self.reader.close()
        if source.rows != self.kept:
            raise LedgerError(f"The ledger does not balance: {self.kept:,} rows were kept, {source.rows:,} read again.")

    def _sample(self, number: int) -> _Sample:
        def look(rows: Rows) -> _Sample:
            keys = rows.keys[:: max(1, rows.count // _SAMPLED_KEYS)].copy()
            return _Sample(keys, rows.size + BESIDE * rows.count, rows.size / self.reader.bytes_of(number))

        sample: _Sample = self._take(number, look).made
        return sample

    def _take(self, number: int, make: Callable[[Rows], Any]) -> Taken:
        """What is made of the rows that the filters leave of one piece."""
        with self.reader.read(number) as piece:
            if not self.filters.links:
                # Nothing is left out.
                return Taken(piece.rows.count, [], make(piece.rows))
            frame, behind = self.filters.apply(piece.frame)
            return Taken(piece.rows.count, behind, make(piece.rows.chosen(frame[ORDER].to_numpy())))

    def _write_chosen(
        self, source: Count, result: ResultFile, budget: Budget, told: Told, journal: Journal | None
    ) -> None:
        done = journal.begin() if journal is not None else None
        if done is not None:
            source.rows = done.rows_in
            self.counted.count(done.rows_behind)
        pieces = range(done.pieces if done is not None else 0, self.reader.pieces)

        def made(rows: Rows) -> Matched:
            if self.match is not None:
                return self.match[1].made(rows)
            return Matched(rows.count, rows.joined() if self.filters.links else rows.as_they_lie(), 0, 0)

        def work(number: int) -> Taken:
            return self._take(number, made)

        for piece, taken in zip(pieces, in_order(work, pieces, budget.threads), strict=True):
            source.rows += taken.read
            self.filters.count(taken.behind)
            made_of = taken.made
            if self.match is not None:
                self.match[0].after.add((made_of.count, 0, made_of.filtered, made_of.added))
            result.write(memoryview(made_of.data), made_of.count)
            told.read(source.rows)
            faults.point(f"engine-piece-{piece + 1}")
            if journal is not None:
                journal.keep(Progress(piece + 1, source.rows, self.counted.numbers))

    def _write_sorted(
        self, source: Count, result: ResultFile, budget: Budget, told: Told, sort: Link, samples: Sequence[_Sample]
    ) -> None:
        size = int(sum(sample.size for sample in samples) / max(1, len(samples)) * self.reader.pieces)
        words = f"{sort.step.title}: {in_words(size)} of rows"
        if size <= budget.part_bytes if budget.way is None else budget.way != "parts":
            told.note(f"{words}, worked at once in memory.")
            if (rows := self._all_rows(source, budget, told)) is not None:
                sort.after.rows = sum(piece.count for piece in rows)
                result.write(memoryview(sorted_at_once(rows)), sort.after.rows)
                told.worked(source.rows)
                return
            size *= 2
        # Several parts are worked at once, and to put one in order takes more than twice its own size.
        room = budget.part_bytes // 2
        told.note(f"{words}, in parts of about {room / 2**20:,.0f} MB on disk.")
        limits = KeyLimits.of_sample(np.concatenate([sample.keys for sample in samples]), max(2, -(-size // room)))
        self._write_in_parts(source, result, budget, told, sort, PartFiles(budget.spill.path, limits, room))

    def _all_rows(self, source: Count, budget: Budget, told: Told) -> list[Rows] | None:
        """All rows at once; None, and nothing counted, if they turn out to outgrow the budget by far."""
        counts = [source, *(link.after for link in self.filters.links)]
        before = [count.rows for count in counts]
        pieces: list[Rows] = []
        held = 0
        for rows in self._all(lambda rows: rows.repacked(), source, budget, told):
            pieces.append(rows)
            held += rows.size + BESIDE * rows.count
            if held > 2 * budget.part_bytes and budget.way is None:
                told.note("There are more rows than a look at some of them told: they are worked in parts.")
                for count, number in zip(counts, before, strict=True):
                    count.rows = number
                return None
        return [rows for rows in pieces if rows.count]

    def _write_in_parts(
        self, source: Count, result: ResultFile, budget: Budget, told: Told, sort: Link, files: PartFiles
    ) -> None:
        journal, spill = budget.journal, budget.spill
        work = f"records, {sort.step.sentence()}"
        resumed = journal.begin_parts(work) if journal is not None else None
        if resumed is None:
            for spread in self._all(lambda rows: rows.spread(files.limits), source, budget, told):
                files.add(spread)
                spill.grow(files.take_grown())
            parts = files.close()
            spill.grow(files.take_grown())
            if journal is not None:
                journal.keep_parts(Spread(work=work, rows_in=source.rows, behind=self.filters.numbers, parts=parts))
        else:
            told.note(resumed.sentence)
            source.rows += resumed.spread.rows_in
            self.filters.count(resumed.spread.behind)
            told.read(source.rows)
            parts = resumed.spread.parts
            spill.take_over(name for part in parts[resumed.joined :] for name in part.files)

        def join(part: Work, done: Done) -> None:
            result.write_files([part.folder / name for name in done.files], done.rows)
            sort.after.rows += done.rows

        works = [files.work(number, part) for number, part in enumerate(parts)]
        joining = Joining(spill, journal, join, (sort.after,), told.worked)
        with budget.executors(budget.threads) as executor:
            joining.run(works, resumed, executor, budget.threads)

    def _all(self, make: Callable[[Rows], Any], source: Count, budget: Budget, told: Told) -> Iterator[Any]:
        """What is made of each piece, in order."""
        for taken in in_order(lambda number: self._take(number, make), range(self.reader.pieces), budget.threads):
            source.rows += taken.read
            self.filters.count(taken.behind)
            told.read(source.rows)
            yield taken.made
