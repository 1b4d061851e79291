"""Finds the recipe that a person or a program means."""

from __future__ import annotations

from typing import Any

from project.errors import InvalidInputError
from project.operations.recipe import Recipe
from project.recipes.built_in import BUILT_IN, BuiltIn

__all__ = ["BUILT_IN", "BuiltIn", "choose", "find", "name_of"]


def find(name_or_slug: str) -> Recipe:
    """The built-in recipe of that name or slug. Raises InvalidInputError with field "recipe"."""
    wanted = name_or_slug.strip().casefold()
    for built_in in BUILT_IN:
        if wanted in (built_in.slug, built_in.name.casefold()):
            return built_in.recipe
    known = ", ".join(f"“{built_in.name}”" for built_in in BUILT_IN)
    raise InvalidInputError(
        f"There is no recipe called “{name_or_slug[:100]}”. The built-in ones are: {known}.", field="recipe"
    )


def choose(value: str | dict[str, Any] | None) -> Recipe:
    """The recipe meant by a name, a slug, JSON text or a parsed JSON object; nothing means the first built-in one."""
    if isinstance(value, dict):
        return Recipe.parse(value)
    if value is None or not value.strip():
        return BUILT_IN[0].recipe
    if value.lstrip().startswith(("{", "[")):
        return Recipe.parse(value)
    return find(value)


def name_of(recipe: Recipe) -> str | None:
    """The built-in name of a recipe, or None if it is someone's own."""
    return next((built_in.name for built_in in BUILT_IN if built_in.recipe == recipe), None)
