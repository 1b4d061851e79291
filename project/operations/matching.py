"""What meets a filter's condition: the test as a Polars expression, exact for texts and numbers alike."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import cast

import polars as pl

from project.operations.columns import Column, Kind
from project.operations.conditions import Comparison, Condition
from project.operations.expressions import DIGITS, named, number

_LIMIT = 10**DIGITS - 1


def meets(condition: Condition, column: Column) -> pl.Expr:
    """True for the values of `column` that meet the condition; false or null for the others."""
    if condition.is_negated:
        return ~_passes(condition, column).fill_null(False)
    return _passes(condition, column)


def _passes(condition: Condition, column: Column) -> pl.Expr:
    """The same without regard to “not”."""
    text = named(column.name)
    match condition.test:
        case "missing":
            return text.is_null()
        case "not_missing":
            return text.is_not_null()
        case "contains":
            return text.str.contains(condition.texts[0], literal=True)
        case "starts_with":
            return text.str.starts_with(condition.texts[0])
        case "ends_with":
            return text.str.ends_with(condition.texts[0])
        case "between":
            return _is_between(condition, column)
        case "one_of":
            return _is_one_of(column, condition.numbers) if condition.numbers else text.is_in(condition.texts)
        case test if condition.numbers:
            return _compare_number(column, test, condition.numbers[0])
        case test:
            return _compare(text, test, pl.lit(condition.texts[0]))


def _compare(left: pl.Expr, test: Comparison, right: pl.Expr) -> pl.Expr:
    """A missing value differs from every value and is neither below nor above one."""
    match test:
        case "eq":
            return left == right
        case "ne":
            return left.ne_missing(right)
        case "lt":
            return left < right
        case "le":
            return left <= right
        case "gt":
            return left > right
        case "ge":
            return left >= right


def _compare_number(column: Column, test: Comparison, value: int | float) -> pl.Expr:
    """`column` against `value`, exactly: 0.1 is a tenth, and 3 > 2.5 holds in a column of integers."""
    if column.number_kind is Kind.FLOAT:
        return _compare(number(column), test, pl.lit(_as_float(value)))
    units, is_exact = _units(value, column.scale)
    if not is_exact:
        # `units` lies just below the value, and no number of the column lies between the two.
        if test in ("eq", "ne"):
            return pl.lit(test == "ne")
        test = cast(Comparison, {"ge": "gt", "lt": "le"}.get(test, test))
    return _compare(number(column), test, pl.lit(_value(column, units), dtype=_type(column, [units])))


def _is_between(condition: Condition, column: Column) -> pl.Expr:
    """Both ends are within."""
    if low_and_high := condition.numbers:
        return _compare_number(column, "ge", low_and_high[0]) & _compare_number(column, "le", low_and_high[1])
    low, high = condition.texts
    return named(column.name).is_between(pl.lit(low), pl.lit(high), closed="both")


def _is_one_of(column: Column, values: tuple[int | float, ...]) -> pl.Expr:
    """Whether the number in `column` is one of `values`, exactly."""
    if column.number_kind is Kind.FLOAT:
        return number(column).is_in([_as_float(value) for value in values])
    units = [units for units, is_exact in (_units(value, column.scale) for value in values) if is_exact]
    found = pl.Series([_value(column, unit) for unit in units], dtype=_type(column, units))
    return number(column).is_in(pl.lit(found).implode())


def _as_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _units(value: int | float, scale: int) -> tuple[int, bool]:
    """`value` in units of 10**-scale, rounded down, and whether it is exactly that. Beyond DIGITS: the limit, False."""
    exact = Fraction(Decimal(repr(value)) if isinstance(value, float) else value) * 10**scale
    units = exact.__floor__()
    limited = max(-_LIMIT, min(_LIMIT, units))
    return limited, exact == limited


def _type(column: Column, units: list[int]) -> type[pl.DataType] | pl.Decimal:
    """The narrowest type that holds numbers of the column's kind, given in units of its scale."""
    if column.number_kind is not Kind.INTEGER:
        return pl.Decimal(DIGITS, column.scale)
    return pl.Int64 if all(-(2**63) <= unit < 2**63 for unit in units) else pl.Int128


def _value(column: Column, units: int) -> int | Decimal:
    """Made from digits: arithmetic on Decimal would round to the context's 28 digits."""
    if column.number_kind is Kind.INTEGER:
        return units
    return Decimal((int(units < 0), tuple(int(digit) for digit in str(abs(units))), -column.scale))
