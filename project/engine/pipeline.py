"""The pipeline: lines the steps of a recipe up into stages and leads the rows through them to the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from project import faults
from project.engine.chain import Chain, Count, Link, step_counts
from project.engine.ledger import StepCounts
from project.engine.partition import SpillFolder
from project.engine.progress import Journal, Progress
from project.engine.result import ResultFile, as_csv
from project.engine.stage import Budget, Stage, Told
from project.engine.table import Names, Table, exactly, table_of_files
from project.engine.threads import in_order
from project.operations.aggregate import Aggregate
from project.operations.base import WEIGHT
from project.operations.columns import Columns
from project.operations.expressions import named
from project.operations.recipe import Recipe
from project.operations.sort import Order, Sort

if TYPE_CHECKING:
    from project.engine.carried import Carried
    from project.engine.coded import CodedAggregate


@dataclass(frozen=True)
class Written:
    """What the pipeline did: the rows that came in, the counts of its steps, and the columns of the result."""

    rows_in: int
    steps: tuple[StepCounts, ...]
    columns: Names


Coder = Callable[[Sequence[Link]], "CodedAggregate | pl.DataFrame | None"]


def run(
    recipe: Recipe,
    table: Table,
    result: ResultFile,
    budget: Budget,
    told: Told,
    journal: Journal | None = None,
    coder: Coder = lambda links: None,
    carrier: Callable[[Sequence[Link]], Carried | None] = lambda links: None,
) -> Written:
    """Carry out the recipe over the table's rows and write the result.

    `journal`: for a recipe of steps that work on any rows by themselves, whose finished pieces need not be done again.
    `carrier`: gives the whole work as one on records as bytes, if it can be done so.
    `coder`: gives the aggregate that the recipe begins with by codes, if it can be done so, or what comes of it.
    """
    known = recipe.trace(table.columns)
    source = Count()
    links = [Link(step, columns, Count()) for step, columns in zip(recipe.steps, known[:-1], strict=True)]
    names = tuple(column.name for column in known[-1])
    if not result.size:
        result.start(names)

    def write(frame: pl.DataFrame) -> None:
        result.write(as_csv(frame.select(exactly(names))), frame.height)

    if (carried := carrier(links)) is not None:
        carried.write(source, result, budget, told, journal)
        return _written(source, links, names)
    rest = links
    counted = source
    coded = coder(links)
    if isinstance(coded, pl.DataFrame):
        told.note(f"{links[0].step.title}: added up while the file was checked: {coded.height:,} groups.")
        source.rows += int(coded[WEIGHT].sum())
        told.read(source.rows)
        frame, rest = links[0].after.take(coded), links[1:]
        if not rest:
            write(frame)
        else:
            files = _Files(budget.spill)
            files.take(frame)
            table, counted = files.table(rest[0].columns), Count()
            told = replace(told, read=lambda rows: None)
        coded = None
    while any(link.step.needs_all_rows for link in rest):
        if coded is not None:
            stage, rest = _coded_stage(coded, counted, rest, budget, told)
            coded = None
        else:
            stage, rest = _next_stage(table, counted, rest, budget, told)
        if not rest:
            stage.bound(write).run()
        else:
            files = _Files(budget.spill)
            stage.bound(files.take).run()
            table = files.table(rest[0].columns)
            told = replace(told, read=lambda rows: None)
        counted = Count()
    if rest or not links:
        _write_rows(table, counted, Chain(tuple(rest)), result, budget, told, journal if rest == links else None)
    return _written(source, links, names)


def _written(source: Count, links: Sequence[Link], names: Names) -> Written:
    counts = [source, *(link.after for link in links)]
    steps = tuple(step_counts(link.step, before, link.after) for link, before in zip(links, counts[:-1], strict=True))
    return Written(source.rows, steps, names)


def _next_stage(
    table: Table, counted: Count, links: Sequence[Link], budget: Budget, told: Told
) -> tuple[Stage, list[Link]]:
    """The stage up to the first step that needs all rows, with what can follow part by part; and the steps behind."""
    at = next(number for number, link in enumerate(links) if link.step.needs_all_rows)
    link = links[at]
    end = at + 1
    orders = _orders(link)
    is_sorted = isinstance(link.step, Sort)
    while end < len(links):
        follower = links[end]
        if follower.step.needs_all_rows:
            by = () if is_sorted else _orders_of_groups(link, follower)
            if not by:
                break
            orders, is_sorted = by, True
        end += 1
    first = Chain(tuple(links[:at]))
    kept = _read_by(link) or table.names[:1]
    loaded = table.names if isinstance(link.step, Sort) else _together(table, first, kept)
    stage = Stage(
        table=table,
        source=counted,
        first=first,
        link=link,
        then=tuple(links[at + 1 : end]),
        orders=orders,
        loaded=loaded,
        kept=kept,
        budget=budget,
        told=told,
    )
    return stage, list(links[end:])


def _coded_stage(
    coded: CodedAggregate, counted: Count, links: Sequence[Link], budget: Budget, told: Told
) -> tuple[Stage, list[Link]]:
    """The stage of the coded aggregate, with what can follow part by part; and the steps behind."""
    told.note(coded.note)
    end = coded.steps
    while end < len(links) and not links[end].step.needs_all_rows:
        end += 1
    stage = Stage(
        table=coded.table,
        source=counted,
        first=Chain(),
        link=coded.link,
        then=(coded.decode, *links[coded.steps : end]),
        orders=(coded.order,),
        loaded=coded.table.names,
        kept=coded.table.names,
        budget=budget,
        told=told,
    )
    return stage, list(links[end:])


def _orders(link: Link) -> tuple[Order, ...]:
    """By what the rows before a step may be spread, where nothing behind it asks for an order."""
    if isinstance(link.step, Sort):
        return tuple(link.step.orders(link.columns))
    assert isinstance(link.step, Aggregate)
    return tuple(Order(name, named(name)) for name in link.step.group_by)


def _orders_of_groups(aggregate: Link, follower: Link) -> tuple[Order, ...]:
    """By what the rows before an aggregate may be spread so that the sort behind it can be done within each part.

    These are the sort's leading columns that are columns of the group: empty if a measure leads.
    """
    assert isinstance(aggregate.step, Aggregate)
    if not isinstance(follower.step, Sort):
        return ()
    leading: list[Order] = []
    for order in follower.step.orders(follower.columns):
        if order.column not in aggregate.step.group_by:
            break
        leading.append(order)
    return tuple(leading)


def _read_by(link: Link) -> Names:
    """The columns that a step reads; a sort passes all of them on."""
    if isinstance(link.step, Sort):
        return tuple(column.name for column in link.columns)
    return tuple(link.step.uses())


def _together(table: Table, first: Chain, kept: Names) -> Names:
    """The columns that the first steps read or that are kept, in the table's order."""
    wanted = {*kept, *(name for link in first.links for name in link.step.uses())}
    return tuple(name for name in table.names if name in wanted)


