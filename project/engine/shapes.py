"""Shapes: what each possible delimiter makes of a sample, so that they can be compared by their counts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from project.engine.dialect import Candidate

SCORED_CHARACTERS = 200_000


@dataclass(frozen=True)
class Marks:
    """The characters of a dialect beside its delimiter; "" where there is none."""

    quote: str = '"'
    escape: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Record:
    """One record of the sample, and the number of lines before it."""

    lines: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """What one delimiter makes of the sample: the usual number of fields, and how many of the records have it."""

    delimiter: str
    fields: int
    fitting: int
    counted: int
    records: tuple[Record, ...]

    @property
    def share(self) -> float:
        """Of the records that are not blank, those that have the usual number of fields."""
        return self.fitting / self.counted if self.counted else 0.0

    @property
    def candidate(self) -> Candidate:
        """The same for people, who compare it with the others."""
        return Candidate(delimiter=self.delimiter, fields=self.fields, fitting=self.fitting, records=self.counted)


def ranked(shapes: Sequence[Shape]) -> list[Shape]:
    """The likeliest first; of equals, the one that came first. What splits nothing comes last."""
    return sorted(shapes, key=lambda shape: (shape.fields > 1, round(shape.share, 2), shape.fields), reverse=True)


def shape_of(text: str, delimiter: str, marks: Marks, *, complete: bool) -> Shape:
    """The shape of a text's beginning; `complete`: the text ends where the file does."""
    scored = text[:SCORED_CHARACTERS]
    records = list(_records(scored, delimiter, marks))
    if len(records) > 1 and not (complete and len(scored) == len(text)):
        records.pop()  # cut in the middle, as like as not
    counts = Counter(len(record.fields) for record in records if record.fields)
    usual = max(counts, key=lambda count: (counts[count], count)) if counts else 1
    return Shape(delimiter, usual, counts[usual], counts.total(), tuple(records))


def _records(text: str, delimiter: str, marks: Marks) -> Iterator[Record]:
    # The limit is the whole process's: it is never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), SCORED_CHARACTERS + 1))
    lines = _Lines(text, marks.comment)
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=marks.quote or None,
        escapechar=marks.escape or None,
        quoting=csv.QUOTE_MINIMAL if marks.quote else csv.QUOTE_NONE,
        strict=False,
    )
    for fields in reader:
        yield Record(lines.before, tuple(fields))
        lines.is_between = True


class _Lines:
    """The lines of a text, without those that are comments: a line between two records can be one."""

    def __init__(self, text: str, comment: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._comment = comment
        self._read = 0
        self.is_between = True
        self.before = 0
        """The lines before the record that is being read."""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        while self.is_between and self._comment and line.startswith(self._comment):
            self._read += 1
            line = next(self._lines)
        if self.is_between:
            self.before = self._read
            self.is_between = False
        self._read += 1
        return line
