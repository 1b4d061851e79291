"""Filtering: the rows that meet a view's conditions, in the file's order, written part by part."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from project.engine import budget
from project.engine.threads import in_order as in_turn
from project.engine.viewing.files import ViewFiles
from project.engine.viewing.query import kept, numbered
from project.engine.viewing.sizes import Sizes
from project.engine.viewing.state import part_file
from project.engine.viewing.view import ViewPlan

Told = Callable[[float, tuple[int, ...]], None]


def write_parts(plan: ViewPlan, sizes: Sizes, files: ViewFiles, told: Told) -> tuple[int, ...]:
    """Write all parts; how many rows each has. `told` is told how far it is and of the parts so far, and may raise."""
    counts: list[int] = []
    waiting: list[pl.DataFrame] = []
    pieces = range(0, plan.rows, sizes.piece)

    def work(first: int) -> pl.DataFrame:
        return kept(numbered(plan).slice(first, sizes.piece), plan).collect()

    def write() -> None:
        frame = pl.concat(waiting)
        files.write(part_file(len(counts)), frame)
        counts.append(frame.height)
        waiting.clear()

    for number, frame in enumerate(in_turn(work, pieces, budget.threads())):
        for rows in frame.iter_slices(sizes.part):
            waiting.append(rows)
            if sum(each.height for each in waiting) >= sizes.part:
                write()
        told((number + 1) / len(pieces), tuple(counts))
    if waiting:
        write()
    return tuple(counts)
