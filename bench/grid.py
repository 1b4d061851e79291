"""Pages of a large inspected file through the real server: plain, filtered and sorted."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.contenders import BUDGET_MB
from bench.datasets import Dataset, ready
from bench.product import Product, started
from bench.results import MAKING, Pages, PageTimes
from bench.rowmill import compiled_cache
from project.database import Database
from project.engine.plan import DATA_FILE, PLAN_FILE, PROFILE_FILE, SPILL_FOLDER
from project.files.catalogue import Catalogue
from project.files.inspections import Inspections
from project.files.listing import Listing
from project.files.workspace import Workspace

PAGES = 100
_AMPLE_MB = 1_000_000
_LOOK_SECONDS = 0.05
_FILTERS: dict[str, dict[str, Any]] = {
    "a text that one row in a hundred thousand has": {"column": "Song", "test": "contains", "value": "99999"},
    "a text that all rows have": {"column": "Song", "test": "contains", "value": "Song"},
    "a day": {"column": "Date", "test": "eq", "value": "2024-05-05"},
    "a number that few rows pass": {"column": "Number of Plays", "test": "gt", "value": 998},
    "a text that no row has": {"column": "Song", "test": "eq", "value": "no song"},
}
_ORDERS = ("Song", "-Date", "-Number of Plays")


_WEB = "the web server"


def measure(rows: int, folder: Path, say: Callable[[str], None]) -> Pages:
    """Of plays of that many rows; they are inspected once for all runs."""
    inspected = _inspected(ready(Dataset("plays", rows), folder), folder, rows, say)
    work = folder / "grid"
    shutil.rmtree(work, ignore_errors=True)
    with started(work, ENGINE_BUDGET_MB=str(BUDGET_MB)) as product:
        asker = _Asker(product, _placed(product, inspected, work), rows)
        with _Watch(product) as watch:
            figures = tuple(asker.figures(say))
        return Pages(figures, watch.peaks)


class _Asker:
    """Asks for pages as a browser does, and does what they say: those that are not there yet are asked for anew."""

    def __init__(self, product: Product, file_id: str, rows: int) -> None:
        self._url = f"{product.url}/files/{file_id}"
        self._rows = rows
        self._draw = random.Random(1)

    def figures(self, say: Callable[[str], None]) -> Iterator[PageTimes]:
        """In the order of the table."""
        self._seconds(row=1)
        yield PageTimes("100 rows anywhere", self._anywhere(self._rows), 0.2)
        say("  Filters")
        for name, condition in _FILTERS.items():
            yield PageTimes(f"the first of {name}", (self._seconds(where=json.dumps(condition)),), 2.0)
        for order in _ORDERS:
            say(f"  Sorted by {order}")
            yield PageTimes(f"the first sorted by {order}", (self._seconds(sort=order),), 5.0)
            yield PageTimes(f"the tenth sorted by {order}", (self._seconds(sort=order, row=901),), 0.3)
            yield PageTimes(
                f"the first far one sorted by {order}", (self._seconds(sort=order, row=self._rows // 2),), None
            )
            yield PageTimes(f"later ones anywhere sorted by {order}", self._anywhere(self._rows, sort=order), 0.3)

    def _anywhere(self, rows: int, **asked: Any) -> tuple[float, ...]:
        return tuple(self._seconds(**asked, row=self._draw.randrange(1, rows - 100)) for _ in range(PAGES))

    def _seconds(self, **asked: Any) -> float:
        start = time.perf_counter()
        while True:
            with urllib.request.urlopen(f"{self._url}?{urllib.parse.urlencode(asked)}", timeout=60) as answer:
                text = answer.read()
            if "Refresh" not in answer.headers:
                break
            time.sleep(_LOOK_SECONDS)
        if b"<tr data-number" not in text and b"No row meets" not in text:
            raise ValueError(f"The page of {asked} has no rows.")
        return time.perf_counter() - start


def _inspected(source: Path, folder: Path, rows: int, say: Callable[[str], None]) -> Path:
    place = folder / f"inspected-{rows}"
    if (place / PROFILE_FILE).exists():
        return place
    say("  The file is inspected")
    shutil.rmtree(place, ignore_errors=True)
    (place / SPILL_FOLDER).mkdir(parents=True)
    limits = {"memory_mb": BUDGET_MB, "spill_mb": _AMPLE_MB, "output_mb": _AMPLE_MB}
    files = {"input": str(source), "input_name": source.name, "folder": str(place)}
    plan = place / PLAN_FILE
    plan.write_text(json.dumps({"job_id": "bench", "attempt": 1, "inspection": True, **files, **limits}))
    command = [sys.executable, "-m", "project.engine", str(plan)]
    environment = {**os.environ, **compiled_cache(folder)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as engine:
        engine.wait()
    return place


def _placed(product: Product, inspected: Path, work: Path) -> str:
    """A file of the product, with the inspection as that of it; the file's ID. Its bytes are not asked for."""
    (product.data / "plays.csv").write_text("Song,Date,Number of Plays\n")
    database, workspace = Database(f"sqlite:///{work / 'state' / 'rowmill.db'}"), Workspace(product.data)
    catalogue = Catalogue(database, workspace, lambda _session, _names: {})
    catalogue.refresh()
    file = next(file for file in catalogue.page(Listing()).files if file.name == "plays.csv")
    place = Inspections(workspace).place(file)
    database.close()
    place.mkdir(parents=True)
    for name in (DATA_FILE, PROFILE_FILE):
        (place / name).symlink_to((inspected / name).resolve())
    return file.id


class _Watch:
    """Looks at the memory of the product's processes for as long as the block lasts. `peaks`: in MB; Linux only."""

    def __init__(self, product: Product) -> None:
        self._marks = {MAKING: str(product.data), _WEB: "gunicorn"}
        self._port = f"PORT={product.port}\0".encode()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="memory")
        self.peaks: dict[str, float] = {}

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            for process in Path("/proc").glob("[0-9]*"):
                with _may_be_gone():
                    self._look(process)

    def _look(self, process: Path) -> None:
        command = (process / "cmdline").read_bytes().decode(errors="replace")
        for name, mark in self._marks.items():
            if mark in command and self._port in (process / "environ").read_bytes():
                lines = (process / "status").read_text().splitlines()
                held = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
                self.peaks[name] = max(self.peaks.get(name, 0.0), held)


@contextmanager
def _may_be_gone() -> Iterator[None]:
    try:
        yield
    except (OSError, StopIteration):
        pass
