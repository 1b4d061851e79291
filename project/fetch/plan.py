"""The plan of a fetch, as JSON in the folder; what is confidential comes by standard input."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from project.operations.enrich import Enrich

FETCH_PLAN_FILE = "fetch.json"
# What a fetch leaves: a Parquet file of texts, one row a record, with the column ANSWER_KEY and one for each field.
ANSWERS_FILE = "answers.parquet"


class FetchLimits(BaseModel):
    """What one fetch may use and reach."""

    model_config = ConfigDict(frozen=True)

    connect_seconds: float = Field(default=10.0, gt=0)
    read_seconds: float = Field(default=30.0, gt=0)
    """Without a byte."""
    total_seconds: float = Field(default=120.0, gt=0)
    """For one call in all."""
    response_mb: int = Field(default=64, ge=1)
    """Of one answer, decompressed."""
    tries: int = Field(default=5, ge=1)
    """Of one call, before it has failed for good."""
    most_columns: int = Field(default=2000, ge=1)
    allow_hosts: tuple[str, ...] = ()
    """Names, addresses or networks that are reached though they are not public."""
    ports: tuple[int, ...] = (80, 443)
    """Of public hosts; an allowed host may have any."""
    proxy: str = Field(default="", repr=False, exclude=True)
    """An egress proxy that all calls go through; empty: none, whatever the environment says."""


class FetchPlan(BaseModel):
    """All that one fetch needs. `folder` is its own: answers appear only there."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    attempt: int = Field(ge=1)
    folder: Path
    step: Enrich
    keys: Path | None = None
    """A CSV file with a header whose first column has each key once; None for a list."""
    journals: Path
    """The folder with the journals of all APIs."""
    secret_name: str = ""
    """Names the secret that comes by standard input; answers that were given to another one are not shared."""
    most_calls: int | None = None
    """A trial makes no more calls than this, and ends with what it has."""
    limits: FetchLimits = FetchLimits()
    outages: int = Field(default=0, ge=0)
    """How often in a row the API was found down before: the fetch finds that out itself."""


class Secret(BaseModel):
    """A header that goes to one host only."""

    model_config = ConfigDict(frozen=True)

    host: str
    header: str
    value: str = Field(repr=False)


class Confidential(BaseModel):
    """What lies on no disk: the first line of standard input, as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Secret | None = None
    proxy: str = Field(default="", repr=False)
    """See `FetchLimits.proxy`: its address may hold a password."""
