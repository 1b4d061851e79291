"""Lists whose pages are read while others are asked for: order, ends, failures and kills are those of one by one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from test.apis.replies import Reply
from test.apis.server import Api
from test.fetch.test_main import start
from typing import Any

import polars as pl
import pytest

from project.engine.events import Failed
from project.fetch import pages, paging
from project.fetch.calls import Request
from project.fetch.events import Fetched, Paused
from project.fetch.fetching import fetch
from project.fetch.journal import Journal, digest_of
from project.fetch.plan import ANSWERS_FILE, FETCH_PLAN_FILE, FetchLimits, FetchPlan
from project.fetch.telling import Telling
from project.operations.enrich import ANSWER_KEY, Enrich

_RECORDS = 40
_BY_NUMBER = {"kind": "page", "parameter": "page"}


class Pages:
    """The bodies of a list's pages, as the test API serves them; what is behind the last one has no records."""

    def __init__(self, api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._api, self._folder = api, folder
        self.asked: list[int] = []
        self.bodies: list[Reply] = []
        self.paging: dict[str, str] = _BY_NUMBER
        self.records = ""
        monkeypatch.setattr(api, "_found", self._found)
        monkeypatch.setattr(pages, "WORTH_SCANNING_BYTES", 500)
        monkeypatch.setattr("project.fetch.listing.WORTH_SCANNING_BYTES", 500)

    def fill(self, count: int) -> None:
        """So many large pages."""
        self.bodies = [Reply(_body(range(n * _RECORDS, (n + 1) * _RECORDS))) for n in range(count)]

    def plan(self, **parts: Any) -> FetchPlan:
        api = {"url": f"{self._api.url}/list", "paging": self.paging, "records": self.records}
        folder = self._folder / f"fetch-{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        return FetchPlan(
            job_id="job",
            attempt=1,
            folder=folder,
            step=Enrich.model_validate({"operation": "enrich", "column": "k", "key": "id", "api": api}),
            journals=self._folder / "journals",
            limits=FetchLimits(allow_hosts=("127.0.0.1",), tries=1),
            **parts,
        )

    def fetch(self, **parts: Any) -> tuple[Fetched | Paused | Failed, list[str] | None]:
        plan = self.plan(**parts)
        last = fetch(plan, None, Telling(StringIO()))
        answers = plan.folder / ANSWERS_FILE
        return last, pl.read_parquet(answers)[ANSWER_KEY].to_list() if answers.exists() else None

    def kept(self) -> set[int]:
        """The numbers of the pages that the journal has an answer to."""
        requests = {n: Request("GET", f"{self._api.url}/list?page={n}") for n in range(1, len(self.bodies) + 5)}
        with Journal(self._folder / "journals", self._api.url) as journal:
            return {n for n, request in requests.items() if journal.answered([digest_of(request, "")])}

    def _found(self, asked: Any) -> Reply:
        number = int(asked.parameters.get("page", "1"))
        self.asked.append(number)
        found = self.bodies[number - 1] if number <= len(self.bodies) else Reply(b"[]")
        if self.paging["kind"] == "link" and number < len(self.bodies):
            return Reply(found.body, found.status, (("Link", f'<?page={number + 1}>; rel="next"'),))
        return found


def _body(ids: Sequence[int]) -> bytes:
    return json.dumps([{"id": number, "name": f"Name {number}"} for number in ids]).encode()


def _ids(*numbers: int) -> list[str]:
    return [str(n) for number in numbers for n in range((number - 1) * _RECORDS, number * _RECORDS)]


