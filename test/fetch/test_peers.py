"""A fetch and its peer: every value is asked for once, whoever asks, and whatever becomes of the peer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from test.apis.replies import as_json
from test.apis.server import Api
from test.fetch.test_main import PARALLEL as IN_PROCESSES
from test.fetch.test_main import finish, plan_of
from typing import Any

import polars as pl
import pytest

from project.engine.events import Failed
from project.errors import DiskFullError, RowmillError
from project.fetch import peers
from project.fetch.events import Fetched, Paused
from project.fetch.fetching import fetch
from project.fetch.journal import Journal
from project.fetch.messages import MORE
from project.fetch.plan import ANSWERS_FILE, FetchLimits, FetchPlan, Secret
from project.fetch.received import Received
from project.fetch.telling import Telling
from project.fetch.writing import Writing
from project.operations.enrich import ANSWER_KEY

KEYS = 3000
PARALLEL = 5
SLOW_SECONDS = 0.03
SOME_TIMES = 6
WITH_PEER = """
import sys
from project.fetch import __main__, peers
peers.BUSY, peers.WORTH_CALLS, peers.threads = 0.0, 1, lambda: 2
sys.exit(__main__.main(sys.argv[1:]))
"""


class Shared:
    """A fetch of KEYS values; the API is slow until a peer asks for its first questions."""

    def __init__(self, folder: Path, api: Api) -> None:
        self._folder = folder
        self._api = api
        self.telling = Telling(StringIO())
        self.kept = 0
        """The rows that came from a peer."""
        self.times_given = 0
        self.peers: list[int] = []
        self.when_given: Callable[[], object] = lambda: None
        """Called when a peer asks for questions, and has answered some."""

    def fetch(self, secret: Secret | None = None) -> Fetched | Paused | Failed:
        folder = self._folder / "fetch"
        folder.mkdir(exist_ok=True)
        (folder / "keys.csv").write_text("k,n\n" + "".join(f"{key},1\n" for key in range(KEYS)))
        api = {"url": f"{self._api.url}/any/{{k}}", "parallel": PARALLEL}
        plan = FetchPlan.model_validate(
            {
                "job_id": "job",
                "attempt": 1,
                "folder": folder,
                "step": {"operation": "enrich", "column": "k", "api": api, "max_failures": 1},
                "keys": folder / "keys.csv",
                "journals": self._folder / "journals",
                "limits": FetchLimits(allow_hosts=("127.0.0.1",), tries=2),
            }
        )
        return fetch(plan, secret, self.telling)

    def rows(self) -> list[str]:
        return pl.read_parquet(self._folder / "fetch" / ANSWERS_FILE)[ANSWER_KEY].to_list()

    @property
    def asked_twice(self) -> list[str]:
        return [path for path, hits in self._api.hits.items() if hits > 1]

    def given(self) -> None:
        self._api.delay = 0.0
        self.times_given += 1
        if self.times_given == SOME_TIMES:
            self.when_given()


@pytest.fixture(name="shared")
def shared_fixture(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    shared = Shared(tmp_path, api)
    answer, start, store_file = peers.Peers._answer, peers.asyncio.create_subprocess_exec, Writing.store_file

    async def answered(self: peers.Peers, message: Any, writer: Any) -> None:
        if message[0] == MORE:
            shared.given()
        await answer(self, message, writer)

    async def started(*command: str, **options: Any) -> Any:
        process = await start(*command, **options)
        shared.peers.append(process.pid)
        return process

    async def stored(self: Writing, path: Path) -> Any:
        rows = await store_file(self, path)
        shared.kept += len(rows)
        return rows

    monkeypatch.setattr(peers.Peers, "_answer", answered)
    monkeypatch.setattr(peers.asyncio, "create_subprocess_exec", started)
    monkeypatch.setattr(Writing, "store_file", stored)
    monkeypatch.setattr(peers, "BUSY", 0.0)
    monkeypatch.setattr(peers, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(peers, "WORTH_CALLS", 1)
    monkeypatch.setattr(peers, "threads", lambda: 2)
    api.delay = SLOW_SECONDS
    yield shared
    assert all(not Path(f"/proc/{pid}").exists() for pid in shared.peers)


def test_both_ask_and_nobody_asks_twice(shared: Shared, api: Api) -> None:
    last = shared.fetch(Secret(host="127.0.0.1", header="Authorization", value="Bearer good"))
    assert isinstance(last, Fetched)
    assert (last.records, last.calls.made, last.calls.left, last.calls.failed) == (KEYS, KEYS, 0, 0)
    assert shared.rows() == [str(key) for key in range(KEYS)]
    assert set(api.hits.values()) == {1}
    assert {asked.headers["authorization"] for asked in api.asked} == {"Bearer good"}
    assert 0 < shared.kept < KEYS
    assert len(shared.peers) == 1
    assert api.most_at_once <= PARALLEL


def test_a_peer_that_is_killed_costs_what_was_under_way(shared: Shared, api: Api) -> None:
    shared.when_given = lambda: os.kill(shared.peers[-1], signal.SIGKILL)
    last = shared.fetch()
    assert isinstance(last, Fetched)
    assert (last.records, last.calls.left) == (KEYS, 0)
    assert shared.times_given >= SOME_TIMES
    assert len(shared.asked_twice) <= PARALLEL


def test_a_setback_is_the_fetchs_own_matter(shared: Shared, api: Api) -> None:
    def fail_once() -> None:
        for key in range(KEYS - 500, KEYS, 50):
            if not api.hits[f"/any/{key}"]:
                api.answers[f"/any/{key}"] = as_json({}, 503)

    found = api._found

    def heal(asked: Any) -> Any:
        reply = found(asked)
        api.answers.pop(asked.path, None)
        return reply

    api._found = heal  # type: ignore[method-assign]
    shared.when_given = fail_once
    last = shared.fetch()
    assert isinstance(last, Fetched)
    assert (last.records, last.calls.failed) == (KEYS, 0)
    assert shared.rows() == [str(key) for key in range(KEYS)]
    assert {int(path.rpartition("/")[2]) for path in shared.asked_twice} <= set(range(KEYS - 500, KEYS, 50))


def test_a_refusal_ends_both_and_what_came_is_kept(shared: Shared, api: Api, tmp_path: Path) -> None:
    def expire() -> None:
        api.status = 401

    shared.when_given = expire
    last = shared.fetch()
    assert isinstance(last, Failed)
    assert "401" in last.message
    with Journal(tmp_path / "journals", api.url) as journal:
        (answers,) = journal._connection.execute("SELECT count(*) FROM answers WHERE failure IS NULL").fetchone()
    assert answers == shared.telling.made
    # Each had its calls under way, and asked for no more.
    assert answers <= sum(api.hits.values()) <= answers + PARALLEL + 1
    api.status, shared.when_given, shared.telling = None, lambda: None, Telling(StringIO())
    assert isinstance(shared.fetch(), Fetched)
    assert sum(api.hits.values()) <= KEYS + PARALLEL + 1


def test_a_call_that_fails_for_good_is_counted_once(shared: Shared, api: Api) -> None:
    api.answers[f"/any/{KEYS - 1}"] = as_json({}, 400)
    last = shared.fetch()
    assert isinstance(last, Fetched)
    assert (last.records, last.calls.made, last.calls.failed) == (KEYS - 1, KEYS, 1)
    assert last.calls.failures[0].startswith(f"“{KEYS - 1}”: 127.0.0.1 answered 400")
    assert not shared.asked_twice


def test_a_full_disk_is_told(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(self: Writing, path: Path) -> Any:
        raise RowmillError("The disk is full.")

    monkeypatch.setattr(Writing, "store_file", full)
    last = shared.fetch()
    assert isinstance(last, Failed)
    assert last.message == "The disk is full."


def peers_of(folder: Path) -> list[Path]:
    """The peers at work with the journals there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if b"project.fetch.peer" in command and os.fsencode(folder) in command:
                found.append(entry)
    return found


