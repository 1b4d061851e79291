"""Clocks that are put, and names that are used again."""

from __future__ import annotations

import signal
import socket
from datetime import datetime, timedelta

from sqlalchemy import select

from chaos.arena import Arena
from chaos.product import wait_for
from chaos.scenario import Scenario
from project.jobs.models import Job, Lease
from project.jobs.states import UNFINISHED, JobState


class Clock(Scenario):
    """The database's clock is put by an hour: the same as if all that is stored were an hour older, or younger."""

    name = "clock"

    def strike(self, arena: Arena) -> None:
        """Move the stored times."""
        by = timedelta(hours=arena.random.choice((-1, 1)))
        with arena.product.database.write() as session:
            for job in session.scalars(select(Job).where(Job.state.in_(UNFINISHED)).with_for_update()):
                job.lease_until, job.rung_at = _moved(job.lease_until, by), _moved(job.rung_at, by)
                job.updated_at += by
            for lease in session.scalars(select(Lease).with_for_update()):
                lease.until += by
        arena.struck()


class ReusedNames(Scenario):
    """A worker's process dies, and another one has its host's name and its process ID."""

    name = "reused-names"

    def strike(self, arena: Arena) -> None:
        """Kill one, and write the name of one that lives where the dead one's stood."""
        wait_for(lambda: arena.product.processes.engines, 30)
        processes = arena.product.processes
        busy = {engine.parent for engine in processes.engines}
        victims = [child for child in processes.children if child.pid in busy]
        others = [child for child in processes.children if child.pid not in busy] or processes.worker
        if not victims or not others or not victims[0].send(signal.SIGKILL):
            return
        arena.struck()
        host = socket.gethostname()
        with arena.product.database.write() as session:
            named = Job.worker == f"{host}:{victims[0].pid}"
            for job in session.scalars(select(Job).where(named, Job.state == JobState.RUNNING).with_for_update()):
                job.worker = f"{host}:{others[0].pid}"


def _moved(time: datetime | None, by: timedelta) -> datetime | None:
    return None if time is None else time + by
