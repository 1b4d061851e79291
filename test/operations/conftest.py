"""Runs recipes on small tables of texts as the engine does, with what its structural check would have found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest

from project.operations.base import ORDER, WEIGHT
from project.operations.columns import Column, Columns, NumberForm, Numbers, Use
from project.operations.recipe import Recipe

Rows = Sequence[tuple[str | None, ...]]
Run = Callable[..., list[tuple[Any, ...]]]

NUMBER = re.compile(r" *[+-]?(\d*)(?:\.(\d*))?([eE][+-]?\d+)? *")


def numbers_of(values: Sequence[str | None]) -> Numbers | None:
    """The narrowest form of the present values; None if one of them is no number."""
    matches = [NUMBER.fullmatch(value) for value in values if value]
    if not all(match and (match[1] or match[2]) for match in matches):
        return None
    scale = max((len(match[2] or "") for match in matches if match), default=0)
    is_irregular = any(value is not None and not re.fullmatch(r"[+-]?\d+(\.\d+)?([eE].*)?", value) for value in values)
    if any(match and match[3] for match in matches):
        return Numbers(NumberForm.FLOAT, irregular=is_irregular)
    if scale:
        return Numbers(NumberForm.DECIMAL, scale, is_irregular)
    is_small = all(-(2**31) <= int(value.strip().rstrip(".")) < 2**31 for value in values if value)
    return Numbers(NumberForm.SMALL if is_small else NumberForm.INTEGER, irregular=is_irregular)


def columns_of(names: Sequence[str], rows: Rows, uses: dict[str, Use]) -> Columns:
    """The file's columns as they enter the first step."""
    known = (
        numbers_of([row[index] for row in rows]) if uses.get(name, Use.TEXT) is not Use.TEXT else None
        for index, name in enumerate(names)
    )
    return tuple(Column(name, numbers=numbers) for name, numbers in zip(names, known, strict=True))


def run_steps(names: Sequence[str], rows: Rows, *steps: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The result's rows. Holds that merged rows weigh what they stand for, and that no hidden column stays."""
    recipe = Recipe.parse({"steps": list(steps)})
    columns = columns_of(names, rows, recipe.source_uses(tuple(names)))
    frame = pl.LazyFrame(dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}, _schema(names))
    for step, before, after in zip(recipe.steps, recipe.trace(columns), recipe.trace(columns)[1:], strict=False):
        rows_in = frame.select(pl.len()).collect().item()
        frame = step.apply(frame, before)
        if step.slot == "merged":
            assert frame.select(pl.col(WEIGHT).sum()).collect().item() == rows_in
            frame = frame.drop(WEIGHT)
        assert frame.collect_schema().names() == [column.name for column in after]
        assert ORDER not in frame.collect_schema()
    return frame.collect(engine="streaming").rows()


def _schema(names: Sequence[str]) -> dict[str, type[pl.DataType]]:
    return dict.fromkeys(names, pl.String)


@pytest.fixture(scope="session")
def run() -> Run:
    """`run(names, rows, *steps)`: the rows that leave the steps."""
    return run_steps
