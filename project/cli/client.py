"""Talks to the running product over its JSON interface."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from config.settings import Settings
from project.engine.ledger import Ledger
from project.errors import InvalidInputError, UnavailableError

TIMEOUT_SECONDS = 30.0
FINAL = frozenset({"succeeded", "failed", "cancelled"})


class Progress(BaseModel):
    """How far a job is; null where that is not known yet."""

    model_config = ConfigDict(frozen=True)

    phase: str | None = None
    bytes_read: int | None = None
    bytes_total: int | None = None
    rows_read: int | None = None
    rejects: int | None = None
    rows_per_second: float | None = None
    seconds_left: float | None = None
    fraction: float | None = None

    @property
    def share(self) -> float:
        """How much of the job is done, 0 to 1."""
        if self.fraction is not None:
            return self.fraction
        return (self.bytes_read or 0) / self.bytes_total if self.bytes_total else 0.0


class RemoteCalls(BaseModel):
    """How far the calls of an API are."""

    model_config = ConfigDict(frozen=True)

    made: int = 0
    from_journal: int = 0
    failed: int = 0
    left: int | None = None
    per_second: float | None = None


class RemotePause(BaseModel):
    """Until when a job is left alone, None: until it is resumed; and why, None: by hand."""

    model_config = ConfigDict(frozen=True)

    until: str | None = None
    reason: str | None = None


class JobError(BaseModel):
    """Why a job did not succeed."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str


class RemoteJob(BaseModel):
    """A job as the interface shows it; `document` is the whole of what came."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: str
    attempt: int = 0
    input: str
    output: str
    progress: Progress = Progress()
    ledger: Ledger | None = None
    error: JobError | None = None
    calls: RemoteCalls | None = None
    paused: RemotePause | None = None
    document: dict[str, Any] = {}

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in FINAL


class RefusedError(InvalidInputError):
    """The product refused the request; `message` is its own sentence."""

    code = "refused"


class Client:
    """One running product, by its base address."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    def submit(self, order: Mapping[str, object]) -> RemoteJob:
        """Send a job: input, output, and a recipe where one was chosen."""
        return _job(self._ask("/api/v1/jobs", order))

    def job(self, job_id: str) -> RemoteJob:
        """The job as it stands. Raises RefusedError if there is none with this ID."""
        return _job(self._ask(f"/api/v1/jobs/{quote(job_id, safe='')}"))

    def _ask(self, path: str, body: Mapping[str, object] | None = None) -> bytes:
        """Raises RefusedError for a 4xx answer, UnavailableError when there is none or the product is in trouble."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self.base + path, data, headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            raise _refusal(error.code, error.read()) from error
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise UnavailableError(
                f"No Rowmill answers at {self.base} ({reason}). Start it with ./run up, or name it with ROWMILL_URL."
            ) from error


def base_address(url: str | None, settings: Settings) -> str:
    """Where the product is: the given address, ROWMILL_URL, or the host and port of the settings."""
    return url or os.environ.get("ROWMILL_URL") or local_address(settings)


def local_address(settings: Settings) -> str:
    """The address of a product on this machine; one that listens everywhere is reached by the loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _refusal(status: int, body: bytes) -> UnavailableError | RefusedError:
    try:
        problem = TypeAdapter(dict[str, Any]).validate_json(body)
        message = str(problem.get("detail") or problem.get("title") or "")
    except ValidationError:
        message = ""
    message = message or f"Rowmill answered with status {status}."
    return UnavailableError(message) if status >= 500 else RefusedError(message)


def _job(body: bytes) -> RemoteJob:
    try:
        document = TypeAdapter(dict[str, Any]).validate_json(body)
        return RemoteJob.model_validate({**document, "document": document})
    except ValidationError as error:
        raise UnavailableError("Something answered there, but it is not Rowmill: set ROWMILL_URL.") from error
