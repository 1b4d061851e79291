"""Checks of steps that match rows with another file or an API: what they name is there; joins know their columns."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from pathlib import Path

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError, MissingColumnError, RowmillError
from project.files.workspace import Workspace
from project.operations.columns import Column
from project.operations.enrich import Enrich
from project.operations.join import Join
from project.operations.names import find
from project.operations.recipe import Recipe


def resolve(workspace: Workspace, recipe: Recipe, choices: Mapping[int, DialectChoice]) -> Recipe:
    """The recipe in which each join says what columns it brings. `choices`: how the other files are read, by step.

    Raises InvalidInputError, NotFoundError or DamagedInputError with the number of the step.
    """
    _check_calls(recipe)
    steps = list(recipe.steps)
    for at, step in enumerate(steps):
        if isinstance(step, Join):
            steps[at] = _resolved(workspace, at, step, choices.get(at, DialectChoice()))
    return recipe.model_copy(update={"steps": tuple(steps)})


def joined_files(workspace: Workspace, recipe: Recipe) -> Mapping[int, Path]:
    """The other files, by the step's place. Raises InvalidInputError or NotFoundError with the number of the step."""
    return {at: other_file(workspace, at, step) for at, step in enumerate(recipe.steps) if isinstance(step, Join)}


def other_file(workspace: Workspace, at: int, step: Join) -> Path:
    """The file that the step names. Raises InvalidInputError or NotFoundError with the number of the step."""
    try:
        return workspace.input(step.file)
    except RowmillError as error:
        raise _in_step(at, error) from None


def _check_calls(recipe: Recipe) -> None:
    calls = [number for number, step in enumerate(recipe.steps, 1) if isinstance(step, Enrich)]
    if len(calls) > 1:
        raise InvalidInputError(
            f"A recipe can call one API, but the steps {calls[0]} and {calls[1]} both do: "
            "give the second one to another job, with this one’s result as its input.",
            field="recipe",
        )


def _resolved(workspace: Workspace, at: int, step: Join, choice: DialectChoice) -> Join:
    path = other_file(workspace, at, step)
    try:
        names = detect(path, choice).dialect.columns
    except FileNotFoundError:
        other_file(workspace, at, step)
        raise
    except RowmillError as error:
        raise _in_step(at, error, f"“{step.file}”: ") from None
    columns = tuple(Column(name) for name in names)
    try:
        for name in (*(pair.right for pair in step.on), *(step.columns or ())):
            find(columns, name)
    except MissingColumnError as error:
        raise MissingColumnError(error.column, error.columns, where=f"“{step.file}” (step {at + 1})") from None
    if step.columns is not None or not step.brings_columns:
        return step
    keys = {pair.right for pair in step.on}
    return step.model_copy(update={"columns": tuple(name for name in names if name not in keys)})


def _in_step(at: int, error: RowmillError, what: str = "") -> RowmillError:
    told = copy(error)
    told.message, told.field = f"Step {at + 1} (join): {what}{error.message}", "recipe"
    told.args = (told.message,)
    return told
