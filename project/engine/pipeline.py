"""The pipeline: leads the rows of a table through the stages of a recipe to the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from project import faults
from project.engine.applied import Applied
from project.engine.brought import traced
from project.engine.chain import Chain, Count, Link, row_limit, step_counts
from project.engine.ledger import StepCounts
from project.engine.progress import Journal, Progress
from project.engine.result import ResultFile, as_csv
from project.engine.stages import coded_stage, next_stage
from project.engine.table import Names, Table
from project.engine.targets import Target, ToNextStage, ToResult
from project.engine.threads import in_order
from project.engine.ways import Budget, Told
from project.operations.base import WEIGHT
from project.operations.recipe import Recipe

if TYPE_CHECKING:
    from project.engine.apart import Apart
    from project.engine.carried import Carried
    from project.engine.coded import CodedAggregate
    from project.engine.lookup import Lookup


@dataclass(frozen=True)
class Written:
    """What the pipeline did: the rows that came in, the counts of its steps, and the columns of the result."""

    rows_in: int
    steps: tuple[StepCounts, ...]
    columns: Names


def run(
    recipe: Recipe,
    table: Table,
    result: ResultFile,
    budget: Budget,
    told: Told,
    journal: Journal | None = None,
    coder: Callable[[Sequence[Link]], CodedAggregate | pl.DataFrame | None] = lambda links: None,
    carrier: Callable[[Sequence[Link]], Carried | None] = lambda links: None,
    others: Mapping[int, Lookup | Apart] = MappingProxyType({}),
) -> Written:
    """Carry out the recipe over the table's rows and write the result.

    `journal`: for a recipe of steps that work on any rows by themselves, whose finished pieces need not be done again.
    `carrier`: gives the whole work as one on records as bytes, if it can be done so.
    `coder`: gives the aggregate that the recipe begins with by codes, if it can be done so, or what comes of it.
    `others`: what the steps of these numbers match rows with.
    """
    known = traced(recipe, table.columns, {number: other.matching.numbers for number, other in others.items()})
    source = Count()
    links = [
        Link(step, columns, Count(limit=row_limit(step)), others.get(number))
        for number, (step, columns) in enumerate(zip(recipe.steps, known[:-1], strict=True))
    ]
    names = tuple(column.name for column in known[-1])
    if not result.size:
        result.start(names)
    if (carried := carrier(links)) is not None and carried.fits(budget.spill):
        carried.write(source, result, budget, told, journal)
        return _written(source, links, names)
    last = ToResult(result, names)
    rest: Sequence[Link] = links
    counted = source
    coded = coder(links)
    if isinstance(coded, pl.DataFrame):
        table, rest = _take_sums(coded, source, links, last, budget, told)
        counted, coded = Count(), None
        told, budget = replace(told, read=_unheard), replace(budget, journal=None)
    while any(link.needs_all_rows for link in rest):
        if coded is not None:
            stage, rest = coded_stage(coded, counted, rest, last, budget, told)
            coded = None
        else:
            stage, rest = next_stage(table, counted, rest, last, budget, told)
        stage.run()
        if isinstance(stage.target, ToNextStage):
            table = stage.target.table(rest[0].columns)
            told = replace(told, read=_unheard)
        counted = Count()
        # Only what is made of the file itself is kept for another attempt.
        budget = replace(budget, journal=None)
    if rest or not links:
        _write_rows(table, counted, Chain(tuple(rest)), result, budget, told, journal if rest == links else None)
    return _written(source, links, names)


def _written(source: Count, links: Sequence[Link], names: Names) -> Written:
    counts = [source, *(link.after for link in links)]
    steps = tuple(step_counts(link.step, before, link.after) for link, before in zip(links, counts[:-1], strict=True))
    return Written(source.rows, steps, names)


def _take_sums(
    groups: pl.DataFrame, source: Count, links: Sequence[Link], last: Target, budget: Budget, told: Told
) -> tuple[Table, Sequence[Link]]:
    """Take what the first aggregate has come to: the table for the steps behind it, and these steps."""
    told.note(f"{links[0].step.title}: added up while the file was checked: {groups.height:,} groups.")
    source.rows += int(groups[WEIGHT].sum())
    told.read(source.rows)
    frame, rest = links[0].after.take(Applied(groups)), links[1:]
    following = ToNextStage(budget.spill)
    if rest:
        following.take(frame)
    else:
        last.take(frame)
    return following.table(rest[0].columns if rest else ()), rest


def _unheard(rows: int) -> None:
    """Only the rows that are read from the file are told of."""


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
            journal.keep(Progress(piece + 1, counted.rows, chain.numbers))
