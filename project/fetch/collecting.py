"""Answers to values as rows of the table of answers: one by one, or many at once where they are worth the scanner."""

from __future__ import annotations

import os
from itertools import chain, repeat

import polars as pl

from project.fetch.ahead import is_kept
from project.fetch.answers import AnswersTable
from project.fetch.pages import WORTH_SCANNING_BYTES
from project.fetch.quick import read_small
from project.fetch.reading import NO_RECORD, UnreadableError
from project.fetch.telling import Telling
from project.operations.enrich import ANSWER_KEY, Enrich

# So many answers are read at once, or so many bytes of them.
_MOST_WAITING = 8192
_MOST_WAITING_BYTES = 4 * 1024 * 1024
# Fewer answers are read one by one.
_FEW = 256
# Before so many bytes are read one by one, Numba is loaded.
_WORTH_SCANNING_BYTES = 8 * 1024 * 1024


class Collecting:
    """Takes answers in the order of their values; behind `finish`, all their records are in the table.

    `answers`: about as many will come.
    """

    def __init__(self, step: Enrich, table: AnswersTable, telling: Telling, answers: int) -> None:
        self._path = step.api.records
        self._null = "null" if step.nulls == "text" else None
        self._table = table
        self._telling = telling
        self._answers = answers
        self._is_scanned: bool | None = None
        self._keys: list[str] = []
        self._bodies: list[bytes] = []
        self._bytes = 0
        self.matched = 0
        """So many values have records."""

    def add(self, key: str, status: int, body: bytes) -> None:
        """Take the answer to a value. Raises LimitError where records have too many fields."""
        if status in NO_RECORD:
            return
        self._keys.append(key)
        self._bodies.append(body)
        self._bytes += len(body)
        if self._bytes >= _MOST_WAITING_BYTES or len(self._bodies) >= _MOST_WAITING:
            self.finish()

    def finish(self) -> None:
        """Read what waits. Raises LimitError."""
        if self._is_scanned is None:
            self._is_scanned = self._is_worth_scanning()
        self._read(self._keys, self._bodies)
        self._keys, self._bodies, self._bytes = [], [], 0

    def _is_worth_scanning(self) -> bool:
        expected = self._bytes * self._answers / max(1, len(self._bodies))
        # To compile the scanner takes longer than most answers do.
        return expected >= _WORTH_SCANNING_BYTES and not self._path and is_kept(os.environ.get("NUMBA_CACHE_DIR", ""))

    def _read(self, keys: list[str], bodies: list[bytes]) -> None:
        is_few = len(bodies) < _FEW and sum(map(len, bodies)) < WORTH_SCANNING_BYTES
        if not self._is_scanned or is_few:
            self._read_each(keys, bodies)
        elif not self._scan(keys, bodies):
            self._read_apart(keys, bodies)

    def _read_apart(self, keys: list[str], bodies: list[bytes]) -> None:
        """One that is not plain is not to make all others slow."""
        if len(bodies) == 1:
            self._read_each(keys, bodies)
            return
        half = len(bodies) // 2
        self._read(keys[:half], bodies[:half])
        self._read(keys[half:], bodies[half:])

    def _read_each(self, keys: list[str], bodies: list[bytes]) -> None:
        for key, body in zip(keys, bodies, strict=True):
            self._read_one(key, body)

    def _read_one(self, key: str, body: bytes) -> None:
        try:
            records = read_small(body, self._path, null=self._null)
        except UnreadableError as error:
            self._telling.fail(key, error.message)
            return
        self.matched += bool(records)
        self._table.add([key] * len(records), records)

    def _scan(self, keys: list[str], bodies: list[bytes]) -> bool:
        """Whether they could be read at once."""
        from project.fetch.joined import tables_of_many
        from project.fetch.scanner import UnsureError

        try:
            tables, counts = tables_of_many(bodies, self._null)
        except UnsureError:
            return False
        self.matched += int((counts > 0).sum())
        of_records = pl.Series(
            ANSWER_KEY, list(chain.from_iterable(map(repeat, keys, counts.tolist()))), dtype=pl.String
        )
        at = 0
        for rows in tables:
            self._table.add_frame(pl.DataFrame([of_records[at : at + rows.height], *rows.get_columns()]))
            at += rows.height
        return True
