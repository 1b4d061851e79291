"""A job whose engine may not have the memory that it needs."""

from __future__ import annotations

import resource
from dataclasses import replace

from sqlalchemy import select

from chaos.arena import Arena
from chaos.material import KINDS
from chaos.processes import Process
from chaos.product import wait_for
from chaos.scenario import Scenario
from project.jobs.models import Job

ENDS_SECONDS = 120.0
# Of private memory: from little more than the libraries need to be imported (below, some hide why they cannot) to what
# the work passes in its middle.
MEGABYTES = (160, 320)
_LARGE = next(kind for kind in KINDS if kind.name == "large")


class Memory(Scenario):
    """Each engine of one job gets a limit (RLIMIT_DATA) that it meets sooner or later: allocations fail for real."""

    name = "memory"
    # An engine in which a thread has died for lack of memory may wait for it, without a word.
    variables = {"MAX_ATTEMPTS": "3", "ENGINE_STALL_SECONDS": "5"}
    doomed = replace(_LARGE, name="doomed", ending="failed")

    def strike(self, arena: Arena) -> None:
        """Submit one, and limit its engine whenever it appears."""
        job = arena.stream.submit(self.doomed)
        if job.id is None:
            return
        arena.struck()
        megabytes = arena.random.randint(*MEGABYTES)
        limited: set[int] = set()

        def has_ended() -> bool:
            for engine in arena.product.processes.engines:
                if str(job.id) in engine.command + engine.folder and engine.pid not in limited:
                    limited.add(engine.pid)
                    _limit(engine, megabytes << 20)
            _, answer = arena.product.ask(f"/api/v1/jobs/{job.id}")
            return answer.get("state") in ("succeeded", "failed")

        wait_for(has_ended, ENDS_SECONDS)
        message = (arena.product.ask(f"/api/v1/jobs/{job.id}")[1].get("error") or {}).get("message")
        arena.notes.append(f"{megabytes} MB: {message}")

    def breaches(self, arena: Arena) -> list[str]:
        """Tried exactly three times, and the cause in words."""
        with arena.product.database.read() as session:
            jobs = session.scalars(select(Job).where(Job.output.startswith(self.doomed.name))).all()
        return [
            f"{job.output} was tried {job.attempt} times: {job.error_message}"
            for job in jobs
            if job.attempt != 3 or "out of memory" not in str(job.error_message)
        ]


def _limit(engine: Process, size: int) -> None:
    try:
        resource.prlimit(engine.pid, resource.RLIMIT_DATA, (size, size))
    except ProcessLookupError:
        pass  # it has ended since it was seen
