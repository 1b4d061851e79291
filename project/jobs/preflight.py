"""Checks at submission, while the person is still there to read the answer: names, dialect, columns."""

from __future__ import annotations

import os
from pathlib import Path

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError
from project.files.workspace import Workspace
from project.operations.recipe import Recipe


def check(workspace: Workspace, input: str, output: str, recipe: Recipe, choice: DialectChoice) -> None:
    """Raise the error that the job would surely meet; reads at most the first megabytes of the input."""
    source = workspace.input(input)
    target = workspace.output(output)
    _check_apart(source, target, workspace.rejects_name(output))
    try:
        columns = detect(source, choice).dialect.columns
    except FileNotFoundError:
        # Somebody has removed or renamed it since: that is told as if it had been gone before.
        workspace.input(input)
        raise
    recipe.check(columns)


def _check_apart(source: Path, target: Path, rejects: str) -> None:
    if source == target or _same_file(source, target):
        raise InvalidInputError(
            "The output is the input: give the result another name, the original is never touched.", field="output"
        )
    if source.name == rejects or _same_file(source, target.parent / rejects):
        raise InvalidInputError(
            f"The rejects of this job would be published as “{rejects}”, which is the input: choose another output.",
            field="output",
        )


def _same_file(one: Path, other: Path) -> bool:
    # Names that differ may still be one file: hard links, and file systems that ignore case.
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
