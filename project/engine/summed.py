"""An aggregate whose groups were added up while the file was checked: its rows are not read again."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from project.engine import codes
from project.engine.chain import Link
from project.engine.checked import CheckedInput
from project.engine.coded import are_read_as_integers
from project.engine.sums import GroupSums
from project.errors import LedgerError
from project.operations import partial
from project.operations.aggregate import Aggregate
from project.operations.base import WEIGHT
from project.operations.columns import Columns

_AT = {"count": codes.S_COUNT, "sum": codes.S_SUM, "min": codes.S_LEAST, "max": codes.S_MOST}


def summed_aggregate(
    links: Sequence[Link], checked: CheckedInput, columns: Columns, integers: Sequence[str]
) -> pl.DataFrame | None:
    """What the aggregate that `links` begin with makes of the file; None where it was not added up.

    Raises LedgerError if other rows were added up than were kept.
    """
    if checked.sums is None or not checked.kept or not links or not isinstance(links[0].step, Aggregate):
        return None
    step = links[0].step
    if not are_read_as_integers(step, columns):
        return None
    whole = pl.concat([_partial(step, part, integers) for part in checked.sums])
    if (rows := int(whole[WEIGHT].sum())) != checked.kept:
        raise LedgerError(f"The ledger does not balance: {checked.kept:,} rows were kept, {rows:,} added up.")
    return partial.finish(step, partial.merge(step, whole.lazy()), columns).collect(engine="in-memory")


def _partial(step: Aggregate, part: GroupSums, integers: Sequence[str]) -> pl.DataFrame:
    texts = {
        name: pl.Series([None if text is None else text.decode() for text in column], dtype=pl.String)
        for name, column in zip(step.group_by, part.texts, strict=True)
    }

    def sums(name: str, which: str) -> pl.Series:
        first = 1 + codes.SUM_SIZE * integers.index(name)
        values = pl.Series(part.sums[:, first + _AT[which]])
        if which == "count":
            return values
        is_present = pl.Series(part.sums[:, first + codes.S_COUNT]) > 0
        return pl.select(pl.when(is_present).then(values)).to_series()

    found = partial.of_sums(step, pl.DataFrame(texts), pl.Series(part.sums[:, 0]), sums)
    # A group that was met in a range which was scanned again may have no rows here.
    return found.filter(pl.col(WEIGHT) > 0)
