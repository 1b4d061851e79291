"""Checks at submission, while the person is still there to read the answer: names, dialect, columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError
from project.files.workspace import Workspace
from project.jobs import matching
from project.operations.recipe import Recipe

_NO_CHOICES: Mapping[int, DialectChoice] = MappingProxyType({})


def check(
    workspace: Workspace,
    input: str,
    output: str,
    recipe: Recipe,
    choice: DialectChoice,
    others: Mapping[int, DialectChoice] = _NO_CHOICES,
) -> Recipe:
    """The recipe as it will be carried out. `others`: how the other files are read, by the step's place.

    Raises the error that the job would surely meet; reads at most the first megabytes of each file.
    """
    source = workspace.input(input)
    target = workspace.output(output)
    _check_apart(source, target, workspace.rejects_name(output))
    for at, path in matching.joined_files(workspace, recipe).items():
        _check_other(at, path, target, workspace.rejects_name(output))
    return check_steps(workspace, input, recipe, choice, others)


def check_steps(
    workspace: Workspace,
    input: str,
    recipe: Recipe,
    choice: DialectChoice,
    others: Mapping[int, DialectChoice] = _NO_CHOICES,
) -> Recipe:
    """The same for a job that writes no file."""
    source = workspace.input(input)
    try:
        columns = detect(source, choice).dialect.columns
    except FileNotFoundError:
        # Somebody has removed or renamed it since: that is told as if it had been gone before.
        workspace.input(input)
        raise
    resolved = matching.resolve(workspace, recipe, others)
    resolved.check(columns)
    return resolved


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


def _check_other(at: int, other: Path, target: Path, rejects: str) -> None:
    if other == target or _same_file(other, target):
        raise InvalidInputError(
            f"The output is the file that step {at + 1} joins: give the result another name.", field="output"
        )
    if other.name == rejects or _same_file(other, target.parent / rejects):
        raise InvalidInputError(
            f"The rejects of this job would be published as “{rejects}”, which step {at + 1} joins: "
            "choose another output.",
            field="output",
        )


def _same_file(one: Path, other: Path) -> bool:
    # Names that differ may still be one file: hard links, and file systems that ignore case.
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
