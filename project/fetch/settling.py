"""What becomes of the pages of a list: read two at a time in threads, then stored and put into the table in order."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from project.errors import FailureError
from project.fetch.answers import AnswersTable
from project.fetch.calls import Answer, CallFailed, Request
from project.fetch.entries import Entry
from project.fetch.journal import Journal
from project.fetch.pages import Page, PageReader
from project.fetch.plan import FetchPlan
from project.fetch.reading import NO_RECORD, NotJsonError, OddAnswerError
from project.fetch.telling import Telling

_READ_AT_ONCE = 2
# While another page is asked for: what waits is in memory.
_MOST_UNSETTLED = 2


@dataclass(frozen=True, slots=True)
class Came:
    """What came when a page was asked for. `number`: the page's, from 1; `is_kept`: the journal has it."""

    number: int
    request: Request
    digest: bytes
    asked_at: float
    outcome: Answer | CallFailed
    is_kept: bool = False


_Read = Page | CallFailed | NotJsonError | OddAnswerError


def failed_page(number: int, sentence: str) -> FailureError:
    """The error of a list one of whose pages failed."""
    where = f"Page {number:,} of the list failed. " if number > 1 else ""
    kept = " The pages before it are kept." if number > 1 else ""
    return FailureError(f"{where}{sentence}{kept}", code="calls_failed")


class Settling:
    """An asynchronous context manager; behind it, all that was taken is stored, whatever else has failed.

    It is left with the error of the first page that failed, if one did.
    """

    def __init__(
        self, plan: FetchPlan, journal: Journal, reader: PageReader, table: AnswersTable, telling: Telling
    ) -> None:
        self._paging = plan.step.api.paging
        self._journal = journal
        self._reader = reader
        self._table = table
        self._telling = telling
        self._readers = ThreadPoolExecutor(_READ_AT_ONCE, thread_name_prefix="reading")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._tasks: deque[asyncio.Task[None]] = deque()
        # It is given in the order in which it is asked for: that of the pages.
        self._turn = asyncio.Lock()
        self.last: Page | None = None
        """The last page of the table."""
        self.pages = 0
        self.is_over = False
        """Whether a page had no records, or failed: those behind it are stored, and that is all."""

    def take(self, came: Came) -> None:
        """Settle a page beside what else is done."""
        reading = asyncio.get_running_loop().run_in_executor(self._readers, self._read, came)
        self._tasks.append(asyncio.create_task(self._settle(came, reading)))

    async def room(self) -> None:
        """Wait until another page may be asked for. Raises what a page failed with."""
        await self._wait(_MOST_UNSETTLED)

    async def all(self) -> None:
        """Wait until all that was taken is settled. Raises what a page failed with."""
        await self._wait(0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._readers.shutdown()
        self._writer.shutdown()
        for outcome in outcomes:
            if outcome is not None:
                # It was asked for before whatever else has failed.
                raise outcome

    async def _wait(self, most: int) -> None:
        while len(self._tasks) > most:
            await self._tasks.popleft()

    async def _settle(self, came: Came, reading: asyncio.Future[_Read]) -> None:
        async with self._turn:
            try:
                read = await reading
                await asyncio.get_running_loop().run_in_executor(self._writer, self._keep, came, read)
                self._count(came, read)
            except BaseException:
                self.is_over = True
                raise

    def _read(self, came: Came) -> _Read:
        if isinstance(came.outcome, CallFailed):
            return came.outcome
        if came.outcome.status in NO_RECORD:
            if self._paging is not None and self._paging.kind == "page" and came.number > 1:
                # So it says that there are no more.
                return Page([], [])
            return NotJsonError(f"The API answered {came.outcome.status}: there is no such list.")
        try:
            return self._reader.read(came.outcome.body)
        except (NotJsonError, OddAnswerError) as error:
            return error

    def _keep(self, came: Came, read: _Read) -> None:
        """Store the page before anything is made of it."""
        if not came.is_kept:
            self._journal.store([_entry(came, read)])
        if isinstance(read, Page) and not self.is_over:
            self._reader.put(read, self._table)

    def _count(self, came: Came, read: _Read) -> None:
        if isinstance(read, Page):
            self._telling.made += not came.is_kept
        if self.is_over:
            return
        if not isinstance(read, Page):
            if not came.is_kept and not isinstance(read, OddAnswerError):
                self._telling.fail(f"page {came.number:,}", read.message)
            raise failed_page(came.number, read.message)
        self.last = read
        self.pages += 1
        self.is_over = not read.count and self._paging is not None and self._paging.kind == "page"


def _entry(came: Came, read: _Read) -> Entry:
    key = f"page {came.number:,}"
    if isinstance(came.outcome, CallFailed):
        failed = came.outcome
        return Entry(came.digest, came.request, key, came.asked_at, failure=failed.sentence, status=failed.status)
    if isinstance(read, NotJsonError):
        return Entry(came.digest, came.request, key, came.asked_at, failure=read.message, status=came.outcome.status)
    return Entry(came.digest, came.request, key, came.asked_at, came.outcome)
