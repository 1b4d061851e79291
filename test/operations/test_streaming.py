"""On more rows than one morsel holds, over several threads and into a file, the result is still exact and ordered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from project.operations.base import WEIGHT
from project.operations.columns import Column, NumberForm, Numbers
from project.operations.recipe import Recipe

ROWS = 1_500_000
GROUPS = 40_000
COLUMNS = (Column("g"), Column("v", numbers=Numbers(NumberForm.SMALL)), Column("r"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose groups are spread over all of it; every eleventh `r` is missing."""
    path = tmp_path_factory.mktemp("streaming") / "input.csv"
    random = np.random.default_rng(7)
    row = np.arange(ROWS)
    frame = pd.DataFrame({"g": random.integers(0, GROUPS, ROWS), "v": random.integers(-1000, 1000, ROWS), "r": row})
    frame["r"] = frame["r"].astype(object).where(row % 11 != 0, None)
    frame.to_csv(path, index=False)
    return path


def counted(frame: pl.LazyFrame) -> pl.LazyFrame:
    """As the engine looks at the rows between two steps."""
    return frame.map_batches(lambda rows: rows, streamable=True)


def result(source: Path, *steps: dict[str, object]) -> pd.DataFrame:
    """The steps over the file, streamed into another."""
    recipe = Recipe.parse({"steps": list(steps)})
    frame = counted(pl.scan_csv(source, infer_schema=False))
    for step, columns in zip(recipe.steps, recipe.trace(COLUMNS), strict=False):
        frame = counted(step.apply(frame, columns))
        if step.slot == "merged":
            frame = frame.drop(WEIGHT)
    target = source.with_name("output.csv")
    frame.sink_csv(target, engine="streaming")
    return pd.read_csv(target, dtype=str, keep_default_na=False)


def read(source: Path) -> pd.DataFrame:
    return pd.read_csv(source, dtype=str, keep_default_na=False)


def test_first_and_last_are_of_the_files_order(source: Path) -> None:
    measures = [
        {"function": "first", "column": "r", "as": "first"},
        {"function": "last", "column": "r", "as": "last"},
        {"function": "sum", "column": "v", "as": "sum"},
        {"function": "count", "column": "r", "as": "present"},
        {"function": "count_distinct", "column": "v", "as": "distinct"},
    ]
    step = {"operation": "aggregate", "group_by": ["g"], "measures": measures}
    frame = read(source).assign(number=lambda frame: frame["v"].astype(int), has=lambda frame: frame["r"] != "")
    expected = frame.groupby("g", sort=True).agg(
        first=("r", lambda cells: cells.iloc[0]),
        last=("r", lambda cells: cells.iloc[-1]),
        sum=("number", "sum"),
        present=("has", "sum"),
        distinct=("v", "nunique"),
    )
    found = result(source, step, {"operation": "sort", "by": [{"column": "g", "compare": "text"}]})
    pd.testing.assert_frame_equal(found, expected.reset_index().astype(str), check_dtype=False)


def test_first_after_a_sort_is_of_its_order(source: Path) -> None:
    sort = {"operation": "sort", "by": [{"column": "v", "descending": True}]}
    first = [{"function": "first", "column": name, "as": name} for name in ("v", "r")]
    aggregate = {"operation": "aggregate", "group_by": ["g"], "measures": first}
    frame = read(source).assign(number=lambda frame: -frame["v"].astype(int))
    expected = frame.sort_values("number", kind="stable").drop_duplicates("g").sort_values("g")[["g", "v", "r"]]
    found = result(source, sort, aggregate, {"operation": "sort", "by": [{"column": "g", "compare": "text"}]})
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_dtype=False)


def test_sort_is_stable(source: Path) -> None:
    expected = read(source).assign(number=lambda frame: frame["v"].astype(int)).sort_values("number", kind="stable")
    found = result(source, {"operation": "sort", "by": ["v"]})
    pd.testing.assert_frame_equal(found, expected[["g", "v", "r"]].reset_index(drop=True), check_dtype=False)


def test_steps_stay_lazy_and_stream(source: Path) -> None:
    measures = [
        {"function": function, "column": "v", "as": function}
        for function in ("count", "count_distinct", "sum", "min", "max", "mean", "first", "last")
    ]
    recipe = Recipe.parse(
        {
            "steps": [
                {"operation": "filter", "where": [{"column": "v", "test": "one_of", "value": [1, 2]}]},
                {"operation": "aggregate", "group_by": ["g"], "measures": measures},
                {"operation": "sort", "by": ["g"]},
            ]
        }
    )
    frame = pl.scan_csv(source, infer_schema=False)
    for step, columns in zip(recipe.steps, recipe.trace(COLUMNS), strict=False):
        frame = step.apply(frame, columns)
        assert isinstance(frame, pl.LazyFrame)
    plan = frame.show_graph(engine="streaming", plan_stage="physical", raw_output=True)
    assert plan is not None and "group-by" in plan
    # Without the lines of the legend, which names what it looks for.
    assert "in-memory" not in plan.split("\n", 7)[-1]
