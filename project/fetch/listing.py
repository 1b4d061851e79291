"""A fetch of a list: page after page; the next one is asked for beside the reading of others where that is safe."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from threading import Thread

from project.engine.budget import peak_memory_mb
from project.errors import FailureError
from project.fetch.ahead import is_kept
from project.fetch.answers import AnswersTable
from project.fetch.calling import Caller
from project.fetch.calls import Answer, CallFailed, Request
from project.fetch.events import Fetched
from project.fetch.journal import Journal, digest_of
from project.fetch.pages import WORTH_SCANNING_BYTES, PageReader, load
from project.fetch.paging import next_request
from project.fetch.plan import FetchPlan, Secret
from project.fetch.requests import request_for
from project.fetch.settling import Came, Settling, failed_page
from project.fetch.telling import Telling


class ListFetch:
    """One fetch of all pages of a list. `journal` is for the main thread, `writing` for what stores."""

    def __init__(self, plan: FetchPlan, journal: Journal, writing: Journal, telling: Telling, since: float) -> None:
        self._plan = plan
        self._step = plan.step
        self._journal = journal
        self._telling = telling
        self._since = since
        self._reader = PageReader(plan.step)
        self._table = AnswersTable(plan.folder, plan.limits.most_columns)
        self._settling = Settling(plan, writing, self._reader, self._table, telling)
        self._pages: set[bytes] = set()
        self._called = 0
        self._body = b""

    async def run(self, secret: Secret | None) -> Fetched:
        """Raises ApiDown, Refused or FailureError; all pages that came are stored then."""
        api, plan = self._step.api, self._plan
        with self._table:
            async with (
                Caller(plan.limits, secret, api.parallel, api.per_second, outages=plan.outages) as caller,
                self._settling,
            ):
                is_over = await self._ask(caller)
            self._reader.check_key(self._table)
            self._table.finish()
        return self._fetched(is_whole=is_over or self._settling.is_over)

    async def _ask(self, caller: Caller) -> bool:
        """Whether there is no page behind the last one that was asked for."""
        if is_kept(os.environ.get("NUMBA_CACHE_DIR", "")):
            # To compile it, which takes seconds, would be too much for a list that may be short.
            Thread(target=load, name="loading", daemon=True).start()
        request: Request | None = request_for(self._step.api)
        while request is not None and (answer := await self._page(request, caller)) is not None:
            request = await self._next(request, answer)
            self._telling.move()
        return request is None

    def _fetched(self, *, is_whole: bool) -> Fetched:
        records = self._table.records
        return Fetched(
            columns=self._table.fields,
            records=records,
            keys=self._settling.pages,
            matched=records,
            is_whole=is_whole,
            calls=self._telling.calls(),
            peak_memory_mb=peak_memory_mb(),
        )

    async def _page(self, request: Request, caller: Caller) -> Answer | None:
        """The page, from the journal or the API; None where there is none, or a trial may not call any more."""
        digest = digest_of(request, self._plan.secret_name)
        if digest in self._pages:
            raise FailureError(
                f"The pages of the list go in a circle: after {len(self._pages):,} of them, {request.url} comes again.",
                code="odd_answer",
            )
        number = len(self._pages) + 1
        if kept := self._journal.answers([digest], self._since).get(digest):
            self._telling.found(1, kept.asked_at)
            came = Came(number, request, digest, kept.asked_at, kept.answer, is_kept=True)
        elif self._called == self._plan.most_calls:
            return None
        else:
            self._called += 1
            came = Came(number, request, digest, time.time(), await _outcome(request, caller))
        self._pages.add(digest)
        self._settling.take(came)
        return came.outcome if isinstance(came.outcome, Answer) else None

    async def _next(self, request: Request, answer: Answer) -> Request | None:
        is_same, self._body = answer.body == self._body, answer.body
        try:
            if self._is_known_ahead(answer) and not is_same:
                # So large a page has records; if it has none, the list ends nevertheless.
                following = next_request(self._step.api, request, answer, records=1)
                await self._settling.room()
            else:
                await self._settling.all()
                following = self._following(request, answer, is_same=is_same)
        except CallFailed as error:
            raise failed_page(len(self._pages), error.sentence) from None
        return None if self._settling.is_over else following

    def _is_known_ahead(self, answer: Answer) -> bool:
        """Whether the next page's address is known before this page is read."""
        paging = self._step.api.paging
        if paging is None:
            return False
        return paging.kind == "link" or paging.kind == "page" and len(answer.body) >= WORTH_SCANNING_BYTES

    def _following(self, request: Request, answer: Answer, *, is_same: bool) -> Request | None:
        """The request for the page behind this one, which was read. Raises CallFailed."""
        paging, page = self._step.api.paging, self._settling.last
        records = page.count if page else 0
        if paging is not None and paging.kind == "page" and records and is_same:
            raise CallFailed(
                f"It is the same as the one before: does {self._step.api.host} know the parameter “{paging.parameter}”?"
            )
        if page is not None and page.around is not None:
            answer = replace(answer, body=page.around)
        return next_request(self._step.api, request, answer, records)


async def _outcome(request: Request, caller: Caller) -> Answer | CallFailed:
    try:
        return await caller.call(request)
    except CallFailed as error:
        return error
