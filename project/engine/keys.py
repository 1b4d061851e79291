"""The keys of a step that matches rows: a recipe whose result has each of them once, with its rows counted."""

from __future__ import annotations

from project.operations.aggregate import Aggregate
from project.operations.match import Match
from project.operations.measures import Measure
from project.operations.recipe import Recipe


def first_match(recipe: Recipe) -> int:
    """The place of the first step that matches rows. Raises ValueError if there is none."""
    places = [place for place, step in enumerate(recipe.steps) if isinstance(step, Match)]
    if not places:
        raise ValueError("The recipe has no step that matches rows.")
    return places[0]


def key_columns(step: Match) -> tuple[str, ...]:
    """The left columns by which it matches, each once."""
    return tuple(dict.fromkeys(pair.left for pair in step.pairs))


def keys_recipe(recipe: Recipe, step: int) -> Recipe:
    """The steps before that place, then an aggregate: the step's key columns, and behind them the rows of each key.

    Rows whose key is missing are a key of their own.
    """
    match = recipe.steps[step]
    if not isinstance(match, Match):
        raise ValueError(f"Step {step + 1} matches no rows.")
    columns = key_columns(match)
    count = Measure.model_validate({"function": "count", "as": _other_than(columns)})
    aggregate = Aggregate(operation="aggregate", group_by=columns, measures=(count,))
    return recipe.model_copy(update={"steps": (*recipe.steps[:step], aggregate)})


def _other_than(names: tuple[str, ...]) -> str:
    name = "rows"
    while name in names:
        name += "_"
    return name
