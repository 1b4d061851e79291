"""The test API: a small HTTP server in a thread of its own, which counts what it is asked for.

Alone, for measurements: `PYTHONPATH=test python -m apis.server [PORT]`.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import Self

from .misdeeds import misdeed
from .replies import Asked, Reply, as_json, reply

_HEAD_BYTES = 1 << 16


class Api:
    """Serves on a free port of the loopback address while it is entered."""

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.hits: Counter[str] = Counter()
        """How often each path was asked for, without parameters."""
        self.asked: deque[Asked] = deque(maxlen=10_000)
        self.answers: dict[str, Reply] = {}
        """What is answered to a path in the place of what would be."""
        self.status: int | None = None
        """What everything is answered with, such as 503; None for what is asked for."""
        self.most_at_once = 0
        self.delay = 0.0
        """Seconds before each answer."""
        self._tls = tls
        self._at_once = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self) -> None:
        """Listen (again, on the same port)."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def stop(self) -> None:
        """Refuse connections, and end those that are open."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls, limit=_HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            while await self._answer(reader, writer):
                pass
        self._tasks.discard(task)
        with suppress(OSError):
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; returns whether the connection stays."""
        asked = await self._read(reader)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
            found = self._found(asked)
            if isinstance(found, Reply):
                writer.write(_bytes(found))
                await writer.drain()
                return True
            async for piece in found:
                writer.write(piece)
                await writer.drain()
            return False
        finally:
            self._at_once -= 1

    def _found(self, asked: Asked) -> Reply | AsyncIterator[bytes]:
        if self.status is not None:
            return as_json({"error": "out of order"}, self.status)
        if asked.path in self.answers:
            return self.answers[asked.path]
        return misdeed(asked) if asked.path.startswith("/odd/") else reply(asked, self.url)

    async def _read(self, reader: asyncio.StreamReader) -> Asked:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        method, target, _ = first.split(" ")
        headers: Mapping[str, str] = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path, _, query = target.partition("?")
        self.hits[path] += 1
        asked = Asked(method, path, query, headers, body, self.hits[path])
        self.asked.append(asked)
        return asked


def _bytes(found: Reply) -> bytes:
    lines = [f"HTTP/1.1 {found.status} {_phrase(found.status)}", f"Content-Length: {len(found.body)}"]
    lines += [f"{name}: {value}" for name, value in found.headers]
    return "\r\n".join([*lines, "", ""]).encode() + found.body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"


def main() -> None:
    """Serve until the end of standard input."""
    with Api(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as api:
        print(api.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
