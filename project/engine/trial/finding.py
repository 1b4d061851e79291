"""Finding: where a few keys stand in the other table; no more of it is read than is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import polars as pl

from project.engine.trial.batches import Batches
from project.engine.trial.compared import Key
from project.operations.comparing import compared
from project.operations.match import Match

Values = tuple[str | None, ...]
_ROW = "\0row"


def first_rows(step: Match, names: Sequence[str], wanted: set[Key], other: Batches) -> dict[Key, Values]:
    """What the first row of each of the keys, as they are compared, has in those columns."""
    places: dict[Key, tuple[int, int]] = {}
    for number, frame in enumerate(_keys(step, other)):
        if not (missing := wanted - places.keys()):
            break
        first = _with(frame.with_row_index(_ROW), missing).unique(frame.columns, keep="first")
        places |= {tuple(texts): (number, index) for index, *texts in first.iter_rows()}
    return {key: other.pick(*place, tuple(names)).row(0) for key, place in places.items()}


def numbers(step: Match, key: Key, other: Batches, most: int) -> tuple[int, ...]:
    """The numbers, from 1 on, of the first rows with that key."""

    def all_numbers() -> Iterator[int]:
        before = 0
        for frame in _keys(step, other):
            yield from _with(frame.with_row_index(_ROW, before + 1), {key})[_ROW]
            before += frame.height

    return tuple(islice(all_numbers(), most))


def _keys(step: Match, other: Batches) -> Iterator[pl.DataFrame]:
    """The table's keys as they are compared, batch by batch."""
    right = [pair.right for pair in step.pairs]
    keys = [compared(name, step.ignore).alias(f"\0key{number}") for number, name in enumerate(right)]
    for frame in other.read(tuple(dict.fromkeys(right))):
        yield frame.select(keys)


def _with(frame: pl.DataFrame, keys: set[Key]) -> pl.DataFrame:
    """The rows with these keys, in order."""
    columns = [name for name in frame.columns if name != _ROW]
    wanted = pl.DataFrame(list(keys), schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.join(wanted, on=columns, how="semi", maintain_order="left")
