"""A second process makes calls, too, as soon as one is at its limit: an interpreter uses no more than one processor.

It makes them while all is well (see peer.py), with its share of the calls that may be made at once.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import project
from project.engine.budget import threads
from project.errors import RowmillError
from project.fetch.asking import Asking
from project.fetch.calling import Caller
from project.fetch.entries import Row, digest_in
from project.fetch.messages import ASK, END, KEEP, KEPT, STOP, Message, Told, plain, receive, send
from project.fetch.questions import Question, Questions
from project.fetch.telling import Telling
from project.fetch.writing import Writing
from project.operations.api import Api

LOOK_SECONDS = 0.1
# Of a processor.
BUSY = 0.6
# To start a process costs as much as some thousand calls.
WORTH_CALLS = 5000
_AGAIN_SECONDS = 60.0
_EXIT_SECONDS = 5.0


class Peers:
    """Starts a peer when that pays, and gives it questions. `parallel`: the calls that may be made at once in all."""

    def __init__(
        self,
        told: Told,
        parallel: int,
        questions: Questions,
        caller: Caller,
        writing: Writing,
        telling: Telling,
        asking: Asking,
    ) -> None:
        self._parallel = parallel
        self._told = told
        self._questions = questions
        self._caller = caller
        self._writing = writing
        self._telling = telling
        self._asking = asking
        self._setbacks = 0
        self._open: dict[bytes, Question] = {}

    async def run(self) -> None:
        """As long as questions are asked; what a peer leaves is asked by the fetch itself."""
        try:
            await self._run()
        except RowmillError as error:
            self._asking.end(error)

    async def _run(self) -> None:
        load, not_before = _Load(), 0.0
        while not await _within(self._asking.idle, LOOK_SECONDS):
            is_busy = load.share() >= BUSY
            if self._is_troubled():
                not_before = time.monotonic() + _AGAIN_SECONDS
            elif is_busy and self._is_worth_it() and time.monotonic() >= not_before:
                await self._share()
                not_before = time.monotonic() + _AGAIN_SECONDS

    def _is_worth_it(self) -> bool:
        return (self._telling.left or 0) >= WORTH_CALLS

    def _is_troubled(self) -> bool:
        """Whether a call has had a setback since this was asked for the last time."""
        before, self._setbacks = self._setbacks, self._caller.setbacks
        return self._setbacks > before

    async def _share(self) -> None:
        # Without room for another process, one makes all calls.
        with suppress(OSError):
            async with _started(self._writing.path) as (reader, writer):
                await send(writer, self._told.model_dump_json())
                if (message := await receive(reader)) is not None:
                    await self._asking.at_once(self._parallel - self._told.parallel)
                    await self._serve(message, reader, writer)
        await self._recover()

    async def _serve(self, message: Message | None, reader: StreamReader, writer: StreamWriter) -> None:
        stopping = asyncio.create_task(self._stop(writer))
        try:
            while message is not None:
                await self._answer(message, writer)
                message = await receive(reader)
        finally:
            stopping.cancel()

    async def _stop(self, writer: StreamWriter) -> None:
        await self._asking.over.wait()
        await send(writer, STOP)

    async def _answer(self, message: Message, writer: StreamWriter) -> None:
        kind, content = message
        if kind == KEEP:
            self._close(await self._writing.store_file(Path(content)))
            await send(writer, KEPT)
        elif self._is_troubled() or self._asking.over.is_set():
            await send(writer, STOP)
        elif questions := await self._questions.some(content):
            self._open.update((question.digest, question) for question in questions)
            await send(writer, ASK, [plain(question) for question in questions])
        else:
            await send(writer, END)

    def _close(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._open.pop(digest_in(row), None)

    async def _recover(self) -> None:
        """What has no answer from a peer that is gone, whether it ended or died, is asked for here."""
        if self._open:
            self._close(await self._writing.take_in())
            self._questions.put_back(list(self._open.values()))
            self._open.clear()
        if not self._asking.over.is_set():
            await self._asking.at_once(self._parallel)


class _Load:
    """How much of a processor this process uses."""

    def __init__(self) -> None:
        self._at, self._used = time.monotonic(), time.process_time()

    def share(self) -> float:
        """Since it was asked for the last time; 1.0 is one processor."""
        at, used = self._at, self._used
        self._at, self._used = time.monotonic(), time.process_time()
        return (self._used - used) / max(self._at - at, 1e-9)


def are_worth_it(api: Api) -> bool:
    """Whether a peer can have a share of the calls, and a processor."""
    return api.parallel > 1 and api.per_second is None and threads() > 1


async def _within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


@asynccontextmanager
async def _started(journal: Path) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A peer; behind the block, it is gone."""
    ours, theirs = socket.socketpair()
    # Where it cannot be started, both are closed.
    with ExitStack() as opened, theirs:
        opened.enter_context(ours)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "project.fetch.peer", str(theirs.fileno()), str(journal)),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd=Path(project.__file__).parents[1],
        )
        opened.pop_all()
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _EXIT_SECONDS)
        if process.returncode is None:
            process.kill()
            await process.wait()
