"""A small API for measuring: `python -m bench.api PORT RECORDS`; it answers from memory, as fast as Python can.

`/records?page=3` has the third ten thousand of so many records, `/records/<key>` is one. It ends with its standard
input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import unquote

PAGE = 10_000
_SINGLES = 100_000


def record(number: int) -> dict[str, object]:
    """The record of that number, from 1 on: eight fields, two of them nested."""
    return {
        "id": f"Song {number}",
        "title": f"The title of number {number}",
        "artist": {"name": f"Artist {number % 977}", "country": "NO"},
        "seconds": 100 + number % 300,
        "rating": number % 50 / 10,
        "is_live": number % 7 == 0,
        "label": None,
    }


def page(number: int, records: int) -> bytes:
    """The records of one page as JSON; an empty list behind the last one."""
    first = (number - 1) * PAGE + 1
    return json.dumps([record(each) for each in range(first, min(first + PAGE, records + 1))]).encode()


class _Answering(asyncio.Protocol):
    """One connection; requests without a body, one after the other."""

    def __init__(self, pages: list[bytes], singles: list[bytes]) -> None:
        self._pages = pages
        self._singles = singles
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            target = self._buffer.split(b" ", 2)[1].decode()
            self._buffer = self._buffer[end + 4 :]
            body = self._body(target)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )

    def _body(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        if query.startswith("page="):
            number = int(query.removeprefix("page="))
            return self._pages[number - 1] if number <= len(self._pages) else b"[]"
        number = int(unquote(path).rpartition(" ")[2])
        return self._singles[number - 1] if number <= len(self._singles) else _single(number)


def _single(number: int) -> bytes:
    return json.dumps(record(number)).encode()


async def _serve(port: int, records: int) -> None:
    pages = [page(number, records) for number in range(1, -(-records // PAGE) + 1)]
    # Who is measured is the one who asks.
    singles = [_single(number) for number in range(1, min(records, _SINGLES) + 1)]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(pages, singles), "127.0.0.1", port)
    print("ready", flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
