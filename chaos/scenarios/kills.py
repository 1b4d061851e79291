"""kill -9 of one process, or of one and all that it started, at a moment that nobody chose."""

from __future__ import annotations

import signal

from sqlalchemy import select

from chaos.arena import Arena
from chaos.material import KINDS, Kind
from chaos.processes import Process
from chaos.product import wait_for
from chaos.scenario import Scenario
from project.jobs.models import Job

APPEAR_SECONDS = 30.0
ENDS_SECONDS = 90.0
_LARGE = next(kind for kind in KINDS if kind.name == "large")


class _Kill(Scenario):
    def victims(self, arena: Arena) -> list[Process]:
        """Any of these will do."""
        raise NotImplementedError

    def strike(self, arena: Arena) -> None:
        """Kill one of them."""
        wait_for(lambda: self.victims(arena), APPEAR_SECONDS)
        victims = self.victims(arena)
        if victims and arena.random.choice(victims).send(signal.SIGKILL):
            arena.struck()


class KillEngine(_Kill):
    """The process that reads and writes."""

    name = "kill-engine"

    def victims(self, arena: Arena) -> list[Process]:
        """The engines."""
        return arena.product.processes.engines


class KillWorkerChild(_Kill):
    """The process that runs one job, one engine at a time."""

    name = "kill-worker-child"

    def victims(self, arena: Arena) -> list[Process]:
        """The processes that look after an engine, if there are some."""
        processes = arena.product.processes
        busy = {engine.parent for engine in processes.engines}
        return [child for child in processes.children if child.pid in busy]


class KillWorker(_Kill):
    """The whole worker at once."""

    name = "kill-worker"

    def strike(self, arena: Arena) -> None:
        """Kill the worker's main process and all of its children, but not the engines: these notice by themselves."""
        wait_for(lambda: arena.product.processes.worker, APPEAR_SECONDS)
        processes = arena.product.processes
        sent = [process.send(signal.SIGKILL) for process in processes.worker + processes.children]
        if any(sent):
            arena.struck()


class KillWeb(_Kill):
    """The web server."""

    name = "kill-web"

    def victims(self, arena: Arena) -> list[Process]:
        """gunicorn's processes: the arbiter, or the one that answers."""
        return arena.product.processes.web


class Memory(Scenario):
    """A job whose engine is killed each time, as the kernel does when memory is short."""

    name = "memory"
    variables = {"MAX_ATTEMPTS": "3"}
    doomed = Kind("doomed", "large.csv", _LARGE.recipe, ending="failed")

    def strike(self, arena: Arena) -> None:
        """Submit one, and kill its engine whenever it appears."""
        job = arena.stream.submit(self.doomed)
        if job.id is None:
            return
        arena.struck()

        def has_ended() -> bool:
            for engine in arena.product.processes.engines:
                if str(job.id) in engine.command:
                    engine.send(signal.SIGKILL)
            _, answer = arena.product.ask(f"/api/v1/jobs/{job.id}")
            return answer.get("state") in ("succeeded", "failed")

        wait_for(has_ended, ENDS_SECONDS)

    def breaches(self, arena: Arena) -> list[str]:
        """Tried exactly three times, and the cause in words."""
        with arena.product.database.read() as session:
            jobs = session.scalars(select(Job).where(Job.output.startswith(self.doomed.name))).all()
        return [
            f"{job.output} was tried {job.attempt} times: {job.error_message}"
            for job in jobs
            if job.attempt != 3 or "out of memory" not in str(job.error_message)
        ]
