"""Puts the services together from the settings, for the web application and for the worker alike."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from config.machine import engine_memory_mb, engine_output_mb, engine_spill_mb, views_mb
from config.settings import Settings
from project.database import Database
from project.errors import NotFoundError, UnavailableError
from project.fetch.answers_store import AnswersStore
from project.fetch.plan import FetchLimits
from project.files.catalogue import Catalogue
from project.files.columnar import ColumnarCopies
from project.files.exports.store import Exports
from project.files.grid.making import Views
from project.files.grid.service import Grid
from project.files.inspections import Inspections
from project.files.leftovers import Leftovers
from project.files.uploads.store import UploadStore
from project.files.uploads.upload import Limits
from project.files.view import Birth, Origin
from project.files.workspace import Workspace
from project.jobs.broker import producer
from project.jobs.doorbell import CeleryDoorbell
from project.jobs.engine_environment import environment
from project.jobs.file_uses import uses
from project.jobs.inspecting import Inspecting, attempt_on
from project.jobs.lifeline import Lifeline
from project.jobs.nurseries import Nurseries
from project.jobs.queue import Queue
from project.jobs.recovery import Sweeper
from project.jobs.roster import Roster
from project.jobs.service import JobService
from project.jobs.supervisor import Supervisor
from project.jobs.terms import Budget, Terms
from project.jobs.trials import Trials
from project.secrets.service import Secrets
from project.up.service import Health

_MB = 1024 * 1024
# Where memory is scarce, the allocator of Polars gives back at once what is free: a tenth of the peak for some time.
_LITTLE_MEMORY_MB = 400
_THRIFTY = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"}


@dataclass(frozen=True)
class Services:
    """All services of one process; none of them has connected to anything yet."""

    settings: Settings
    database: Database
    workspace: Workspace
    uploads: UploadStore
    catalogue: Catalogue
    inspections: Inspections
    inspecting: Inspecting
    grid: Grid
    exports: Exports
    doorbell: CeleryDoorbell
    jobs: JobService
    trials: Trials
    secrets: Secrets
    answers: AnswersStore
    roster: Roster
    queue: Queue
    health: Health

    @property
    def engine_variables(self) -> dict[str, str]:
        """What an engine's environment has beside the worker's."""
        little = _THRIFTY if self.budget().memory_mb < _LITTLE_MEMORY_MB else {}
        return {**little, **_engine_variables(self.settings)}

    @property
    def fetch_limits(self) -> FetchLimits:
        """What a fetch may use and reach."""
        return _fetch_limits(self.settings)

    def supervisor(
        self, lifeline: Lifeline | None = None, worker_id: str | None = None, nurseries: Nurseries = Nurseries()
    ) -> Supervisor:
        """Runs jobs in a worker's process."""
        terms = Terms(
            lease_seconds=self.settings.lease_seconds,
            max_attempts=self.settings.max_attempts,
            wall_seconds=self.settings.engine_wall_seconds,
            stall_seconds=self.settings.engine_stall_seconds,
            variables=self.engine_variables,
            limits=self.fetch_limits,
            open_secret=self.secrets.open,
            find_copy=ColumnarCopies(self.catalogue, self.inspections).find,
        )
        line = lifeline, worker_id, nurseries, self.catalogue.find
        return Supervisor(self.database, self.workspace, self.budget, self.doorbell.ring, terms, *line)

    def sweeper(self) -> Sweeper:
        """Clears up after dead workers."""
        limits = self.settings.max_attempts, self.settings.lease_seconds
        chores = (
            self.uploads.sweep,
            self.catalogue.empty_trash,
            self.exports.sweep,
            self.trials.sweep,
            Leftovers(self.database, self.workspace).sweep,
        )
        return Sweeper(self.database, self.workspace, self.doorbell, *limits, chores=chores)

    def budget(self) -> Budget:
        """What an engine that starts now may use."""
        settings = self.settings
        return Budget(
            memory_mb=engine_memory_mb(settings.engine_memory_mb),
            spill_mb=engine_spill_mb(settings.engine_spill_mb, settings.data_dir),
            output_mb=engine_output_mb(settings.engine_output_mb, settings.data_dir),
            spill_is_set=bool(settings.engine_spill_mb),
            output_is_set=bool(settings.engine_output_mb),
        )


def assemble(settings: Settings) -> Services:
    """Connects to nothing."""
    database = Database(settings.database)
    workspace = Workspace(settings.data_dir)
    doorbell = CeleryDoorbell(producer(settings.broker))
    roster = Roster(database)
    catalogue = Catalogue(database, workspace, uses, settings.trash_hours)
    jobs = JobService(database, workspace, doorbell.ring)
    inspections = Inspections(workspace, partial(attempt_on, database, workspace))
    inspecting = Inspecting(database, workspace, jobs, inspections, settings.inspect_automatically)
    return Services(
        settings=settings,
        database=database,
        workspace=workspace,
        uploads=UploadStore(
            workspace, _upload_limits(settings), partial(_note_upload, catalogue, inspecting), catalogue.naming
        ),
        catalogue=catalogue,
        inspections=inspections,
        inspecting=inspecting,
        grid=_grid(settings, workspace),
        exports=Exports(workspace),
        doorbell=doorbell,
        jobs=jobs,
        trials=Trials(database, jobs),
        answers=AnswersStore(workspace.journals),
        secrets=Secrets(database, settings.session_key),
        roster=roster,
        queue=Queue(database, roster, picture_seconds=1.0),
        health=Health(database, settings.broker),
    )


def _engine_variables(settings: Settings) -> dict[str, str]:
    return {
        # The machine code that the engine compiles at its first use; beside the source it may not be writable.
        "NUMBA_CACHE_DIR": str(settings.state_dir / "numba"),
        # There are none, and looking for them takes a tenth of the engine's start.
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }


def _grid(settings: Settings, workspace: Workspace) -> Grid:
    """Half of the web server's threads at most wait for views, so that pages are served meanwhile."""
    views = Views(
        workspace.inspections,
        lambda: views_mb(settings.views_mb, settings.data_dir),
        environment(_engine_variables(settings)),
        at_once=max(1, settings.web_threads // 2),
    )
    return Grid(views, lambda: engine_memory_mb(settings.engine_memory_mb))


def _note_upload(catalogue: Catalogue, inspecting: Inspecting, name: str) -> None:
    """Where a file comes from, and what is in it, is not worth failing its upload for: without this, it counts as
    found, and is inspected when somebody looks at it."""
    with suppress(UnavailableError, NotFoundError):
        inspecting.look(catalogue.note_birth(name, Birth(origin=Origin.UPLOADED)))


def _fetch_limits(settings: Settings) -> FetchLimits:
    total = settings.enrich_timeout_seconds
    return FetchLimits(
        connect_seconds=min(10.0, total),
        read_seconds=min(30.0, total),
        total_seconds=total,
        response_mb=settings.enrich_response_mb,
        allow_hosts=settings.enrich_allow_hosts,
        ports=settings.enrich_ports,
        proxy=settings.enrich_proxy,
    )


def _upload_limits(settings: Settings) -> Limits:
    """Half of the web server's threads at most wait for uploads, so that pages are served meanwhile."""
    return Limits(
        most=settings.upload_max_mb * _MB,
        quota=settings.upload_quota_mb * _MB,
        expiry_seconds=settings.upload_expiry_hours * 3600,
        at_once=max(1, settings.web_threads // 2),
    )
