"""Small jobs: jobs of 1,000 rows through the whole product, one after the other, and many at once."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.product import Product, started
from bench.results import AtOnce, OneByOne
from project.cli.generate_dataset import main as generate

_ROWS = 1000
_WORKERS = 2
_SENDERS = 4
_LOOK_SECONDS = 0.05
_LIMIT_SECONDS = 600
_UNFINISHED = ("queued", "running")


def one_by_one(jobs: int, folder: Path) -> OneByOne:
    """The median and the largest time of that many jobs, by a product of its own."""
    with started(folder) as product:
        _warm(product)
        times = [_job(product, f"out-{number}.csv") for number in range(jobs)]
    return OneByOne(jobs, statistics.median(times), max(times))


def at_once(jobs: int, folder: Path) -> AtOnce:
    """That many jobs, sent as fast as they are accepted, by a product of its own. Raises ValueError if one fails."""
    with started(folder, WORKER_CONCURRENCY=str(_WORKERS)) as product, ThreadPoolExecutor(_SENDERS) as senders:
        _warm(product)
        start = time.perf_counter()
        sent = list(senders.map(lambda number: _send(product, f"out-{number}.csv"), range(jobs)))
        accepted = time.perf_counter() - start
        _wait(product, start + _LIMIT_SECONDS)
        seconds = time.perf_counter() - start
        for job in sent:
            _check(product.ask(f"/api/v1/jobs/{job['id']}"))
    return AtOnce(jobs, _WORKERS, accepted, seconds)


def _warm(product: Product) -> None:
    generate(["--rows", str(_ROWS), str(product.data / "small.csv")])
    _job(product, "warm.csv")


def _send(product: Product, output: str) -> dict[str, Any]:
    job: dict[str, Any] = product.ask("/api/v1/jobs", {"input": "small.csv", "output": output})
    return job


def _job(product: Product, output: str) -> float:
    start = time.perf_counter()
    job = _send(product, output)
    while job["state"] in _UNFINISHED:
        time.sleep(0.01)
        job = product.ask(f"/api/v1/jobs/{job['id']}")
    _check(job)
    return time.perf_counter() - start


def _wait(product: Product, deadline: float) -> None:
    # The queue is empty before the last jobs have ended, never after.
    for state in _UNFINISHED:
        while product.ask(f"/api/v1/jobs?state={state}&limit=1")["jobs"]:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"Small jobs are {state} after {_LIMIT_SECONDS} s.")
            time.sleep(_LOOK_SECONDS)


def _check(job: dict[str, Any]) -> None:
    if job["state"] != "succeeded":
        raise ValueError(f"A small job {job['state']}: {job['error']}")
