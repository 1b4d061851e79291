"""The questions to which a journal has no answer, read as they are needed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from project.fetch.calls import Request
from project.fetch.journal import Journal
from project.fetch.keys import in_chunks


@dataclass(frozen=True, slots=True)
class Question:
    """One call: for which value, and by what the journal knows it."""

    key: str
    request: Request
    digest: bytes


class Questions:
    """Of all keys; several may ask for the next one."""

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
        if self._next:
            return self._next.popleft()
        async with self._lock:
            while not self._next:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return None
                self._next.extend(await asyncio.to_thread(self._open, chunk))
            return self._next.popleft()

    async def some(self, most: int) -> list[Question]:
        """The next few, at most so many; nothing if there are none."""
        first = await self.next()
        if first is None:
            return []
        return [first, *(self._next.popleft() for _ in range(min(most - 1, len(self._next))))]

    def put_back(self, questions: Sequence[Question]) -> None:
        """These are still to be asked."""
        self._next.extend(questions)

    def _open(self, keys: Sequence[str]) -> list[Question]:
        questions = self._questions(keys)
        answered = self._journal.answered([question.digest for question in questions], self._since)
        return [question for question in questions if question.digest not in answered]
