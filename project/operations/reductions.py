"""What a measure's function makes of one column: the expression, and what is known of its result."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from project.operations.base import ORDER
from project.operations.columns import Column, Kind, NumberForm, Numbers
from project.operations.expressions import named, number, number_kind, scale_of
from project.operations.measures import Measure
from project.operations.reading import reads_numbers


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


def reduced_column(measure: Measure, column: Column) -> Column:
    """What is known of the result. Raises InvalidInputError where computed numbers are to compare as text."""
    if measure.function in ("count", "count_distinct"):
        return Column(measure.result, Kind.INTEGER)
    if measure.function == "mean":
        return Column(measure.result, Kind.FLOAT)
    if measure.function == "sum" or (measure.function in ("min", "max") and reads_numbers(column, measure.compare)):
        return _number_column(measure.result, column)
    return replace(column, name=measure.result, key=False)


def _number_column(name: str, column: Column) -> Column:
    kind = number_kind(column)
    scale = Numbers(NumberForm.DECIMAL, scale_of(column)) if kind is Kind.DECIMAL else None
    return Column(name, kind, scale)


def _compared(measure: Measure, column: Column) -> pl.Expr:
    return number(column) if reads_numbers(column, measure.compare) else named(column.name)


def summed(column: Column) -> pl.Expr:
    """Wide enough: a text column's `number` is, a computed integer may be a sum in 64 bits already."""
    is_computed = column.kind is Kind.INTEGER
    return (number(column).cast(pl.Int128) if is_computed else number(column)).sum()


def _sum(column: Column) -> pl.Expr:
    """The exact sum; missing, not 0, where every value is missing."""
    return pl.when(number(column).count() > 0).then(summed(column))


def mean_of(total: pl.Expr, count: pl.Expr, column: Column) -> pl.Expr:
    """The mean from the sum and the count of the present values of `column`; missing where there are none.

    The exact sum in units of the column's scale over the units of the count: 0.1, 0.2 and 0.3 have the mean 0.2.

    Rounded once while the sum has less than 53 bits, else once more when it becomes a float.
    """
    if number_kind(column) is Kind.DECIMAL:
        total = total.to_physical()
    ratio = total.cast(pl.Float64) / (count.cast(pl.Float64) * 10.0 ** scale_of(column))
    return pl.when(count > 0).then(ratio)
