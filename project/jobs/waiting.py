"""Why a queued job waits, in a sentence; pure."""

from __future__ import annotations

from collections.abc import Sequence

from project.jobs.present import duration, plural, visible
from project.jobs.view import WorkerView

PATIENCE_SECONDS = 15.0
"""A free worker that leaves jobs waiting for longer is told as such."""
_RINGING_SECONDS = 3.0
"""So long it may take until Redis has answered that it has the message."""

_START = "start one with ./run up, or with docker compose up worker."


def reason(workers: Sequence[WorkerView], *, is_rung: bool, waited: float) -> str:
    """What the job waits for. `is_rung`: Redis has taken its message; `waited`: for so many seconds it is queued."""
    alive = [worker for worker in workers if worker.is_alive]
    if not alive:
        return _without_workers(workers)
    if (not is_rung and waited > _RINGING_SECONDS) or not any(worker.hears_doorbell for worker in alive):
        return "Redis is away: the job is kept, and is sent to a worker when Redis is back."
    running = sum(len(worker.jobs) for worker in alive)
    if running >= sum(worker.slots for worker in alive):
        return f"{_are(len(alive))} busy with {plural(running, 'job')}."
    stalled = [complaint for worker in alive if (complaint := stall(worker))] if waited > PATIENCE_SECONDS else []
    return stalled[0] if stalled else "A worker is free and takes the next job at once."


def stall(worker: WorkerView) -> str:
    """A sentence about a worker that leaves jobs waiting although it could take one; empty while all is well."""
    if not worker.is_alive or worker.idle_seconds is None or worker.idle_seconds < PATIENCE_SECONDS:
        return ""
    return (
        f"The worker {visible(worker.name)} has been alive for {duration(worker.up_seconds)}, but has not claimed "
        f"anything for {duration(worker.idle_seconds)} while jobs wait. Its log may say why; "
        "it can be started again, no job is lost by that."
    )


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `1,003rd`, `11th`."""
    teens = number % 100 in (11, 12, 13)
    return f"{number:,}" + ("th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th"))


def _without_workers(workers: Sequence[WorkerView]) -> str:
    if not workers:
        return f"No worker is alive: {_START}"
    silent = duration(min(worker.silent_seconds for worker in workers))
    return f"No worker is alive; the last one was heard of {silent} ago. The job is kept: {_START}"


def _are(workers: int) -> str:
    return "1 worker is" if workers == 1 else f"{workers:,} workers are"
