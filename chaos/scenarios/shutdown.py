"""The product is asked to end with jobs running, and started again."""

from __future__ import annotations

import signal
import time

from sqlalchemy import func, select

from chaos.arena import Arena
from chaos.product import wait_for
from chaos.scenario import Scenario
from project.jobs.models import Job
from project.jobs.states import JobState

ENDS = ((signal.SIGTERM,), (signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT))
HURRY_SECONDS = 0.3


class Shutdown(Scenario):
    """Asked once, jobs are handed back at once; asked twice, it is quicker and not dirtier."""

    name = "shutdown"
    a_round = 3

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._found: list[str] = []

    def strike(self, arena: Arena) -> None:
        """End it, look at what is left, start it again."""
        wait_for(lambda: arena.product.processes.engines, 30)
        signals = arena.random.choice(ENDS)
        arena.struck()
        for number in signals:
            arena.product.signal(number)
            time.sleep(HURRY_SECONDS)
        words = " and ".join(number.name for number in signals)
        if not arena.product.wait():
            self._found.append(f"{words} did not end the product")
        if not wait_for(lambda: not arena.product.processes.all, 5):
            self._found.append(f"{words} left {[process.command for process in arena.product.processes.all]}")
        if len(signals) == 1 and (left := _running(arena)):
            self._found.append(f"{words} left {left} jobs running that no worker runs")
        arena.product.start()

    def breaches(self, arena: Arena) -> list[str]:
        """What an end left behind."""
        return self._found


def _running(arena: Arena) -> int:
    with arena.product.database.read() as session:
        return session.scalar(select(func.count()).where(Job.state == JobState.RUNNING)) or 0
