"""What going through the rows of two tables one by one says of their match: the oracle of the tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from project.operations.match import Ignore

Row = tuple[str | None, ...]
Key = tuple[str, ...]


def as_csv(header: Sequence[str], rows: Iterable[Row]) -> str:
    """Quoted but for what is missing: an empty text stays apart."""
    quoted = [["" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row] for row in (header, *rows)]
    return "".join(f"{','.join(row)}\n" for row in quoted)


@dataclass(frozen=True)
class Expected:
    """The naive count of a match of rows' keys; a key with None is missing."""

    left: Sequence[Row]
    right: Sequence[Row]
    ignore: tuple[Ignore, ...] = ()

    def compared(self, key: Key, more: tuple[Ignore, ...] = ()) -> Key:
        return tuple(normalised(text, (*self.ignore, *more)) for text in key)

    def counts(self, rows: Sequence[Row], more: tuple[Ignore, ...] = ()) -> Counter[Key]:
        """The rows of each key."""
        return Counter(self.compared(key, more) for row in rows if (key := whole(row)) is not None)

    def name(self, rows: Sequence[Row], key: Key) -> Key:
        """The first in order of the texts that count as this key."""
        return min(found for row in rows if (found := whole(row)) is not None and self.compared(found) == key)

    def rows_out(self, how: str, twice: Literal["first", "all"]) -> int:
        """By going through the rows."""
        partners = self.counts(self.right)
        given = 0
        for row in self.left:
            key = whole(row)
            found = partners[self.compared(key)] if key is not None else 0
            matched = found if twice == "all" else min(1, found)
            given += {"left": max(1, matched), "inner": matched, "semi": min(1, found), "anti": int(not found)}[how]
        return given

    def near(self, kind: Ignore) -> tuple[int, int]:
        """Keys and rows that match nothing, but would without regard to this."""
        exact = self.counts(self.right)
        wider = {self.compared(key, (kind,)) for key in exact}
        found = {
            key: rows
            for key, rows in self.counts(self.left).items()
            if key not in exact and self.compared(key, (kind,)) in wider
        }
        return len(found), sum(found.values())


def whole(row: Row) -> Key | None:
    """The key, if nothing of it is missing."""
    texts = tuple(text for text in row if text is not None)
    return texts if len(texts) == len(row) else None


def normalised(text: str, ignore: Iterable[Ignore]) -> str:
    """As docs/trials.md says."""
    wanted = set(ignore)
    if "spaces" in wanted:
        text = text.strip()
    if "case" in wanted:
        text = text.lower()
    if "leading_zeros" in wanted:
        text = text.lstrip("0") or text[-1:]
    return text
