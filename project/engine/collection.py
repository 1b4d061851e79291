"""What a check collects on its way: a key's different texts, or what integers add up to by them; which are blank."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from project.engine import codes
from project.engine.dialect import Dialect
from project.engine.scanner import MOST_BLANKS, Learned, Outcome, Scanner

if TYPE_CHECKING:
    from project.engine.keytable import KeyTable
    from project.engine.sums import GroupSums


class Collection:
    """Of all scanners of one check. What needs numpy is imported when there is something: small files do not wait.

    `integers`: the columns to add up in each group of the key, None where that is not to be. `size`: about how many
    bytes each scanner may take for it. `number_blanks`: whether the numbers of blank records are collected.
    """

    def __init__(
        self,
        dialect: Dialect,
        key: Sequence[str],
        integers: Sequence[str] | None,
        size: int,
        *,
        number_blanks: bool = False,
    ) -> None:
        self._columns = dialect.columns
        # Escapes are not undone where texts are collected.
        self._key = [] if dialect.escape else [dialect.columns.index(name) for name in key]
        # A group of more columns has no key of its own: the texts are collected, and the file is read again.
        adds_up = integers is not None and len(key) <= codes.MOST_ADDED_COLUMNS
        self._integers = [dialect.columns.index(name) for name in integers or ()] if adds_up else None
        self._size = size
        self._scanners: list[Scanner] = []
        self._sums: dict[Scanner, Any] = {}
        self._blanks: array[int] | None = array("q") if number_blanks else None

    def add(self, scanner: Scanner) -> None:
        """From now on the scanner collects, too."""
        scanner.collect(self._key, self._integers, self._size)
        scanner.tells_blanks = self._blanks is not None
        self._scanners.append(scanner)

    def take(self, learned: Learned) -> None:
        """Take over what a scanner has added up in a piece that was accepted."""
        if learned.sums is not None:
            from project.engine.sums import added

            self._sums[learned.scanner] = added(self._sums.get(learned.scanner), learned.sums)

    def number_blanks(self, outcome: Outcome, records: int) -> None:
        """Take over which records of a piece, behind so many, are blank; no scanner tells any more of too many."""
        if self._blanks is None:
            return
        if len(self._blanks) + outcome.blank <= MOST_BLANKS:
            self._blanks.extend(records + record + 1 for record in outcome.blanks)
            return
        self._blanks = None
        for scanner in self._scanners:
            scanner.tells_blanks = False

    def ignore_texts(self, numbers: list[int]) -> None:
        """Let no scanner look any more at columns that are read as text."""
        for scanner in self._scanners:
            scanner.ignore_texts(numbers)

    def texts(self) -> dict[str, tuple[bytes, ...]] | None:
        """See CheckedInput."""
        if self._integers is not None or not (tables := self._tables()):
            return None
        from project.engine.keytable import texts_of

        return texts_of(tables, [self._columns[column] for column in self._key])

    def sums(self) -> tuple[GroupSums, ...] | None:
        """See CheckedInput."""
        if self._integers is None or not self._tables():
            return None
        from project.engine.sums import GroupSums

        return tuple(
            GroupSums(tuple(column[: len(sums)] for column in scanner.table.group_texts()), sums)
            for scanner, sums in self._sums.items()
            if scanner.table is not None
        )

    def blanks(self) -> tuple[int, ...] | None:
        """See CheckedInput."""
        return None if self._blanks is None else tuple(self._blanks)

    def _tables(self) -> list[KeyTable]:
        """Those of all scanners; none if one of them gave up."""
        tables = [scanner.table for scanner in self._scanners if scanner.table is not None]
        is_whole = len(tables) == len(self._scanners) and not any(table.gave_up for table in tables)
        return tables if is_whole else []
