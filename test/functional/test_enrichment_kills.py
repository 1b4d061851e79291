"""An answer that is paid for is kept, whatever is killed: through the whole product, beside an API that counts."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from test.apis.replies import as_json
from test.apis.server import Api

import pytest

from config.settings import Settings
from project.assembly import Services
from project.files.workspace import Workspace
from project.jobs.states import JobState
from project.operations.recipe import Recipe

# `TEST_KILLS=30 pytest test/functional/test_enrichment_kills.py` takes its time over it.
KILLS = int(os.environ.get("TEST_KILLS", "5"))
KEYS = 400 if KILLS < 30 else 2_000
PARALLEL = 4
CALL_SECONDS = 0.02


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The test API is reached on purpose; a job may die as often as it is killed."""
    return settings.model_copy(
        update={"enrich_allow_hosts": ("127.0.0.1",), "max_attempts": 2 * KILLS, "lease_seconds": 3.0}
    )


def views(rows: int, users: int) -> str:
    """How often posts were seen, and by whom they are."""
    return "post_id,user_id,views\n" + "".join(f"{row},{row % users + 1},{row * 7}\n" for row in range(1, rows + 1))


@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")
def test_what_is_answered_is_never_asked_again_whatever_is_killed(
    services: Services, start_worker: Callable[[], object], api: Api, wait_until: Callable[..., None]
) -> None:
    api.answers = {f"/people/{key}": as_json({"id": key, "rating": f"{key}.10"}) for key in range(1, KEYS + 1)}
    (services.workspace.folder / "views.csv").write_text(views(KEYS * 3, KEYS))
    step = {
        "operation": "enrich",
        "api": {"url": f"{api.url}/people/{{user_id}}", "parallel": PARALLEL},
        "column": "user_id",
    }
    recipe = Recipe.parse({"steps": [step]})
    start_worker()
    undisturbed = services.jobs.submit("views.csv", "undisturbed.csv", recipe)
    wait_until(lambda: services.jobs.get(undisturbed.id).is_final, 60)
    assert sum(api.hits.values()) == KEYS
    forget(services.workspace)

    api.hits.clear()
    api.delay = CALL_SECONDS
    draw = random.Random(KILLS)
    job = services.jobs.submit("views.csv", "out.csv", recipe)
    # Some moment of the calls that are left.
    moments = sorted(draw.randrange(KEYS) for _ in range(KILLS))
    known: dict[str, int] = {}
    for moment in moments:
        wait_until(lambda moment=moment: sum(api.hits.values()) > moment and fetches(services.workspace), 60)
        for process in fetches(services.workspace):
            os.kill(process, signal.SIGKILL)
            wait_until(lambda process=process: process not in fetches(services.workspace))
        known |= {path: api.hits[path] for path in stored(services.workspace) - known.keys()}
    wait_until(lambda: services.jobs.get(job.id).is_final, 120)

    assert services.jobs.get(job.id).state is JobState.SUCCEEDED
    assert {path: api.hits[path] for path in known} == known, "no key that was answered is asked again"
    assert len(api.hits) == KEYS
    # What was under way at a kill was not stored, and is asked again.
    assert sum(api.hits.values()) <= KEYS + KILLS * PARALLEL
    folder = services.workspace.folder
    assert (folder / "out.csv").read_bytes() == (folder / "undisturbed.csv").read_bytes()


def fetches(workspace: Workspace) -> list[int]:
    """The fetches that are at work in this workspace; what has ended but was not waited for is none."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if is_fetch(entry, os.fsencode(workspace.folder))]


def is_fetch(process: Path, folder: bytes) -> bool:
    """Whether it is one, started by its plan, or forked and at work in the plan's folder."""
    try:
        command = (process / "cmdline").read_bytes()
        return b"project.fetch" in command and (
            folder in command or folder in os.fsencode(os.readlink(process / "cwd"))
        )
    except OSError:  # it is gone
        return False


def stored(workspace: Workspace) -> set[str]:
    """The paths whose answers the journal holds."""
    found: set[str] = set()
    for path in workspace.journals.glob("*.sqlite3"):
        connection = sqlite3.connect(path)
        urls = connection.execute("SELECT url FROM answers WHERE failure IS NULL").fetchall()
        connection.close()
        found |= {"/people/" + url.rpartition("/")[2] for (url,) in urls}
    return found


def forget(workspace: Workspace) -> None:
    """As if nothing had been asked yet."""
    for path in workspace.journals.iterdir():
        path.unlink()
