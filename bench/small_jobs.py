"""Small jobs: the time from the POST of a job of 1,000 rows to its published file, through the whole product."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from bench.product import Product, started
from project.cli.generate_dataset import main as generate

_ROWS = 1000


def median_seconds(jobs: int, folder: Path) -> tuple[float, float]:
    """The median and the largest time of that many jobs, one after the other, by a product of its own."""
    with started(folder) as product:
        generate(["--rows", str(_ROWS), str(product.data / "small.csv")])
        _job(product, "warm.csv")
        times = [_job(product, f"out-{number}.csv") for number in range(jobs)]
    return statistics.median(times), max(times)


def _job(product: Product, output: str) -> float:
    start = time.perf_counter()
    job = product.ask("/api/v1/jobs", {"input": "small.csv", "output": output})
    while job["state"] in ("queued", "running"):
        time.sleep(0.01)
        job = product.ask(f"/api/v1/jobs/{job['id']}")
    if job["state"] != "succeeded":
        raise ValueError(f"A small job {job['state']}: {job['error']}")
    return time.perf_counter() - start
