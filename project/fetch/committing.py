"""Group commits: an answer outlives a kill as soon as it is put, and many together reach the journal's disk at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from project.fetch.entries import Row
from project.fetch.received import Received

# A commit costs as much for one answer as for hundreds: it waits a little for others …
_GATHERING_SECONDS = 0.1
# … and where hundreds have come by then, for thousands, which write the journal's index once.
_MANY = 100
_LONGER_SECONDS = 0.4
_ENOUGH = 4000
# What waits for a commit is in memory.
_MOST_WAITING = 8000
_MOST_WAITING_BYTES = 16 * 1024 * 1024

Store = Callable[[Path, list[Row]], Awaitable[None]]
"""Has these rows, which are in that file, in the journal when it returns."""


class Committer:
    """An asynchronous context manager; behind it, all that was put into it is in the journal.

    `journal`: its path, beside which what waits is kept.
    """

    def __init__(self, journal: Path, store: Store) -> None:
        self._store = store
        # While the rows of one are committed, the next ones go into the other.
        self._files = (Received(journal), Received(journal))
        self._rows: list[Row] = []
        self._bytes = 0
        self._has_some = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_over = asyncio.Event()

    async def wait_for_room(self) -> None:
        """Wait until another call may be made."""
        while not self._has_room.is_set() and not self._task.done():
            await self._has_room.wait()
        if self._task.done():
            # The disk is full, or worse: nothing more can be received.
            await self._task

    def put(self, row: Row) -> None:
        """Keep what came of a call. Raises DiskFullError."""
        self._bytes += self._files[0].add(row)
        self._rows.append(row)
        if len(self._rows) >= _MOST_WAITING or self._bytes >= _MOST_WAITING_BYTES:
            self._has_room.clear()
        self._has_some.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._commit())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._has_some.set()
        is_stored = False
        try:
            await self._task
            is_stored = True
        finally:
            for file in self._files:
                file.close(is_stored=is_stored)

    async def _commit(self) -> None:
        try:
            while self._rows or not self._is_over.is_set():
                await self._has_some.wait()
                await self._gather()
                await self._commit_waiting()
        finally:
            # Whoever waits is to learn of it, if this has failed.
            self._has_room.set()

    async def _gather(self) -> None:
        await self._over_within(_GATHERING_SECONDS)
        end = time.monotonic() + _LONGER_SECONDS
        while _MANY < len(self._rows) < _ENOUGH and self._has_room.is_set() and time.monotonic() < end:
            if await self._over_within(_GATHERING_SECONDS):
                return

    async def _over_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), seconds)
        return self._is_over.is_set()

    async def _commit_waiting(self) -> None:
        rows, file = self._rows, self._files[0]
        self._rows, self._bytes, self._files = [], 0, self._files[::-1]
        self._has_some.clear()
        self._has_room.set()
        if rows:
            await self._store(file.path, rows)
            file.clear()
