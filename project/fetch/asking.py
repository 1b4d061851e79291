"""Asks an API question by question, several at once, and puts what comes into a committer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from project.errors import RowmillError
from project.fetch.calls import Answer, CallFailed, Request
from project.fetch.committing import Committer
from project.fetch.entries import Entry, Rows
from project.fetch.questions import Question
from project.fetch.reading import NO_RECORD, NotJsonError, check_is_json

Next = Callable[[], Awaitable[Question | None]]
"""The next question, None if there is none."""
Call = Callable[[Request], Awaitable[Answer]]
"""Makes a call. Raises CallFailed, ApiDown or Refused."""

_LOOK_SECONDS = 0.01


class Asking:
    """Asks as long as there are questions; with ApiDown, Refused or DiskFullError, it ends: see `over` and `error`.

    Those calls that are under way then are finished: they may be paid for.
    """

    def __init__(self, questions: Next, call: Call, committer: Committer, group: asyncio.TaskGroup) -> None:
        self._questions = questions
        self._call = call
        self._committer = committer
        self._group = group
        self._rows = Rows()
        self._most = 0
        self._working = 0
        self.error: RowmillError | None = None
        self.over = asyncio.Event()
        """Whether no more calls are to be made."""
        self.idle = asyncio.Event()
        """Whether no call is under way, and none will be, unless `at_once` is called again."""

    async def at_once(self, most: int) -> None:
        """So many calls at once from now on; returns when there are no more than that."""
        self._most = most
        for _ in range(most - self._working):
            self._working += 1
            self.idle.clear()
            self._group.create_task(self._work())
        while self._working > most:
            await asyncio.sleep(_LOOK_SECONDS)

    def end(self, error: RowmillError) -> None:
        """No more calls are made."""
        self.error = self.error or error
        self.over.set()

    async def _work(self) -> None:
        try:
            while self._working <= self._most and (question := await self._questions()) is not None:
                await self._committer.wait_for_room()
                if self.over.is_set():
                    return
                self._committer.put(self._rows.of(await self._ask(question)))
        except RowmillError as error:
            self.end(error)
        finally:
            self._working -= 1
            if not self._working:
                self.idle.set()

    async def _ask(self, question: Question) -> Entry:
        try:
            answer = await self._call(question.request)
            if answer.status not in NO_RECORD:
                check_is_json(answer.body)
        except CallFailed as error:
            return _failed(question, error.sentence, error.status)
        except NotJsonError as error:
            return _failed(question, error.message, answer.status)
        return Entry(question.digest, question.request, question.key, time.time(), answer)


def _failed(question: Question, sentence: str, status: int | None) -> Entry:
    return Entry(question.digest, question.request, question.key, time.time(), failure=sentence, status=status)
