"""Runs the engine, as its own process or within the test's, and reads back all that it leaves behind."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from project.engine.attempt import carry_out
from project.engine.events import EVENT, Event, Failed, Finished, Note, Progress
from project.engine.plan import DATA_FILE, PLAN_FILE, REJECTS_FILE, RESULT_FILE, TRIAL_FILE, Plan
from project.engine.reporter import Reporter
from project.errors import RowmillError

SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Reject:
    """One line of the rejects file."""

    record: int
    line: int
    byte_offset: int
    reason: str
    column: str
    raw: str


@dataclass(frozen=True)
class Ran:
    """What an engine said and left behind."""

    events: tuple[Event, ...]
    folder: Path
    status: int = 0
    errors: str = ""

    @property
    def finished(self) -> Finished:
        """The last event, which must say that all is done."""
        last = self.events[-1] if self.events else None
        assert isinstance(last, Finished), f"{last}\n{self.errors}"
        assert any(
            (self.folder / name).exists() and (self.folder / name).stat().st_size == last.result_bytes
            for name in (RESULT_FILE, DATA_FILE, TRIAL_FILE)
        )
        return last

    @property
    def failed(self) -> Failed:
        """The last event, which must say why it failed."""
        last = self.events[-1] if self.events else None
        assert isinstance(last, Failed), f"{last}\n{self.errors}"
        return last

    @property
    def notes(self) -> str:
        """The sentences for the log, one a line."""
        return "\n".join(event.message for event in self.events if isinstance(event, Note))

    @property
    def progress(self) -> list[Progress]:
        return [event for event in self.events if isinstance(event, Progress)]

    @property
    def result(self) -> str:
        """The result's text, with its line ends as they are."""
        assert self.finished
        return (self.folder / RESULT_FILE).read_bytes().decode("utf-8")

    @property
    def rows(self) -> list[list[str]]:
        """The result's rows without the header, as Python's csv module reads them."""
        return list(csv.reader(io.StringIO(self.result, newline="")))[1:]

    @property
    def rejects(self) -> list[Reject]:
        path = self.folder / REJECTS_FILE
        if not path.exists():
            assert self.finished.rejects_bytes == 0
            return []
        csv.field_size_limit(sys.maxsize)
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["record", "line", "byte_offset", "reason", "column", "raw"]
        return [Reject(int(row[0]), int(row[1]), int(row[2]), *row[3:]) for row in rows]

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Read, kept, rejected, blank, written."""
        ledger = self.finished.ledger
        ledger.check()
        return ledger.read, ledger.kept, ledger.rejected, ledger.blank, ledger.written


class Engine(Protocol):
    """Carries out a recipe over a file (or over a text of bytes) with a dialect's choices."""

    def __call__(
        self, source: Path | bytes | str, *steps: dict[str, Any], dialect: dict[str, Any] | None = None, **plan: Any
    ) -> Ran: ...


@pytest.fixture(scope="session", autouse=True)
def _compiled_scanner_is_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compiling takes seconds: it is done once for all tests, and kept for the next time."""
    cache = request.config.cache
    assert cache is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR") or str(cache.mkdir("numba")))
        yield


@pytest.fixture
def sample() -> Callable[[str], Path]:
    """A sample file by its name."""

    def find(name: str) -> Path:
        assert (SAMPLES / name).is_file(), f"there is no sample {name}"
        return SAMPLES / name

    return find


@pytest.fixture
def make_plan(tmp_path: Path) -> Callable[..., Plan]:
    """A plan with a folder of its own, written where the engine reads it; no path of it may be taken for a pattern."""
    made = 0

    def make(
        source: Path | bytes | str, *steps: dict[str, Any], dialect: dict[str, Any] | None = None, **values: Any
    ) -> Plan:
        nonlocal made
        made += 1
        folder: Path = values.pop("folder", tmp_path / f"attempt [{made}]*")
        (folder / "spill").mkdir(parents=True, exist_ok=True)
        if not isinstance(source, Path):
            data = source.encode() if isinstance(source, str) else source
            source = tmp_path / f"input [{made}]*.csv"
            source.write_bytes(data)
        recipe: dict[str, Any] = {"steps": list(steps)}
        if "max_rejects" in values:
            recipe["max_rejects"] = values.pop("max_rejects")
        fixed = {"job_id": "job", "attempt": 1, "memory_mb": 512, "spill_mb": 4096, "output_mb": 4096}
        plan = Plan.model_validate(
            {"input": source, "input_name": source.name, "folder": folder, "recipe": recipe, "dialect": dialect or {}}
            | fixed
            | values
        )
        (folder / PLAN_FILE).write_text(plan.model_dump_json())
        return plan

    return make


@pytest.fixture
def engine(make_plan: Callable[..., Plan]) -> Engine:
    """The engine within this process: quick, and all but its entry is the real thing."""

    def run(
        source: Path | bytes | str, *steps: dict[str, Any], dialect: dict[str, Any] | None = None, **values: Any
    ) -> Ran:
        plan = make_plan(source, *steps, dialect=dialect, **values)
        stream = io.StringIO()
        reporter = Reporter(stream)
        try:
            reporter.send(carry_out(plan, reporter))
        except RowmillError as error:
            reporter.send(Failed(code=error.code, message=error.message))
        return Ran(events_in(stream.getvalue()), plan.folder)

    return run


@pytest.fixture
def start_engine(make_plan: Callable[..., Plan]) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], Plan]]]:
    """Starts the engine as a process of its own and hands it over while it runs, with its plan."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        *arguments: Any,
        environment: dict[str, str] | None = None,
        preexec_fn: Callable[[], None] | None = None,
        **values: Any,
    ) -> tuple[subprocess.Popen[bytes], Plan]:
        plan = make_plan(*arguments, **values)
        process = subprocess.Popen(
            [sys.executable, "-m", "project.engine", str(plan.folder / PLAN_FILE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            cwd=Path(__file__).parents[2],
            preexec_fn=preexec_fn,
        )
        started.append(process)
        return process, plan

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def engine_process(start_engine: Callable[..., tuple[subprocess.Popen[bytes], Plan]]) -> Engine:
    """The engine as the supervisor runs it: its own process, events on its standard output."""

    def run(*arguments: Any, **values: Any) -> Ran:
        process, plan = start_engine(*arguments, **values)
        assert process.stdout is not None and process.stderr is not None
        # Not `communicate`: it would close the standard input, which ends the engine.
        events = events_in(process.stdout.read().decode())
        return Ran(events, plan.folder, process.wait(60), process.stderr.read().decode())

    return run


def events_in(lines: str) -> tuple[Event, ...]:
    return tuple(EVENT.validate_json(line) for line in lines.splitlines())
