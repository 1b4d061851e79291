"""The pages of stored answers: listed, looked into, searched, paged, taken away and deleted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.assembly import Services
from project.fetch.calls import Answer, Request
from project.fetch.entries import Entry
from project.fetch.journal import Journal, digest_of
from project.page.keeping.answers_views import A_PAGE

DAY = 24 * 3600.0
URL = "https://api.example.com/users/"


@pytest.fixture
def keep(services: Services) -> Callable[..., None]:
    """Stores what was asked for some keys, so many days ago."""

    def keep(*keys: str, days: float = 0.0, failure: str | None = None, url: str = URL) -> None:
        with Journal(services.workspace.journals, url) as journal:
            for key in keys:
                request = Request("GET", url + key)
                answer = Answer(200, json.dumps({"id": key, "odd": "<b>"}).encode(), request.url)
                entry = Entry(
                    digest_of(request, ""),
                    request,
                    key,
                    time.time() - days * DAY,
                    answer=None if failure else answer,
                    failure=failure,
                )
                journal.store([entry])

    return keep


@pytest.fixture
def page(client: FlaskClient) -> Callable[[], str]:
    """The address of the first API on the list."""

    def page() -> str:
        found = re.search(r'href="(/answers/[0-9a-f]+)"', client.get("/answers").text)
        assert found
        return found[1]

    return page


def delete(client: FlaskClient, address: str) -> TestResponse:
    """Presses the button of the second look."""
    asked = client.get(address)
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked.text)
    days = re.search(r'name="days" value="(\d*)"', asked.text)
    assert token and days
    return client.post(urlsplit(address).path, data={"csrf_token": token[1], "days": days[1]})


def test_without_answers_the_page_says_where_they_come_from(client: FlaskClient) -> None:
    assert "Nothing is stored." in client.get("/answers").text
    assert 'href="/answers"' in client.get("/").text


def test_each_api_is_told_with_what_is_kept_of_it(
    client: FlaskClient, keep: Callable[..., None], page: Callable[[], str]
) -> None:
    keep("1", "2", days=2)
    keep("3", failure="500: <i>down</i>")
    keep("1", url="https://other.example/")
    text = client.get("/answers").text
    row = re.search(r"api\.example\.com.*?</tr>", text, re.DOTALL)
    assert (
        row and "2 d ago" in row[0] and '<td class="number">2</td>' in row[0] and '<td class="number">1</td>' in row[0]
    )
    assert "other.example" in text
    assert client.get(page()).status_code == 200


def test_one_api_is_looked_into_and_all_of_it_is_text(
    client: FlaskClient, keep: Callable[..., None], page: Callable[[], str]
) -> None:
    keep("1")
    keep("2", failure="500: <i>down</i>")
    text = client.get(page()).text
    assert f"{URL}1" in text
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert "failed:" in text and "&lt;i&gt;down" in text


def test_answers_are_searched_and_paged(
    client: FlaskClient, keep: Callable[..., None], page: Callable[[], str]
) -> None:
    keep(*(str(number) for number in range(A_PAGE + 1)))
    first = client.get(page()).text
    assert first.count("keeping-answer") == A_PAGE
    older = re.search(r'href="([^"]+before=\d+)">Older', first)
    assert older
    last = client.get(older[1]).text
    assert last.count("keeping-answer") == 1 and f"{URL}0" in last
    assert ">Older<" not in last and ">Newest<" in last
    found = client.get(page(), query_string={"q": "users/17"}).text
    assert found.count("keeping-answer") == 1
    assert "No answer has" in client.get(page(), query_string={"q": "<x>"}).text
    assert client.get(page(), query_string={"before": "x"}).status_code == 422


def test_an_api_is_taken_away_as_json_lines(
    client: FlaskClient, keep: Callable[..., None], page: Callable[[], str]
) -> None:
    keep("1", "2")
    answer = client.get(page() + "/export")
    assert 'filename="api.example.com answers.jsonl"' in answer.headers["Content-Disposition"]
    assert [json.loads(line)["key"] for line in answer.text.splitlines()] == ["1", "2"]


def test_deleting_asks_once_more_and_takes_what_was_meant(
    client: FlaskClient, keep: Callable[..., None], page: Callable[[], str], services: Services
) -> None:
    keep("1", "2", days=40)
    keep("3")
    api = page()
    asked = client.get(f"{api}/delete", query_string={"days": "30"})
    assert "Delete answers older than 30 days of https://api.example.com" in asked.text
    assert services.answers.apis()[0].answers == 3
    done = client.get(delete(client, f"{api}/delete?days=30").location).text
    assert 'Deleted: <span class="mono">2</span> answers.' in done
    assert services.answers.apis()[0].answers == 1
    delete(client, f"{api}/delete")
    assert services.answers.apis() == []


def test_those_of_all_apis_can_go_at_once(client: FlaskClient, keep: Callable[..., None], services: Services) -> None:
    keep("1")
    keep("1", url="https://other.example/")
    assert delete(client, "/answers/delete").location == "/answers?deleted=2"
    assert services.answers.apis() == []


@pytest.mark.parametrize("days", ["-1", "x", "1e3", "99999"])
def test_odd_days_delete_nothing(
    client: FlaskClient, keep: Callable[..., None], page: Callable[[], str], services: Services, days: str
) -> None:
    keep("1", days=1)
    assert client.get(f"{page()}/delete", query_string={"days": days}).status_code == 422
    assert services.answers.apis()[0].answers == 1


def test_a_deletion_needs_its_token(client: FlaskClient, keep: Callable[..., None], services: Services) -> None:
    keep("1")
    assert client.post("/answers/delete", data={"days": ""}).status_code == 400
    assert services.answers.apis()[0].answers == 1


@pytest.mark.parametrize("path", ["/answers/abc", "/answers/abc/export", "/answers/abc/delete", "/answers/..%2Fx"])
def test_an_api_of_which_nothing_is_kept_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
