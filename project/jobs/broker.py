"""How Celery is used: IDs as JSON through Redis, no results, and nothing in it that could be lost for good."""

from __future__ import annotations

from typing import Any

from celery import Celery

from project.jobs.doorbell import QUEUE, QUEUES

NAME = "rowmill"
DAY = 24 * 3600
_COMMON: dict[str, Any] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_ignore_result": True,
    "task_default_queue": QUEUE,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_enable_remote_control": True,
    "enable_utc": True,
}
# A person waits for the answer to the form: better a job that is rung for later than a page that hangs.
_AT_ONCE = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "retry_on_timeout": False,
}


def producer(redis_url: str) -> Celery:
    """A Celery that only sends, and gives up within about two seconds."""
    celery = Celery(NAME, set_as_current=False)
    celery.conf.update(
        _COMMON,
        broker_url=redis_url,
        broker_transport_options=_AT_ONCE,
        broker_connection_timeout=1,
        broker_pool_limit=4,
    )
    return celery


def worker_configuration(redis_url: str, concurrency: int) -> dict[str, Any]:
    """For the Celery that runs jobs: one at a time in each process, and a message only for who is free."""
    return {
        **_COMMON,
        "broker_url": redis_url,
        # Past this time Redis delivers a message again although its job runs: that finds nothing to claim.
        "broker_transport_options": {"visibility_timeout": DAY, "queue_order_strategy": "sorted"},
        "task_queues": {name: {"routing_key": name} for name in sorted(set(QUEUES.values()))},
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        "worker_concurrency": concurrency,
        # A long job is not ended because Redis was away: the table knows it, and the lease guards it.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }
