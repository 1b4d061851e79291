"""Group commits: answers reach the journal in the order in which they came, as many at once as have come meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from project.fetch.journal import Entry, Journal


class Committer:
    """An asynchronous context manager; behind it, all that was put into it is on the disk.

    Each call takes a place before it is made, and `most` places there are: it has it until its entry is on the disk.
    What a kill can cost is bounded by that. `stored` is called with entries once they are there: before, nobody has
    received them.
    """

    def __init__(self, journal: Journal, most: int, stored: Callable[[Sequence[Entry]], None]) -> None:
        self._journal = journal
        self._stored = stored
        self._most = most
        self._places = asyncio.Semaphore(most)
        self._waiting: list[Entry] = []
        self._has_some = asyncio.Event()
        self._is_over = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    async def take_place(self) -> None:
        """Wait until another call may be made."""
        await self._places.acquire()
        if self._task.done():
            # The disk is full, or worse: nothing more can be received.
            await self._task

    def put(self, entry: Entry) -> None:
        """Have what came of a call stored soon."""
        self._waiting.append(entry)
        self._has_some.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._commit())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._has_some.set()
        try:
            await self._task
        finally:
            self._thread.shutdown()

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting or not self._is_over:
                await self._has_some.wait()
                self._has_some.clear()
                entries, self._waiting = self._waiting, []
                if entries:
                    await loop.run_in_executor(self._thread, self._journal.store, entries)
                    self._stored(entries)
                    self._free(len(entries))
        except BaseException:
            # Whoever waits for a place is to learn of it.
            self._free(self._most)
            raise

    def _free(self, places: int) -> None:
        for _ in range(places):
            self._places.release()
