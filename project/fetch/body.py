"""Reads the body of an answer in bounded memory: unpacked while it comes, and never more than a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import zstandard
from aiohttp import ClientResponse

from project.fetch.calls import CallFailed

ACCEPTED = "gzip, deflate, zstd"

# A block of zstd takes 4 bytes at least and becomes 128 KiB at most: so few go in that little comes out at once.
_ZSTD_BYTES = 64
_ZSTD_WINDOW = 8 << 20  # RFC 9659
_STEP = 1 << 20

Unpack = Callable[[bytes], Iterator[bytes]]


class Broken(Exception):
    """The packed body ends too soon, or is not what it is said to be."""


async def read(response: ClientResponse, limit_mb: int, heard: Callable[[], None]) -> bytes:
    """All of the body, unpacked; `heard` is called whenever some has come.

    Raises CallFailed beyond the limit, Broken, and the client's errors.
    """
    unpacker = _unpacker(response)
    limit, size, pieces = limit_mb << 20, 0, []
    # Nothing packed is larger than what it becomes, but for a few bytes: so both are bounded.
    while not response.content.at_eof():
        packed = await response.content.readany()
        heard()
        for piece in (packed,) if unpacker is None else unpacker.feed(packed):
            size += len(piece)
            if size > limit:
                raise CallFailed(
                    f"{response.url.host} answered with more than {limit_mb} MB (unpacked), the most that is taken."
                )
            pieces.append(piece)
    if unpacker is not None:
        unpacker.finish()
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _unpacker(response: ClientResponse) -> _Zlib | _Zstd | None:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Zlib(is_deflate=encoding == "deflate")
    if encoding == "zstd":
        return _Zstd()
    raise CallFailed(f"{response.url.host} answered packed as “{encoding[:40]}”, which nobody asked for.")


class _Zlib:
    """gzip, in any number of members; deflate with the header that it should have, or without."""

    def __init__(self, *, is_deflate: bool) -> None:
        self._is_deflate = is_deflate
        self._next = zlib.decompressobj(wbits=zlib.MAX_WBITS if is_deflate else 16 + zlib.MAX_WBITS)
        self._is_begun = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        if self._is_deflate and not self._is_begun and packed and packed[0] & 0x0F != 8:
            self._next = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        self._is_begun = self._is_begun or bool(packed)
        while packed:
            if self._next.eof:
                if self._is_deflate or not packed.strip(b"\0"):
                    return
                self._next = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            try:
                yield self._next.decompress(packed, _STEP)
            except zlib.error as error:
                raise Broken from error
            packed = self._next.unused_data if self._next.eof else self._next.unconsumed_tail

    def finish(self) -> None:
        if self._is_begun and not self._next.eof:
            raise Broken


class _Zstd:
    """Frames of zstd, with no larger a window than HTTP allows."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._next = self._context.decompressobj()
        self._is_begun = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        self._is_begun = self._is_begun or bool(packed)
        for at in range(0, len(packed), _ZSTD_BYTES):
            rest = packed[at : at + _ZSTD_BYTES]
            while rest:
                if self._next.eof:
                    self._next = self._context.decompressobj()
                try:
                    yield self._next.decompress(rest)
                except zstandard.ZstdError as error:
                    raise Broken from error
                rest = self._next.unused_data if self._next.eof else b""

    def finish(self) -> None:
        if self._is_begun and not self._next.eof:
            raise Broken
