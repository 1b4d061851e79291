"""The rows of a view as a lazy table over the columnar copy, each with its number in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from project.engine.viewing.view import ViewPlan
from project.operations.columns import Columns
from project.operations.expressions import named
from project.operations.matching import meets
from project.operations.names import find
from project.operations.sort import Order, Sort

# The number of a row in the file, from 0 on. No column of a file has a name that begins so.
ROW = "\0row"
_KEY = "\0key"


def scan(path: Path) -> pl.LazyFrame:
    """A Parquet file by its very name."""
    return pl.scan_parquet(path, glob=False)


def numbered(plan: ViewPlan) -> pl.LazyFrame:
    """All rows of the file, with ROW."""
    return scan(plan.data).with_row_index(ROW).select(ROW, *(name for name in _names(plan)))


def kept(frame: pl.LazyFrame, plan: ViewPlan) -> pl.LazyFrame:
    """Those that meet the conditions."""
    conditions = [meets(condition, find(_columns(plan), condition.column)) for condition in plan.view.where]
    return frame.filter(*conditions) if conditions else frame


def orders(plan: ViewPlan) -> list[Order]:
    """All that the rows are ordered by, before their number."""
    return Sort(operation="sort", by=plan.view.by).orders(_columns(plan)) if plan.view.by else []


def keys(plan: ViewPlan) -> list[pl.Expr]:
    """What the rows are ordered by, as columns of names of their own."""
    return [order.value.alias(key_name(number)) for number, order in enumerate(orders(plan))]


def key_name(number: int) -> str:
    """The name of a key's column."""
    return f"{_KEY}{number}"


def in_order(frame: pl.LazyFrame, plan: ViewPlan) -> pl.LazyFrame:
    """The rows in the view's order, which is total: what is equal goes by number."""
    found = orders(plan)
    return frame.sort(
        [*(order.value for order in found), pl.col(ROW)],
        descending=[*(order.descending for order in found), False],
        nulls_last=True,
    )


def _columns(plan: ViewPlan) -> Columns:
    """Where values are missing, Polars casts empty texts in their places when it filters while it reads Parquet."""
    return tuple(
        (
            replace(each, numbers=replace(each.numbers, irregular=True))
            if each.numbers and not each.numbers.complete
            else each
        )
        for each in plan.columns
    )


def _names(plan: ViewPlan) -> list[pl.Expr]:
    return [named(column.name) for column in plan.columns]
