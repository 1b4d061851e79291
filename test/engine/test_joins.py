"""Rows are matched with those of another table: the same rows as a naive join gives, in every way, and accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from project.engine import budget, lookup
from project.engine.ledger import TableCounts

if TYPE_CHECKING:
    from conftest import Engine, Ran

Step = dict[str, Any]

PLAYS = "Song,Plays\nHalo,1\n,2\nUmbrella,3\nHalo,4\nunknown,5\n\"\",6\n"
SONGS = "Name,Year,Plays\nUmbrella,2007,a\nHalo,2008,b\nHalo,2009,c\n,1999,d\n\"\",,e\n"


@pytest.fixture
def join(engine: Engine, tmp_path: Path) -> Callable[..., Ran]:
    """Joins a text with another one, as the second step of so many."""

    def run(left: str, right: str, *, before: tuple[Step, ...] = (), after: tuple[Step, ...] = (), **values: Any) -> Ran:
        other = tmp_path / "songs.csv"
        other.write_text(right)
        table = {"step": len(before), "path": other, "name": "songs.csv"}
        columns = right.split("\n")[0].split(",")[1:]
        step = {"operation": "join", "file": "songs.csv", "columns": columns, **values}
        step.setdefault("on", [{"left": "Song", "right": "Name"}])
        return engine(left, *before, step, *after, tables=[table])

    return run


@pytest.mark.parametrize(
    ("how", "twice", "rows", "counts"),
    [
        (
            "left",
            "all",
            "Halo,1,2008,b\nHalo,1,2009,c\n,2,,\nUmbrella,3,2007,a\nHalo,4,2008,b\nHalo,4,2009,c\nunknown,5,,\n\"\",6,,e\n",
            (0, 2),
        ),
        (
            "left",
            "first",
            "Halo,1,2008,b\n,2,,\nUmbrella,3,2007,a\nHalo,4,2008,b\nunknown,5,,\n\"\",6,,e\n",
            (0, 0),
        ),
        (
            "inner",
            "all",
            "Halo,1,2008,b\nHalo,1,2009,c\nUmbrella,3,2007,a\nHalo,4,2008,b\nHalo,4,2009,c\n\"\",6,,e\n",
            (2, 2),
        ),
        ("inner", "first", "Halo,1,2008,b\nUmbrella,3,2007,a\nHalo,4,2008,b\n\"\",6,,e\n", (2, 0)),
        ("semi", "all", "Halo,1\nUmbrella,3\nHalo,4\n\"\",6\n", (2, 0)),
        ("anti", "all", ",2\nunknown,5\n", (4, 0)),
    ],
)
def test_rows_that_match(
    join: Callable[..., Ran], how: str, twice: str, rows: str, counts: tuple[int, int]
) -> None:
    ran = join(PLAYS, SONGS, how=how, twice=twice)
    header = "Song,Plays,Year,songs.Plays\n" if how in ("left", "inner") else "Song,Plays\n"
    assert ran.result == header + rows
    (step,) = ran.finished.ledger.steps
    assert (step.filtered, step.added) == counts
    assert ran.finished.ledger.tables == (TableCounts(step=1, name="songs.csv", read=5, kept=5),)
