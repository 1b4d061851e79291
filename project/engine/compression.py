"""Compressed input: known by its first bytes whatever the name, and decompressed as a bounded stream."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

import zstandard

from project.engine.dialect import Compression
from project.errors import DamagedInputError, InvalidInputError, LimitError

# Past the first of these many bytes, more than this ratio is taken for a bomb.
BOMB_FLOOR_BYTES = 100 * 1000 * 1000
BOMB_RATIO = 200

# A few bytes can become some 100 KiB, so the libraries are fed by little: at most about 32 MiB come back at once.
FEED_BYTES = 1024

_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, zstandard.ZstdError)


class Readable(Protocol):
    """What a stream of bytes must offer here."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none only at the end."""

    def close(self) -> None:
        """Give up what is held open."""


def compression_of(head: bytes) -> Compression:
    """The compression that the first bytes of a file (six or more, if it has them) tell of."""
    if head[:3] == b"\x1f\x8b\x08":
        return "gzip"
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd"
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return "bzip2"
    if head[:6] == b"\xfd7zXZ\0":
        return "xz"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    return "none"


def zip_members(path: Path) -> tuple[str, ...]:
    """The names of the files inside a zip, folders and the Mac's resource forks left out."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile:
        raise _damaged(path.stat().st_size) from None
    return tuple(name for name in names if not name.startswith("__MACOSX/"))


def choose_member(path: Path, wanted: str | None) -> str:
    """The member of a zip to read; raises InvalidInputError where that is not clear."""
    members = zip_members(path)
    if wanted is not None:
        if wanted in members:
            return wanted
        raise InvalidInputError(f"The zip has no member “{wanted}”. It holds: {_listed(members)}.", field="dialect")
    if not members:
        raise DamagedInputError("The zip holds no file.")
    if len(members) > 1:
        raise InvalidInputError(
            f"The zip holds {len(members):,} files: {_listed(members)}. Say in the dialect which member to read.",
            field="dialect",
        )
    return members[0]


class InputStream:
    """The decompressed bytes of a file, with the position in the file itself for the progress.

    Raises DamagedInputError when the compressed data is cut or corrupt, and LimitError when it expands past all reason.
    """

    def __init__(self, path: Path, compression: Compression, member: str | None = None) -> None:
        self._raw = path.open("rb", buffering=0)
        self._compressed = compression != "none"
        self.total = path.stat().st_size
        self.produced = 0
        try:
            self._stream = _OPENERS[compression](self._raw, path, member)
        except _DAMAGE:
            raise _damaged(self._raw.tell()) from None

    @property
    def consumed(self) -> int:
        """Bytes of the file itself that have been read."""
        return min(self._raw.tell(), self.total)

    def read(self, size: int) -> bytes:
        """Exactly `size` decompressed bytes, or fewer at the end."""
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            part = self._read_some(missing)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts) if len(parts) != 1 else parts[0]
        self.produced += len(data)
        if self._compressed and self.produced > BOMB_FLOOR_BYTES and self.produced > BOMB_RATIO * self.consumed:
            raise LimitError(
                f"The compressed input expands more than {BOMB_RATIO}:1 (the decompression limit past its first "
                f"{BOMB_FLOOR_BYTES // 1_000_000} MB): it looks like a decompression bomb."
            )
        return data

    def _read_some(self, size: int) -> bytes:
        if not self._compressed:
            return self._stream.read(size)
        try:
            return self._stream.read(size)
        except _DAMAGE:
            raise _damaged(self.consumed) from None

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()


class _Decompressor(Protocol):
    """One frame of compressed data, as the libraries offer it."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class _Frames:
    """A stream of any number of compressed frames. It notices when the last one is cut or followed by something else.

    The libraries' own readers take the one or the other for the end. `padding`: what may stand behind a frame.
    """

    def __init__(self, raw: IO[bytes], start: Callable[[], _Decompressor], padding: bytes = b"") -> None:
        self._raw = io.BufferedReader(raw, 1 << 20)  # type: ignore[type-var]
        self._start = start
        self._padding = padding
        self._frame: _Decompressor | None = None
        self._rest = b""
        self._out = io.BytesIO()

    def read(self, size: int) -> bytes:
        while True:
            data = self._out.read(size)
            if data:
                return data
            feed = self._rest or self._raw.read(FEED_BYTES)
            self._rest = b""
            if not feed:
                if self._frame is not None:
                    raise EOFError
                return b""
            if self._frame is None:
                feed = feed.lstrip(self._padding) if self._padding else feed
                if not feed:
                    continue
                self._frame = self._start()
            self._out = io.BytesIO(self._frame.decompress(feed))
            if self._frame.eof:
                self._rest = self._frame.unused_data
                self._frame = None

    def close(self) -> None:
        self._raw.close()


def _open_zip(raw: IO[bytes], path: Path, member: str | None) -> Readable:
    archive = zipfile.ZipFile(raw)
    name = choose_member(path, member)
    if archive.getinfo(name).flag_bits & 0x1:
        raise DamagedInputError(f"“{name}” in the zip is encrypted; Rowmill cannot read it.")
    try:
        return archive.open(name)
    except NotImplementedError:
        raise DamagedInputError(f"“{name}” in the zip is compressed in a way that cannot be read here.") from None


_OPENERS: dict[Compression, Callable[[IO[bytes], Path, str | None], Readable]] = {
    "none": lambda raw, path, member: raw,
    "gzip": lambda raw, path, member: gzip.GzipFile(fileobj=raw),
    "zstd": lambda raw, path, member: _Frames(raw, zstandard.ZstdDecompressor().decompressobj),
    "bzip2": lambda raw, path, member: _Frames(raw, bz2.BZ2Decompressor),
    "xz": lambda raw, path, member: _Frames(raw, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), b"\0"),
    "zip": _open_zip,
}


def _damaged(position: int) -> DamagedInputError:
    return DamagedInputError(f"The file is cut or corrupt: compressed data ends at byte {position:,}.")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"“{name}”" for name in names[:10]) + (" …" if len(names) > 10 else "")
