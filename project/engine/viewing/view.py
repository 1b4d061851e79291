"""A view: which rows of a file, in which order; and the plan by which a process makes it. Pure."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from project.operations.columns import Column
from project.operations.conditions import Condition
from project.operations.recipe import Recipe
from project.operations.sort import SortKey

# Raised when what an older version has made of a view is of no use to this one.
_FORMAT = 1
MOST_KEYS = 4
MOST_CONDITIONS = 20


class View(BaseModel):
    """`where`: all of them hold; `by`: the most important first, and rows that are equal in all keep their order."""

    model_config = ConfigDict(frozen=True)

    where: tuple[Condition, ...] = Field(default=(), max_length=MOST_CONDITIONS)
    by: tuple[SortKey, ...] = Field(default=(), max_length=MOST_KEYS)

    @property
    def is_plain(self) -> bool:
        """Whether it is the file itself, row by row."""
        return not (self.where or self.by)

    @property
    def recipe(self) -> Recipe:
        """What makes a job's result of exactly these rows in this order."""
        steps: list[dict[str, Any]] = []
        if self.where:
            steps.append({"operation": "filter", "where": [_plain(each) for each in self.where]})
        if self.by:
            steps.append({"operation": "sort", "by": [_plain(each) for each in self.by]})
        return Recipe.parse({"steps": steps})

    @property
    def digest(self) -> str:
        """The name of its folder."""
        text = json.dumps([_FORMAT, self.recipe.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


class ViewPlan(BaseModel):
    """All that a process needs to make a view. `rows`: how many the file has; `gate`: see `Gate`."""

    model_config = ConfigDict(frozen=True)

    view: View
    data: Path
    folder: Path
    gate: Path
    columns: tuple[Column, ...]
    rows: int
    memory_mb: int
    disk_mb: int


def _plain(value: BaseModel) -> Any:
    return value.model_dump(mode="json", exclude_defaults=True)
