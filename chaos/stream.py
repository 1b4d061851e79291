"""A stream of mixed jobs, as people would submit them while things break."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chaos.material import KINDS, Kind
from chaos.product import Product

UNFINISHED = 4
PAUSE_SECONDS = 0.1


@dataclass
class Submitted:
    """A job that was sent. `id`: None if no answer came, so that nobody knows whether it was accepted."""

    kind: Kind
    output: str
    id: str | None = None
    endings: set[str] = field(default_factory=set)


class Stream:
    """Submits from a thread of its own until it is stopped; few jobs wait at a time."""

    def __init__(self, product: Product, seed: int, kinds: tuple[Kind, ...] = KINDS) -> None:
        self.jobs: list[Submitted] = []
        self._product = product
        self._random = random.Random(seed)
        self._kinds = kinds
        self._stop = threading.Event()
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._cancels: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to submit."""
        self._thread.start()

    def stop(self) -> None:
        """Submit nothing more."""
        self._stop.set()
        for thread in (self._thread, *self._cancels):
            thread.join(60)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile it submits nothing by itself."""
        with self._gate:
            yield

    def submit(self, kind: Kind) -> Submitted:
        """Send one job now."""
        job = Submitted(kind, f"{kind.name}-{len(self.jobs):04}.csv", endings={kind.ending})
        self.jobs.append(job)
        body = {"input": kind.input, "output": job.output, "recipe": kind.recipe}
        status, answer = self._product.ask("/api/v1/jobs", body)
        job.id = answer["id"] if status == 202 else None
        return job

    def _run(self) -> None:
        bag: list[Kind] = []
        while not self._stop.is_set():
            if self._unfinished() >= UNFINISHED:
                time.sleep(PAUSE_SECONDS)
                continue
            bag = bag or self._random.sample(self._kinds, len(self._kinds))
            with self._gate:
                job = self.submit(bag.pop())
            if job.id is None:
                time.sleep(PAUSE_SECONDS)
            elif job.kind.is_cancelled:
                self._cancel_later(job)

    def _unfinished(self) -> int:
        counts = [self._product.ask(f"/api/v1/jobs?limit=50&state={state}") for state in ("queued", "running")]
        return sum(len(answer.get("jobs", ())) for _, answer in counts)

    def _cancel_later(self, job: Submitted) -> None:
        wait = self._random.uniform(0, 4)
        self._cancels.append(threading.Thread(target=self._cancel, args=(job, wait), daemon=True))
        self._cancels[-1].start()

    def _cancel(self, job: Submitted, wait: float) -> None:
        time.sleep(wait)
        job.endings.add("cancelled")  # without an answer, nobody knows whether it was heard
        status, _ = self._product.ask(f"/api/v1/jobs/{job.id}/cancel", {})
        if status == 202:
            job.endings = {"cancelled"}
        elif status == 409:
            job.endings.discard("cancelled")
