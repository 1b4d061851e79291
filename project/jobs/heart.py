"""The thread by which a worker shows every few seconds that it is alive, and whether it hears the doorbell."""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from project.errors import UnavailableError
from project.jobs.roster import BEAT_SECONDS, Roster, WorkerIdentity

log = logging.getLogger(__name__)


class Doorbell(Protocol):
    """What a heart listens for."""

    def waiting(self) -> int:
        """How many messages no worker has taken yet. Raises UnavailableError."""


class Heart:
    """Started when the worker is ready, stopped when it shuts down."""

    def __init__(
        self, roster: Roster, worker: WorkerIdentity, doorbell: Doorbell, seconds: float = BEAT_SECONDS
    ) -> None:
        self._roster = roster
        self._worker = worker
        self._doorbell = doorbell
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        """Beat at once, then every few seconds."""
        self._thread.start()

    def stop(self) -> None:
        """Leave the roster: this is an orderly end."""
        self._stop.set()
        self._thread.join(self._seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._beat()
            self._stop.wait(self._seconds)
        try:
            self._roster.leave(self._worker)
        except UnavailableError:
            log.info("not left the roster: the row ages by itself")

    def _beat(self) -> None:
        try:
            self._roster.beat(self._worker, self._hears())
        except Exception:
            # The thread's edge: a beat that was missed may not be the last.
            log.exception("heartbeat missed")

    def _hears(self) -> bool:
        try:
            self._doorbell.waiting()
        except UnavailableError:
            return False
        return True
