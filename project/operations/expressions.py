"""Polars expressions that the operations share: exact names and exact numbers."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

from project.operations.columns import Column, Kind, NumberForm

DIGITS = 38
"""What a decimal or a 128-bit integer holds: ten billion rows of 28-digit numbers add up to less."""


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


def _regular(column: Column) -> pl.Expr:
    """The text in the form that casts take: with a point, no spaces, no empty text, no point at an integer's end."""
    text = named(column.name)
    if column.numbers is not None and column.numbers.point != ".":
        text = text.str.replace(column.numbers.point, ".", literal=True)
    if column.numbers is None or not column.numbers.irregular:
        return text
    text = text.str.strip_chars()
    if column.numbers.form in (NumberForm.SMALL, NumberForm.INTEGER):
        text = text.str.strip_suffix(".")
    return pl.when(text != "").then(text)
