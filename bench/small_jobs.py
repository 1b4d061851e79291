"""Small jobs: the time from the POST of a job of 1,000 rows to its published file, through the whole product."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from project.cli.generate_dataset import main as generate

_ROWS = 1000
_START_SECONDS = 120


def median_seconds(jobs: int, folder: Path) -> tuple[float, float]:
    """The median and the largest time of that many jobs, one after the other, by a product of its own."""
    data = folder / "data"
    data.mkdir(parents=True)
    generate(["--rows", str(_ROWS), str(data / "small.csv")])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATA_DIR": str(data),
        "STATE_DIR": str(folder / "state"),
        "REDIS_URL": "",
        "DATABASE_URL": "",
    }
    with (folder / "log").open("wb") as log:
        product = subprocess.Popen([sys.executable, "-m", "project.cli.up"], stdout=log, stderr=log, env=environment)
        try:
            _wait_until_ready(port, folder / "log")
            _job(port, "warm.csv")
            times = [_job(port, f"out-{number}.csv") for number in range(jobs)]
        finally:
            product.send_signal(signal.SIGTERM)
            product.wait(60)
    return statistics.median(times), max(times)


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while b"Rowmill is ready" not in log.read_bytes():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The product did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _job(port: int, output: str) -> float:
    body = {"input": "small.csv", "output": output}
    start = time.perf_counter()
    job = _ask(port, "/api/v1/jobs", body)
    while job["state"] in ("queued", "running"):
        time.sleep(0.01)
        job = _ask(port, f"/api/v1/jobs/{job['id']}")
    if job["state"] != "succeeded":
        raise ValueError(f"A small job {job['state']}: {job['error']}")
    return time.perf_counter() - start


def _ask(port: int, path: str, body: dict[str, str] | None = None) -> dict[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, str] = json.load(answer)
    return found
