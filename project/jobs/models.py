"""The tables of jobs: the truth about every job, whatever Redis has lost or repeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Double, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from project.database import Base
from project.database.clock import UtcDateTime, now
from project.jobs.kinds import JobKind
from project.jobs.states import JobState

# SQLite counts by itself only a column of the exact type INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")
_UNFINISHED = text("state IN ('queued', 'running')")
_QUEUED = text("state = 'queued'")
_INSPECTION = text("kind = 'inspection'")
_STATES = ", ".join(f"'{state}'" for state in JobState)


class Job(Base):
    """One job. `attempt` is the fencing token: a worker writes only while the row still carries its number."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        # Two unfinished jobs may not write the same file.
        Index(
            "uq_jobs_output_unfinished",
            "output",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
        # The sweeper's look at queued rows and at leases that ran out.
        Index("ix_jobs_unfinished", "state", "lease_until", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index("ix_jobs_state_number", "state", "number"),
        # The queue in its order: how many wait before a job.
        Index("ix_jobs_queue", "updated_at", "number", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
        # The sweeper's look at those that no message stands for.
        Index("ix_jobs_rung", "rung_at", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
        # The newest inspection of a file.
        Index("ix_jobs_inspections", "output", "number", sqlite_where=_INSPECTION, postgresql_where=_INSPECTION),
    )

    number: Mapped[int] = mapped_column(_Number, primary_key=True)
    """Counts up in the order of submission: the order of lists."""
    id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(16), default=JobKind.RECIPE, server_default=JobKind.RECIPE)
    version: Mapped[str | None] = mapped_column(String(64))
    """Of an inspection: the version of the file that it is about."""
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    deaths: Mapped[int] = mapped_column(Integer, default=0)
    """Attempts since the submission or the last retry that ended without an answer."""
    input: Mapped[str] = mapped_column(Text)
    output: Mapped[str] = mapped_column(Text)
    recipe: Mapped[str] = mapped_column(Text)
    choice: Mapped[str] = mapped_column(Text)
    dialect: Mapped[str | None] = mapped_column(Text)

    phase: Mapped[str | None] = mapped_column(String(16))
    bytes_read: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_total: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_read: Mapped[int] = mapped_column(BigInteger, default=0)
    rejects: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_per_second: Mapped[float | None] = mapped_column(Double)
    seconds_left: Mapped[float | None] = mapped_column(Double)
    fraction: Mapped[float] = mapped_column(Double, default=0.0)

    ledger: Mapped[str | None] = mapped_column(Text)
    columns: Mapped[str | None] = mapped_column(Text)
    result_bytes: Mapped[int | None] = mapped_column(BigInteger)
    rejects_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    result_stamp: Mapped[str | None] = mapped_column(String(64))
    rejects_stamp: Mapped[str | None] = mapped_column(String(64))
    peak_memory_mb: Mapped[int | None] = mapped_column(Integer)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now())
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now())
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the doorbell last rang for this queued job; None: it never did."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(Text)
    """Host and process of who has the job, for people: both are used again by others."""
    worker_id: Mapped[str | None] = mapped_column(String(36))
    """The run of a worker that has the job: the ID of its row in `workers`."""
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    calls: Mapped[str | None] = mapped_column(Text)
    """How far the calls of an API are: the last `Calls` of the fetch, as JSON."""
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A queued job is left alone until then."""
    paused_reason: Mapped[str | None] = mapped_column(Text)
    """What the API said; None: somebody has paused it by hand."""


class JobTable(Base):
    """The other file of one of a job's steps, as it was at the submission: its name, and how it is read."""

    __tablename__ = "job_tables"

    job_id: Mapped[str] = mapped_column(String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(Integer, primary_key=True)
    """The step's place in the recipe, from 0 on."""
    name: Mapped[str] = mapped_column(Text, index=True)
    choice: Mapped[str] = mapped_column(Text)


class StoredReport(Base):
    """What a trial has found out, as JSON."""

    __tablename__ = "trial_reports"

    job_id: Mapped[str] = mapped_column(String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    report: Mapped[str] = mapped_column(Text)


class JobLog(Base):
    """One line of a job's log."""

    __tablename__ = "job_log"
    __table_args__ = (Index("ix_job_log_job_id_number", "job_id", "number"),)

    number: Mapped[int] = mapped_column(_Number, primary_key=True)
    job_id: Mapped[str] = mapped_column(String(36), ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now())
    attempt: Mapped[int] = mapped_column(Integer)
    level: Mapped[str] = mapped_column(String(16))
    message: Mapped[str] = mapped_column(Text)


class Lease(Base):
    """Who of many may do a thing now, such as sweeping."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Worker(Base):
    """One run of a worker, from its start to its end; it signs with heartbeats by the database's clock."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """Made at its start: a host's name and a process's number are used again, this is not."""
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int] = mapped_column(Integer)
    slots: Mapped[int] = mapped_column(Integer)
    """How many jobs it runs at once."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hears_doorbell: Mapped[bool] = mapped_column(Boolean)
    """Whether Redis answered it at its last heartbeat."""
    idle_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it has had a free slot while jobs waited, without claiming one."""
