"""What can be done with jobs: submit, look up, list, cancel, retry. Knows no Flask and no Celery."""

from __future__ import annotations

import json
import logging
import math
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from project.database import Database
from project.database.clock import now
from project.engine.dialect import DialectChoice
from project.errors import ConflictError, NotFoundError, UnavailableError
from project.files.notes import hold, kept_choice
from project.files.workspace import Workspace
from project.jobs import matching, pauses, preflight, tables
from project.jobs.kinds import JobKind, inspected_file
from project.jobs.models import Job, JobLog
from project.jobs.rows import FRESH_PROGRESS, add_line, line_of, view_of
from project.jobs.states import PUBLISHING, UNFINISHED, JobState
from project.jobs.tables import OtherFile, others_of
from project.jobs.view import JobPage, JobView, LogLine
from project.operations.enrich import Enrich
from project.operations.recipe import Recipe
from project.secrets.service import checked

Ring = Callable[[str, JobKind], None]
log = logging.getLogger(__name__)
KEPT = 1000
_SHARED_SECONDS = 0.05
_BY_ID = select(*Job.__table__.columns).where(Job.__table__.columns.id == bindparam("id"))
_NEWEST_LINES = (
    select(JobLog.at, JobLog.attempt, JobLog.level, JobLog.message)
    .where(JobLog.job_id == bindparam("id"))
    .order_by(JobLog.number.desc())
    .limit(bindparam("limit"))
)


