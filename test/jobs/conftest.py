"""Jobs on a real database and workspace; engines that do as a test says, where the real one would not."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from project.database import Database
from project.database.clock import now
from project.errors import UnavailableError
from project.files.workspace import Workspace
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.recovery import Sweeper
from project.jobs.service import JobService
from project.jobs.supervisor import FindFile, Supervisor
from project.jobs.terms import Budget, Terms
from project.jobs.view import JobView
from project.recipes.built_in import BUILT_IN

# It speaks the engine's protocol without importing anything of the engine's, which would take most of the time.
_SPEAK = """\
import os, signal, sys, json, threading
from pathlib import Path
folder = Path(json.loads(Path(sys.argv[1]).read_text())["folder"])

def say(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)

def finish(text="a\\n1\\n", rejects=None, read=1):
    (folder / "result.csv").write_text(text)
    if rejects:
        (folder / "rejects.csv").write_text(rejects)
    ledger = {"read": read, "kept": 1, "rejected": 1 if rejects else 0, "blank": 0, "written": 1}
    say("finished", ledger=ledger, columns=["a"], result_bytes=len(text), rejects_bytes=len(rejects or ""),
        dialect="UTF-8, comma", peak_memory_mb=70)
"""
_ORPHAN = """\

# As the real engine does: it ends when its standard input does, and all that it has started with it.
orphaned = threading.Event()

def end_with_parent():
    while os.read(0, 4096):
        pass
    orphaned.set()
    os.killpg(os.getpid(), signal.SIGKILL)

threading.Thread(target=end_with_parent, daemon=True).start()
linger = orphaned.wait
"""
_ENGINE = """\

# Of a job that calls an API: the keys, and the result of all stages.
plan = json.loads(Path(sys.argv[1]).read_text())
if folder.name == "keys":
    finish("id,count\\n7,1\\n8,2\\n")
    sys.exit()
"""
_FETCH = """\
plan = json.loads(Path(sys.argv[1]).read_text())
secret = json.loads(sys.stdin.buffer.raw.readline())["secret"]

def calls(made=0, **values):
    return {"event": "calls", "made": made, **values}

def fetched(columns=("name",), made=2, matched=2, **values):
    (folder / "answers.parquet").write_bytes(b"")
    say("fetched", columns=columns, records=matched, keys=made, matched=matched, calls=calls(made),
        peak_memory_mb=30, **values)
"""


@dataclass
class Bell:
    """A doorbell that remembers who was rung for; `is_away`: Redis does not answer."""

    rung: list[str] = field(default_factory=list)
    kinds: list[JobKind] = field(default_factory=list)
    is_away: bool = False
    left: int | None = None

    def ring(self, job_id: str, kind: JobKind = JobKind.RECIPE) -> None:
        if self.is_away:
            raise UnavailableError("Redis does not answer.")
        self.rung.append(job_id)
        self.kinds.append(kind)

    def waiting(self) -> int:
        if self.is_away:
            raise UnavailableError("Redis does not answer.")
        return len(self.rung) if self.left is None else self.left


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def service(database: Database, workspace: Workspace, bell: Bell) -> JobService:
    return JobService(database, workspace, bell.ring)


@pytest.fixture
def submit(service: JobService) -> Callable[..., JobView]:
    """Submit a job on the example; the first built-in recipe, unless another is given."""

    def submit(output: str = "out.csv", input: str = "example_input.csv", recipe: int = 0) -> JobView:
        return service.submit(input, output, BUILT_IN[recipe].recipe)

    return submit


@pytest.fixture
def supervisor(database: Database, workspace: Workspace, bell: Bell, tmp_path: Path) -> Callable[..., Supervisor]:
    """A supervisor whose engine runs the given lines after a short preamble; without lines, the real engine."""

    def make(
        lines: str | None = None,
        lifeline: object = None,
        lease_seconds: float = 5.0,
        find_file: FindFile | None = None,
        fetch: str | None = None,
        **others: Any,
    ) -> Supervisor:
        """`fetch`: the lines of a fetch, for jobs that call an API."""
        terms = Terms(lease_seconds=lease_seconds, max_attempts=3, **others)
        if fetch is not None:
            script = tmp_path / "fetch.py"
            script.write_text(_SPEAK + _FETCH + _ORPHAN + textwrap.dedent(fetch))
            terms = replace(terms, fetch_command=(sys.executable, str(script)))
        if lines is not None:
            script = tmp_path / "engine.py"
            script.write_text(_SPEAK + _ORPHAN + (_ENGINE if fetch is not None else "") + textwrap.dedent(lines))
            terms = replace(terms, command=(sys.executable, str(script)))
        budget = Budget(memory_mb=256, spill_mb=1000, output_mb=1000)
        return Supervisor(database, workspace, lambda: budget, bell.ring, terms, lifeline, find_file=find_file)

    return make


@pytest.fixture
def sweeper(database: Database, workspace: Workspace, bell: Bell) -> Sweeper:
    return Sweeper(database, workspace, bell, max_attempts=3)


@pytest.fixture
def expire(database: Database) -> Callable[[str], None]:
    """Let the lease of a running job run out now."""

    def expire(job_id: str) -> None:
        with database.write() as session:
            session.execute(update(Job).where(Job.id == job_id).values(lease_until=now(-1)))

    return expire


@pytest.fixture(autouse=True)
def _every_look_up_is_a_new_one(monkeypatch):
    """Tests change jobs behind the back of the process that answers, and ask at once."""
    monkeypatch.setattr("project.jobs.service._SHARED_SECONDS", -1)
