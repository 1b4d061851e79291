"""Facts: what the structural check has found in a file that is plain throughout, and which job may rely on it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from project.engine import survey
from project.engine.checked import CheckedInput
from project.engine.desk import OVERLAP_BYTES
from project.engine.dialect import Dialect
from project.engine.numbers import coded_columns, measured, read_as_integers, source_columns
from project.engine.seals import Seals
from project.operations.columns import Kind, Use
from project.operations.names import find
from project.operations.recipe import Recipe

# With more columns, to look at all of them costs more than it may save.
_MOST_SURVEYED_COLUMNS = 16


class Facts(BaseModel):
    """Of a file whose every record was kept, and is read where it stands; see CheckedInput."""

    model_config = ConfigDict(frozen=True)

    checked_on: date
    records: int
    range_bytes: int
    """About how far apart the cuts are."""
    cuts: tuple[int, ...]
    seals: tuple[int, ...]
    quote: str
    numbers: dict[str, tuple[int, ...]]
    """Of every column that was looked at, whatever recipe asked for it."""

    def input(self, path: Path, uses: Mapping[str, Use], range_bytes: int, entry: Path) -> CheckedInput:
        """What a check of the file at `path` would find; `entry`: where this is kept."""
        return CheckedInput(
            records=self.records,
            kept=self.records,
            blank=0,
            rejected=0,
            comments=0,
            path=path,
            cuts=coarser(self.cuts, range_bytes + OVERLAP_BYTES),
            quote=self.quote,
            numbers=of_used(self.numbers, uses),
            blanks=(),
            seals=Seals(self.cuts, self.seals, self.checked_on, entry),
        )

    def and_of(self, earlier: Facts) -> Facts:
        """This, with what an earlier check of the same file knows of other columns, and the finer cuts of the two."""
        finer = earlier if earlier.range_bytes < self.range_bytes else self
        cut = {"range_bytes": finer.range_bytes, "cuts": finer.cuts, "seals": finer.seals}
        return self.model_copy(update={**cut, "numbers": {**earlier.numbers, **self.numbers}})


def facts_of(checked: CheckedInput, range_bytes: int) -> Facts | None:
    """What is worth remembering of a check; None where it set something aside, or made a clean copy of the file."""
    if checked.seals is None or checked.records != checked.kept:
        return None
    return Facts(
        checked_on=checked.seals.checked_on,
        records=checked.records,
        range_bytes=range_bytes,
        cuts=checked.cuts,
        seals=checked.seals.values,
        quote=checked.quote,
        numbers=dict(checked.numbers),
    )


def may_use(facts: Facts, recipe: Recipe, dialect: Dialect, range_bytes: int) -> bool:
    """Whether a job may rely on the facts in place of a check of its own, and gains by it."""
    uses = recipe.source_uses(dialect.columns)
    return facts.range_bytes <= range_bytes and are_known(facts, uses) and not _is_the_work(facts, recipe, dialect)


def are_known(facts: Facts, uses: Mapping[str, Use]) -> bool:
    """Whether a check for these uses would find the same: all their columns were looked at, and nothing is a reject."""
    wanted = of_used(facts.numbers, uses)
    return all(
        name in wanted and (use is Use.AUTO or not wanted[name][survey.N_BAD])
        for name, use in uses.items()
        if use is not Use.TEXT
    )


def surveyed(uses: Mapping[str, Use], columns: Sequence[str]) -> dict[str, Use]:
    """In what way a check looks at the columns, so that the next recipe finds its own among them."""
    if len(columns) > _MOST_SURVEYED_COLUMNS:
        return dict(uses)
    return {name: Use.NUMBER if uses.get(name) is Use.NUMBER else Use.AUTO for name in columns}


def of_used(numbers: Mapping[str, tuple[int, ...]], uses: Mapping[str, Use]) -> dict[str, tuple[int, ...]]:
    """What was learned of the columns that a recipe uses as numbers, or may."""
    return {name: numbers[name] for name, use in uses.items() if use is not Use.TEXT and name in numbers}


def coarser(cuts: Sequence[int], most: int) -> tuple[int, ...]:
    """As many of the cuts as are needed for pieces of no more than `most` bytes, where they allow it."""
    kept = list(cuts[:1])
    for cut, following in pairwise(cuts[1:]):
        if following - kept[-1] > most:
            kept.append(cut)
    return (*kept, cuts[-1]) if len(cuts) > 1 else tuple(kept)


def _is_the_work(facts: Facts, recipe: Recipe, dialect: Dialect) -> bool:
    """Whether the check's pass over the file is one that the recipe's first aggregate needs (see `coded`, `summed`)."""
    if not coded_columns(recipe) or dialect.escape:
        return False
    uses = recipe.source_uses(dialect.columns)
    checked = facts.input(Path(), uses, facts.range_bytes, Path())
    columns = read_as_integers(source_columns(dialect, checked, uses), recipe)
    return all(find(columns, name).kind is Kind.INTEGER for name in measured(recipe))
