"""Redis loses what it held, dies, is away, or says things twice."""

from __future__ import annotations

import signal
import uuid

from redis import Redis
from redis.exceptions import RedisError

from chaos.arena import Arena
from chaos.material import KINDS
from chaos.product import wait_for
from chaos.scenario import Scenario
from project.jobs.broker import producer
from project.jobs.doorbell import CeleryDoorbell

SMALL = next(kind for kind in KINDS if kind.name == "small")


def client(arena: Arena) -> Redis:
    """Talks to the product's own Redis."""
    return Redis.from_url((arena.product.state / "redis-address").read_text().strip(), socket_timeout=3)


class RedisFlush(Scenario):
    """FLUSHALL while jobs wait."""

    name = "redis-flush"

    def strike(self, arena: Arena) -> None:
        """Empty it."""
        try:
            with client(arena) as redis:
                redis.flushall()
        except RedisError:
            return
        arena.struck()


class RedisRestart(Scenario):
    """kill -9; the product starts it again."""

    name = "redis-restart"

    def strike(self, arena: Arena) -> None:
        """Kill it."""
        wait_for(lambda: arena.product.processes.redis, 30)
        if any(process.send(signal.SIGKILL) for process in arena.product.processes.redis):
            arena.struck()


class RedisDownAtSubmit(Scenario):
    """It answers nobody for some seconds, while jobs are submitted."""

    name = "redis-down-at-submit"

    def strike(self, arena: Arena) -> None:
        """Stop it, submit, let it go on."""
        redis = arena.product.processes.redis
        if any([process.send(signal.SIGSTOP) for process in redis]):
            arena.struck()
        try:
            for _ in range(2):
                arena.stream.submit(SMALL)
            arena.pause()
        finally:
            for process in redis:
                process.send(signal.SIGCONT)


class DuplicateMessages(Scenario):
    """The doorbell rings twice for each job, whatever became of it, and for one that never was."""

    name = "duplicate-messages"

    def strike(self, arena: Arena) -> None:
        """Send them by hand."""
        bell = CeleryDoorbell(producer((arena.product.state / "redis-address").read_text().strip()))
        known = [job.id for job in list(arena.stream.jobs) if job.id]
        for job_id in [*known, *known, str(uuid.UUID(int=arena.random.getrandbits(128), version=4))]:
            bell.ring(job_id)
        arena.struck()
