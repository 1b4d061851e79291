"""`./run bench --lookups`: look-ups by ID as fast as the server takes them, while jobs run, beside `/up`."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load, ask, together
from bench.product import Product, started
from project.cli.generate_dataset import main as generate

LEAST_RATE = 0.5
MOST_P99 = 3.0
# Jobs last for several turns, so that the job that runs, or waits, does so until the turn's end.
TURN_SECONDS = 2.0
ROWS = 8_000_000
AT_ONCE = 3
UNFINISHED = ("queued", "running")
_PAGE = "/jobs/<id>"


@dataclass(frozen=True)
class Row:
    """One address: its name, and what came of asking it."""

    name: str
    load: Load

    @property
    def is_page(self) -> bool:
        """Whether it is a whole page, which a person loads once; only look-ups have to meet the bars."""
        return self.name.split(" ")[0] == _PAGE


def measure(seconds: float, folder: Path) -> tuple[Row, ...]:
    """Each address is asked for so long, in turns, so that what else the machine does meets all alike; `/up` first."""
    shutil.rmtree(folder, ignore_errors=True)
    with started(folder) as product:
        generate(["--rows", str(ROWS), str(product.data / "plays.csv")])
        turns: dict[str, list[Load]] = {}
        with _Jobs(product) as jobs:
            for _ in range(max(1, round(seconds / TURN_SECONDS))):
                for name in jobs.addresses():
                    load = ask(product.port, jobs.addresses()[name], min(seconds, TURN_SECONDS))
                    turns.setdefault(name, []).append(load)
    return tuple(Row(name, together(loads)) for name, loads in turns.items())


def page(rows: tuple[Row, ...]) -> str:
    """The table, and whether the bars were met."""
    up = rows[0].load
    lines = [
        "| address | answers a second | of `/up`’s | 99th percentile | of `/up`’s | errors |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{row.name.split(' ')[0]}`{row.name.removeprefix(row.name.split(' ')[0])} | {row.load.rate:,.0f} | "
        f"{row.load.rate / up.rate:.2f} | {row.load.p99_seconds * 1000:.1f} ms | "
        f"{row.load.p99_seconds / up.p99_seconds:.2f} | {row.load.errors} |"
        for row in rows
    ]
    missed = missing(rows)
    verdict = f"Missed: {', '.join(missed)}." if missed else f"All look-ups have at least {LEAST_RATE:g} of the rate"
    return "\n".join(
        [*lines, "", verdict if missed else f"{verdict} and at most {MOST_P99:g} times the 99th percentile."]
    )


def missing(rows: tuple[Row, ...]) -> list[str]:
    """What has met an error or missed a bar. The first row is `/up`; whole pages have no bars but that of no error."""
    up = rows[0].load
    return [row.name for row in rows if row.load.errors or not (row.is_page or _is_quick(row.load, up))]


def _is_quick(load: Load, up: Load) -> bool:
    return load.rate >= LEAST_RATE * up.rate and load.p99_seconds <= MOST_P99 * up.p99_seconds


class _Jobs:
    """Keeps as many jobs running as the worker can, and one waiting, for as long as the block lasts."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="jobs")
        self._submitted = 0
        self._ended = self._submit()
        while self._state(self._ended) in UNFINISHED:
            time.sleep(0.1)
        self._unfinished = [self._submit() for _ in range(AT_ONCE)]

    def __enter__(self) -> _Jobs:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def addresses(self) -> dict[str, str]:
        """What is asked, by its name; the newest job waits, the one before it has begun to run last."""
        running, waiting = self._unfinished[-2:]
        return {
            "/up": "/up",
            "/api/v1/jobs/<id> of a job that has ended": f"/api/v1/jobs/{self._ended}",
            "/api/v1/jobs/<id> of a job that runs": f"/api/v1/jobs/{running}",
            "/api/v1/jobs/<id> of a job that waits": f"/api/v1/jobs/{waiting}",
            "/download?process_id=<id>": f"/download?process_id={running}",
            "/jobs/<id>?live=1 of a job that runs": f"/jobs/{running}?live=1",
            "/jobs/<id>?live=1 of a job that waits": f"/jobs/{waiting}?live=1",
            f"{_PAGE} of a job that runs": f"/jobs/{running}",
            f"{_PAGE} of a job that has ended": f"/jobs/{self._ended}",
        }

    def _go_on(self) -> None:
        while not self._stop.wait(0.2):
            left = [job_id for job_id in self._unfinished if self._state(job_id) in UNFINISHED]
            self._unfinished = left + [self._submit() for _ in range(AT_ONCE - len(left))]

    def _submit(self) -> str:
        self._submitted += 1
        body = {"input": "plays.csv", "output": f"plays-{self._submitted % (2 * AT_ONCE)}.csv"}
        job: dict[str, str] = self._product.ask("/api/v1/jobs", body)
        return job["id"]

    def _state(self, job_id: str) -> str:
        job: dict[str, str] = self._product.ask(f"/api/v1/jobs/{job_id}")
        return job["state"]
