"""The thread that sweeps every few seconds, in one worker of many."""

from __future__ import annotations

import logging
import threading
import uuid

from project.errors import UnavailableError
from project.jobs.leader import lead, resign
from project.jobs.recovery import Sweeper

log = logging.getLogger(__name__)
LEASE = "sweeper"


class SweepLoop:
    """Started when the worker is ready, stopped when it shuts down."""

    def __init__(self, sweeper: Sweeper, seconds: float) -> None:
        self._sweeper = sweeper
        self._seconds = seconds
        # Not the host and the process: both are used again, by one who may then believe to lead already.
        self._holder = str(uuid.uuid4())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Sweep at once, then every so many seconds."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is under way."""
        self._stop.set()
        self._thread.join(self._seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._round()
            self._stop.wait(self._seconds)
        try:
            resign(self._sweeper.database, LEASE, self._holder)
        except UnavailableError:
            log.info("sweeper not resigned: its lease runs out by itself")

    def _round(self) -> None:
        try:
            if lead(self._sweeper.database, LEASE, self._holder, 3 * self._seconds):
                self._sweeper.sweep()
        except Exception:
            # The thread's edge: a round that failed may not end all the later ones.
            log.exception("sweep failed")
