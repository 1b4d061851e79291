"""Sees to it that an accepted job ends: takes over from dead workers, rings again, clears up after them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import func, or_, select, update

from project.database import Database
from project.database.clock import now
from project.engine.plan import CHECKED_FILE, NOTED_FILE, SPREAD_FILE, WRITTEN_FILE, kept_files
from project.errors import UnavailableError
from project.files.workspace import Workspace
from project.jobs import pauses
from project.jobs.attempt import Attempt, LostLeaseError, is_abandoned
from project.jobs.completion import complete, failure_of
from project.jobs.deaths import Death, settle
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.rows import view_of
from project.jobs.states import PUBLISHING, UNFINISHED, JobState
from project.jobs.view import JobView

log = logging.getLogger(__name__)
RINGS_A_ROUND = 500
# A folder of a job that this database does not know may be another installation's on the same workspace.
STRANGER_SECONDS = 7 * 24 * 3600.0


class Doorbell(Protocol):
    """Tells the workers that a job waits."""

    def ring(self, job_id: str, kind: JobKind) -> None:
        """Raises UnavailableError."""

    def waiting(self) -> int:
        """How many messages no worker has taken yet. Raises UnavailableError."""


@dataclass(frozen=True)
class Sweeper:
    """One round of clearing up; rounds may overlap, each change is conditional."""

    database: Database
    workspace: Workspace
    doorbell: Doorbell
    max_attempts: int
    lease_seconds: float = 30.0
    chores: tuple[Callable[[], None], ...] = ()
    """What others want done in each round."""

    def sweep(self) -> None:
        """Take back what dead workers held, ring for what waits, remove what belongs to nobody any more."""
        self.take_back()
        self.ring_again()
        self.clear_folders()
        for chore in self.chores:
            chore()

    def take_back(self) -> None:
        """Queue, end or fail the jobs whose lease ran out."""
        is_decided = Job.phase.is_not_distinct_from(PUBLISHING)
        abandoned = select(Job).where(is_abandoned(self.lease_seconds))
        with self.database.read() as session:
            decided = [view_of(job) for job in session.scalars(abandoned.where(is_decided))]
        for view in decided:
            self._complete(view)
        expired = abandoned.where(~is_decided)
        with self.database.write() as session:
            for job in session.scalars(expired.with_for_update(skip_locked=True)).all():
                death = Death(f"on {job.worker} gave no sign of life any more", was_killed=True)
                state = settle(session, job, death, self.max_attempts)
                job.rung_at = None
                log.warning("lease ran out", extra={"job": job.id, "attempt": job.attempt, "now": state})

    def _complete(self, job: JobView) -> None:
        """Publish what the worker that died, or is stopped, had decided to publish."""
        attempt = Attempt(self.database, job, self.lease_seconds)
        try:
            state = str(complete(attempt, self.workspace, job, self.max_attempts))
        except LostLeaseError:
            state = "completed by its worker"
        except OSError as error:
            failure = failure_of(error)
            attempt.fail(failure.code, failure.message)
            state = "failed"
        log.warning("publishing completed", extra={"job": job.id, "attempt": job.attempt, "now": state})

    def ring_again(self) -> None:
        """Ring for queued jobs that were never rung for, and for those whose message Redis seems to have lost.

        For so many a round that it stays short, those first that have waited the longest for it.
        """
        rung: list[str] = []
        try:
            lost = self.doorbell.waiting() < self._count_queued()
            for job_id, kind in self._unheard(lost):
                self.doorbell.ring(job_id, kind)
                rung.append(job_id)
                log.info("rung again", extra={"job": job_id})
        except UnavailableError as error:
            log.warning("doorbell failed", extra={"reason": error.message})
        finally:
            self._mark_rung(rung)

    def clear_folders(self) -> None:
        """Remove the attempts' folders that no running attempt owns and that none will go on from."""
        for job_id, attempt in self.workspace.attempt_folders():
            if self._is_live(job_id, attempt):
                continue
            if self._is_checkpoint(job_id, attempt):
                kept = kept_files(self.workspace.attempt_folder(job_id, attempt))
                self.workspace.strip_attempt_folder(job_id, attempt, kept)
            else:
                log.info("folder removed", extra={"job": job_id, "attempt": attempt})
                self.workspace.remove_attempt_folder(job_id, attempt)

    def _count_queued(self) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).where(pauses.waits())) or 0

    def _unheard(self, lost: bool) -> list[tuple[str, JobKind]]:
        never = Job.rung_at.is_(None)
        # A time in the future is from before the clock was put back.
        long_ago = or_(never, Job.rung_at < now(-self.lease_seconds), Job.rung_at > now(self.lease_seconds))
        query = select(Job.id, Job.kind).where(pauses.waits(), long_ago if lost else never)
        with self.database.read() as session:
            found = session.execute(query.order_by(Job.rung_at.nulls_first()).limit(RINGS_A_ROUND)).all()
        return [(row.id, JobKind(row.kind)) for row in found]

    def _mark_rung(self, job_ids: list[str]) -> None:
        if job_ids:
            with self.database.write() as session:
                session.execute(update(Job).where(Job.id.in_(job_ids)).values(rung_at=now()))

    def _is_checkpoint(self, job_id: str, attempt: int) -> bool:
        """Whether the next attempt of an unfinished job can go on from the folder, or is just about to."""
        folder = self.workspace.attempt_folder(job_id, attempt)
        with self.database.read() as session:
            row = session.execute(select(Job.state, Job.attempt).where(Job.id == job_id)).one_or_none()
        if row is None or row.state not in UNFINISHED or not (folder / CHECKED_FILE).exists():
            return False
        successors = [number for job, number in self.workspace.attempt_folders() if job == job_id and number > attempt]
        # Once a later attempt has checkpoints of its own, this one's are of no more use.
        return not any(self._has_taken_over(folder, self.workspace.attempt_folder(job_id, it)) for it in successors)

    @staticmethod
    def _has_taken_over(folder: Path, successor: Path) -> bool:
        if (folder / SPREAD_FILE).exists():
            return (successor / SPREAD_FILE).exists()
        # What an earlier attempt has noted, the next one syncs when it takes it over.
        is_begun = any((folder / name).exists() for name in (WRITTEN_FILE, NOTED_FILE))
        return (successor / (WRITTEN_FILE if is_begun else CHECKED_FILE)).exists()

    def _is_live(self, job_id: str, attempt: int) -> bool:
        with self.database.read() as session:
            row = session.execute(select(Job.state, Job.attempt).where(Job.id == job_id)).one_or_none()
        if row is None:
            return _is_young(self.workspace.attempt_folder(job_id, attempt))
        return (row.state, row.attempt) == (JobState.RUNNING, attempt)


def _is_young(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime < STRANGER_SECONDS
    except FileNotFoundError:
        return False
