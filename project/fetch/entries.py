"""What became of a request, and the row that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import zstandard

from project.fetch.calls import Answer, Request

Row = tuple[Any, ...]
"""In the order of the journal's columns, of values that can be marshalled."""

# Shorter bodies are stored as they are: to pack one, the thread would have to wait for the interpreter.
_WORTH_PACKING = 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one request: an answer, or the sentence with which it failed."""

    digest: bytes
    request: Request
    key: str | None
    asked_at: float
    """Seconds since 1970."""
    answer: Answer | None = None
    failure: str | None = None
    status: int | None = None
    """Of a failure, if the API gave one."""


class Rows:
    """Makes rows of entries; for one thread at a time."""

    def __init__(self) -> None:
        self._packer = zstandard.ZstdCompressor(level=1)

    def of(self, entry: Entry) -> Row:
        """The entry as it is kept."""
        asked = (entry.digest, entry.request.method, entry.request.url, entry.key, entry.asked_at)
        answer = entry.answer
        if answer is None:
            return (*asked, entry.status, "", "", 0, None, entry.failure)
        return (*asked, answer.status, answer.url, answer.link, len(answer.body), self._packed(answer.body), None)

    def _packed(self, body: bytes) -> bytes:
        packed = self._packer.compress(body) if len(body) >= _WORTH_PACKING else body
        # What is as long as the body is the body.
        return packed if len(packed) < len(body) else body


def digest_in(row: Row) -> bytes:
    """By what the journal knows the request."""
    digest: bytes = row[0]
    return digest


def failure_in(row: Row) -> tuple[str | None, str] | None:
    """The key and the sentence, if it is a failure."""
    return None if row[-1] is None else (row[3], row[-1])
