"""The terms on which jobs are run: what an engine may use, how long things may take, how processes are started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from project.engine.dialect import DialectChoice
from project.errors import FailureError
from project.fetch.plan import FetchLimits, Secret
from project.files.columnar import ColumnarCopy
from project.jobs.engine_process import COMMAND
from project.jobs.fetch_process import FETCH_COMMAND

OpenSecret = Callable[[str, str], Secret]
FindCopy = Callable[[str, DialectChoice], ColumnarCopy | None]


@dataclass(frozen=True)
class Budget:
    """What one engine may use."""

    memory_mb: int
    spill_mb: int
    output_mb: int
    spill_is_set: bool = True
    """Whether a person has set that limit; else it follows from what the disk has free."""
    output_is_set: bool = True


def no_secret(name: str, host: str) -> Secret:
    """Where no secrets are kept."""
    raise FailureError(f"There is no secret “{name}” for {host}.", code="secret")


def no_copy(name: str, choice: DialectChoice) -> ColumnarCopy | None:
    """Where no file is inspected."""
    return None


@dataclass(frozen=True)
class Terms:
    """How long a lease lasts without a sign of life, how many attempts may die, and how an engine is started.

    An engine that has run for `wall_seconds` is ended, and the job with it; one that has done nothing for
    `stall_seconds` is ended and counts as dead. 0: it may take its time.
    `limits` are those of a fetch. `open_secret` (its name, the API's host) opens a secret or raises FailureError;
    `find_copy` (a file's name, how it is to be read) finds the columnar copy of a file, if it is inspected as it is now
    and was read so. `variables` are those of a process's environment that the worker's own may overrule.
    """

    lease_seconds: float = 30.0
    max_attempts: int = 3
    wall_seconds: float = 0.0
    stall_seconds: float = 0.0
    command: tuple[str, ...] = COMMAND
    fetch_command: tuple[str, ...] = FETCH_COMMAND
    variables: Mapping[str, str] = field(default_factory=dict)
    limits: FetchLimits = FetchLimits()
    open_secret: OpenSecret = no_secret
    find_copy: FindCopy = no_copy
