"""What the test API does when it misbehaves: under /odd/, one misdeed a path."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from urllib.parse import unquote

import zstandard

from .replies import Asked, Reply, as_json

_HTML = b"<!DOCTYPE html>\n<html><head><title>Please log in</title></head><body>No entry</body></html>"
_GOOD = b'{"id": 1, "name": "one"}'
_BOMB = 20 << 20
_JSON = ("Content-Type", "application/json")

BODIES: dict[str, bytes] = {
    "deep": b"[" * 1000 + b"]" * 1000,
    "deep-objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "duplicates": b'[{"id": 1, "name": "first", "name": "second"}]',
    "nan": b'[{"id": 1, "value": NaN, "large": Infinity}]',
    "numbers": b"[1, 2, 3]",
    "none": b"[]",
    "object": b"{}",
    "text": b"Sorry, we are closed",
    "cut-json": b'[{"id": 1, "na',
    "no-utf-8": b'[{"id": 1, "name": "caf\xe9"}]',
    "digits": b'[{"id": 1, "large": 12345678901234567890123456789012345678901234567890, "exact": 1.10}]',
    "wide": b'[{"id": 1, ' + b", ".join(b'"f%d": %d' % (each, each) for each in range(5000)) + b"}]",
    "uneven": b'[{"id": 1, "a": null}, {"id": 2, "b": "x"}, {"id": 3, "a": {"c": [1, 2]}}]',
}


def misdeed(asked: Asked) -> Reply | AsyncIterator[bytes]:
    """A reply, or the very bytes that are sent piece by piece, head and all, and then the connection's end."""
    match asked.path.strip("/").split("/")[1:]:
        case [name] if name in BODIES:
            return Reply(BODIES[name])
        case ["html"]:
            return Reply(_HTML, 200, (("Content-Type", "text/html; charset=utf-8"),))
        case ["html-as-json"]:
            return Reply(b"\n " + _HTML)
        case ["empty"]:
            return Reply()
        case ["status", code, *_]:
            return _status(asked, int(code))
        case ["flaky", times, *_]:
            return Reply(_GOOD) if asked.times > int(times) else Reply(b'{"error": "busy"}', 503)
        case ["redirect", code]:
            return Reply(status=int(code), headers=(("Location", asked.parameters.get("to", "")),))
        case ["loop", *_]:
            return Reply(status=302, headers=(("Location", asked.path),))
        case ["chain", left]:
            target = f"/odd/chain/{int(left) - 1}" if int(left) > 1 else "/users/1"
            return Reply(status=302, headers=(("Location", target),))
        case ["packed", how]:
            return _packed(_GOOD, how)
        case ["bomb", how]:
            return _packed(bytes(_BOMB), how)
        case ["charset", name]:
            body = '{"name": "café"}'.encode(unquote(name))
            return Reply(body, 200, (("Content-Type", f"application/json; charset={name}"),))
        case ["echo-token"]:
            return as_json({"error": f"bad token {asked.headers.get('authorization')}"}, 401)
        case [name] if name in _STREAMS:
            return _STREAMS[name]()
    return as_json({}, 404)


def _status(asked: Asked, code: int) -> Reply:
    after = asked.parameters.get("after")
    if code in (204, 304):
        return Reply(status=code)
    return as_json({"error": f"this is {code}"}, code, *((("Retry-After", after),) if after else ()))


def _packed(body: bytes, how: str) -> Reply:
    match how:
        case "gzip":
            packed = gzip.compress(body, 9)
        case "members":
            how, packed = "gzip", gzip.compress(body[:5]) + gzip.compress(body[5:])
        case "cut":
            how, packed = "gzip", gzip.compress(body)[:-9]
        case "damaged":
            how, packed = "gzip", b"\x1f\x8b" + body
        case "deflate":
            packed = zlib.compress(body, 9)
        case "raw":
            how, packed = "deflate", zlib.compress(body, 9, -15)
        case "zstd":
            packed = zstandard.compress(body, 3)
        case _:
            packed = body
    return Reply(packed, 200, (_JSON, ("Content-Encoding", how)))


async def _endless() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n["
    while True:
        yield b'"and so on",' * 5000


async def _drip() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n"
    while True:
        yield b" "
        await asyncio.sleep(0.05)


async def _silence() -> AsyncIterator[bytes]:
    yield b""
    await asyncio.sleep(3600)


async def _short() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n" + _GOOD


async def _hang_up() -> AsyncIterator[bytes]:
    yield b""


async def _noise() -> AsyncIterator[bytes]:
    yield b"SSH-2.0-OpenSSH_9.6\r\n\r\n"


async def _headers() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: and more\r\n" * 100


async def _long_header() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while True:
        yield b"x" * 10_000


_STREAMS = {
    "endless": _endless,
    "drip": _drip,
    "silence": _silence,
    "short": _short,
    "hang-up": _hang_up,
    "noise": _noise,
    "headers": _headers,
    "long-header": _long_header,
}
