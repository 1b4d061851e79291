"""The fetch as a process: killed at any moment, it asks for nothing twice; it ends with its parent."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from test.apis.server import Api

import pytest

from project.fetch.calls import Request
from project.fetch.events import FETCH_EVENT, Fetched
from project.fetch.journal import Journal, digest_of
from project.fetch.plan import ANSWERS_FILE, FETCH_PLAN_FILE, FetchLimits, FetchPlan
from project.operations.enrich import Enrich

_KEYS = 2_000
PARALLEL = 8
_KILLS = int(os.environ.get("ROWMILL_FETCH_KILLS", "8"))


def plan_of(folder: Path, journals: Path, url: str, keys: int) -> Path:
    folder.mkdir()
    (folder / "keys.csv").write_text("k,n\n" + "".join(f"{number},1\n" for number in range(keys)))
    step = Enrich.model_validate(
        {"operation": "enrich", "column": "k", "api": {"url": f"{url}/any/{{k}}", "parallel": PARALLEL}}
    )
    plan = FetchPlan(
        job_id="job",
        attempt=1,
        folder=folder,
        step=step,
        keys=folder / "keys.csv",
        journals=journals,
        limits=FetchLimits(allow_hosts=("127.0.0.1",)),
    )
    (folder / FETCH_PLAN_FILE).write_text(plan.model_dump_json())
    return folder / FETCH_PLAN_FILE


def start(plan: Path, told: str = "{}") -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "project.fetch", str(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(f"{told}\n".encode())
    process.stdin.flush()
    return process


def finish(plan: Path) -> tuple[Fetched, bytes]:
    process = start(plan)
    assert process.stdout is not None
    last = FETCH_EVENT.validate_json(process.stdout.read().splitlines()[-1])
    assert process.wait(30) == 0
    assert isinstance(last, Fetched), last
    return last, (plan.parent / ANSWERS_FILE).read_bytes()


def answered(journals: Path, url: str) -> set[str]:
    """The paths that the journal has an answer to."""
    paths = {digest_of(Request("GET", f"{url}/any/{number}"), ""): f"/any/{number}" for number in range(_KEYS)}
    digests = list(paths)
    with Journal(journals, url) as journal:
        return {paths[d] for at in range(0, _KEYS, 500) for d in journal.answered(digests[at : at + 500])}


def test_a_fetch_that_is_killed_asks_for_nothing_twice(
    api: Api, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    moments = random.Random(6)
    killed = 0
    kept: set[str] = set()
    for number in range(_KILLS):
        hits = api.hits.copy()
        wanted = api.hits.total() + moments.randrange(_KEYS // (_KILLS + 4)) + 1
        process = start(plan_of(tmp_path / f"killed-{number}", tmp_path / "journals", api.url, _KEYS))
        wait_until(lambda: api.hits.total() >= wanted or process.poll() is not None)  # noqa: B023
        time.sleep(moments.random() / 100)
        killed += process.poll() is None
        process.kill()
        process.communicate()
        assert not {path for path in kept if api.hits[path] > hits[path]}
        kept = answered(tmp_path / "journals", api.url)
    assert killed == _KILLS
    last, rest = finish(plan_of(tmp_path / "last", tmp_path / "journals", api.url, _KEYS))
    assert last.calls.from_journal == len(kept)
    # Each kill costs what was under way and what was not yet on the disk.
    assert api.hits.total() - _KEYS <= _KILLS * 2 * PARALLEL
    assert (last.matched, last.records) == (_KEYS, _KEYS)
    anew, bytes_anew = finish(plan_of(tmp_path / "anew", tmp_path / "other-journals", api.url, _KEYS))
    assert anew.calls.made == _KEYS
    assert rest == bytes_anew


def test_it_ends_with_its_parent(api: Api, tmp_path: Path, wait_until: Callable[..., None]) -> None:
    api.delay = 30
    process = start(plan_of(tmp_path / "fetch", tmp_path / "journals", api.url, 10))
    wait_until(lambda: api.hits)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) != 0
    assert process.stdout is not None
    process.stdout.close()


def test_events_come_a_few_a_second_and_count_on(api: Api, tmp_path: Path) -> None:
    api.delay = 0.02
    process = start(plan_of(tmp_path / "fetch", tmp_path / "journals", api.url, 400))
    begin = time.monotonic()
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    events = [json.loads(line) for line in lines]
    assert len(events) <= 4 * (time.monotonic() - begin) + 3
    made = [event["made"] for event in events if event["event"] == "calls"]
    assert made == sorted(made)
    assert any(0 < (event["left"] or 0) < 400 and event["seconds_left"] for event in events[:-1])
    assert process.wait(20) == 0
    process.communicate()


@pytest.mark.parametrize("secret", ['{"host": "127.0.0.1", "value": "hush hush"}', '"hush hush"', ""])
def test_a_secret_that_is_none_is_not_shown(api: Api, tmp_path: Path, secret: str) -> None:
    plan = plan_of(tmp_path / "fetch", tmp_path / "journals", api.url, 1)
    done = subprocess.run(
        [sys.executable, "-m", "project.fetch", str(plan)],
        input=secret.encode() + b"\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"hush" not in done.stderr + done.stdout
    assert not api.hits