class JobService:
    """The job table is the truth; `ring` only tells a worker that a job waits, and may fail with UnavailableError."""

    def __init__(self, database: Database, workspace: Workspace, ring: Ring) -> None:
        self.database = database
        self.workspace = workspace
        self._ring = ring
        # Nothing about a job that has succeeded changes any more.
        self._succeeded: dict[str, JobView] = {}
        # When a job was looked up last, and how it stood.
        self._recent: dict[str, tuple[float, JobView]] = {}

    def submit(self, input: str, output: str, recipe: Recipe, dialect: DialectChoice | None = None) -> JobView:
        """Accept a job: from here on it ends, whatever happens. Without a `dialect`, the file is read as was kept for
        it, or else as is found in it. Raises InvalidInputError, NotFoundError (names, columns), DamagedInputError
        (nothing can be read) or ConflictError (another job writes that output)."""
        choice = dialect if dialect is not None else self.kept_choice(input)
        others = self.others(recipe)
        resolved = preflight.check(self.workspace, input, output, recipe, choice, _choices(others))
        job = Job(
            id=str(uuid.uuid4()),
            input=input,
            output=output,
            recipe=json.dumps(resolved.to_json()),
            choice=choice.model_dump_json(exclude_none=True),
            rung_at=now(),
        )
        return self.accept(job, _kept_words(choice) if dialect is None else "", others)

    def accept(self, job: Job, note: str = "", others: tuple[OtherFile, ...] = ()) -> JobView:
        """The same for a job that somebody else has checked. Raises NotFoundError (its files) or ConflictError."""
        view = self._insert(job, note, others)
        log.info("job accepted", extra={"job": view.id, "input": view.input, "output": view.output})
        self._ring_for(view)
        return view

    def get(self, id: str) -> JobView:
        """The job of that ID. Raises NotFoundError, also for what is no ID at all."""
        known = self._succeeded.get(id)
        if known is not None:
            return known
        row = None
        if _is_id(id):
            with self.database.look_up() as connection:
                row = connection.execute(_BY_ID, {"id": id}).one_or_none()
        if row is None:
            raise _unknown(id)
        return self._keep(view_of(row))

    def look_up(self, id: str) -> JobView:
        """As `get`, for those who ask again and again: they may share what one of them found a twentieth second ago."""
        seen_at, job = self._recent.get(id, (-math.inf, None))
        if job is None or time.monotonic() - seen_at > _SHARED_SECONDS:
            if len(self._recent) >= KEPT:
                self._recent.clear()
            seen_at, job = time.monotonic(), self.get(id)
            self._recent[id] = seen_at, job
        return job

    def latest(self, limit: int = 10) -> tuple[JobView, ...]:
        """The newest jobs, newest first."""
        return self.page(limit=limit).jobs

    def page(
        self,
        before: str | None = None,
        limit: int = 50,
        state: JobState | None = None,
        kind: JobKind = JobKind.RECIPE,
    ) -> JobPage:
        """Jobs that were submitted before the job `before` (an ID; None: from the newest), in one state or in all."""
        query = select(Job).where(Job.kind == kind).order_by(Job.number.desc()).limit(limit + 1)
        if state is not None:
            query = query.where(Job.state == state)
        with self.database.read() as session:
            if before is not None:
                query = query.where(Job.number < _find(session, before).number)
            views = tuple(view_of(job) for job in session.scalars(query))
        return JobPage(jobs=views[:limit], older=views[limit - 1].id if len(views) > limit else None)

    def log(self, id: str, limit: int = 1000) -> tuple[LogLine, ...]:
        """The newest lines of the job's log, oldest first."""
        with self.database.look_up() as connection:
            rows = connection.execute(_NEWEST_LINES, {"id": id, "limit": limit}).all()
        return tuple(line_of(row) for row in reversed(rows))

    def cancel(self, id: str) -> JobView:
        """End a queued job at once; ask the worker of a running one to end it. Raises ConflictError if it is over."""
        with self.database.write() as session:
            job = _find(session, id, lock=True)
            if JobState(job.state).is_final:
                raise ConflictError(f"The job is {job.state} already, so there is nothing to cancel.")
            if job.state == JobState.RUNNING and job.phase == PUBLISHING:
                raise ConflictError("The job has succeeded and its result is being put in its place: it cannot end.")
            if job.state == JobState.QUEUED:
                _end_queued(session, job)
            elif not job.cancel_requested:
                add_line(session, job.id, job.attempt, "Asked to cancel.")
            job.cancel_requested = True
            session.flush()
            session.refresh(job)
            view = view_of(job)
        self._recent.pop(id, None)
        if view.is_final:
            # What an earlier attempt had left for the next one to go on from.
            self.workspace.remove_attempt_folders(view.id, view.attempt)
        return view

    def retry(self, id: str) -> JobView:
        """Queue a failed or cancelled job again, under its ID. Raises ConflictError in other states, and what
        `submit` raises."""
        before = self.get(id)
        if before.is_inspection:
            raise ConflictError("An inspection is begun anew from its file: see what can be done with that.")
        if before.is_trial:
            raise ConflictError("A trial is begun anew: nothing of it is lost, its answers are kept.")
        if not before.can_retry:
            raise ConflictError(f"The job is {before.state}: only a failed or cancelled one can be tried again.")
        others = others_of(self.database, id)
        preflight.check(self.workspace, before.input, before.output, before.recipe, before.choice, _choices(others))
        view = self._requeue(before, others)
        self._recent.pop(id, None)
        self._ring_for(view)
        return view

    def pause(self, id: str) -> JobView:
        """Stop a job that calls an API until somebody resumes it; its answers are kept. Raises ConflictError."""
        return self._change(id, self._pause)

    def resume(self, id: str) -> JobView:
        """Let a paused job wait for a worker again, whatever it was paused for. Raises ConflictError."""
        view = self._change(id, pauses.resume)
        self._ring_for(view)
        return view

    def kept_choice(self, input: str) -> DialectChoice:
        """How the file is read if nobody says more. Raises what `Workspace.input` raises."""
        self.workspace.input(input)  # not every name may come near a database
        with self.database.read() as session:
            return kept_choice(session, input)

    def others(self, recipe: Recipe) -> tuple[OtherFile, ...]:
        """The other files of a recipe's steps, each read as was kept for it; and the secret of its API is there.

        Raises InvalidInputError or NotFoundError.
        """
        names = {at: path.name for at, path in matching.joined_files(self.workspace, recipe).items()}
        with self.database.read() as session:
            for step in recipe.steps:
                if isinstance(step, Enrich) and step.api.secret is not None:
                    checked(session, step.api.secret, step.api.host)
            return tuple(OtherFile(step=at, name=name, choice=kept_choice(session, name)) for at, name in names.items())

    @staticmethod
    def _pause(session: Session, job: Job) -> None:
        view = view_of(job)
        if view.enrich is None or not view.writes_file:
            raise ConflictError("Only a job that calls an API can be paused.")
        if not view.is_paused:
            pauses.pause_by_hand(session, job)

    def _change(self, id: str, change: Callable[[Session, Job], None]) -> JobView:
        with self.database.write() as session:
            job = _find(session, id, lock=True)
            change(session, job)
            session.flush()
            session.refresh(job)
            view = view_of(job)
        self._recent.pop(id, None)
        return view

    def _keep(self, job: JobView) -> JobView:
        if job.state is JobState.SUCCEEDED:
            if len(self._succeeded) >= KEPT:
                self._succeeded.clear()
            self._succeeded[job.id] = job
        return job

    def _insert(self, job: Job, said: str, others: tuple[OtherFile, ...]) -> JobView:
        try:
            with self.database.write() as session:
                for name in sorted({job.input, *(other.name for other in others)}):
                    hold(session, self.workspace, name)
                session.add(job)
                session.flush()
                tables.note(session, job.id, others)
                add_line(session, job.id, 0, "Accepted and queued.")
                if said:
                    add_line(session, job.id, 0, said)
                session.refresh(job)
                return view_of(job)
        except IntegrityError as error:
            raise self._conflict(job.output) from error

    def _requeue(self, before: JobView, others: tuple[OtherFile, ...]) -> JobView:
        values = {
            **FRESH_PROGRESS,
            "state": JobState.QUEUED,
            "deaths": 0,
            "error_code": None,
            "error_message": None,
            "started_at": None,
            "finished_at": None,
            "worker": None,
            "worker_id": None,
            "cancel_requested": False,
            "paused_until": None,
            "paused_reason": None,
            "updated_at": now(),
            "rung_at": now(),
        }
        try:
            with self.database.write() as session:
                for name in sorted({before.input, *(other.name for other in others)}):
                    hold(session, self.workspace, name)
                # Of two people who press the button at once, one finds the state changed.
                query = update(Job).where(Job.id == before.id, Job.state == before.state).values(values)
                if not session.execute(query.returning(Job.id)).all():
                    raise ConflictError("Somebody has queued the job again already.")
                add_line(session, before.id, before.attempt, "Queued again by hand.")
                return view_of(_find(session, before.id))
        except IntegrityError as error:
            raise self._conflict(before.output) from error

    def _conflict(self, output: str) -> ConflictError:
        query = select(Job.id).where(Job.output == output, Job.state.in_(UNFINISHED))
        with self.database.read() as session:
            other = session.scalar(query)
        by = f"The job {other}" if other else "Another job"
        if inspected_file(output) != output:
            return ConflictError(f"The file is being inspected already: {by[0].lower()}{by[1:]} does it.")
        return ConflictError(
            f"{by} is writing “{output}” and has not ended: wait for it, or choose another output.", field="output"
        )

    def _ring_for(self, job: JobView) -> None:
        try:
            self._ring(job.id, job.kind)
        except UnavailableError as error:
            # The row stands: the sweeper rings for it when Redis is back.
            log.warning("doorbell failed", extra={"job": job.id, "reason": error.message})
            with suppress(UnavailableError), self.database.write() as session:
                session.execute(update(Job).where(Job.id == job.id).values(rung_at=None))


def _choices(others: tuple[OtherFile, ...]) -> dict[int, DialectChoice]:
    return {other.step: other.choice for other in others}


def _kept_words(choice: DialectChoice) -> str:
    return "" if choice.is_empty else f"Read as was kept for this file by hand: {choice.sentence()}."


def _find(session: Session, id: str, *, lock: bool = False) -> Job:
    query = select(Job).where(Job.id == id)
    job = session.scalar(query.with_for_update() if lock else query) if _is_id(id) else None
    if job is None:
        raise _unknown(id)
    return job


def _unknown(id: str) -> NotFoundError:
    return NotFoundError(f"No job has the ID “{id[:100]}”. Is a character missing?", field="process_id")


def _is_id(id: str) -> bool:
    try:
        return str(uuid.UUID(id)) == id
    except ValueError:
        return False


def _end_queued(session: Session, job: Job) -> None:
    job.state = JobState.CANCELLED
    job.finished_at = now()
    job.updated_at = now()
    add_line(session, job.id, job.attempt, "Cancelled before it ran.")
