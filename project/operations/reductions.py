"""What an aggregate makes of a table, and a measure's function of a column, as Polars expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from project.operations.base import ORDER, WEIGHT
from project.operations.columns import Column, Columns, Kind
from project.operations.expressions import named, number
from project.operations.measures import Measure
from project.operations.names import find
from project.operations.reading import reads_numbers


def aggregated(
    frame: pl.LazyFrame, columns: Columns, group_by: Sequence[str], measures: Sequence[Measure]
) -> pl.LazyFrame:
    """One row a group with its measures and WEIGHT; without columns to group by, one row for the whole table."""
    columns = within_groups(columns, group_by)
    if any(measure.needs_order for measure in measures):
        frame = frame.with_row_index(ORDER)
    measured = [_measured(measure, columns).alias(measure.result) for measure in measures]
    return grouped(frame, group_by, [*measured, pl.len().cast(pl.Int64).alias(WEIGHT)])


def grouped(frame: pl.LazyFrame, group_by: Sequence[str], expressions: list[pl.Expr]) -> pl.LazyFrame:
    """The aggregating expressions over each group, or over the whole table where there is nothing to group by."""
    if not group_by:
        return frame.select(expressions)
    return frame.group_by([named(name) for name in group_by]).agg(expressions)


def within_groups(columns: Columns, group_by: Sequence[str]) -> Columns:
    """What is known of the values in every group: the whole table as one may have no rows, and so no values."""
    if group_by:
        return columns
    return tuple(
        replace(column, numbers=replace(column.numbers, complete=False)) if column.numbers else column
        for column in columns
    )


def reduced(measure: Measure, column: Column) -> pl.Expr:
    """The aggregating expression for `measure` over `column`; rows carry ORDER where the measure needs it."""
    text = named(column.name)
    match measure.function:
        case "count":
            return text.count().cast(pl.Int64)
        case "count_distinct":
            return text.drop_nulls().n_unique().cast(pl.Int64)
        case "sum":
            return _sum(column)
        case "mean":
            return mean_of(summed(column), number(column).count(), column)
        case "min":
            return _compared(measure, column).min()
        case "max":
            return _compared(measure, column).max()
        case "first":
            return text.min_by(ORDER)
        case "last":
            return text.max_by(ORDER)


def _measured(measure: Measure, columns: Columns) -> pl.Expr:
    if measure.column is None:
        return pl.len().cast(pl.Int64)
    return reduced(measure, find(columns, measure.column))


def _compared(measure: Measure, column: Column) -> pl.Expr:
    return number(column) if reads_numbers(column, measure.compare) else named(column.name)


def summed(column: Column) -> pl.Expr:
    """Wide enough: a file's small integers are, a computed integer may be a sum in 64 bits already."""
    is_computed = column.kind is Kind.INTEGER and column.numbers is None
    return (number(column).cast(pl.Int128) if is_computed else number(column)).sum()


def _sum(column: Column) -> pl.Expr:
    """The exact sum; missing, not 0, where every value is missing."""
    if column.numbers is not None and column.numbers.complete:
        return summed(column)
    return pl.when(number(column).count() > 0).then(summed(column))


def mean_of(total: pl.Expr, count: pl.Expr, column: Column) -> pl.Expr:
    """The mean from the sum and the count of the present values of `column`; missing where there are none.

    The exact sum in units of the column's scale over the units of the count: 0.1, 0.2 and 0.3 have the mean 0.2.

    Rounded once while the sum has less than 53 bits, else once more when it becomes a float.
    """
    if column.number_kind is Kind.DECIMAL:
        total = total.to_physical()
    ratio = total.cast(pl.Float64) / (count.cast(pl.Float64) * 10.0**column.scale)
    return pl.when(count > 0).then(ratio)
