"""Polars expressions that the operations share: exact names, exact numbers, exact comparisons."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal, cast

import polars as pl
import polars.selectors as cs

from project.operations.columns import Column, Kind, NumberForm

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge"]

DIGITS = 38
"""What a decimal or a 128-bit integer holds: ten billion rows of 28-digit numbers add up to less."""

_LIMIT = 10**DIGITS - 1


def named(name: str) -> pl.Expr:
    """The column of exactly that name: `pl.col` would read "*" and "^…$" as patterns."""
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        return cs.by_name(name).as_expr()
    return pl.col(name)


def number(column: Column) -> pl.Expr:
    """The column's values as Int64, Int128, Decimal or Float64. Strict: every present value is known to be a number."""
    if column.kind is not Kind.TEXT:
        return named(column.name)
    if column.numbers is None:
        raise ValueError(f"Column {column.name!r} was not checked for numbers.")
    text, form = _regular(column), column.numbers.form
    if form is NumberForm.SMALL:
        return text.cast(pl.Int32, strict=True).cast(pl.Int64)
    if form is NumberForm.INTEGER:
        return text.cast(pl.Int128, strict=True)
    if form is NumberForm.DECIMAL:
        return text.cast(pl.Decimal(DIGITS, column.numbers.scale), strict=True)
    return text.cast(pl.Float64, strict=True)


def number_kind(column: Column) -> Kind:
    """How `number(column)` is held. DECIMAL stands for a column whose numbers are not known yet."""
    if column.kind is not Kind.TEXT:
        return column.kind
    if column.numbers is None or column.numbers.form is NumberForm.DECIMAL:
        return Kind.DECIMAL
    return Kind.FLOAT if column.numbers.form is NumberForm.FLOAT else Kind.INTEGER


def scale_of(column: Column) -> int:
    """The digits after the point in `number(column)`; 0 for integers and floats."""
    return column.numbers.scale if column.numbers and number_kind(column) is Kind.DECIMAL else 0


def compare(left: pl.Expr, test: Comparison, right: pl.Expr) -> pl.Expr:
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


def compare_number(column: Column, test: Comparison, value: int | float) -> pl.Expr:
    """`column` against `value`, exactly: 0.1 is a tenth, and 3 > 2.5 holds in a column of integers."""
    if number_kind(column) is Kind.FLOAT:
        return compare(number(column), test, pl.lit(_as_float(value)))
    units, is_exact = _units(value, scale_of(column))
    if not is_exact:
        # `units` lies just below the value, and no number of the column lies between the two.
        if test in ("eq", "ne"):
            return pl.lit(test == "ne")
        test = cast(Comparison, {"ge": "gt", "lt": "le"}.get(test, test))
    return compare(number(column), test, pl.lit(_value(column, units), dtype=_type(column, [units])))


def is_one_of(column: Column, values: tuple[int | float, ...]) -> pl.Expr:
    """Whether the number in `column` is one of `values`, exactly."""
    if number_kind(column) is Kind.FLOAT:
        return number(column).is_in([_as_float(value) for value in values])
    units = [units for units, is_exact in (_units(value, scale_of(column)) for value in values) if is_exact]
    found = pl.Series([_value(column, unit) for unit in units], dtype=_type(column, units))
    return number(column).is_in(pl.lit(found).implode())


def _regular(column: Column) -> pl.Expr:
    """The text in the form that casts take: no spaces, no empty text, no point at the end of an integer."""
    text = named(column.name)
    if column.numbers is None or not column.numbers.irregular:
        return text
    text = text.str.strip_chars()
    if column.numbers.form in (NumberForm.SMALL, NumberForm.INTEGER):
        text = text.str.strip_suffix(".")
    return pl.when(text != "").then(text)


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
    if number_kind(column) is not Kind.INTEGER:
        return pl.Decimal(DIGITS, scale_of(column))
    return pl.Int64 if all(-(2**63) <= unit < 2**63 for unit in units) else pl.Int128


def _value(column: Column, units: int) -> int | Decimal:
    """Made from digits: arithmetic on Decimal would round to the context's 28 digits."""
    if number_kind(column) is Kind.INTEGER:
        return units
    return Decimal((int(units < 0), tuple(int(digit) for digit in str(abs(units))), -scale_of(column)))
