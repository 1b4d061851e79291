"""The journal: what is stored, what counts as answered, and who may use it at once."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from project.errors import DiskFullError
from project.fetch.answers_store import AnswersStore
from project.fetch.calls import Answer, Request
from project.fetch.entries import Entry
from project.fetch.journal import Journal, digest_of, digester, journal_path

URL = "https://api.example.com/users/1"
REQUEST = Request("GET", URL)
DIGEST = digest_of(REQUEST, "")
ANSWER = Answer(200, b'{"id":1}' * 100, URL, '<2>; rel="next"')


def entry(at: float = 100.0, *, answer: Answer | None = ANSWER, failure: str | None = None) -> Entry:
    return Entry(DIGEST, REQUEST, "1", at, None if failure else answer, failure)


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        journal.store([entry()])
        assert journal.answered([DIGEST, b"another"]) == {DIGEST: 100.0}
    with Journal(tmp_path, "HTTPS://API.example.com:443/posts") as journal:
        kept = journal.answers([DIGEST])[DIGEST]
        assert kept.answer == ANSWER
        assert kept.asked_at == 100.0


def test_an_answer_may_have_no_body(tmp_path: Path) -> None:
    nothing = Answer(404, b"", URL)
    with Journal(tmp_path, URL) as journal:
        journal.store([entry(answer=nothing)])
        assert journal.answers([DIGEST])[DIGEST].answer == nothing


def test_a_failure_is_no_answer_and_replaces_none(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        journal.store([entry(failure="no")])
        assert not journal.answered([DIGEST])
        journal.store([entry(101.0)])
        journal.store([entry(102.0, failure="no again")])
        assert journal.answers([DIGEST])[DIGEST].asked_at == 101.0


def test_an_old_answer_does_not_count_until_it_is_given_anew(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        journal.store([entry(100.0)])
        assert journal.answered([DIGEST], since=100.0)
        assert not journal.answered([DIGEST], since=100.1)
        journal.store([entry(200.0, answer=replace(ANSWER, body=b"{}"))])
        assert journal.answers([DIGEST], since=150.0)[DIGEST].answer.body == b"{}"


def test_bodies_come_in_the_order_in_which_they_are_asked_for(tmp_path: Path) -> None:
    bodies = {"small": b"{}", "packed": b" " * 5_000 + b"{}", "large": b" " * 50_000 + b"{}", "nothing": b""}
    requests = {name: Request("GET", f"{URL}/{name}") for name in (*bodies, "failed", "old", "unknown")}
    digests = {name: digest_of(request, "") for name, request in requests.items()}
    with Journal(tmp_path, URL) as journal:
        for name, body in bodies.items():
            answer = Answer(200 if body else 404, body, URL)
            journal.store([Entry(digests[name], requests[name], name, 2.0, answer)])
        journal.store([Entry(digests["failed"], requests["failed"], "failed", 2.0, failure="no")])
        journal.store([Entry(digests["old"], requests["old"], "old", 1.0, Answer(200, b" " * 50_000, URL))])
        names = ["unknown", "large", "nothing", "old", "packed", "failed", "small", "large"]
        found = list(journal.bodies([digests[name] for name in names], since=2.0))
    assert found == [(200 if bodies[name] else 404, bodies[name]) if name in bodies else None for name in names]


def test_a_large_body_that_is_deleted_before_its_turn_is_missed(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        journal.store([entry(answer=replace(ANSWER, body=b" " * 50_000))])
        found = journal.bodies([b"another", DIGEST])
        assert next(found) is None
        AnswersStore(tmp_path).delete_all()
        assert list(found) == [None]


def test_a_job_has_begun_when_its_first_attempt_did(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        assert journal.began("job", 5.0) == 5.0
    with Journal(tmp_path, URL) as journal:
        assert journal.began("job", 9.0) == 5.0
        assert journal.began("another", 9.0) == 9.0


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, method="POST"),
        replace(REQUEST, url=URL + "0"),
        replace(REQUEST, body=b"{}"),
        replace(REQUEST, headers=(("X-Version", "2"),)),
    ],
)
def test_requests_that_differ_are_others(other: Request) -> None:
    assert digest_of(other, "") != DIGEST
    assert digest_of(REQUEST, "a secret") != DIGEST
    headers = (("X-A", "1"), ("X-B", "2"))
    assert digester(other.method, other.headers, "s")(other.url, other.body) == digest_of(other, "s")
    same = digest_of(replace(REQUEST, headers=(("x-b", "2"), ("x-a", "1"))), "")
    assert digest_of(replace(REQUEST, headers=headers), "") == same


def test_each_host_and_port_has_a_journal_of_its_own(tmp_path: Path) -> None:
    urls = ("https://a.example/", "http://a.example/", "https://a.example:8443/", "https://b.example/")
    assert len({journal_path(tmp_path, url) for url in urls}) == len(urls)


def test_several_processes_store_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from project.fetch.calls import *; from project.fetch.journal import *\n"
        "name = sys.argv[2]\n"
        f"with Journal(Path(sys.argv[1]), {URL!r}) as journal:\n"
        "    for n in range(40):\n"
        f"        request = Request('GET', {URL!r} + f'{{name}}{{n}}')\n"
        "        journal.store([Entry(digest_of(request, ''), request, '1', 1.0, Answer(200, b'{}', request.url))])\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("a", "b")]
    assert [process.wait(60) for process in running] == [0, 0]
    digests = [digest_of(Request("GET", f"{URL}{name}{n}"), "") for name in ("a", "b") for n in range(40)]
    with Journal(tmp_path, URL) as journal:
        assert len(journal.answered(digests)) == 80


def test_a_full_disk_has_a_sentence_and_nothing_half_stored(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        journal.store([entry()])
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        large = Request("GET", URL + "x" * 50_000)
        with pytest.raises(DiskFullError, match="The disk is full"):
            journal.store([Entry(digest_of(large, ""), large, "2", 1.0, ANSWER)])
        assert journal.answered([DIGEST, digest_of(large, "")]) == {DIGEST: 100.0}
