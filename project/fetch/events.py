"""The events that a fetch writes to standard output, one JSON object a line; the supervisor reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from project.engine.events import Failed, Note


class Calls(BaseModel):
    """How far the calls are; at most a few a second."""

    model_config = ConfigDict(frozen=True)

    event: Literal["calls"] = "calls"
    made: int = 0
    """Calls of this attempt that were answered, for good or ill; tries of the same call count once."""
    from_journal: int = 0
    """Keys (or pages) that were answered in the journal already."""
    oldest_at: AwareDatetime | None = None
    """When the oldest of these answers was given."""
    failed: int = 0
    """Calls that failed for good."""
    left: int | None = None
    """Calls that are left; None if nobody can know."""
    per_second: float | None = None
    seconds_left: float | None = None
    failures: tuple[str, ...] = ()
    """The first few: which key, and what the API said."""


class Paused(BaseModel):
    """The API is down or asks for a long pause; all answers so far are kept. Try again after so many seconds."""

    model_config = ConfigDict(frozen=True)

    event: Literal["paused"] = "paused"
    seconds: float
    reason: str


class Fetched(BaseModel):
    """The table of answers lies whole in the fetch's folder."""

    model_config = ConfigDict(frozen=True)

    event: Literal["fetched"] = "fetched"
    columns: tuple[str, ...]
    """The fields that were found, in order of their first appearance; ANSWER_KEY is not among them."""
    records: int
    keys: int
    """Keys that were asked for (or pages that were fetched); of a trial, all keys of the file, and `calls.left` those
    of them that have no answer yet."""
    matched: int
    """Keys that have at least one record; of a list, its records."""
    is_whole: bool = True
    """False where `most_calls` ended it early."""
    calls: Calls
    peak_memory_mb: int


FetchEvent = Annotated[Calls | Paused | Fetched | Note | Failed, Field(discriminator="event")]
FETCH_EVENT: TypeAdapter[FetchEvent] = TypeAdapter(FetchEvent)
