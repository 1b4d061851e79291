"""Finding: where a few keys stand in the other table; no more of it is read than is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import polars as pl

from project.engine.table import exactly
from project.engine.trial.batches import Batches
from project.engine.trial.compared import Key
from project.operations.comparing import compared
from project.operations.match import Match

Values = tuple[str | None, ...]


def first_rows(step: Match, names: Sequence[str], wanted: set[Key], other: Batches) -> dict[Key, Values]:
    """What the first row of each of the keys, as they are compared, has in those columns."""
    found: dict[Key, Values] = {}
    width = len(step.pairs)
    for frame in _keyed(step, names, other):
        if not (missing := wanted - found.keys()):
            break
        rows = _with(frame, missing).unique(frame.columns[:width], keep="first")
        found |= {row[:width]: row[width:] for row in rows.iter_rows()}
    return found


def numbers(step: Match, key: Key, other: Batches, most: int) -> tuple[int, ...]:
    """The numbers, from 1 on, of the first rows with that key."""

    def all_numbers() -> Iterator[int]:
        before = 0
        for frame in _keyed(step, (), other):
            yield from _with(frame.with_row_index("\0row", before + 1), {key})["\0row"]
            before += frame.height

    return tuple(islice(all_numbers(), most))


def _keyed(step: Match, names: Sequence[str], other: Batches) -> Iterator[pl.DataFrame]:
    """The table's keys as they are compared, then the columns of those names."""
    right = [pair.right for pair in step.pairs]
    keys = [compared(name, step.ignore).alias(f"\0key{number}") for number, name in enumerate(right)]
    for frame in other.read(tuple(dict.fromkeys((*right, *names)))):
        yield frame.select(*keys, *exactly(tuple(names)))


def _with(frame: pl.DataFrame, keys: set[Key]) -> pl.DataFrame:
    """The rows with these keys, in order."""
    columns = [f"\0key{number}" for number in range(len(next(iter(keys))))]
    wanted = pl.DataFrame(list(keys), schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.join(wanted, on=columns, how="semi", maintain_order="left")