@pytest.fixture(name="served")
def served_fixture(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(api, tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", [_BY_NUMBER, {"kind": "link"}])
def test_the_order_is_kept_whichever_page_is_read_first(
    served: Pages, monkeypatch: pytest.MonkeyPatch, kind: dict[str, str]
) -> None:
    read = pages.PageReader.read

    def slow(self: pages.PageReader, body: bytes) -> pages.Page:
        time.sleep(0.05 if b'"id": 40,' in body else 0.0)
        return read(self, body)

    monkeypatch.setattr(pages.PageReader, "read", slow)
    served.paging = kind
    served.fill(6)
    last, ids = served.fetch()
    assert ids == _ids(1, 2, 3, 4, 5, 6)
    assert isinstance(last, Fetched)
    assert last.is_whole
    assert served.fetch()[1] == ids
    assert len(served.asked) == len(set(served.asked))


def test_a_page_in_the_middle_that_is_no_json_is_asked_for_again(served: Pages) -> None:
    served.fill(5)
    good, served.bodies[2] = served.bodies[2], Reply(served.bodies[2].body[:-9])
    last, ids = served.fetch()
    assert isinstance(last, Failed)
    assert last.message.startswith("Page 3 of the list failed. The answer is not JSON")
    assert ids is None
    # What was asked for beside it is kept, too.
    assert served.kept() == set(served.asked) - {3} >= {1, 2}
    served.bodies[2] = good
    assert served.fetch()[1] == _ids(1, 2, 3, 4, 5)
    assert {n: served.asked.count(n) for n in served.asked} == {1: 1, 2: 1, 3: 2, 4: 1, 5: 1, 6: 1}


def test_an_odd_page_in_the_middle_is_kept_and_told(served: Pages) -> None:
    served.fill(5)
    served.bodies[2] = Reply(json.dumps(list(range(1000))).encode())
    # Whatever is behind it is not what the list failed of.
    served.bodies[3] = Reply(b"{}", 400)
    for _ in range(2):
        last, _ = served.fetch()
        assert isinstance(last, Failed)
        assert last.message.startswith("Page 3 of the list failed. The answer holds an array of numbers")
    assert served.kept() >= {1, 2, 3}
    assert served.asked.count(3) == 1


@pytest.mark.parametrize("end", [Reply(b"[]"), Reply(b"", 404), Reply(b"[" + b" " * 1000 + b"]")])
def test_an_empty_page_behind_large_ones_ends_the_list(served: Pages, end: Reply) -> None:
    served.fill(4)
    served.bodies[3:] = [end, Reply(_body([7]))]
    last, ids = served.fetch()
    assert ids == _ids(1, 2, 3)
    assert isinstance(last, Fetched)
    assert (last.is_whole, last.keys) == (True, 4)


def test_what_cannot_be_called_any_more_leaves_all_that_came(served: Pages) -> None:
    served.fill(4)
    served.bodies[3] = Reply(b"{}", 503, (("Retry-After", "3600"),))
    assert isinstance(served.fetch()[0], Paused)
    assert served.kept() == {1, 2, 3}


def test_a_large_page_that_is_the_one_before_ends_it(served: Pages) -> None:
    served.fill(1)
    served.bodies *= 5
    last, _ = served.fetch()
    assert isinstance(last, Failed)
    assert "the same as the one before" in last.message
    assert served.asked == [1, 2]


def test_what_is_around_the_records_of_a_large_page_names_the_next_one(
    served: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    content = paging._content
    monkeypatch.setattr(
        paging, "_content", lambda host, answer: decoded.append(len(answer.body)) or content(host, answer)
    )
    served.paging, served.records = {"kind": "next", "field": "meta.next"}, "data"
    served.fill(3)
    for number, reply in enumerate(served.bodies):
        following = b'"?page=%d"' % (number + 2) if number < 2 else b"null"
        served.bodies[number] = Reply(b'{"data":%s,"meta":{"next":%s}}' % (reply.body, following))
    assert served.fetch()[1] == _ids(1, 2, 3)
    assert served.asked == [1, 2, 3]
    assert len(decoded) == 3
    assert max(decoded) < 60


def test_links_in_a_circle_are_noticed(served: Pages, monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    served.paging = {"kind": "link"}
    served.fill(3)
    monkeypatch.setattr(
        api, "_found", lambda asked: Reply(_body([1]), 200, (("Link", f"<?page={asked.times % 2}>; rel=next"),))
    )
    last, _ = served.fetch()
    assert isinstance(last, Failed)
    assert "go in a circle" in last.message


def test_a_trial_makes_no_more_calls_than_it_may(served: Pages) -> None:
    served.fill(5)
    last, ids = served.fetch(most_calls=3)
    assert isinstance(last, Fetched)
    assert (last.is_whole, last.calls.made, ids) == (False, 3, _ids(1, 2, 3))
    assert served.asked == [1, 2, 3]


def test_a_kill_in_the_middle_costs_few_pages(served: Pages, wait_until: Callable[..., None], api: Api) -> None:
    served.bodies = [Reply(_body(range(n * 20_000, (n + 1) * 20_000))) for n in range(12)]
    api.delay = 0.05
    plan = served.plan()
    path = plan.folder / FETCH_PLAN_FILE
    path.write_text(plan.model_dump_json())
    process = start(path)
    wait_until(lambda: len(served.asked) >= 6)
    process.kill()
    process.communicate()
    came = set(served.asked)
    # One was under way, one had just come, and two were being read.
    assert served.kept() >= set(range(1, max(came) - 3))
    kept = served.kept()
    served.asked.clear()
    assert served.fetch()[1] == [str(n) for n in range(12 * 20_000)]
    assert not kept & set(served.asked)
