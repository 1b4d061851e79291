"""Deaths and stops at the moments that matter: around the publishing of a result, and its commit."""

from __future__ import annotations

import signal

from chaos.arena import Arena
from chaos.material import DAILY, SORTED
from chaos.product import LEASE_SECONDS, wait_for
from chaos.scenario import Scenario

BETWEEN = ("before-decision", "before-rejects", "between-renames", "before-commit", "after-commit")
# Within a transaction: on SQLite, who is stopped there locks everyone out until it goes on.
WITHIN = ("in-decision", "in-commit")
PASS_SECONDS = 60.0


def arm(arena: Arena, point: str, action: str) -> bool:
    """Whether a process passed the point, and did that, in time."""
    arena.product.arm(point, action)
    return passed(arena, point)


def passed(arena: Arena, point: str) -> bool:
    """Whether a process passes the armed point in time."""
    if wait_for(lambda: not (arena.product.faults / point).exists(), PASS_SECONDS):
        arena.struck()
        return True
    (arena.product.faults / point).unlink(missing_ok=True)
    return False


class KillAtPublish(Scenario):
    """A process kills itself at one of these points."""

    name = "kill-at-publish"
    a_round = 5

    def strike(self, arena: Arena) -> None:
        """Arm one."""
        arm(arena, arena.random.choice((*BETWEEN, *WITHIN, "engine-result", "engine-rejects")), "kill")


class KillBetweenParts(Scenario):
    """An engine kills itself when it has joined some parts; the next one goes on with those that are left."""

    name = "kill-between-parts"
    more_kinds = (SORTED, DAILY)
    a_round = 2

    def strike(self, arena: Arena) -> None:
        """Send a job that works in parts, and kill its engine behind one of the first."""
        point = f"engine-part-{arena.random.randint(1, 3)}"
        arena.product.arm(point, "kill")
        arena.stream.submit(arena.random.choice((SORTED, DAILY)))
        passed(arena, point)


class StopPastLease(Scenario):
    """A worker's process is stopped until others have finished its job, then it goes on."""

    name = "stop-past-lease"

    def strike(self, arena: Arena) -> None:
        """Stop one at a point, or one with its engine anywhere; let it go on past its lease."""
        if arena.random.random() < 0.6:
            arm(arena, arena.random.choice(BETWEEN), "stop")
        else:
            self._stop_anywhere(arena)
        arena.pause(LEASE_SECONDS + 2, LEASE_SECONDS + 6)
        for process in arena.product.processes.stopped:
            process.send(signal.SIGCONT)

    def _stop_anywhere(self, arena: Arena) -> None:
        wait_for(lambda: arena.product.processes.engines, 30)
        engines = arena.product.processes.engines
        if engines:
            engine = arena.random.choice(engines)
            for process in arena.product.processes.children:
                if process.pid == engine.parent:
                    process.send(signal.SIGSTOP)
            engine.send(signal.SIGSTOP)
            arena.struck()
