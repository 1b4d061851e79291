"""Asks the services that Rowmill needs whether they answer."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from project.database import Database
from project.errors import UnavailableError

SECONDS = 2.0


class Health:
    """Really asks, each time."""

    def __init__(self, database: Database, redis_url: str) -> None:
        self._database = database
        self._redis_url = redis_url

    def check(self) -> None:
        """Raises UnavailableError with a sentence that names all that do not answer."""
        faults = [fault for fault in (self._database_fault(), self._redis_fault()) if fault]
        if faults:
            raise UnavailableError(" ".join(faults))

    def _database_fault(self) -> str | None:
        try:
            self._database.ping()
        except UnavailableError as error:
            return _sentence(error.message)
        return None

    def _redis_fault(self) -> str | None:
        options = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS, "retry": Retry(NoBackoff(), 0)}
        try:
            with Redis.from_url(self._redis_url, **options) as redis:
                redis.ping()
        except RedisError as error:
            return _sentence(f"Redis does not answer: {error}")
        return None


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
