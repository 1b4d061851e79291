"""From page to page in all four ways, and never away with the secret."""

from __future__ import annotations

import asyncio
import json
from test.apis.people import USERS
from test.apis.server import Api as Server
from test.fetch.callers import limits
from typing import Any

import pytest

from project.fetch.calling import Answer, Caller, CallFailed, Request
from project.fetch.paging import next_link, next_request
from project.fetch.requests import request_for
from project.operations.api import Api, Paging

HOME = "https://api.example/v1/users?size=3"
LINK = Paging(kind="link")
NEXT = Paging(kind="next", field="meta.next")
PAGE = Paging(kind="page", parameter="page")
CURSOR = Paging(kind="cursor", field="cursor", parameter="after")


def following(paging: Paging | None, body: Any = None, link: str = "", url: str = HOME, **more: Any) -> Request | None:
    """The page behind one with that content."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    api = Api(url=HOME, paging=paging, headers={"X-Version": "2"}, **more)
    answer = Answer(200, content, url, link)
    return next_request(api, Request("GET", url, None, (("X-Version", "2"),)), answer)


@pytest.mark.parametrize(
    ("path", "records", "paging", "calls"),
    [
        ("link", "", LINK, 4),
        ("next", "data", NEXT, 4),
        ("page", "", PAGE, 5),
        ("cursor", "items", CURSOR, 4),
    ],
)
def test_all_pages_of_a_real_list(api: Server, path: str, records: str, paging: Paging, calls: int) -> None:
    asked = Api(url=f"{api.url}/users/{path}", records=records, paging=paging)

    async def run() -> list[Any]:
        found: list[Any] = []
        request: Request | None = request_for(asked)
        async with Caller(limits()) as caller:
            while request is not None:
                answer = await caller.call(request)
                content = json.loads(answer.body)
                found += content[records] if records else content
                request = next_request(asked, request, answer)
        return found

    assert asyncio.run(run()) == USERS
    assert api.hits[f"/users/{path}"] == calls


def test_without_paging_there_is_one_page() -> None:
    assert following(None, [1]) is None


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("", None),
        ("<https://api.example/2>; rel=next", "https://api.example/2"),
        ('<https://api.example/2>;rel="next"', "https://api.example/2"),
        ('<a>; rel="prev", <b>; rel="next", <c>; rel="last"', "b"),
        ('<a?x=1,2;3>; title="a, <b>; rel=next"; rel="last NEXT"', "a?x=1,2;3"),
        ('<a>; title="a \\" b"; REL = next', "a"),
        ("<a>; rel=prev; rel=next", None),
        ('<a>; rel=next; anchor="/other"', None),
        ("<a>; rel=nextish, <b>; rev=next, <c>", None),
        ("</v1/users?page=2>; rel=next; crossorigin", "/v1/users?page=2"),
        ("rel=next", None),
        ("<a; rel=next", None),
    ],
)
def test_link_headers(header: str, address: str | None) -> None:
    assert next_link(header) == address


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://api.example/v1/users?page=2", "https://api.example/v1/users?page=2"),
        ("?page=2", "https://api.example/v1/users?page=2"),
        ("/users/2", "https://api.example/users/2"),
        ("users/2", "https://api.example/v1/users/2"),
        ("//api.example/2", "https://api.example/2"),
        ("https://API.example:443/2", "https://api.example/2"),
        ("http://api.example/2", "https://api.example/2"),
        ("https://api.example/2?sig=a%2Fb%3D&q=a+b", "https://api.example/2?sig=a%2Fb%3D&q=a+b"),
    ],
)
def test_the_next_address_is_absolute_and_stays_encrypted(address: str, url: str) -> None:
    for found in (following(NEXT, {"meta": {"next": address}}), following(LINK, link=f"<{address}>; rel=next")):
        assert found is not None
        assert found.url == url
        assert found.headers == (("X-Version", "2"),)


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/2", "//evil.example/2", "https://api.example:8443/2", "https://api.example.evil.example/"]
    + ["http://api.example:8080/2"],
)
def test_the_secret_never_goes_to_another_place(address: str) -> None:
    body = {"meta": {"next": address}}
    with pytest.raises(CallFailed, match="api.example names a next page at .*: the secret is for the former alone"):
        following(NEXT, body, secret="mine")
    # Without one, the page is asked for without anything of ours.
    found = following(NEXT, body)
    assert found is not None
    assert found.headers == ()


@pytest.mark.parametrize(
    "address",
    ["ftp://api.example/2", "https://me:pw@api.example/2", "https://[::1", "javascript:alert(1)", "https://a b/"],
)
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(CallFailed, match="as the next page: that is no address"):
        following(NEXT, {"meta": {"next": address}})


@pytest.mark.parametrize(
    "body", [{}, [], {"meta": None}, {"meta": {"next": None}}, {"meta": {"next": ""}}, {"meta": "x"}]
)
def test_no_field_means_no_further_page(body: Any) -> None:
    assert following(NEXT, body) is None


def test_the_same_page_again_is_told() -> None:
    with pytest.raises(CallFailed, match="names the same page again"):
        following(NEXT, {"meta": {"next": HOME}})
    with pytest.raises(CallFailed, match="names the same page again"):
        following(CURSOR, {"cursor": "x"}, url=f"{HOME}&after=x")


@pytest.mark.parametrize(
    ("cursor", "value"), [("a/b=", "a%2Fb%3D"), (12345678901234567890123, "12345678901234567890123")]
)
def test_a_cursor_goes_into_its_parameter(cursor: Any, value: str) -> None:
    found = following(CURSOR, {"cursor": cursor}, url=f"{HOME}&after=old")
    assert found is not None
    assert found.url == f"{HOME}&after={value}"


@pytest.mark.parametrize("value", [True, ["x"], {"a": 1}])
def test_a_cursor_of_another_kind_is_told(value: Any) -> None:
    with pytest.raises(CallFailed, match="has something else in “cursor”"):
        following(CURSOR, {"cursor": value})


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b""])
def test_what_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(CallFailed, match="something that is not JSON"):
        following(CURSOR, body)


@pytest.mark.parametrize(
    ("records", "body"), [("", []), ("data", {"data": []}), ("data", {}), ("data.items", {"data": 1})]
)
def test_numbered_pages_end_with_one_that_is_empty(records: str, body: Any) -> None:
    assert following(PAGE, body, records=records) is None


def test_numbered_pages_count_up_from_what_was_asked() -> None:
    found = following(PAGE, [1], url=f"{HOME}&page=9")
    assert found is not None
    assert found.url == f"{HOME}&page=10"


def test_a_field_may_have_dots_in_its_name() -> None:
    found = following(Paging(kind="next", field="@odata.nextLink"), {"@odata.nextLink": "?skip=2"})
    assert found is not None
    assert found.url == "https://api.example/v1/users?skip=2"


def test_a_list_that_is_gone_has_no_next_page() -> None:
    request = Request("GET", HOME)
    assert next_request(Api(url=HOME, paging=PAGE), request, Answer(404, b"[1]", HOME)) is None
