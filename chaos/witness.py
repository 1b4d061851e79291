"""Watches the job table and the workspace while things break: what succeeded may never change again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sqlalchemy import select

from chaos.product import Product
from project.errors import UnavailableError
from project.jobs.models import Job
from project.jobs.publish import stamp
from project.jobs.states import JobState

LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Sight:
    """A published file as it was first seen."""

    attempt: int
    inode: int
    stamp: str


class Witness:
    """A thread that notes each succeeded job's file at first sight."""

    def __init__(self, product: Product) -> None:
        self.seen: dict[str, Sight | None] = {}
        self._product = product
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look once more, then no longer."""
        self._stop.set()
        self._thread.join(60)
        self._look()

    def sight(self, job: Job) -> Sight | None:
        """The job's file as it is now; None: there is none."""
        path = self._product.workspace.folder / job.output
        try:
            return Sight(job.attempt, path.lstat().st_ino, stamp(path))
        except FileNotFoundError:
            return None

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self._look()
            except UnavailableError:
                continue  # it was taken away on purpose

    def _look(self) -> None:
        with self._product.database.read() as session:
            jobs = session.scalars(select(Job).where(Job.state == JobState.SUCCEEDED)).all()
        for job in jobs:
            if job.id not in self.seen:
                self.seen[job.id] = self.sight(job)
