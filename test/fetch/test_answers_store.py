"""What people see of the journals: counts, answers, the export, and what is deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from project.errors import NotFoundError
from project.fetch.answers_store import AnswersStore
from project.fetch.calls import Answer, Request
from project.fetch.entries import Entry
from project.fetch.journal import Journal, digest_of, journal_path

URL = "https://api.example.com/users/"
OTHER = "http://localhost:8000/x"


def entry(
    key: str, at: float, body: bytes = b'{"id":"caf\xc3\xa9"}', failure: str | None = None, url: str = URL
) -> Entry:
    request = Request("GET", url + key)
    answer = None if failure else Answer(200, body, request.url)
    return Entry(digest_of(request, ""), request, key, at, answer, failure, 500 if failure else None)


@pytest.fixture
def store(tmp_path: Path) -> AnswersStore:
    with Journal(tmp_path, URL) as journal:
        journal.store([entry(str(number), 100.0 + number) for number in range(5)])
        journal.store([entry("50%", 200.0, b'"' + b"x" * 9_000 + b'"'), entry("7", 300.0, failure="It said no.")])
    with Journal(tmp_path, OTHER) as journal:
        journal.store([entry("1", 50.0, url=OTHER)])
    return AnswersStore(tmp_path)


@pytest.fixture
def digest(tmp_path: Path) -> str:
    return journal_path(tmp_path, URL).stem


def test_apis_with_what_is_kept_of_them(store: AnswersStore, digest: str) -> None:
    other, api = store.apis()
    assert (other.address, other.answers, other.failures) == ("http://localhost:8000", 1, 0)
    assert (api.digest, api.address) == (digest, "https://api.example.com:443")
    assert (api.answers, api.failures, api.bytes) == (6, 1, 5 * 14 + 9_002)
    assert api.oldest == datetime.fromtimestamp(100, UTC)
    assert api.newest == datetime.fromtimestamp(300, UTC)
    assert store.api(digest) == api


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert AnswersStore(tmp_path / "none").apis() == []


@pytest.mark.parametrize("name", ["", "ab", "../x", "a" * 32])
def test_what_is_unknown_is_not_found(store: AnswersStore, name: str) -> None:
    with pytest.raises(NotFoundError):
        store.api(name)


def test_answers_come_newest_first_and_page_by_page(store: AnswersStore, digest: str) -> None:
    first = store.answers(digest, most=3)
    assert [answer.key for answer in first] == ["7", "50%", "4"]
    assert (first[0].failure, first[0].status, first[0].start) == ("It said no.", 500, "")
    assert (first[1].size, len(first[1].start)) == (9_002, 2_000)
    assert first[2].start == '{"id":"café"}'
    assert [answer.key for answer in store.answers(digest, before=first[-1].id)] == ["3", "2", "1", "0"]


def test_a_search_takes_signs_as_they_are(store: AnswersStore, digest: str) -> None:
    assert [answer.key for answer in store.answers(digest, search="0%")] == ["50%"]
    assert len(store.answers(digest, search="USERS/")) == 7
    assert store.answers(digest, search="_") == []


def test_the_export_has_all_of_it(store: AnswersStore, digest: str) -> None:
    lines = [json.loads(line) for line in b"".join(store.export(digest)).splitlines()]
    assert [line["key"] for line in lines] == ["0", "1", "2", "3", "4", "50%", "7"]
    assert lines[0] == {
        "method": "GET",
        "url": URL + "0",
        "key": "0",
        "asked_at": "1970-01-01T00:01:40.000+00:00",
        "status": 200,
        "body": '{"id":"café"}',
        "failure": None,
    }
    assert (lines[-1]["body"], lines[-1]["failure"]) == (None, "It said no.")


def test_what_is_older_is_deleted(store: AnswersStore, digest: str) -> None:
    assert store.delete_all(older_than=datetime.fromtimestamp(103, UTC)) == 4
    assert [api.address for api in store.apis()] == ["https://api.example.com:443"]
    assert [answer.key for answer in store.answers(digest)] == ["7", "50%", "4", "3"]


def test_nothing_of_what_is_deleted_stays_on_the_disk(store: AnswersStore, digest: str, tmp_path: Path) -> None:
    assert store.delete(digest) == 7
    assert [api.answers for api in store.apis()] == [1]
    assert not any(b"users/50%" in path.read_bytes() for path in tmp_path.iterdir())
