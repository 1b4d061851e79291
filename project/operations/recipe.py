"""A recipe: an ordered list of steps, plain JSON, that can be saved, shown, exported and replayed."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from project.errors import InvalidInputError, MissingColumnError
from project.operations.columns import Column, Columns, Use
from project.operations.match import Match
from project.operations.names import strongest
from project.operations.problems import sentences
from project.operations.registry import Step

_MAX_STEPS = 100


def _limit(value: Any) -> Any:
    """Refuse, in one sentence, what is neither a count nor a percentage."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)%", value)):
        if Decimal(match[1]) <= 100:
            return value
    raise ValueError('“max_rejects” must be a count such as 100, or a percentage such as "5%".')


class Recipe(BaseModel):
    """`{"steps": [...]}`. No steps: a clean copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[Step, ...] = Field(default=(), max_length=_MAX_STEPS, description="What is done, in this order.")
    max_rejects: Annotated[int | str | None, BeforeValidator(_limit)] = Field(
        default=None, description="How many rejects fail a job: more than a count, or than a percentage such as “5%”."
    )

    @classmethod
    def parse(cls, value: dict[str, Any] | str) -> Recipe:
        """The recipe in a JSON text, or in what was read from one. Raises InvalidInputError with a sentence."""
        try:
            return cls.model_validate(_object(value))
        except ValidationError as error:
            raise InvalidInputError(sentences(error), field="recipe") from None

    def to_json(self) -> dict[str, Any]:
        """The recipe as its author would write it; `parse` reads it back as the same."""
        return {"steps": [], **self.model_dump(mode="json", exclude_defaults=True)}

    def sentences(self) -> list[str]:
        """What each step does."""
        return [step.sentence() for step in self.steps]

    def check(self, columns: tuple[str, ...]) -> None:
        """Raise MissingColumnError or InvalidInputError where the steps do not fit a file of these columns."""
        self.trace(_unread(columns))

    def source_uses(self, columns: tuple[str, ...]) -> dict[str, Use]:
        """How the steps read the file's columns, in the file's order; a column that no step reads is left out."""
        before = self.trace(_unread(columns))
        uses = strongest(
            (source, use)
            for step, known in zip(self.steps, before, strict=False)
            for name, use in step.uses().items()
            if (source := {column.name: column.source for column in known}[name]) is not None
        )
        return {name: uses[name] for name in columns if name in uses}

    def columns_after(self, columns: Columns) -> Columns:
        """The columns of the result."""
        return self.trace(columns)[-1]

    def trace(self, columns: Columns) -> list[Columns]:
        """The columns before each step, then those of the result. Raises as `check` does."""
        before = [columns]
        for number, step in enumerate(self.steps, 1):
            try:
                before.append(step.columns_after(before[-1]))
            except MissingColumnError as error:
                where = "the file" if number == 1 else f"the result of step {number - 1}"
                advice = _advice(self.steps[: number - 1], error.column)
                raise MissingColumnError(error.column, error.columns, where=where, advice=advice) from None
            except InvalidInputError as error:
                raise InvalidInputError(f"Step {number} ({step.operation}): {error.message}", field="recipe") from None
        return before

    def rejects_allowed(self, records: int) -> int | None:
        """How many of that many records may be rejects; None: all of them."""
        if isinstance(self.max_rejects, str):
            return int(records * Decimal(self.max_rejects.rstrip("%")) / 100)
        return self.max_rejects


def _object(value: dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"The recipe is not JSON: {error}.", field="recipe") from None
    if not isinstance(value, dict):
        raise InvalidInputError('A recipe is a JSON object such as {"steps": []}.', field="recipe")
    return value


def _advice(before: tuple[Step, ...], column: str) -> str:
    """What helps where a step before brings in columns that nobody knows yet."""
    for number, step in enumerate(before, 1):
        if isinstance(step, Match) and step.brings_columns and step.columns is None:
            return (
                f" What step {number} ({step.name}) will bring is not known yet: "
                f"if it brings “{column}”, list that in its “columns”."
            )
    return ""


def _unread(columns: tuple[str, ...]) -> Columns:
    """The file's columns as long as nothing is known of their values."""
    return tuple(Column(name, source=name) for name in columns)
