"""Enrichments from an API of the benchmark's own: a list beside a join of two files, and calls beside bare ones."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench.api import record
from bench.product import Product, free_port, started
from bench.results import Enrichments
from project.cli.generate_dataset import main as generate
from project.engine import compiled
from project.fetch import ahead

_PARALLEL = 8
# Who asks more often takes processor time from what is measured.
_LOOK_SECONDS = 0.1
_BUDGET_MB = "1024"
_WARM_KEYS = 10
_COMPILE_SECONDS = 300


def enrichments(rows: int, records: int, keys: int, rounds: int, folder: Path) -> Enrichments:
    """Medians of so many rounds, in which the ways take turns."""
    with _api(records) as url, started(folder, ENGINE_MEMORY_MB=_BUDGET_MB, ENRICH_ALLOW_HOSTS="127.0.0.1") as product:
        generate(["--rows", str(rows), str(product.data / "plays.csv")])
        _write_records(records, product.data / "records.csv")
        _write_keys(keys, product.data / "keys.csv")
        _warm(product, url, folder)
        turns = [_turn(product, url, keys, number) for number in range(rounds)]
    joined, listed, bare, called = (statistics.median(times) for times in zip(*turns, strict=True))
    return Enrichments(rows, records, joined, listed, keys, _PARALLEL, bare, called)


def _warm(product: Product, url: str, folder: Path) -> None:
    """What only the first jobs of an installation pay for: machine code, loaded programs, the check of a large file."""
    _wait_until_compiled(folder)
    _write_keys(_WARM_KEYS, product.data / "few.csv")
    page: dict[str, Any] = {"url": f"{url}/records?page=1"}
    _job(product, "few.csv", {**_listed(url), "api": page, "column": "key"})
    _job(product, "few.csv", _called(url))
    _job(product, "plays.csv", _join("records.csv", how="semi"))


def _wait_until_compiled(folder: Path) -> None:
    """The worker compiles in the background; where, the environment may say."""
    kept = os.environ.get("NUMBA_CACHE_DIR", str(folder / "state" / "numba"))
    deadline = time.monotonic() + _COMPILE_SECONDS
    while not (compiled.is_kept(kept) and ahead.is_kept(kept)):
        if time.monotonic() > deadline:
            raise TimeoutError("The worker has compiled nothing.")
        time.sleep(_LOOK_SECONDS)


def _turn(product: Product, url: str, keys: int, number: int) -> tuple[float, float, float, float]:
    # A file of another name: the other one was checked.
    other = f"records-{number}.csv"
    shutil.copyfile(product.data / "records.csv", product.data / other)
    joined = _job(product, "plays.csv", _join(other))
    listed = _job(product, "plays.csv", _listed(url))
    bare = asyncio.run(_bare(url, keys))
    called = _job(product, "keys.csv", _called(url))
    return joined, listed, bare, called


def _join(file: str, how: str = "left") -> dict[str, Any]:
    pairs = [{"left": "Song", "right": "id"}]
    # An enrichment brings in all fields, the key among them.
    columns = [name for name, _ in _flat(record(1))]
    return {"operation": "join", "file": file, "on": pairs, "twice": "first", "how": how, "columns": columns}


def _listed(url: str) -> dict[str, Any]:
    api: dict[str, Any] = {"url": f"{url}/records", "paging": {"kind": "page", "parameter": "page"}}
    return {"operation": "enrich", "api": api, "column": "Song", "key": "id", "refresh_older_than_hours": 0}


def _called(url: str) -> dict[str, Any]:
    api = {"url": f"{url}/records/{{key}}", "parallel": _PARALLEL}
    return {"operation": "enrich", "api": api, "column": "key", "refresh_older_than_hours": 0}


def _job(product: Product, input: str, step: dict[str, Any]) -> float:
    """Seconds from order to published file. Raises ValueError if there is none."""
    start = time.perf_counter()
    job = product.ask("/api/v1/jobs", {"input": input, "output": "out.csv", "recipe": {"steps": [step]}})
    while job["state"] in ("queued", "running"):
        time.sleep(_LOOK_SECONDS)
        job = product.ask(f"/api/v1/jobs/{job['id']}")
    if job["state"] != "succeeded":
        raise ValueError(f"The job {job['state']}: {job['error']}")
    return time.perf_counter() - start


async def _bare(url: str, keys: int) -> float:
    """Seconds for the same calls by the same client and nothing else: each answer is read and forgotten."""
    numbers = iter(range(1, keys + 1))
    connector = aiohttp.TCPConnector(limit=_PARALLEL)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for number in numbers:
                async with session.get(f"{url}/records/Song%20{number}") as answer:
                    await answer.read()

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(_PARALLEL)))
        return time.perf_counter() - start


def _write_records(records: int, path: Path) -> None:
    """The records of the API as a file, flattened as an enrichment flattens them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        for number in range(1, records + 1):
            flat = dict(_flat(record(number)))
            if number == 1:
                lines.writerow(flat)
            lines.writerow(flat.values())


def _flat(found: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _write_keys(keys: int, path: Path) -> None:
    path.write_text("key\n" + "".join(f"Song {number}\n" for number in range(1, keys + 1)))


@contextmanager
def _api(records: int) -> Iterator[str]:
    """The API's address; it ends with the block."""
    port = free_port()
    command = [sys.executable, "-m", "bench.api", str(port), str(records)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()
