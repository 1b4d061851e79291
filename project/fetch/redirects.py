"""Where a redirect leads, and what of the call goes along; pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from yarl import URL

MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Leg:
    """One request on the way to an answer. `is_home`: it goes where the call was meant to go, with all headers."""

    method: str
    url: URL
    body: bytes | None
    is_home: bool = True


def target(leg: Leg, location: str) -> str:
    """The address that a Location header names, absolute."""
    return urljoin(str(leg.url), location.strip())


def following(leg: Leg, status: int, url: URL) -> Leg:
    """The next leg. As browsers do, a POST becomes a GET, but for 307 and 308; another host gets no headers of ours."""
    becomes_get = status == 303 or (status in (301, 302) and leg.method == "POST")
    return Leg(
        method="GET" if becomes_get else leg.method,
        url=url,
        body=None if becomes_get else leg.body,
        is_home=leg.is_home and is_same_place(leg.url, url),
    )


def is_same_place(here: URL, there: URL) -> bool:
    """Whether what may be sent to the one may be sent to the other: the same origin, or its encrypted twin."""
    if here.raw_host != there.raw_host:
        return False
    is_twin = (here.scheme, here.port, there.scheme, there.port) == ("http", 80, "https", 443)
    return is_twin or (here.scheme, here.port) == (there.scheme, there.port)
