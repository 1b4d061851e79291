"""The sample: some of the matched keys with what the other table has in its first row of each."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from project.engine.matches import Sample
from project.engine.table import exactly
from project.engine.trial.batches import Batches
from project.engine.trial.compared import Key, Sampled
from project.engine.trial.shown import shown
from project.operations.match import Match
from project.operations.matchkeys import normalised


def sample_of(
    step: Match, brought: Sequence[tuple[str, str]], chosen: Sequence[Sampled], other: Batches
) -> Sample | None:
    """None where the step brings no columns. `brought`: their names in the other table, and in the result."""
    if not brought:
        return None
    found = _first_rows(step, [name for name, _ in brought], {each.compared for each in chosen}, other)
    return Sample(
        columns=(*(pair.left for pair in step.pairs), *(name for _, name in brought)),
        rows=tuple((*map(shown, each.key), *map(_shown, found[each.compared])) for each in chosen),
    )


def _first_rows(
    step: Match, names: Sequence[str], wanted: set[Key], other: Batches
) -> dict[Key, tuple[str | None, ...]]:
    """What the first row of each of the keys has in those columns; no more is read than is needed."""
    found: dict[Key, tuple[str | None, ...]] = {}
    compared = [f"\0compared{number}" for number in range(len(step.pairs))]
    keys = [
        normalised(expression, step.ignore).alias(to)
        for expression, to in zip(exactly(tuple(pair.right for pair in step.pairs)), compared, strict=True)
    ]
    columns = tuple(dict.fromkeys((*(pair.right for pair in step.pairs), *names)))
    batches = other.read(columns)
    while wanted - found.keys() and (frame := next(batches, None)) is not None:
        left = pl.DataFrame(list(wanted - found.keys()), schema=dict.fromkeys(compared, pl.String), orient="row")
        rows = frame.select(*keys, *exactly(tuple(names))).join(left, on=compared, how="semi", maintain_order="left")
        for row in rows.unique(compared, keep="first").iter_rows():
            found[row[: len(keys)]] = row[len(keys) :]
    return found


def _shown(value: str | None) -> str | None:
    return None if value is None else shown(value)
