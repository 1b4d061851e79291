"""Calls an API as a well-behaved client does: an Answer, or an error with a sentence."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import aiohttp

from project.fetch.calls import Answer, ApiDown, CallFailed, Refused, Request
from project.fetch.plan import FetchLimits, Secret

__all__ = ["Answer", "ApiDown", "CallFailed", "Caller", "Refused", "Request"]


class Caller:
    """Makes calls, up to `parallel` at once and `per_second` a second; an asynchronous context manager."""

    def __init__(
        self, limits: FetchLimits, secret: Secret | None = None, parallel: int = 4, per_second: float | None = None
    ) -> None:
        self._limits = limits
        self._secret = secret
        self._parallel = parallel
        self._per_second = per_second

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(trust_env=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(self, request: Request) -> Answer:
        """Raises CallFailed, ApiDown or Refused; errors of the network never pass."""
        async with self._session.request(
            request.method, request.url, data=request.body, headers=request.headers
        ) as response:
            body = await response.read()
            return Answer(response.status, body, str(response.url), response.headers.get("Link", ""))
