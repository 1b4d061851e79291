"""kill -9 of one process, or of one and all that it started, at a moment that nobody chose."""

from __future__ import annotations

import signal

from chaos.arena import Arena
from chaos.processes import Process
from chaos.product import wait_for
from chaos.scenario import Scenario

APPEAR_SECONDS = 30.0


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
