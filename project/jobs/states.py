"""A job's states and what may be done in each; pure."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """queued → running → succeeded | failed | cancelled. Nothing else."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the job by itself."""
        return self in FINAL

    @property
    def can_retry(self) -> bool:
        """Whether the job ended without a result."""
        return self in (JobState.FAILED, JobState.CANCELLED)


FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
# The phase of a running job whose success is decided: nothing can end it otherwise any more (docs/adr/0007).
PUBLISHING = "publishing"
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
