"""A fetch value by value: count what the journal has, ask for the rest, make the table of all answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack

from project.engine.budget import peak_memory_mb
from project.errors import FailureError
from project.fetch.answers import AnswersTable
from project.fetch.asking import Asking
from project.fetch.calling import Caller
from project.fetch.calls import CallFailed
from project.fetch.collecting import Collecting
from project.fetch.committing import Committer
from project.fetch.events import Fetched
from project.fetch.journal import Journal, digester
from project.fetch.keys import chosen_keys, in_chunks, read_keys
from project.fetch.messages import Told
from project.fetch.peers import Peers, are_worth_it
from project.fetch.plan import Confidential, FetchPlan, Secret
from project.fetch.questions import Question, Questions
from project.fetch.requests import Requests
from project.fetch.telling import Telling
from project.fetch.writing import Writing

_SECONDS_BETWEEN_EVENTS = 0.3


class ValuesFetch:
    """One fetch of an API that is called for each value. `journal` is for the main thread, `writing` for commits."""

    def __init__(self, plan: FetchPlan, journal: Journal, writing: Journal, telling: Telling, since: float) -> None:
        assert plan.keys is not None
        self._path = plan.keys
        self._plan = plan
        self._step = plan.step
        self._requests = Requests(plan.step.api)
        self._digest = digester(self._requests.method, self._requests.headers, plan.secret_name)
        self._journal = journal
        self._writing = writing
        self._telling = telling
        self._since = since
        self._chosen: list[str] | None = None
        self._matched = 0

    async def run(self, secret: Secret | None) -> Fetched:
        """Raises ApiDown, Refused or FailureError; whatever was answered is stored then."""
        total, is_whole = self._count()
        if self._telling.left:
            await self._ask(secret)
        self._check_failures(self._telling.failed, total)
        with AnswersTable(self._plan.folder, self._plan.limits.most_columns) as table:
            self._collect(table, total)
            self._check_failures(self._telling.failed, total)
            table.finish()
        if self._plan.most_calls is not None:
            total = self._look_at_the_rest()
        return Fetched(
            columns=table.fields,
            records=table.records,
            keys=total,
            matched=self._matched,
            is_whole=is_whole,
            calls=self._telling.calls(),
            peak_memory_mb=peak_memory_mb(),
        )

    def _count(self) -> tuple[int, bool]:
        """Find out how many keys are to be asked for, and how many of them the journal has."""
        is_whole = True
        if self._plan.most_calls is not None:
            self._chosen, there = chosen_keys(self._path, self._plan.most_calls)
            is_whole = len(self._chosen) == there
        total = 0
        is_new = self._journal.is_empty()
        for chunk in in_chunks(self._keys()):
            keys = self._askable(chunk, tells=True)
            total += len(chunk)
            if not is_new:
                answered = self._journal.answered(self._digests(keys), self._since)
                self._telling.found(len(answered), min(answered.values(), default=None))
            self._telling.move()
        self._telling.left = total - self._telling.from_journal - self._telling.failed
        return total, is_whole

    async def _ask(self, secret: Secret | None) -> None:
        """Raises ApiDown, Refused or DiskFullError, with everything stored that was answered before."""
        api, plan, telling = self._step.api, self._plan, self._telling
        questions = Questions(self._keys(), self._questions, self._journal, self._since)
        async with AsyncExitStack() as stack:
            talking = asyncio.create_task(self._talk())
            stack.callback(talking.cancel)
            writing = stack.enter_context(Writing(self._writing, telling))
            caller = Caller(plan.limits, secret, api.parallel, api.per_second, outages=plan.outages)
            await stack.enter_async_context(caller)
            committer = await stack.enter_async_context(Committer(writing.path, lambda _, rows: writing.store(rows)))
            group = await stack.enter_async_context(asyncio.TaskGroup())
            asking = Asking(questions.next, caller.call, committer, group)
            await asking.at_once(api.parallel)
            if are_worth_it(api):
                confidential = Confidential(secret=secret, proxy=plan.limits.proxy)
                told = Told(limits=plan.limits, confidential=confidential, parallel=api.parallel // 2)
                group.create_task(Peers(told, api.parallel, questions, caller, writing, telling, asking).run())
        if asking.error is not None:
            raise asking.error

    async def _talk(self) -> None:
        while True:
            self._telling.tell()
            await asyncio.sleep(_SECONDS_BETWEEN_EVENTS)

    def _collect(self, table: AnswersTable, total: int) -> None:
        """Make the table of what the journal has, in the order of the keys."""
        collecting = Collecting(self._step, table, self._telling, total)
        unanswered = self._telling.failed
        for chunk in in_chunks(self._keys()):
            keys = self._askable(chunk)
            unanswered -= len(chunk) - len(keys)
            for key, answer in zip(keys, self._journal.bodies(self._digests(keys), self._since), strict=True):
                if answer is None:
                    unanswered -= 1
                else:
                    collecting.add(key, *answer)
            self._telling.move()
        collecting.finish()
        self._matched = collecting.matched
        if unanswered:
            raise FailureError(
                "Answers were deleted while the job worked with them: start it again.", code="answers_deleted"
            )

    def _look_at_the_rest(self) -> int:
        """How many keys there are, whether a trial has asked for them or not; tell how many have no answer yet."""
        total = answered = 0
        for chunk in in_chunks(read_keys(self._path)):
            digests = self._digests(self._askable(chunk))
            answered += len(self._journal.answered(digests, self._since))
            total += len(chunk)
        self._telling.left = total - answered
        return total

    def _check_failures(self, failed: int, total: int) -> None:
        allowed = self._step.max_failures
        if failed <= allowed or self._plan.most_calls is not None:
            return
        more = f", more than the {allowed:,} that are allowed" if allowed else ""
        raise FailureError(
            f"{failed:,} of {total:,} calls failed{more}. The first: {self._telling.failures[0]} All answers that came "
            "are kept: the job, started again, asks only for the others.",
            code="calls_failed",
        )

    def _keys(self) -> Iterator[str]:
        return read_keys(self._path) if self._chosen is None else iter(self._chosen)

    def _askable(self, keys: Sequence[str], *, tells: bool = False) -> list[str]:
        """Those of these keys that an address can hold; `tells`: the others are counted as failed."""
        askable = []
        for key in keys:
            try:
                self._requests.check(key)
                askable.append(key)
            except CallFailed as error:
                if tells:
                    self._telling.fail(key, error.sentence)
        return askable

    def _digests(self, keys: Sequence[str]) -> list[bytes]:
        return [self._digest(self._requests.url(key), self._requests.content(key)) for key in keys]

    def _questions(self, keys: Sequence[str]) -> list[Question]:
        """What is asked for those of these keys that an address can hold."""
        keys = self._askable(keys)
        requests = list(map(self._requests.of, keys))
        digests = (self._digest(request.url, request.body) for request in requests)
        return list(map(Question, keys, requests, digests))
