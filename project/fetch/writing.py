"""Writes rows into a journal, in a thread of their own, and counts them: before, nobody has received them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from project.fetch.entries import Row, failure_in
from project.fetch.journal import Journal
from project.fetch.received import rows_in
from project.fetch.telling import Telling

Result = TypeVar("Result")


class Writing:
    """A context manager; as long as it is open, the journal is its own."""

    def __init__(self, journal: Journal, telling: Telling) -> None:
        self._journal = journal
        self._telling = telling
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self.path = journal.path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    async def store(self, rows: Sequence[Row]) -> None:
        """They are in the journal when it returns. Raises DiskFullError."""
        await self._apart(self._journal.store_rows, rows)
        self._count(rows)

    async def store_file(self, path: Path) -> list[Row]:
        """The same with the rows in such a file: these."""
        rows = await self._apart(lambda: list(rows_in(path)))
        await self.store(rows)
        return rows

    async def take_in(self) -> list[Row]:
        """The same with what dead processes have left."""
        rows = await self._apart(self._journal.take_in)
        self._count(rows)
        return rows

    async def _apart(self, work: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _count(self, rows: Sequence[Row]) -> None:
        telling = self._telling
        telling.made += len(rows)
        if telling.left is not None:
            telling.left = max(0, telling.left - len(rows))
        for row in rows:
            if failure := failure_in(row):
                telling.fail(*failure)
