"""Asks an API for each value that its journal does not know, several at once, and stores what comes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from project.fetch.calling import Caller
from project.fetch.calls import ApiDown, CallFailed, Refused, Request
from project.fetch.committing import Committer
from project.fetch.journal import Entry, Journal
from project.fetch.keys import in_chunks
from project.fetch.reading import NO_RECORD, NotJsonError, check_is_json
from project.fetch.telling import Telling

_SECONDS_BETWEEN_EVENTS = 0.3


@dataclass(frozen=True, slots=True)
class Question:
    """One call: for which value, and by what the journal knows it."""

    key: str
    request: Request
    digest: bytes


class Questions:
    """The questions to which the journal has no answer; read as they are needed."""

    def __init__(
        self,
        keys: Iterator[str],
        questions: Callable[[Sequence[str]], list[Question]],
        journal: Journal,
        since: float,
    ) -> None:
        self._chunks = in_chunks(keys)
        self._questions = questions
        self._journal = journal
        self._since = since
        self._next: deque[Question] = deque()
        self._lock = asyncio.Lock()

    async def next(self) -> Question | None:
        """The next one, None if there is none."""
        async with self._lock:
            while not self._next:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return None
                self._next.extend(await asyncio.to_thread(self._open, chunk))
            return self._next.popleft()

    def _open(self, keys: Sequence[str]) -> list[Question]:
        questions = self._questions(keys)
        answered = self._journal.answered([question.digest for question in questions], self._since)
        return [question for question in questions if question.digest not in answered]


class Asking:
    """Calls for all questions. `parallel`: so many at once; when it ends, all that was answered is stored."""

    def __init__(self, questions: Questions, caller: Caller, journal: Journal, parallel: int, telling: Telling) -> None:
        self._questions = questions
        self._caller = caller
        self._parallel = parallel
        self._telling = telling
        self._journal = journal
        self._end: ApiDown | Refused | None = None

    async def run(self) -> None:
        """Raises ApiDown or Refused, with everything stored that was answered before."""
        talker = asyncio.create_task(self._talk())
        try:
            async with Committer(self._journal, self._received) as committer, asyncio.TaskGroup() as group:
                for _ in range(self._parallel):
                    group.create_task(self._work(committer))
        finally:
            talker.cancel()
            with suppress(asyncio.CancelledError):
                await talker
        if self._end is not None:
            raise self._end

    async def _work(self, committer: Committer) -> None:
        while (question := await self._questions.next()) is not None:
            await committer.wait_for_room()
            if self._end is not None:
                return
            try:
                committer.put(await self._ask(question))
            except (ApiDown, Refused) as error:
                # The others finish the calls that they have begun: these may be paid for.
                self._end = self._end or error
                return

    async def _ask(self, question: Question) -> Entry:
        try:
            answer = await self._caller.call(question.request)
            if answer.status not in NO_RECORD:
                check_is_json(answer.body)
        except CallFailed as error:
            return _failed(question, error.sentence, error.status)
        except NotJsonError as error:
            return _failed(question, error.message, answer.status)
        return Entry(question.digest, question.request, question.key, time.time(), answer)

    def _received(self, entries: Sequence[Entry]) -> None:
        telling = self._telling
        for entry in entries:
            telling.made += 1
            if telling.left:
                telling.left -= 1
            if entry.failure is not None:
                telling.fail(entry.key, entry.failure)

    async def _talk(self) -> None:
        while True:
            self._telling.tell()
            await asyncio.sleep(_SECONDS_BETWEEN_EVENTS)


def _failed(question: Question, sentence: str, status: int | None) -> Entry:
    return Entry(question.digest, question.request, question.key, time.time(), failure=sentence, status=status)