def start_with_peer(plan: Path) -> subprocess.Popen[bytes]:
    """A fetch that starts its peer soon, whatever else the machine does."""
    process = subprocess.Popen([sys.executable, "-c", WITH_PEER, str(plan)], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    return process


def test_a_fetch_that_is_killed_beside_its_peer_asks_for_nothing_twice(
    api: Api, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    keys = 6000
    journals = tmp_path / "journals"
    process = start_with_peer(plan_of(tmp_path / "first", journals, api.url, keys))
    wait_until(lambda: peers_of(journals))
    asked = sum(api.hits.values())
    wait_until(lambda: sum(api.hits.values()) > asked + 1000)
    process.kill()
    process.communicate()
    # It ends by itself.
    wait_until(lambda: not peers_of(journals))
    fetched, _ = finish(plan_of(tmp_path / "second", journals, api.url, keys))
    assert (fetched.keys, fetched.records) == (keys, keys)
    assert sum(hits > 1 for hits in api.hits.values()) <= IN_PROCESSES


def test_without_room_for_a_process_one_asks_alone(shared: Shared, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    async def refused(*command: str, **options: Any) -> Any:
        tried.append(command)
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(peers.asyncio, "create_subprocess_exec", refused)
    api.delay = 0.0
    last = shared.fetch()
    assert isinstance(last, Fetched)
    assert (last.records, shared.kept, len(tried)) == (KEYS, 0, 1)


def test_a_disk_without_room_for_an_answer_is_told(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Received, row: object) -> int:
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(Received, "add", full)
    last = shared.fetch()
    assert isinstance(last, Failed)
    assert (last.code, last.message) == (DiskFullError.code, "The disk is full.")


@pytest.mark.parametrize("asked", [{"parallel": 1}, {"parallel": 8, "per_second": 1000.0}])
def test_what_cannot_be_shared_is_not(monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]) -> None:
    from project.operations.api import Api as Asked

    monkeypatch.setattr(peers, "threads", lambda: 2)
    assert peers.are_worth_it(Asked(url="https://api.example/{k}", parallel=2))
    assert not peers.are_worth_it(Asked(url="https://api.example/{k}", **asked))
    monkeypatch.setattr(peers, "threads", lambda: 1)
    assert not peers.are_worth_it(Asked(url="https://api.example/{k}", parallel=2))
