"""Messages between a fetch and its peer: tuples of plain values, each behind its length, on a pair of sockets."""

from __future__ import annotations

import asyncio
import marshal
import struct
from typing import Any

from pydantic import BaseModel

from project.fetch.calls import Request
from project.fetch.plan import Confidential, FetchLimits
from project.fetch.questions import Question

Message = tuple[Any, ...]

# From the fetch, behind `Told`: questions (a list of plain ones); there are no more; none is to be begun any more; what
# was to be kept is in the journal.
ASK, END, STOP, KEPT = "ask", "end", "stop", "kept"
# From its peer: it is ready for so many questions; what is in the file of that path is to be kept.
MORE, KEEP = "more", "keep"

_HEAD = struct.Struct("<Q")


class Told(BaseModel):
    """What a peer is told first, as JSON."""

    limits: FetchLimits
    confidential: Confidential
    parallel: int
    """The calls that it may make at once."""


def plain(question: Question) -> Message:
    """The question in plain values."""
    request = question.request
    return question.key, question.digest, request.method, request.url, request.body, request.headers


def question_of(plain: Message) -> Question:
    """The question that `plain` was given."""
    key, digest, *request = plain
    return Question(key, Request(*request), digest)


async def receive(reader: asyncio.StreamReader) -> Message | None:
    """The next message; None behind the last one."""
    try:
        (size,) = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        message: Message = marshal.loads(await reader.readexactly(size))
        return message
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def send(writer: asyncio.StreamWriter, *message: Any) -> None:
    """Whether the other one is still there, is seen by what is received."""
    data = marshal.dumps(message)
    try:
        writer.write(_HEAD.pack(len(data)) + data)
        await writer.drain()
    except ConnectionError:
        return
