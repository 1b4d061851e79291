"""Runs one attempt at a job: claims it, starts the engine, passes its progress on, publishes or records the end."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from project import faults
from project.database import Database
from project.engine.plan import CHECKED_FILE, kept_files
from project.errors import RowmillError, UnavailableError
from project.files.view import FileView
from project.files.workspace import Workspace
from project.jobs import inspected, publish
from project.jobs.attempt import Attempt, CancelledError, LostLeaseError, claim
from project.jobs.completion import complete, failure_of
from project.jobs.course import Course, Means
from project.jobs.deaths import Death
from project.jobs.inspected import Source
from project.jobs.lifeline import Lifeline
from project.jobs.nurseries import Nurseries
from project.jobs.service import Ring
from project.jobs.states import FINAL, JobState
from project.jobs.tables import others_of
from project.jobs.terms import Budget, Terms
from project.jobs.view import JobView
from project.jobs.watch import Bounds, DiedError, PausedError, StoppingError, YieldingError

FindFile = Callable[[str], FileView]
log = logging.getLogger(__name__)
_UNKNOWN = "database away"
_LOST = "lost its lease"


class Supervisor:
    """Runs jobs one after the other in a worker's process. `budget` is asked at the start of each attempt.

    Processes come from the nurseries, if there are some. `find_file` finds the file that is to be inspected by its ID.
    """

    def __init__(
        self,
        database: Database,
        workspace: Workspace,
        budget: Callable[[], Budget],
        ring: Ring,
        terms: Terms = Terms(),
        lifeline: Lifeline | None = None,
        worker_id: str | None = None,
        nurseries: Nurseries = Nurseries(),
        find_file: FindFile | None = None,
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._budget = budget
        self._ring = ring
        self._terms = terms
        self._lifeline = lifeline
        self._worker_id = worker_id
        self._nurseries = nurseries
        self._find_file = find_file
        self._worker = f"{socket.gethostname()}:{os.getpid()}"

    def run(self, job_id: str) -> None:
        """Run one attempt, if there is something to run; never raises for what happens to the job."""
        terms = self._terms
        limits = terms.lease_seconds, terms.max_attempts
        try:
            attempt = claim(self._database, job_id, self._worker, *limits, worker_id=self._worker_id)
        except UnavailableError as error:
            # The message is gone with this; the sweeper rings again.
            log.error("database away", extra={"job": job_id, "reason": error.message})
            return
        if attempt is None:
            log.info("nothing to run", extra={"job": job_id})
            return
        log.info("attempt started", extra={"job": job_id, "attempt": attempt.number})
        outcome = ""
        try:
            outcome = self._outcome(attempt)
        finally:
            self._clear(attempt, outcome)
        log.info("attempt ended", extra={"job": job_id, "attempt": attempt.number, "outcome": outcome})

    def _outcome(self, attempt: Attempt) -> str:
        try:
            return self._settled(attempt)
        except LostLeaseError:
            return _LOST
        except UnavailableError as error:
            # Without the database nothing can be recorded: the lease runs out and another attempt follows.
            log.error("database away", extra={"job": attempt.job.id, "reason": error.message})
            return _UNKNOWN

    def _settled(self, attempt: Attempt) -> str:
        try:
            return self._requeued(attempt, self._work(attempt))
        except CancelledError:
            self._forget(attempt)
            attempt.cancel()
            return "cancelled"
        except StoppingError:
            state = attempt.give_back("Handed back to the queue: this worker is stopping.")
            return self._requeued(attempt, state)
        except YieldingError:
            return self._requeued(attempt, attempt.give_back("Gave way to a job that waits: queued again."))
        except PausedError as error:
            # Not rung for: the sweeper does, when it is time.
            return attempt.pause(error.seconds, error.reason)
        except DiedError as error:
            return self._buried(attempt, error.death)
        except UnavailableError:
            raise
        except RowmillError as error:
            self._forget(attempt)
            attempt.fail(error.code, error.message)
            return f"failed: {error.code}"
        except OSError as error:
            return self._failed_on_disk(attempt, error)

    def _work(self, attempt: Attempt) -> JobState:
        job_id, number = attempt.job.id, attempt.number
        folder = self._workspace.make_attempt_folder(job_id, number)
        faults.point("plan")
        source = self._source(attempt.job)
        others = others_of(self._database, job_id)
        means = Means(self._workspace, self._budget(), self._terms, self._nurseries)
        course = Course(attempt, folder, source, others, means, self._bounds())
        done = course.run()
        if attempt.job.is_trial:
            return attempt.report(course.report(), done)
        decided = attempt.decide(done, self._prepared(attempt.job, folder, source))
        return complete(attempt, self._workspace, decided, self._terms.max_attempts)

    def _clear(self, attempt: Attempt, outcome: str) -> None:
        """Leave what the next attempt can go on from, or nothing."""
        job_id, workspace = attempt.job.id, self._workspace
        if outcome == _UNKNOWN:
            return  # the success may be decided and the result not yet moved: the sweeper can tell
        is_followed = outcome in (JobState.QUEUED, _LOST)
        folder = workspace.attempt_folder(job_id, attempt.number)
        if is_followed and attempt.job.enrich is None and (folder / CHECKED_FILE).exists():
            # The next attempt may be reading it right now; the sweeper removes it when it is of no more use.
            workspace.strip_attempt_folder(job_id, attempt.number, kept_files(folder))
            return
        workspace.remove_attempt_folder(job_id, attempt.number)
        if outcome.split(":")[0] in FINAL:
            self._forget(attempt)

    def _forget(self, attempt: Attempt) -> None:
        """Before a failure or a cancellation is recorded: whoever sees that end finds nothing of the job left."""
        self._workspace.remove_attempt_folders(attempt.job.id, attempt.number)

    def _bounds(self) -> Bounds:
        terms = self._terms
        return Bounds(terms.lease_seconds, self._lifeline, terms.wall_seconds, terms.stall_seconds)

    def _source(self, job: JobView) -> Source:
        if job.file_id and self._find_file:
            return inspected.source_of(self._workspace, self._find_file(job.file_id), job)
        return Source(self._workspace.input(job.input), job.input)

    def _prepared(self, job: JobView, folder: Path, source: Source) -> tuple[str, str | None]:
        if job.is_inspection:
            return inspected.prepare(folder, source)
        return publish.prepare(self._workspace, folder, job.output)

    def _buried(self, attempt: Attempt, death: Death) -> str:
        log.warning("engine died", extra={"job": attempt.job.id, "attempt": attempt.number, "how": death.how})
        return self._requeued(attempt, attempt.bury(death, self._terms.max_attempts))

    def _requeued(self, attempt: Attempt, state: JobState) -> str:
        if state is JobState.QUEUED:
            self._ring_again(attempt)
        return state

    def _failed_on_disk(self, attempt: Attempt, error: OSError) -> str:
        failure = failure_of(error)
        self._forget(attempt)
        attempt.fail(failure.code, failure.message)
        return f"failed: {failure.code}"

    def _ring_again(self, attempt: Attempt) -> None:
        try:
            self._ring(attempt.job.id, attempt.job.kind)
        except UnavailableError as error:
            # The sweeper rings when Redis is back.
            log.warning("doorbell failed", extra={"job": attempt.job.id, "reason": error.message})
