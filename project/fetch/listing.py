"""A fetch of a list: page after page, each stored before the next one is asked for."""

from __future__ import annotations

import time
from typing import Any

from project.engine.budget import peak_memory_mb
from project.errors import FailureError
from project.fetch.answers import AnswersTable
from project.fetch.calling import Caller
from project.fetch.calls import Answer, CallFailed, Request
from project.fetch.events import Fetched
from project.fetch.journal import Entry, Journal, digest_of
from project.fetch.pages import Page, PageReader
from project.fetch.paging import next_request
from project.fetch.plan import FetchPlan, Secret
from project.fetch.reading import NO_RECORD, NotJsonError, OddAnswerError
from project.fetch.requests import request_for
from project.fetch.telling import Telling


class ListFetch:
    """One fetch of all pages of a list."""

    def __init__(self, plan: FetchPlan, journal: Journal, telling: Telling, since: float) -> None:
        self._plan = plan
        self._step = plan.step
        self._journal = journal
        self._telling = telling
        self._since = since
        self._reader = PageReader(plan.step)
        self._table = AnswersTable(plan.folder, plan.limits.most_columns)
        self._pages: set[bytes] = set()
        self._records = 0
        self._body = b""

    async def run(self, secret: Secret | None) -> Fetched:
        """Raises ApiDown, Refused or FailureError; all pages that came are stored then."""
        api = self._step.api
        outages = self._plan.outages
        async with Caller(self._plan.limits, secret, api.parallel, api.per_second, outages=outages) as caller:
            request: Request | None = request_for(api)
            while request is not None and (answer := await self._page(request, caller)) is not None:
                request = self._next(request, answer)
                self._telling.move()
        self._reader.check_key(self._table)
        self._table.finish()
        return self._fetched(is_whole=request is None)

    def _fetched(self, *, is_whole: bool) -> Fetched:
        records = self._table.records
        return Fetched(
            columns=self._table.fields,
            records=records,
            keys=len(self._pages),
            matched=records,
            is_whole=is_whole,
            calls=self._telling.calls(),
            peak_memory_mb=peak_memory_mb(),
        )

    async def _page(self, request: Request, caller: Caller) -> Answer | None:
        """The page, from the journal or the API; None where a trial may not call any more."""
        digest = digest_of(request, self._plan.secret_name)
        if digest in self._pages:
            raise FailureError(
                f"The pages of the list go in a circle: after {len(self._pages):,} of them, {request.url} comes again.",
                code="odd_answer",
            )
        if kept := self._journal.answers([digest], self._since).get(digest):
            self._telling.found(1, kept.asked_at)
        elif self._telling.made == self._plan.most_calls:
            return None
        self._pages.add(digest)
        if kept:
            self._put(self._read(kept.answer))
            return kept.answer
        return await self._call(request, digest, caller)

    async def _call(self, request: Request, digest: bytes, caller: Caller) -> Answer:
        """The page from the API, stored before anything is made of it."""

        def entry(**known: Any) -> Entry:
            return Entry(digest, request, f"page {len(self._pages):,}", time.time(), **known)

        try:
            answer = await caller.call(request)
        except CallFailed as error:
            raise self._not_answered(entry(failure=error.sentence, status=error.status)) from None
        try:
            page = self._read(answer)
        except NotJsonError as error:
            raise self._not_answered(entry(failure=error.message, status=answer.status)) from None
        except FailureError:
            self._journal.store([entry(answer=answer)])
            raise
        self._journal.store([entry(answer=answer)])
        self._telling.made += 1
        self._put(page)
        return answer

    def _put(self, page: Page) -> None:
        self._records = page.count
        self._reader.put(page, self._table)

    def _not_answered(self, entry: Entry) -> FailureError:
        self._journal.store([entry])
        sentence = entry.failure or ""
        self._telling.fail(entry.key, sentence)
        return self._failed(sentence)

    def _read(self, answer: Answer) -> Page:
        """Raises NotJsonError, which is not worth keeping, or FailureError."""
        paging = self._step.api.paging
        if answer.status in NO_RECORD and paging is not None and paging.kind == "page" and len(self._pages) > 1:
            # So it says that there are no more.
            return Page([], [])
        if answer.status in NO_RECORD:
            raise NotJsonError(f"The API answered {answer.status}: there is no such list.")
        try:
            return self._reader.read(answer.body)
        except OddAnswerError as error:
            raise self._failed(error.message) from None

    def _next(self, request: Request, answer: Answer) -> Request | None:
        paging = self._step.api.paging
        if paging is not None and paging.kind == "page" and self._records and answer.body == self._body:
            raise self._failed(
                f"It is the same as the one before: does {self._step.api.host} know the parameter “{paging.parameter}”?"
            )
        self._body = answer.body
        try:
            return next_request(self._step.api, request, answer, self._records)
        except CallFailed as error:
            raise self._failed(error.sentence) from None

    def _failed(self, sentence: str) -> FailureError:
        number = len(self._pages)
        where = f"Page {number:,} of the list failed. " if number > 1 else ""
        kept = " The pages before it are kept." if number > 1 else ""
        return FailureError(f"{where}{sentence}{kept}", code="calls_failed")
