"""Aggregates merged from those of pieces, in the memory that their groups take, and not their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from project.engine.chain import Chain, Count, Link
from project.engine.partition import held_bytes
from project.engine.table import exactly
from project.engine.targets import ToCount
from project.engine.threads import in_order
from project.engine.ways import Told
from project.operations import partial
from project.operations.aggregate import Aggregate
from project.operations.base import WEIGHT
from project.operations.expressions import named
from project.operations.sort import Order

if TYPE_CHECKING:
    from project.engine.stage import Stage

_MERGED_AT_ONCE = 500_000


def merged_pieces(stage: Stage) -> pl.DataFrame | None:
    """The stage's aggregate, piece by piece; None if the results outgrow the budget and rows can be spread instead."""
    step, columns = stage.link.step, stage.link.columns
    assert isinstance(step, Aggregate)

    def aggregate(frame: pl.LazyFrame) -> pl.DataFrame:
        return partial.of_piece(step, frame, columns).collect(engine="streaming")

    frames: list[pl.DataFrame] = []
    pending = merged = 0
    for frame in _partials(stage, aggregate):
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
            if stage.orders and not stage.budget.way and held_bytes(frames[0]) > stage.budget.part_bytes:
                stage.told.note("There are too many groups to merge them in memory: they are worked in parts.")
                return None
    whole = partial.merge(step, pl.concat(frames).lazy())
    return partial.finish(step, whole, columns).collect(engine="in-memory")


def counted_apart(stage: Stage) -> pl.DataFrame:
    """The one row of an aggregate over all rows: different values are groups, and grouped as such."""
    step = stage.link.step
    assert isinstance(step, Aggregate)
    counted = [measure for measure in step.measures if measure.function == "count_distinct"]
    others = tuple(measure for measure in step.measures if measure not in counted)
    merged = merged_pieces(replace(stage, link=replace(stage.link, step=step.model_copy(update={"measures": others}))))
    assert merged is not None
    found = {name: _different(stage, name) for name in {measure.column for measure in counted} if name is not None}
    values = [pl.lit(found[measure.column or ""], dtype=pl.Int64).alias(measure.result) for measure in counted]
    return merged.with_columns(values).select(exactly((*(measure.result for measure in step.measures), WEIGHT)))


def _different(stage: Stage, name: str) -> int:
    """How many different present values a column has."""
    found = 0

    def count(frame: pl.DataFrame) -> None:
        nonlocal found
        found += frame[name].count()

    groups = Aggregate(operation="aggregate", group_by=(name,))
    replace(
        stage,
        source=Count(),
        first=Chain(tuple(link.uncounted() for link in stage.first.links)),
        link=Link(groups, stage.link.columns, Count()),
        then=(),
        orders=(Order(name, named(name)),),
        kept=(name,),
        budget=replace(stage.budget, journal=None),
        told=Told(note=stage.told.note),
        target=ToCount(count),
    ).run()
    return found


def _partials(stage: Stage, aggregate: Callable[[pl.LazyFrame], pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """`aggregate` of each piece in order; without steps before it, rows are merged as they are read."""
    if stage.first.links:
        yield from stage.pieces(lambda frame: aggregate(frame.lazy()))
        return

    def work(number: int) -> pl.DataFrame:
        return aggregate(stage.table.scan(number, stage.kept))

    read = 0
    for frame in in_order(work, range(stage.table.pieces), stage.budget.threads):
        read += int(frame[WEIGHT].sum())
        stage.told.read(read)
        yield frame
    stage.account(read)
