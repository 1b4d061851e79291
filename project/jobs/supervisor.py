"""Runs one attempt at a job: claims it, starts the engine, passes its progress on, publishes or records the end."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from project import faults
from project.database import Database
from project.engine.plan import CHECKED_FILE, PLAN_FILE, Plan, kept_files
from project.errors import RowmillError, UnavailableError
from project.files.view import FileView
from project.files.workspace import Workspace
from project.jobs import inspected, publish
from project.jobs.attempt import Attempt, CancelledError, LostLeaseError, claim
from project.jobs.completion import complete, failure_of
from project.jobs.deaths import Death
from project.jobs.engine_process import COMMAND, EngineProcess
from project.jobs.inspected import Source
from project.jobs.lifeline import Lifeline
from project.jobs.nursery import Nursery
from project.jobs.service import Ring
from project.jobs.states import FINAL, JobState
from project.jobs.view import JobView
from project.jobs.watch import DiedError, StoppingError, Watch, YieldingError

FindFile = Callable[[str], FileView]
log = logging.getLogger(__name__)
_UNKNOWN = "database away"
_LOST = "lost its lease"


@dataclass(frozen=True)
class Budget:
    """What one engine may use."""

    memory_mb: int
    spill_mb: int
    output_mb: int
    spill_is_set: bool = True
    """Whether a person has set that limit; else it follows from what the disk has free."""
    output_is_set: bool = True


@dataclass(frozen=True)
class Terms:
    """How long a lease lasts without a sign of life, how many attempts may die, and how an engine is started.

    An engine that has run for `wall_seconds` is ended, and the job with it; one that has done nothing for
    `stall_seconds` is ended and counts as dead. 0: it may take its time.
    `variables` are those of the engine's environment that the worker's own may overrule.
    """

    lease_seconds: float = 30.0
    max_attempts: int = 3
    wall_seconds: float = 0.0
    stall_seconds: float = 0.0
    command: tuple[str, ...] = COMMAND
    variables: Mapping[str, str] = field(default_factory=dict)


class Supervisor:
    """Runs jobs one after the other in a worker's process. `budget` is asked at the start of each attempt.

    Engines come from the nursery, if there is one. `find_file` finds the file that is to be inspected by its ID.
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
        nursery: Nursery | None = None,
        find_file: FindFile | None = None,
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._budget = budget
        self._ring = ring
        self._terms = terms
        self._lifeline = lifeline
        self._worker_id = worker_id
        self._nursery = nursery
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
        plan = folder / PLAN_FILE
        faults.point("plan")
        source = self._source(attempt.job)
        plan.write_text(self._plan(attempt, folder, source).model_dump_json(by_alias=True, exclude_none=True))
        with EngineProcess(plan, self._terms.command, self._terms.variables, self._nursery) as engine:
            done = self._watch(attempt, engine).until_finished()
            done.ledger.check()
        decided = attempt.decide(done, self._prepared(attempt.job, folder, source))
        return complete(attempt, self._workspace, decided, self._terms.max_attempts)

    def _clear(self, attempt: Attempt, outcome: str) -> None:
        """Leave what the next attempt can go on from, or nothing."""
        job_id, workspace = attempt.job.id, self._workspace
        if outcome == _UNKNOWN:
            return  # the success may be decided and the result not yet moved: the sweeper can tell
        is_followed = outcome in (JobState.QUEUED, _LOST)
        folder = workspace.attempt_folder(job_id, attempt.number)
        if is_followed and (folder / CHECKED_FILE).exists():
            # The next attempt may be reading it right now; the sweeper removes it when it is of no more use.
            workspace.strip_attempt_folder(job_id, attempt.number, kept_files(folder))
            return
        workspace.remove_attempt_folder(job_id, attempt.number)
        if outcome.split(":")[0] in FINAL:
            self._forget(attempt)

    def _forget(self, attempt: Attempt) -> None:
        """Before a failure or a cancellation is recorded: whoever sees that end finds nothing of the job left."""
        self._workspace.remove_attempt_folders(attempt.job.id, attempt.number)

    def _watch(self, attempt: Attempt, engine: EngineProcess) -> Watch:
        terms = self._terms
        seconds = terms.lease_seconds, self._lifeline, terms.wall_seconds, terms.stall_seconds
        return Watch(attempt, engine, *seconds)

    def _source(self, job: JobView) -> Source:
        if job.file_id and self._find_file:
            return inspected.source_of(self._workspace, self._find_file(job.file_id), job)
        return Source(self._workspace.input(job.input), job.input)

    def _prepared(self, job: JobView, folder: Path, source: Source) -> tuple[str, str | None]:
        if job.is_inspection:
            return inspected.prepare(folder, source)
        return publish.prepare(self._workspace, folder, job.output)

    def _plan(self, attempt: Attempt, folder: Path, source: Source) -> Plan:
        job, budget = attempt.job, self._budget()
        return Plan(
            job_id=job.id,
            attempt=attempt.number,
            input=source.path,
            input_name=source.name,
            folder=folder,
            earlier=self._workspace.earlier_attempt_folder(job.id, attempt.number),
            facts=self._workspace.facts,
            recipe=job.recipe,
            inspection=job.is_inspection,
            dialect=job.choice,
            memory_mb=budget.memory_mb,
            spill_mb=budget.spill_mb,
            output_mb=budget.output_mb,
            spill_is_set=budget.spill_is_set,
            output_is_set=budget.output_is_set,
        )

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
