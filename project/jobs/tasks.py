"""The one Celery task: it takes an ID and calls the supervisor; it may run twice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from celery import Celery

from project.jobs.doorbell import TASK
from project.jobs.lifeline import Lifeline
from project.jobs.supervisor import Supervisor


def register(celery: Celery, supervisor: Callable[[], Supervisor], lifeline: Callable[[], Lifeline]) -> None:
    """Teach the worker to run jobs; both are asked for in the process that runs one."""

    @celery.task(name=TASK)
    def run(job_id: str) -> None:
        with hands_back_on_sigterm(lifeline()):
            supervisor().run(job_id)


@contextmanager
def hands_back_on_sigterm(lifeline: Lifeline) -> Iterator[None]:
    """A SIGTERM that meets a process in the middle of a job lets it hand the job back before it obeys."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = False

    def tell(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True
        lifeline.tell()

    before = signal.signal(signal.SIGTERM, tell)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
    if told:
        os.kill(os.getpid(), signal.SIGTERM)
