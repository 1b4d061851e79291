"""What the rest of the house sees of a job: frozen values, no database behind them."""

from __future__ import annotations

from datetime import datetime, timezone

from pydantic import BaseModel, ConfigDict

from project.engine.dialect import DialectChoice
from project.engine.keys import first_match
from project.engine.ledger import Ledger
from project.fetch.events import Calls
from project.jobs.kinds import JobKind, inspected_file
from project.jobs.states import PUBLISHING, JobState
from project.operations.enrich import Enrich
from project.operations.match import Match
from project.operations.recipe import Recipe


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class JobProgress(_Value):
    """How far a job is. `phase` is None until its engine has said a word; bytes are of the input as it lies on disk."""

    phase: str | None = None
    bytes_read: int = 0
    bytes_total: int = 0
    rows_read: int = 0
    rejects: int = 0
    rows_per_second: float | None = None
    seconds_left: float | None = None
    fraction: float = 0.0


class JobError(_Value):
    """Why a job failed: a stable code for programs, a sentence for people."""

    code: str
    message: str


class JobView(_Value):
    """A job as it stood when it was read. Times are timezone-aware, in UTC."""

    id: str
    kind: JobKind = JobKind.RECIPE
    version: str | None = None
    """Of an inspection: the version of the file that it is about."""
    state: JobState
    attempt: int
    input: str
    output: str
    recipe: Recipe
    choice: DialectChoice = DialectChoice()
    dialect: str | None = None
    """The dialect that was used, in words; None until the job has succeeded."""
    progress: JobProgress = JobProgress()
    ledger: Ledger | None = None
    columns: tuple[str, ...] = ()
    """The columns that were written; empty until the job has succeeded."""
    error: JobError | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    updated_at: datetime
    """The last sign of life: a heartbeat of the worker, or the last change of state."""
    worker: str | None = None
    cancel_requested: bool = False
    result_bytes: int | None = None
    rejects_bytes: int = 0
    result_stamp: str | None = None
    """Size and time of the published file: how a file that was replaced since is told from this job's own."""
    rejects_stamp: str | None = None
    peak_memory_mb: int | None = None
    calls: Calls | None = None
    """How far the calls of an API are, or were when it was paused."""
    paused_until: datetime | None = None
    """A queued job that is left alone until then; `pauses.FOREVER`: until somebody resumes it."""
    paused_reason: str | None = None
    """What the API said; None: it was paused by hand."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the job by itself."""
        return self.state.is_final

    @property
    def is_inspection(self) -> bool:
        """Whether it inspects a file, and writes none."""
        return self.kind is JobKind.INSPECTION

    @property
    def is_trial(self) -> bool:
        """Whether it tries what a recipe's match would do, and writes no file."""
        return self.kind is JobKind.TRIAL

    @property
    def writes_file(self) -> bool:
        """Whether a file of the workspace comes of it."""
        return self.kind is JobKind.RECIPE

    @property
    def carried_out(self) -> Recipe:
        """The steps that are carried out: of a trial, none behind the first match; the job that it is for has all."""
        if not self.is_trial:
            return self.recipe
        return self.recipe.model_copy(update={"steps": self.recipe.steps[: first_match(self.recipe) + 1]})

    @property
    def enrich(self) -> tuple[int, Enrich] | None:
        """The step that calls an API, with its place in the recipe; there is one at most."""
        return next(((at, step) for at, step in enumerate(self.carried_out.steps) if isinstance(step, Enrich)), None)

    @property
    def match(self) -> Match | None:
        """The first step that matches rows with another table, if there is one."""
        return next((step for step in self.recipe.steps if isinstance(step, Match)), None)

    @property
    def leaves_unmatched(self) -> bool:
        """Whether rows that match nothing may be worth a file of their own; where they were left out, they are
        counted."""
        only = self.match if len(self.recipe.steps) == 1 else None
        if only is None or self.ledger is None or not self.writes_file:
            return False
        return only.how == "left" or (only.how != "anti" and self.ledger.steps[0].filtered > 0)

    @property
    def is_paused(self) -> bool:
        """Whether it is left alone for now."""
        return (
            self.state is JobState.QUEUED
            and self.paused_until is not None
            and self.paused_until > datetime.now(timezone.utc)
        )

    @property
    def can_pause(self) -> bool:
        """Whether it calls an API and may be stopped for a while: its answers are kept."""
        return self.can_cancel and self.enrich is not None and self.kind is JobKind.RECIPE and not self.is_paused

    @property
    def file_id(self) -> str | None:
        """The ID of the file that an inspection is about."""
        return inspected_file(self.output) if self.is_inspection else None

    @property
    def can_cancel(self) -> bool:
        """Whether a cancellation is still worth asking for."""
        return not self.is_final and not self.cancel_requested and self.progress.phase != PUBLISHING

    @property
    def can_retry(self) -> bool:
        """Whether the job ended without a result. An inspection is begun anew from the page of its file, a trial
        from its form."""
        return self.state.can_retry and self.writes_file

    @property
    def rejects_name(self) -> str | None:
        """The published rejects file's name in the workspace, or None if nothing was rejected."""
        return f"{self.output}.rejects.csv" if self.rejects_bytes else None


class LogLine(_Value):
    """One line of a job's log."""

    at: datetime
    attempt: int
    level: str
    """info, warning or error"""
    message: str


class JobPage(_Value):
    """Some jobs, newest first. `older` is the value of `before` for the next page, or None at the end."""

    jobs: tuple[JobView, ...]
    older: str | None = None


class QueuePlace(_Value):
    """Where a queued job stands: 1 is next. `reason` is a sentence that says what it waits for."""

    position: int
    reason: str


class WorkerJob(_Value):
    """What a worker is doing: a job that it runs."""

    id: str
    input: str
    attempt: int
    phase: str | None
    fraction: float


class WorkerView(_Value):
    """A worker as it stood when it was asked about; seconds are by the database's clock."""

    id: str
    name: str
    """Host and process, for people; another run may have the same."""
    host: str
    pid: int
    slots: int
    started_at: datetime
    heartbeat_at: datetime
    is_alive: bool
    hears_doorbell: bool
    up_seconds: float
    """From its start to its last heartbeat."""
    silent_seconds: float
    idle_seconds: float | None
    """So long it has had a free slot while jobs waited, without claiming one; None: it has not."""
    jobs: tuple[WorkerJob, ...] = ()