def _write_rows(
    table: Table,
    counted: Count,
    chain: Chain,
    result: ResultFile,
    budget: Budget,
    told: Told,
    journal: Journal | None,
) -> None:
    """Carry out steps that work on any rows, piece by piece, into the result."""
    done = journal.begin() if journal is not None else None
    if done is not None:
        counted.rows = done.rows_in
        chain.count(done.rows_behind)

    def work(number: int) -> tuple[int, list[int], int, bytes]:
        frame = table.load(number, table.names)
        rows = frame.height
        frame, behind = chain.apply(frame)
        return rows, behind, frame.height, as_csv(frame)

    pieces = range(done.pieces if done is not None else 0, table.pieces)
    for piece, (rows, behind, written, csv) in zip(pieces, in_order(work, pieces, budget.threads), strict=True):
        counted.rows += rows
        chain.count(behind)
        result.write(csv, written)
        told.read(counted.rows)
        faults.point(f"engine-piece-{piece + 1}")
        if journal is not None:
            journal.keep(Progress(piece + 1, counted.rows, tuple(link.after.rows for link in chain.links)))


class _Files:
    """Takes the rows of a stage for the next one."""

    def __init__(self, spill: SpillFolder) -> None:
        self._spill = spill
        self._files: list[Path] = []
        self._rows = 0

    def take(self, frame: pl.DataFrame) -> None:
        """Write rows as one piece."""
        self._files.append(self._spill.write(frame))
        self._rows += frame.height

    def table(self, columns: Columns) -> Table:
        """The rows that were taken."""
        return table_of_files(self._files, self._rows, columns)
