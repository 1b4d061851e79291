"""What of a call goes along with a redirect."""

from __future__ import annotations

import pytest
from yarl import URL

from project.fetch.redirects import Leg, following, is_same_place, target


@pytest.mark.parametrize(
    ("here", "there", "is_same"),
    [
        ("https://a.example/", "https://a.example/x", True),
        ("https://a.example/", "https://a.example:443/", True),
        ("http://a.example/", "https://a.example/", True),
        ("https://a.example/", "http://a.example/", False),
        ("http://a.example:8080/", "https://a.example/", False),
        ("http://a.example:8080/", "https://a.example:8443/", False),
        ("https://a.example/", "https://a.example:8443/", False),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example/", "https://x.a.example/", False),
    ],
)
def test_the_same_place(here: str, there: str, is_same: bool) -> None:
    assert is_same_place(URL(here), URL(there)) is is_same


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [("GET", each, "GET") for each in (301, 302, 303, 307, 308)]
    + [("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"), ("POST", 308, "POST")],
)
def test_methods(method: str, status: int, expected: str) -> None:
    found = following(Leg(method, URL("https://a.example/"), b"{}"), status, URL("https://a.example/x"))
    assert found.method == expected
    assert found.body == (None if status == 303 or expected != method else b"{}")


def test_who_was_away_once_is_not_at_home_again() -> None:
    leg = following(Leg("GET", URL("https://a.example/"), None), 302, URL("https://b.example/"))
    assert not leg.is_home
    assert not following(leg, 302, URL("https://a.example/")).is_home


@pytest.mark.parametrize(
    ("location", "expected"),
    [("/x", "https://a.example/x"), ("x", "https://a.example/v1/x"), ("?p=2", "https://a.example/v1/u?p=2")]
    + [("//b.example/x", "https://b.example/x"), (" http://b.example/ ", "http://b.example/")],
)
def test_targets_are_absolute(location: str, expected: str) -> None:
    assert target(Leg("GET", URL("https://a.example/v1/u?p=1"), None), location) == expected
