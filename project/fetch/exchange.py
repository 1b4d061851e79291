"""One try of a call: the request and its redirects, until there is an answer or a sentence that says why there is none.

The client is aiohttp: a resolver and a maker of sockets of our own can be put below it, and with eight calls at once it
made seven to nine times as many calls a second as httpx.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import aiohttp
from multidict import CIMultiDict

from project.fetch import body, setbacks
from project.fetch.address import checked_host
from project.fetch.calls import Answer, CallFailed, Refused, Request
from project.fetch.guard import Guard, Resolve, system_resolve
from project.fetch.patience import Patience, Wait
from project.fetch.plan import FetchLimits, Secret
from project.fetch.redirects import MOST_REDIRECTS, REDIRECTS, Leg, following, target

_OURS = (("Accept", "application/json"), ("Accept-Encoding", body.ACCEPTED), ("User-Agent", "Rowmill"))
_WITHOUT_BODY = (204, 205)
_LEAST_SECONDS = 0.01
_SAID_BYTES = 4096
_SAID_CHARACTERS = 200
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_SPACES = " \t\r\n"


@asynccontextmanager
async def exchanging(
    limits: FetchLimits, secret: Secret | None, parallel: int, resolve: Resolve = system_resolve
) -> AsyncIterator[Exchange]:
    """An exchange with up to so many connections, each to an address that passed."""
    guard = Guard(limits, resolve)
    connector = aiohttp.TCPConnector(
        limit=parallel,
        resolver=guard,
        socket_factory=guard.socket,
        use_dns_cache=False,
        ssl=ssl.create_default_context(),
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_seconds),
    ) as session:
        yield Exchange(session, guard, limits, secret)


class Exchange:
    """Makes tries over one session; the secret goes to its own host only."""

    def __init__(
        self, session: aiohttp.ClientSession, guard: Guard, limits: FetchLimits, secret: Secret | None
    ) -> None:
        self._session = session
        self._guard = guard
        self._limits = limits
        self._secret = secret
        self._secret_host = checked_host(secret.host) if secret else ""
        self._met: set[str] = set()
        self._patience = Patience(limits.read_seconds)
        self._headers = lru_cache(maxsize=8)(self._made_headers)

    async def make(self, request: Request, seconds: float) -> Answer:
        """Within so many seconds. Raises Setback, CallFailed or Refused."""
        first = Leg(request.method, self._guard.url(request.url), request.body)
        if self._secret and first.url.raw_host != self._secret_host:
            raise Refused(
                f"The secret is for {self._secret_host}: it is not sent to {first.url.raw_host}.",
                code="foreign_secret",
            )
        end = time.monotonic() + seconds
        leg, on_the_way = first, 0
        while True:
            try:
                found = await self._ask(leg, request, end)
            except Refused as refused:
                raise self._of_refusal(refused, leg, first) from None
            if isinstance(found, Answer):
                return found
            leg, on_the_way = found, on_the_way + 1
            if on_the_way > MOST_REDIRECTS:
                raise CallFailed(f"{first.url.host} redirects more than {MOST_REDIRECTS} times, or in a circle.")

    async def _ask(self, leg: Leg, request: Request, end: float) -> Answer | Leg:
        host = leg.url.host or ""
        try:
            with self._patience.wait(max(_LEAST_SECONDS, end - time.monotonic())) as wait:
                async with self._session.request(
                    leg.method,
                    leg.url,
                    data=leg.body,
                    headers=self._headers(request.headers if leg.is_home else (), leg.is_home, leg.body is not None),
                    allow_redirects=False,
                    proxy=self._limits.proxy or None,
                ) as response:
                    wait.heard()
                    self._met.add(host)
                    return await self._taken(leg, response, wait)
        except body.Broken as error:
            raise setbacks.Setback(f"{host} answered with packed bytes that are damaged or cut.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise setbacks.of_error(error, host, self._limits) from error

    async def _taken(self, leg: Leg, response: aiohttp.ClientResponse, wait: Wait) -> Answer | Leg:
        status = response.status
        if 200 <= status < 300:
            content = await body.read(response, self._limits.response_mb, wait.heard)
            return self._answer(response, _as_json(response, content))
        if status in setbacks.NO_RECORD:
            return self._answer(response, await body.read(response, self._limits.response_mb, wait.heard))
        location = response.headers.get("Location")
        if status in REDIRECTS and location:
            return self._following(leg, status, location)
        said = await self._said(response, wait)
        raise setbacks.of_status(status, leg.url.host or "", said, response.headers.get("Retry-After"))

    def _following(self, leg: Leg, status: int, location: str) -> Leg:
        try:
            return following(leg, status, self._guard.url(target(leg, location)))
        except (Refused, ValueError) as error:
            why = error.message if isinstance(error, Refused) else "The address cannot be read."
            raise CallFailed(f"{leg.url.host} redirects to an address that is not called. {why}") from None

    def _of_refusal(self, refused: Refused, leg: Leg, first: Leg) -> Exception:
        if refused.code == "unknown_host" and leg.url.host in self._met:
            return setbacks.Setback(f"The name {leg.url.host} could not be looked up.", is_host=True)
        if leg is not first and refused.code != Refused.code:
            return CallFailed(f"{first.url.host} redirects to an address that is not called. {refused.message}")
        return refused

    async def _said(self, response: aiohttp.ClientResponse, wait: Wait) -> str:
        """What the API's own words for an error are, if they are short and come at once."""
        words = b""
        if not response.headers.get("Content-Encoding"):
            async for piece in response.content.iter_any():
                wait.heard()
                words += piece
                if len(words) >= _SAID_BYTES:
                    break
        text = words[:_SAID_BYTES].decode(errors="replace").strip()
        if text.startswith("<"):
            text = _title(text)
        if self._secret:
            text = text.replace(self._secret.value, "•••")
        text = "".join(c if c.isprintable() else " " for c in text)
        text = " ".join(text.split())
        cut = text[:_SAID_CHARACTERS] + ("…" if len(text) > _SAID_CHARACTERS else "")
        return f": “{cut}”" if cut else ""

    def _answer(self, response: aiohttp.ClientResponse, content: bytes) -> Answer:
        headers = response.headers
        link = ", ".join(headers.getall("Link")) if "Link" in headers else ""
        return Answer(response.status, content, str(response.url), link)

    def _made_headers(self, headers: tuple[tuple[str, str], ...], is_home: bool, has_body: bool) -> CIMultiDict[str]:
        made: CIMultiDict[str] = CIMultiDict(_OURS)
        if has_body:
            made["Content-Type"] = "application/json"
        for name, value in headers:
            made[name] = value
        if self._secret and is_home:
            made[self._secret.header] = self._secret.value
        return made


def _as_json(response: aiohttp.ClientResponse, content: bytes) -> bytes:
    """The content in UTF-8, if it can be JSON at all. Raises CallFailed."""
    host, kind = response.url.host, response.headers.get("Content-Type", "").lower()
    if not content and response.status not in _WITHOUT_BODY:
        raise CallFailed(
            f"{host} answered {setbacks.named(response.status)} with nothing in it.", status=response.status
        )
    if "charset" in kind and response.charset not in (None, "utf-8", "utf8", "us-ascii"):
        content = _recoded(content, response.charset or "", host)
    begin = content[:_SAID_BYTES]
    if "html" in kind or begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        title = _title(begin.decode(errors="replace"))
        shown = f", “{title[:_SAID_CHARACTERS]}”," if title else ""
        raise CallFailed(f"{host} answered with a web page{shown} instead of JSON.", status=response.status)
    return content


def _recoded(content: bytes, charset: str, host: str | None) -> bytes:
    try:
        return content.decode(charset).encode()
    except (LookupError, ValueError):
        raise CallFailed(f"{host} answered in the encoding “{charset[:40]}”, and that cannot be read.") from None


def _title(page: str) -> str:
    found = _TITLE.search(page)
    return " ".join(found[1].split()) if found else ""
