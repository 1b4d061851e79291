"""The Celery application that `celery -A project.worker worker --without-gossip --without-mingle` starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from celery import Celery, signals

from config.settings import Settings, load
from project import logs
from project.assembly import Services, assemble
from project.jobs import tasks
from project.jobs.broker import NAME, worker_configuration
from project.jobs.compiling import start_compiling
from project.jobs.heart import Heart
from project.jobs.lifeline import Lifeline
from project.jobs.nurseries import Nurseries
from project.jobs.roster import WorkerIdentity
from project.jobs.supervisor import Supervisor
from project.jobs.sweeping import SweepLoop


@dataclass
class _Process:
    """What this process has made so far: nothing at import, and nothing of the parent's after a fork."""

    settings: Settings | None = None
    services: Services | None = None
    lifeline: Lifeline | None = None
    identity: WorkerIdentity | None = None
    nurseries: Nurseries = Nurseries()
    heart: Heart | None = None
    sweeping: SweepLoop | None = None

    def get_settings(self) -> Settings:
        if self.settings is None:
            self.settings = load()
        return self.settings

    def get_services(self) -> Services:
        if self.services is None:
            self.services = assemble(self.get_settings())
        return self.services

    def get_lifeline(self) -> Lifeline:
        if self.lifeline is None:
            self.lifeline = Lifeline()
        return self.lifeline

    def get_supervisor(self) -> Supervisor:
        worker_id = self.identity.id if self.identity else None
        return self.get_services().supervisor(self.get_lifeline(), worker_id, self.nurseries)

    def make_heart(self, identity: WorkerIdentity) -> Heart:
        services = self.get_services()
        return Heart(services.roster, identity, services.doorbell)


_process = _Process()
celery = Celery(NAME)


def _configuration() -> dict[str, Any]:
    settings = _process.get_settings()
    return worker_configuration(settings.broker, settings.worker_concurrency)


# A function: it is called when the worker starts, not when this module is imported.
celery.add_defaults(_configuration)
tasks.register(celery, _process.get_supervisor, _process.get_lifeline)


@signals.setup_logging.connect
def _log(**_: object) -> None:
    logs.configure(_process.get_settings().log_level)


@signals.worker_init.connect
def _before_the_fork(sender: Any, **_: object) -> None:
    # The processes that run jobs inherit both.
    _process.identity = WorkerIdentity.of_this_process(sender.concurrency)
    _process.get_lifeline()


@signals.worker_process_init.connect
def _after_the_fork(**_: object) -> None:
    # Connections belong to the parent.
    if _process.services is not None:
        _process.services.database.forget()
    _process.services = None
    if not os.environ.get("FORKED_BY_MULTIPROCESSING"):
        _process.get_lifeline().leave_to_parent()
    if not _process.get_settings().is_development:  # in which each engine reads the code as it is by then
        # Each has its own: whoever asks for an engine is the one to wait for it.
        _process.nurseries = Nurseries.of(_process.get_services().engine_variables)
        _process.nurseries.prepare_engines()


@signals.worker_ready.connect
def _start_threads(**_: object) -> None:
    assert _process.identity is not None
    _process.heart = _process.make_heart(_process.identity)
    _process.heart.start()
    _process.sweeping = SweepLoop(_process.get_services().sweeper(), _process.get_settings().sweep_seconds)
    _process.sweeping.start()
    start_compiling(_process.get_services().engine_variables)


@signals.worker_shutting_down.connect
def _hand_back(**_: object) -> None:
    _process.get_lifeline().cut()


@signals.worker_shutdown.connect
def _stop_threads(**_: object) -> None:
    if _process.heart is not None:
        _process.heart.stop()
    if _process.sweeping is not None:
        _process.sweeping.stop()
