"""Redis loses what it held, dies, is away, or says things twice."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError

from chaos.arena import Arena
from chaos.scenario import Scenario


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
