"""Feeds: the input as a stream of UTF-8 bytes, with the way back to the offsets in the file."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from project.engine.compression import InputStream
from project.engine.dialect import Dialect
from project.engine.encodings import UTF8, Transcoder, mark_length
from project.engine.formats.rows import Place, Rows

_DECODED_AT_ONCE = 2 * 1024 * 1024


class Feed(Protocol):
    """UTF-8 bytes from some offset on. Offsets are of that UTF-8 stream; `original` leads back to the file's bytes."""

    def read(self, size: int) -> bytes:
        """At least `size` bytes, unless the stream ends: then fewer."""

    @property
    def consumed(self) -> int:
        """Bytes of the file as it lies on disk that have been read, for the progress."""

    def original(self, offset: int) -> int:
        """The offset in the decompressed bytes of what stands at `offset`."""

    def place(self, offset: int) -> Place | None:
        """Where the record at `offset` comes from, for a file that is no CSV."""

    def forget_before(self, offset: int) -> None:
        """Say that no reject will lie before that offset any more."""


class PlainFeed:
    """A UTF-8 file read from an offset on: the stream is the file."""

    def __init__(self, descriptor: int, offset: int) -> None:
        self._descriptor = descriptor
        self._offset = offset

    def read(self, size: int) -> bytes:
        data = read_range(self._descriptor, self._offset, size)
        self._offset += len(data)
        return data

    @property
    def consumed(self) -> int:
        return self._offset

    def original(self, offset: int) -> int:
        return offset

    def place(self, offset: int) -> Place | None:
        return None

    def forget_before(self, offset: int) -> None:
        """Nothing is remembered."""


class RowsFeed:
    """A file of another format, as the CSV that it would be."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._pieces = rows.pieces()
        self._rest = bytearray()

    @property
    def consumed(self) -> int:
        return self._rows.consumed

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        data = bytes(self._rest[:size])
        del self._rest[:size]
        return data

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    def original(self, offset: int) -> int:
        return offset

    def place(self, offset: int) -> Place | None:
        return self._rows.place(offset)

    def forget_before(self, offset: int) -> None:
        self._rows.forget_before(offset)


@dataclass(frozen=True)
class _Decoded:
    """A piece of the stream: where it starts in it, where in the decompressed bytes, and the piece itself."""

    offset: int
    original: int
    utf8: bytes


class DecodedFeed:
    """A file that is compressed, not in UTF-8, or both, from its start; its byte-order mark is left out."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._stream = InputStream(path, dialect.compression, dialect.member)
        self._transcoder = None if dialect.encoding == UTF8 else Transcoder(dialect.encoding)
        head = self._stream.read(4)
        self._mark = mark_length(head, dialect.encoding)
        self._head = head[self._mark :]
        self._fed = self._mark
        self._produced = 0
        self._pieces: deque[_Decoded] = deque()
        self._near = -1, 0
        self._rest = bytearray()
        self._ended = False

    @property
    def consumed(self) -> int:
        return self._stream.consumed

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and not self._ended:
            self._decode_more()
        data = bytes(self._rest[:size])
        del self._rest[:size]
        return data

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def original(self, offset: int) -> int:
        if self._transcoder is None:
            return self._mark + offset
        piece = next(piece for piece in reversed(self._pieces) if piece.offset <= offset)
        # Rejects come in order: only what lies between two of them is encoded.
        near, found = self._near if piece.offset <= self._near[0] <= offset else (piece.offset, piece.original)
        between = piece.utf8[near - piece.offset : offset - piece.offset]
        self._near = offset, found + len(self._transcoder.original(between))
        return self._near[1]

    def place(self, offset: int) -> Place | None:
        return None

    def forget_before(self, offset: int) -> None:
        while len(self._pieces) > 1 and self._pieces[1].offset <= offset:
            self._pieces.popleft()

    def _decode_more(self) -> None:
        data = self._head + self._stream.read(_DECODED_AT_ONCE)
        self._ended = len(data) - len(self._head) < _DECODED_AT_ONCE
        self._head = b""
        if self._transcoder is None:
            self._rest += data
            return
        starts = self._fed - self._transcoder.pending
        utf8 = self._transcoder.decode(data, final=self._ended)
        self._fed += len(data)
        self._pieces.append(_Decoded(self._produced, starts, utf8))
        self._produced += len(utf8)
        self._rest += utf8


def read_range(descriptor: int, offset: int, size: int) -> bytes:
    """Exactly `size` bytes at `offset`, or fewer at the file's end; in one piece, without moving the descriptor."""
    data = os.pread(descriptor, size, offset)
    if len(data) in (0, size):
        return data
    parts = [data]
    read = len(data)
    while read < size:
        part = os.pread(descriptor, size - read, offset + read)
        if not part:
            break
        parts.append(part)
        read += len(part)
    return b"".join(parts)


def read_into(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Fill the buffer from `offset` on, without moving the descriptor; returns how many bytes there were."""
    read = 0
    while read < len(buffer) and (more := os.preadv(descriptor, [buffer[read:]], offset + read)):
        read += more
    return read
