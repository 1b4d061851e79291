"""The plan that the supervisor hands to the engine, as JSON on disk in the attempt's folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from project.engine.dialect import DialectChoice
from project.operations.recipe import Recipe

PLAN_FILE = "plan.json"
RESULT_FILE = "result.csv"
REJECTS_FILE = "rejects.csv"


class Plan(BaseModel):
    """All that one attempt needs. `folder` is the attempt's own: spill, result and rejects appear only there."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    attempt: int = Field(ge=1)
    input: Path
    input_name: str
    folder: Path
    recipe: Recipe
    dialect: DialectChoice = DialectChoice()
    memory_mb: int = Field(ge=64)
    spill_mb: int = Field(ge=1)
    output_mb: int = Field(ge=1)
