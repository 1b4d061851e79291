"""Rings through Celery: a message that carries a job's ID and nothing else, in the queue of the job's kind."""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from project.errors import UnavailableError
from project.jobs.kinds import JobKind

TASK = "jobs.run"
QUEUE = "jobs"
# Workers take from the queues in the order of their names: an inspection only when no other job waits.
QUEUES = {JobKind.RECIPE: QUEUE, JobKind.TRIAL: QUEUE, JobKind.INSPECTION: f"{QUEUE}.inspections"}


class CeleryDoorbell:
    """Answers within about two seconds, even if Redis does not."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def ring(self, job_id: str, kind: JobKind = JobKind.RECIPE) -> None:
        """Tell the workers that the job waits. Raises UnavailableError."""
        try:
            self._celery.send_task(TASK, args=(job_id,), task_id=job_id, queue=QUEUES[kind], retry=False)
        except (OperationalError, RedisError, OSError) as error:
            raise _away(error) from error

    def waiting(self) -> int:
        """How many messages no worker has taken yet. Raises UnavailableError."""
        try:
            with self._celery.connection_for_write() as connection:
                client = connection.default_channel.client
                return sum(int(client.llen(queue)) for queue in set(QUEUES.values()))
        except (OperationalError, RedisError, OSError) as error:
            raise _away(error) from error


def _away(error: Exception) -> UnavailableError:
    return UnavailableError(f"Redis does not answer: {error}", code="redis_away")
