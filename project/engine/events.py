"""The events that the engine writes to standard output, one JSON object a line; the supervisor reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from project.engine.ledger import Ledger

Phase = Literal["starting", "detecting", "checking", "working", "writing"]


class BaseEvent(BaseModel):
    """What every event is."""

    model_config = ConfigDict(frozen=True)


class Progress(BaseEvent):
    """How far the engine is; at most a few a second. Bytes are of the input file as it lies on disk."""

    event: Literal["progress"] = "progress"
    phase: Phase
    bytes_read: int = 0
    bytes_total: int = 0
    rows_read: int = 0
    rejects: int = 0
    fraction: float = 0.0
    """Of the whole job's work, 0 to 1: what the time left is reckoned from."""


class Note(BaseEvent):
    """One sentence for the job's log."""

    event: Literal["note"] = "note"
    message: str
    level: Literal["info", "warning"] = "info"


class Finished(BaseEvent):
    """The result (and the rejects, if any) lie whole and synced in the attempt's folder."""

    event: Literal["finished"] = "finished"
    ledger: Ledger
    columns: tuple[str, ...]
    result_bytes: int
    rejects_bytes: int = 0
    dialect: str
    """The dialect that was used, in words."""
    peak_memory_mb: int


class Failed(BaseEvent):
    """The work ended with a sentence; trying again would not help."""

    event: Literal["failed"] = "failed"
    code: str
    message: str


Event = Annotated[Progress | Note | Finished | Failed, Field(discriminator="event")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
