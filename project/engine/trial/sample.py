"""The sample: some of the matched keys with what the other table has in its first row of each."""

from __future__ import annotations

from collections.abc import Sequence

from project.engine.matches import Sample
from project.engine.trial.batches import Batches
from project.engine.trial.compared import Chosen
from project.engine.trial.finding import first_rows
from project.engine.trial.shown import shown
from project.operations.match import Match


def sample_of(
    step: Match, brought: Sequence[tuple[str, str]], chosen: Sequence[Chosen], other: Batches
) -> Sample | None:
    """None where the step brings no columns. `brought`: their names in the other table, and in the result."""
    if not brought:
        return None
    found = first_rows(step, [name for name, _ in brought], {each.compared for each in chosen}, other)
    return Sample(
        columns=(*(pair.left for pair in step.pairs), *(name for _, name in brought)),
        rows=tuple((*map(_shown, each.key), *map(_shown, found[each.compared])) for each in chosen),
    )


def _shown(value: str | None) -> str | None:
    return None if value is None else shown(value)
