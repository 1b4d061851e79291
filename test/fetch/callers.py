"""Makes calls of the test API, and gives back what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from project.fetch.calling import Answer, Caller, Request
from project.fetch.plan import FetchLimits, Secret

OPEN = ("127.0.0.1",)
SECRET = Secret(host="127.0.0.1", header="Authorization", value="Bearer good")


def limits(**changes: Any) -> FetchLimits:
    """Of the tests: the loopback address is open, and little time is given."""
    values = {"allow_hosts": OPEN, "connect_seconds": 5, "read_seconds": 5, "total_seconds": 10, "tries": 3}
    return FetchLimits(**{**values, **changes})


async def calls(caller: Caller, requests: Sequence[Request]) -> list[Answer | BaseException]:
    return await asyncio.gather(*(caller.call(each) for each in requests), return_exceptions=True)


def ask(*asked: str | Request, secret: Secret | None = None, **options: Any) -> list[Answer | BaseException]:
    """All at once, with one caller; options are the limits' and the caller's."""
    own = {name: options.pop(name) for name in ("parallel", "per_second", "outages", "resolve") if name in options}
    requests = [each if isinstance(each, Request) else Request("GET", each) for each in asked]

    async def run() -> list[Answer | BaseException]:
        async with Caller(limits(**options), secret, backoff_seconds=0.01, **own) as caller:
            return await calls(caller, requests)

    return asyncio.run(run())


def answer(asked: str | Request, **options: Any) -> Answer:
    """The one answer; an error is raised."""
    (found,) = ask(asked, **options)
    if isinstance(found, BaseException):
        raise found
    return found
