"""`python -m project.fetch.peer SOCKET JOURNAL`: makes a part of a fetch's calls while nothing goes wrong with any.

What it is asked for comes by the socket (see messages.py), the first message being `Told`. Whatever another try may
mend ends it, and the question stays the fetch's own: only that one knows when to wait, to try again, or to give up.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections import deque
from pathlib import Path

from project.fetch.asking import Asking
from project.fetch.calls import Answer, ApiDown, Request
from project.fetch.committing import Committer
from project.fetch.entries import Row
from project.fetch.exchange import Exchange, exchanging
from project.fetch.messages import ASK, KEEP, KEPT, MORE, STOP, Told, question_of, receive, send
from project.fetch.plan import FetchLimits
from project.fetch.questions import Question
from project.fetch.setbacks import Setback

_ORPHANED = 70
# As many questions as are answered in a time between these are asked for at once.
_SHORT_SECONDS = 0.1
_LONG_SECONDS = 0.4
_MOST_QUESTIONS = 512


class Peer:
    """One peer, from the first message to the last."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, journal: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._journal = journal
        self._questions: deque[Question] = deque()
        self._news = asyncio.Event()
        self._is_asked = False
        self._is_ended = False
        self._asked_at = 0.0
        self._kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Ask until there is an end."""
        message = await receive(self._reader)
        if message is None:
            return
        told = Told.model_validate_json(message[0])
        self._parallel = self._most = told.parallel
        limits = told.limits.model_copy(update={"proxy": told.confidential.proxy})
        listening = asyncio.create_task(self._listen())
        async with (
            exchanging(limits, told.confidential.secret, told.parallel) as exchange,
            Committer(self._journal, self._keep) as committer,
            asyncio.TaskGroup() as group,
        ):
            await Asking(self._next, _Once(exchange, limits).call, committer, group).at_once(told.parallel)
        listening.cancel()

    async def _listen(self) -> None:
        while (message := await receive(self._reader)) is not None:
            kind, *content = message
            if kind == KEPT:
                self._kept.set_result(None)
            elif kind == ASK:
                self._questions.extend(map(question_of, *content))
                self._is_asked = False
            else:
                self._is_ended = True
                if kind == STOP:
                    # Those that nobody has begun are asked by others.
                    self._questions.clear()
            self._news.set()
        # Whoever asks is gone; what came is in files.
        os._exit(_ORPHANED)

    async def _next(self) -> Question | None:
        if len(self._questions) * 2 <= self._most and not (self._is_asked or self._is_ended):
            await self._ask_for_more()
        while not self._questions and not self._is_ended:
            self._news.clear()
            await self._news.wait()
        return self._questions.popleft() if self._questions else None

    async def _ask_for_more(self) -> None:
        self._is_asked = True
        elapsed, self._asked_at = time.monotonic() - self._asked_at, time.monotonic()
        if elapsed < _SHORT_SECONDS:
            self._most = min(_MOST_QUESTIONS, self._most * 2)
        elif elapsed > _LONG_SECONDS:
            self._most = max(self._parallel, self._most // 2)
        await send(self._writer, MORE, self._most)

    async def _keep(self, path: Path, rows: list[Row]) -> None:
        self._kept = asyncio.get_running_loop().create_future()
        await send(self._writer, KEEP, str(path))
        await self._kept


class _Once:
    """Calls that are tried once."""

    def __init__(self, exchange: Exchange, limits: FetchLimits) -> None:
        self._exchange = exchange
        self._seconds = limits.total_seconds

    async def call(self, request: Request) -> Answer:
        """Raises CallFailed, Refused, or ApiDown for whatever another try may mend."""
        try:
            return await self._exchange.make(request, self._seconds)
        except Setback as setback:
            raise ApiDown(setback.sentence, seconds=0.0) from setback


async def _run(descriptor: int, journal: Path) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    await Peer(reader, writer, journal).run()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), Path(sys.argv[2])))
