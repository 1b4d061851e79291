"""Whole fetches against the test API: what is asked, what is kept, what is told, what comes out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from test.apis.replies import Reply, as_json
from test.apis.server import Api
from typing import Any

import polars as pl
import pytest

from project.engine.events import Failed
from project.fetch.events import FETCH_EVENT, Calls, Fetched, Paused
from project.fetch.fetching import fetch
from project.fetch.journal import Journal
from project.fetch.plan import ANSWERS_FILE, FetchLimits, FetchPlan, Secret
from project.fetch.telling import Telling
from project.operations.enrich import ANSWER_KEY

LIMITS = FetchLimits(allow_hosts=("127.0.0.1",), tries=1)


@dataclass(frozen=True)
class Outcome:
    """The last event, all before it, and the rows that were left."""

    last: Fetched | Paused | Failed
    events: Sequence[Any]
    rows: list[dict[str, str | None]] | None

    @property
    def fetched(self) -> Fetched:
        assert isinstance(self.last, Fetched), self.last
        return self.last

    @property
    def failed(self) -> Failed:
        assert isinstance(self.last, Failed), self.last
        return self.last

    @property
    def calls(self) -> Calls:
        return [event for event in self.events if isinstance(event, Calls)][-1]


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, api: Api) -> Run:
    """Fetches what is at a path of the test API: `keys` of a value each, or else a list."""

    def run(
        path: str, keys: Sequence[str] | None = None, *, asked: dict[str, Any] | None = None, **parts: Any
    ) -> Outcome:
        step = {"operation": "enrich", "column": "k", "api": {"url": api.url + path, **(asked or {})}}
        step |= {"key": "id"} if keys is None else {}
        plan = {name: parts.pop(name) for name in ("most_calls", "limits", "job_id") if name in parts}
        secret = parts.pop("secret", None)
        folder = tmp_path / f"fetch-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        if keys is not None:
            (folder / "keys.csv").write_text("k,n\n" + "".join(f'"{key}",1\n' for key in keys))
        whole = FetchPlan.model_validate(
            {
                "job_id": "job",
                "attempt": 1,
                "folder": folder,
                "step": step | parts,
                "keys": None if keys is None else folder / "keys.csv",
                "journals": tmp_path / "journals",
                "limits": LIMITS,
                **plan,
            }
        )
        stream = StringIO()
        last = fetch(whole, secret, Telling(stream))
        events = [FETCH_EVENT.validate_json(line) for line in stream.getvalue().splitlines()]
        answers = folder / ANSWERS_FILE
        return Outcome(last, events, pl.read_parquet(answers).to_dicts() if answers.exists() else None)

    return run


def test_each_value_is_asked_for_once_ever(run: Run, api: Api) -> None:
    first = run("/users/{k}", ["3", "1", "3.0", "99"]).fetched
    assert (first.keys, first.matched, first.records, first.calls.made) == (4, 2, 2, 4)
    again = run("/users/{k}", ["99", "2", "3"])
    assert (again.fetched.calls.made, again.fetched.calls.from_journal) == (1, 2)
    assert set(api.hits.values()) == {1}
    assert again.rows is not None
    assert [row[ANSWER_KEY] for row in again.rows] == ["2", "3"]
    assert again.rows[1]["address.geo.lat"] == "-22.5000"


def test_a_missing_key_is_not_asked_for(run: Run, api: Api) -> None:
    assert run("/users/{k}", ["", "1"]).fetched.keys == 1
    assert dict(api.hits) == {"/users/1": 1}


def test_digits_and_quotes_in_keys_stay(run: Run, api: Api) -> None:
    keys = ["007", "a b/ü?&", "1e5"]
    rows = run("/any/{k}", keys).rows
    assert rows is not None
    assert [row[ANSWER_KEY] for row in rows] == [row["id"] for row in rows] == keys


def test_a_value_that_no_address_can_hold_is_a_failure(run: Run, api: Api) -> None:
    outcome = run("/any/{k}", ["..", "1"])
    assert outcome.failed.code == "calls_failed"
    assert "“..”" in outcome.failed.message
    assert run("/any/{k}", ["..", "1"], max_failures=1).fetched.calls.from_journal == 1
    assert dict(api.hits) == {"/any/1": 1}


def test_what_failed_is_asked_again_and_nothing_else(run: Run, api: Api) -> None:
    api.answers["/any/2"] = as_json({"error": "not today"}, 400)
    outcome = run("/any/{k}", ["1", "2", "3"])
    assert outcome.failed.code == "calls_failed"
    assert outcome.failed.message.startswith("1 of 3 calls failed. The first: “2”: ")
    assert "400" in outcome.calls.failures[0]
    assert outcome.rows is None
    del api.answers["/any/2"]
    assert run("/any/{k}", ["1", "2", "3"]).fetched.calls.from_journal == 2
    assert dict(api.hits) == {"/any/1": 1, "/any/2": 2, "/any/3": 1}


def test_so_many_failures_are_allowed(run: Run, api: Api) -> None:
    for number in range(12):
        api.answers[f"/any/{number}"] = Reply(b"Sorry")
    keys = [str(number) for number in range(14)]
    fetched = run("/any/{k}", keys, max_failures=12).fetched
    assert (fetched.matched, fetched.calls.failed, len(fetched.calls.failures)) == (2, 12, 10)
    assert "not JSON" in fetched.calls.failures[0]
    assert "more than the 11 that are allowed" in run("/any/{k}", keys, max_failures=11).failed.message


@pytest.mark.parametrize(("name", "words"), [("deep", "levels deep"), ("numbers", "array of numbers"), ("nan", "NaN")])
def test_an_odd_answer_is_kept_and_told(run: Run, api: Api, name: str, words: str) -> None:
    for _ in range(2):
        assert words in run("/odd/{k}", [name, "object"]).failed.message
    assert api.hits[f"/odd/{name}"] == 1


@pytest.mark.parametrize("name", ["none", "status/204"])
def test_an_answer_may_hold_no_record(run: Run, name: str) -> None:
    path, _, key = f"/odd/{name}".rpartition("/")
    fetched = run(path + "/{k}", [key]).fetched
    assert (fetched.records, fetched.matched, fetched.columns) == (0, 0, ())


def test_several_records_of_a_value(run: Run, api: Api) -> None:
    api.answers["/any/1"] = as_json({"data": {"items": [{"a": 1}, {"b": None}]}})
    fetched = run("/any/{k}", ["1"], asked={"records": "data.items"}, nulls="missing")
    assert fetched.rows == [{ANSWER_KEY: "1", "a": "1", "b": None}, {ANSWER_KEY: "1", "a": None, "b": None}]
    assert (fetched.fetched.records, fetched.fetched.matched) == (2, 1)


def test_old_answers_are_asked_for_again_but_once_a_job(run: Run, api: Api) -> None:
    run("/any/{k}", ["1"])
    time.sleep(0.002)
    for job in ("second", "second", "third"):
        run("/any/{k}", ["1"], job_id=job, refresh_older_than_hours=0).fetched
    assert api.hits["/any/1"] == 3


def test_a_trial_asks_for_keys_from_all_over_the_file(run: Run, api: Api) -> None:
    keys = [str(number) for number in range(100)]
    fetched = run("/any/{k}", keys, most_calls=5).fetched
    assert (fetched.is_whole, fetched.keys, fetched.calls.made, fetched.calls.left) == (False, 100, 5, 95)
    assert set(api.hits) == {f"/any/{number}" for number in (0, 20, 40, 60, 80)}
    assert run("/any/{k}", keys[:4], most_calls=5).fetched.is_whole
    assert run("/any/{k}", keys).fetched.calls.made == 100 - 5 - 3


def test_a_trial_tells_of_failures_and_goes_on(run: Run, api: Api) -> None:
    api.answers["/any/0"] = as_json({}, 400)
    assert run("/any/{k}", ["0", "1"], most_calls=20).fetched.calls.failed == 1


def test_a_refusal_ends_it_and_keeps_what_was_answered(run: Run, api: Api) -> None:
    secret = Secret(host="127.0.0.1", header="Authorization", value="Bearer good")
    keys = [str(number) for number in range(30)]
    api.answers["/guarded/2/9"] = as_json({"error": "expired"}, 401)
    outcome = run("/guarded/2/{k}", keys, asked={"parallel": 1}, secret=secret)
    assert outcome.failed.code == "api_refused"
    assert outcome.calls.made == 9
    assert "good" not in outcome.failed.message
    del api.answers["/guarded/2/9"]
    outcome = run("/guarded/2/{k}", keys, asked={"parallel": 1}, secret=secret)
    assert outcome.fetched.calls.from_journal == 9


def test_an_api_that_is_down_pauses(run: Run, api: Api) -> None:
    run("/any/{k}", ["1"])
    api.answers["/any/2"] = as_json({}, 503, ("Retry-After", "3600"))
    outcome = run("/any/{k}", ["1", "2"])
    assert isinstance(outcome.last, Paused)
    assert outcome.last.seconds >= 3600
    assert outcome.calls.from_journal == 1


@pytest.mark.parametrize(
    ("kind", "paging", "records"),
    [
        ("link", {"kind": "link"}, ""),
        ("next", {"kind": "next", "field": "meta.next"}, "data"),
        ("page", {"kind": "page", "parameter": "page"}, ""),
        ("cursor", {"kind": "cursor", "field": "cursor", "parameter": "after"}, "items"),
    ],
)
def test_a_list_is_fetched_page_by_page(run: Run, api: Api, kind: str, paging: dict[str, str], records: str) -> None:
    first = run(f"/users/{kind}", asked={"paging": paging, "records": records})
    assert first.rows is not None
    assert [row[ANSWER_KEY] for row in first.rows] == [str(number) for number in range(1, 11)]
    assert first.fetched.columns[:2] == ("id", "name")
    hits = api.hits.total()
    again = run(f"/users/{kind}", asked={"paging": paging, "records": records})
    assert (again.rows, again.fetched.calls.from_journal, again.fetched.calls.made) == (first.rows, hits, 0)
    assert api.hits.total() == hits


def test_a_trial_of_a_list_ends_early(run: Run, api: Api) -> None:
    asked = {"paging": {"kind": "link"}}
    fetched = run("/users/link", asked=asked, most_calls=2).fetched
    assert (fetched.is_whole, fetched.records, fetched.calls.made) == (False, 6, 2)
    fetched = run("/users/link", asked=asked).fetched
    assert (fetched.is_whole, fetched.records, fetched.calls.from_journal) == (True, 10, 2)


def test_a_list_goes_on_behind_the_page_that_failed(run: Run, api: Api) -> None:
    asked = {"paging": {"kind": "page", "parameter": "page"}}
    api.status = 400
    assert run("/users/page", asked=asked).failed.code == "calls_failed"
    api.status = None
    api.answers["/users/page"] = Reply(b"<html>")
    assert "Page" not in run("/users/page", asked=asked).failed.message
    del api.answers["/users/page"]
    assert run("/users/page", asked=asked).fetched.calls.made == 5


def test_pages_in_a_circle_are_noticed(run: Run, api: Api) -> None:
    api.answers["/a"] = as_json({"next": "/b", "data": [{"id": 1}]})
    api.answers["/b"] = as_json({"next": "/a", "data": [{"id": 2}]})
    failed = run("/a", asked={"paging": {"kind": "next", "field": "next"}, "records": "data"}).failed
    assert "go in a circle" in failed.message
    assert dict(api.hits) == {"/a": 1, "/b": 1}


def test_a_list_needs_the_field_that_is_compared(run: Run, api: Api) -> None:
    api.answers["/a"] = as_json([{"name": "x", "address": {"city": "y"}}])
    failed = run("/a").failed
    assert failed.message == (
        "No record of the API has the field “id”, which is compared. They have: “name”, “address.city”."
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/odd/numbers", "array of numbers"),
        ("/odd/html", "web page"),
        ("/odd/duplicates", "“name” twice"),
        ("/odd/deep-objects", "levels deep"),
        ("/odd/cut-json", "not JSON"),
        ("/odd/no-utf-8", "not UTF-8"),
        ("/unknown", "answered 404"),
        ("/odd/wide", "more than 2,000 different fields"),
    ],
)
def test_a_list_that_cannot_be_read_has_a_sentence(run: Run, path: str, words: str) -> None:
    assert words in run(path).failed.message


def test_an_empty_list_and_fields_of_some_records(run: Run) -> None:
    assert run("/odd/none").fetched.records == 0
    rows = run("/odd/uneven").rows
    assert rows is not None
    assert [{name: value for name, value in row.items() if value is not None} for row in rows] == [
        {ANSWER_KEY: "1", "id": "1", "a": "null"},
        {ANSWER_KEY: "2", "id": "2", "b": "x"},
        {ANSWER_KEY: "3", "id": "3", "a.c": "[1,2]"},
    ]


def test_a_large_page_is_the_same_as_many_small_ones(run: Run, api: Api) -> None:
    records = [
        {"id": number, "n": {"x": f"{number}.50"}, **({"y": None} if number % 3 else {})} for number in range(20_000)
    ]
    api.answers["/large"] = Reply(json.dumps(records).encode())
    large = run("/large")
    assert large.rows is not None
    assert len(large.rows) == 20_000
    assert large.rows[7] == {ANSWER_KEY: "7", "id": "7", "n.x": "7.50", "y": "null"}
    assert large.rows[9] == {ANSWER_KEY: "9", "id": "9", "n.x": "9.50", "y": None}


def test_answers_that_are_deleted_meanwhile_are_missed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "bodies", lambda self, digests, since: [None for _ in digests])
    assert run("/any/{k}", ["1"]).failed.code == "answers_deleted"
