"""Partial aggregates: an aggregate over pieces of a table, each merged on its own, the results merged again.

Sums, counts, least and greatest values of pieces add up to those of the whole, exactly; a count of distinct values does
not. Pieces are merged in the table's order, so that "first" and "last" hold as well.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from project.operations.aggregate import Aggregate
from project.operations.base import WEIGHT
from project.operations.columns import Columns
from project.operations.expressions import named, number
from project.operations.measures import Measure
from project.operations.names import find
from project.operations.reductions import grouped, mean_of, reduced, summed, within_groups


def is_decomposable(step: Aggregate) -> bool:
    """Whether the aggregate of a table can be made from those of its pieces."""
    return all(measure.function != "count_distinct" for measure in step.measures)


def of_piece(step: Aggregate, frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
    """The group's columns and the parts of each measure, for one piece of the table."""
    columns = within_groups(columns, step.group_by)
    parts: list[pl.Expr] = [pl.len().cast(pl.Int64).alias(WEIGHT)]
    for position, measure in enumerate(step.measures):
        parts += _parts(position, measure, columns)
    return grouped(frame, step.group_by, parts)


def merge(step: Aggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    """What `of_piece` or `merge` gave for several pieces, one behind the other in their order, as of one piece."""
    parts: list[pl.Expr] = [pl.col(WEIGHT).sum()]
    for position, measure in enumerate(step.measures):
        parts += _merged(position, measure)
    return grouped(frame, step.group_by, parts)


def finish(step: Aggregate, frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
    """The measures made of their parts, and WEIGHT: what `Aggregate.apply` would have given for the whole table."""
    measures = [
        _finished(position, measure, columns).alias(measure.result) for position, measure in enumerate(step.measures)
    ]
    return frame.select([*(named(name) for name in step.group_by), *measures, pl.col(WEIGHT)])


def of_sums(
    step: Aggregate, groups: pl.DataFrame, rows: pl.Series, sums: Callable[[str, str], pl.Series]
) -> pl.DataFrame:
    """As `of_piece`, of groups that were added up already: `groups` has their columns, `rows` how many rows each has.

    `sums`: of a column of integers, by name, the "count" of present values, the "sum", the "min" or the "max" of each
    group, the latter three missing where there is no value.
    """
    parts = [rows.alias(WEIGHT)]
    for position, measure in enumerate(step.measures):
        if measure.column is None:
            parts.append(rows.alias(_part(position)))
        elif measure.function == "mean":
            parts.append(sums(measure.column, "sum").alias(_part(position)))
            parts.append(sums(measure.column, "count").alias(_part(position, " count")))
        else:
            parts.append(sums(measure.column, measure.function).alias(_part(position)))
    return groups.with_columns(parts)


def _part(position: int, which: str = "") -> str:
    return f"\0part {position}{which}"


def _parts(position: int, measure: Measure, columns: Columns) -> list[pl.Expr]:
    if measure.column is None:
        return [pl.len().cast(pl.Int64).alias(_part(position))]
    column = find(columns, measure.column)
    match measure.function:
        case "mean":
            count = number(column).count().cast(pl.Int64)
            return [summed(column).alias(_part(position)), count.alias(_part(position, " count"))]
        case "first":
            return [named(column.name).first().alias(_part(position))]
        case "last":
            return [named(column.name).last().alias(_part(position))]
        case _:
            return [reduced(measure, column).alias(_part(position))]


def _merged(position: int, measure: Measure) -> list[pl.Expr]:
    part = pl.col(_part(position))
    match measure.function:
        case "count":
            return [part.sum()]
        case "sum":
            return [pl.when(part.count() > 0).then(part.sum()).alias(_part(position))]
        case "mean":
            return [part.sum(), pl.col(_part(position, " count")).sum()]
        case "min":
            return [part.min()]
        case "max":
            return [part.max()]
        case "first":
            return [part.first()]
        case _:
            return [part.last()]


def _finished(position: int, measure: Measure, columns: Columns) -> pl.Expr:
    part = pl.col(_part(position))
    if measure.function != "mean" or measure.column is None:
        return part
    return mean_of(part, pl.col(_part(position, " count")), find(columns, measure.column))
