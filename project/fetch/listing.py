"""A fetch of a list: page after page, each stored before the next one is asked for."""

from __future__ import annotations

import time

from project.engine.budget import peak_memory_mb
from project.errors import FailureError
from project.fetch.answers import AnswersTable
from project.fetch.calling import Caller
from project.fetch.calls import Answer, CallFailed, Request
from project.fetch.events import Fetched
from project.fetch.journal import Entry, Journal, digest_of
from project.fetch.pages import PageReader
from project.fetch.paging import next_request
from project.fetch.plan import FetchPlan, Secret
from project.fetch.reading import NO_RECORD, UnreadableError, check_is_json
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

    async def run(self, secret: Secret | None) -> Fetched:
        """Raises ApiDown, Refused or FailureError; all pages that came are stored then."""
        api = self._step.api
        async with Caller(self._plan.limits, secret, api.parallel, api.per_second) as caller:
            request: Request | None = request_for(api)
            while request is not None and (answer := await self._page(request, caller)) is not None:
                self._take(answer)
                request = next_request(api, request, answer)
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
            self._telling.from_journal += 1
        elif self._telling.made == self._plan.most_calls:
            return None
        self._pages.add(digest)
        return kept.answer if kept else await self._call(request, digest, caller)

    async def _call(self, request: Request, digest: bytes, caller: Caller) -> Answer:
        key = f"page {len(self._pages):,}"
        try:
            answer = await caller.call(request)
            if answer.status not in NO_RECORD:
                check_is_json(answer.body)
        except (CallFailed, UnreadableError) as error:
            status = error.status if isinstance(error, CallFailed) else None
            self._journal.store([Entry(digest, request, key, time.time(), failure=error.message, status=status)])
            self._telling.fail(key, error.message)
            raise self._failed(error.message) from None
        self._journal.store([Entry(digest, request, key, time.time(), answer)])
        self._telling.made += 1
        return answer

    def _take(self, answer: Answer) -> None:
        if answer.status in NO_RECORD:
            raise self._failed(f"The API answered {answer.status}: there is no such list.")
        try:
            self._reader.read(answer.body, self._table)
        except UnreadableError as error:
            raise self._failed(error.message) from None

    def _failed(self, sentence: str) -> FailureError:
        number = len(self._pages)
        where = f"Page {number:,} of the list failed. " if number > 1 else ""
        kept = " The pages before it are kept." if number > 1 else ""
        return FailureError(f"{where}{sentence}{kept}", code="calls_failed")
