"""The columns that matches bring in, on their way through the later steps: who reads them, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from project.operations.columns import Column, Columns, Numbers, Use
from project.operations.match import Match
from project.operations.names import strongest
from project.operations.recipe import Recipe

Known = Mapping[int, Mapping[str, Numbers | None]]
"""For the number of a match what is known of the columns that it brings, by their names in the other table."""


def traced(recipe: Recipe, columns: Columns, known: Known) -> list[Columns]:
    """As Recipe.trace, with what is known of the columns that are brought."""
    before = recipe.trace(columns)
    found = [columns]
    for number, step in enumerate(recipe.steps):
        after = step.columns_after(found[-1])
        if isinstance(step, Match):
            after = _told(after, number, dict(step.brought(before[number])), known.get(number, {}))
        found.append(after)
    return found


def uses_of_brought(recipe: Recipe, columns: Columns) -> dict[int, dict[str, Use]]:
    """For the number of each match, how later steps read the columns that it brings."""
    uses: dict[int, dict[str, Use]] = {
        number: {} for number, step in enumerate(recipe.steps) if isinstance(step, Match)
    }
    for step, known in zip(recipe.steps, traced(recipe, columns, {}), strict=False):
        sources = {column.name: _origin(column) for column in known}
        for name, use in step.uses().items():
            if (origin := sources[name]) is not None:
                number, right = origin
                uses[number] = strongest([*uses[number].items(), (right, use)])
    return uses


def _told(columns: Columns, number: int, brought: Mapping[str, str], known: Mapping[str, Numbers | None]) -> Columns:
    """The columns, with those that a match brought marked as its own."""
    rights = {result: right for right, result in brought.items()}
    return tuple(
        (
            replace(column, source=f"\0{number}\0{right}", numbers=known.get(right))
            if (right := rights.get(column.name)) is not None
            else column
        )
        for column in columns
    )


def _origin(column: Column) -> tuple[int, str] | None:
    """The number of the match that brought the column, and its name there. NUL cannot start a name of the file's."""
    if column.source is None or not column.source.startswith("\0"):
        return None
    _, number, right = column.source.split("\0", 2)
    return int(number), right
