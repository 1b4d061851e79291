"""The parts of the product that are ours: the worker and the web server."""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from http.client import HTTPException

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from project.cli.part import Part

ANSWER_SECONDS = 1.0
# Five lines at each start in a container or on a test machine; messages carry IDs as JSON, which cannot run code.
ROOT_WARNING = "You're running the worker with superuser privileges"


def worker(redis_url: str) -> Part:
    """The Celery worker. It hands its jobs back when it is asked to end, so it needs no long time for it."""
    node = f"worker-{os.getpid()}@{socket.gethostname()}"
    celery = (sys.executable, "-W", f"ignore:{ROOT_WARNING}", "-m", "celery", "--quiet", "--app", "project.worker")
    return Part(
        "worker",
        (*celery, "worker", "--without-gossip", "--without-mingle", f"--hostname={node}"),
        is_ready=lambda: _worker_answers(redis_url, node),
        environment={"REDIS_URL": redis_url},
        stop=((signal.SIGTERM, 8.0), (signal.SIGQUIT, 4.0)),
    )


def web(redis_url: str, url: str) -> Part:
    """The web server."""
    return Part(
        "web",
        (sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "project.app:create_app()"),
        is_ready=lambda: _web_answers(f"{url}/up"),
        environment={"REDIS_URL": redis_url},
        stop=((signal.SIGTERM, 5.0), (signal.SIGQUIT, 2.0)),
    )


def _worker_answers(redis_url: str, node: str) -> bool:
    try:
        with Celery(broker=redis_url, set_as_current=False) as app:
            return bool(app.control.ping(destination=[node], timeout=ANSWER_SECONDS))
    except (OperationalError, RedisError, OSError):
        return False


def _web_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        # A host name that is not trusted is refused, but by a server that runs.
        return error.code < 500
    except (OSError, HTTPException):
        return False
