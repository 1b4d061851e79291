"""A value goes into an address or a body as a value, whatever it is made of."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from project.fetch.address import parse
from project.fetch.calls import CallFailed
from project.fetch.requests import request_for, with_parameter
from project.operations.api import Api

NASTY = [
    "a/b",
    "a?b=c",
    "a#b",
    "a%2Fb",
    "%",
    "a&b=c",
    "a;b",
    "a\r\nX: y",
    "\n",
    "\0",
    "@evil.example",
    ":80",
    "\\",
    "//x",
]
NASTY += ["../x", "..%2f", "a b", "a+b", "é", "🦊", "{id}", "{{id}}", "[::1]", '"', "'", "<x>", "~", "-._", ".x", "x.."]


def api_at(url: str, **more: Any) -> Api:
    return Api(url=url, **more)


@pytest.mark.parametrize("key", NASTY)
def test_a_key_stays_one_segment_and_one_value(key: str) -> None:
    url = request_for(api_at("https://api.example/v1/users/{id}/posts?a=1&id={id}&b=2"), key).url
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example", "")
    assert [unquote(each) for each in parts.path.split("/")] == ["", "v1", "users", key, "posts"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("a", "1"), ("id", key), ("b", "2")]


_KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda key: key not in (".", ".."))


@given(_KEYS)
@example("".join(map(chr, range(1, 128))))
@example("".join(map(chr, range(1, 256))))
def test_a_key_is_quoted_as_the_library_does(key: str) -> None:
    assert request_for(api_at("https://api.example/{id}"), key).url == f"https://api.example/{quote(key, safe='')}"


@given(_KEYS)
def test_any_key_reaches_the_client_as_it_is(key: str) -> None:
    url = parse(request_for(api_at("https://api.example/v1/users/{id}?q={id}"), key).url)
    assert url.raw_host == "api.example"
    segments = url.raw_path.split("/")
    assert segments[:3] == ["", "v1", "users"]
    assert [unquote(each) for each in segments[3:]] == [key]
    assert parse_qsl(url.raw_query_string, keep_blank_values=True) == [("q", key)]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://api.example/users/{id}", ".."),
        ("https://api.example/users/{id}/x", "."),
        ("https://api.example/users/{id}", ""),
        ("https://api.example/users/.{id}", "."),
        ("https://api.example/users/%2e{id}", "."),
    ],
)
def test_a_key_that_would_change_the_path_is_refused(url: str, key: str) -> None:
    with pytest.raises(CallFailed, match="it would make another path of the address"):
        request_for(api_at(url), key)


@pytest.mark.parametrize("key", [".", "..", ""])
def test_elsewhere_it_is_no_harm(key: str) -> None:
    assert request_for(api_at("https://api.example/users/u{id}?q={id}"), key).url == (
        f"https://api.example/users/u{key}?q={key}"
    )


@pytest.mark.parametrize("key", NASTY)
def test_in_a_body_it_is_a_text(key: str) -> None:
    body = {"where": [{"id": "{id}"}, "x-{id}", 7, None, True], "limit": 1}
    request = request_for(api_at("https://api.example/find", method="POST", body=body), key)
    assert request.url == "https://api.example/find"
    assert request.method == "POST"
    assert json.loads(request.body or b"") == {"where": [{"id": key}, f"x-{key}", 7, None, True], "limit": 1}


def test_only_the_columns_placeholder_is_filled() -> None:
    url = request_for(api_at('https://api.example/find?where={"id":"{user_id}"}'), "7").url
    assert url == 'https://api.example/find?where={"id":"7"}'


def test_headers_go_along() -> None:
    request = request_for(api_at("https://api.example/users", headers={"X-Version": "2"}))
    assert request.headers == (("X-Version", "2"),)
    assert request.body is None


def test_a_list_in_numbered_pages_begins_with_the_first() -> None:
    paging = {"kind": "page", "parameter": "page", "first": 0}
    api = api_at("https://api.example/users?size=5&page=9#top", paging=paging)
    assert request_for(api).url == "https://api.example/users?size=5&page=0"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example/u", "https://api.example/u?after=a%2Fb%26c"),
        ("https://api.example/u?x=%2C&y", "https://api.example/u?x=%2C&y&after=a%2Fb%26c"),
        ("https://api.example/u?after=1&x=2&after=3", "https://api.example/u?x=2&after=a%2Fb%26c"),
        ("https://api.example/u?af%74er=1", "https://api.example/u?after=a%2Fb%26c"),
    ],
)
def test_a_parameter_takes_the_place_of_its_namesakes(url: str, expected: str) -> None:
    assert with_parameter(url, "after", "a/b&c") == expected
