"""The recipes that come with Rowmill; the first one is offered first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from project.operations.recipe import Recipe

_TOTAL_PLAYS: dict[str, Any] = {
    "steps": [
        {
            "operation": "aggregate",
            "group_by": ["Song", "Date"],
            "measures": [{"function": "sum", "column": "Number of Plays", "as": "Total Number of Plays for Date"}],
        },
        {"operation": "sort", "by": ["Song", "Date"]},
    ]
}


@dataclass(frozen=True)
class BuiltIn:
    """A recipe with a name for people and a slug for forms and programs."""

    slug: str
    name: str
    description: str
    recipe: Recipe


BUILT_IN: tuple[BuiltIn, ...] = (
    BuiltIn(
        slug="total-plays-per-song-and-day",
        name="Total plays per song and day",
        description="Adds up “Number of Plays” for each song and date, sorted by song, then date.",
        recipe=Recipe.model_validate(_TOTAL_PLAYS),
    ),
    BuiltIn(
        slug="clean-copy",
        name="Clean copy",
        description="Writes every readable row again as clean UTF-8 CSV and sets the others aside with their reasons.",
        recipe=Recipe(),
    ),
)
