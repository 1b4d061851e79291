"""Shapes: what each possible delimiter makes of a sample, so that they can be compared by their counts."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from project.engine.dialect import Candidate

SCORED_CHARACTERS = 200_000
SCORED_RECORDS = 1000
DELIMITERS = ",;\t|"
"""Those that are looked for everywhere; of equals, the first one."""
RARE_DELIMITERS = "^~\x01\x1f"
"""Those that stand in no ordinary text, and are looked for where none of the others splits anything."""
NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[\d.,]*(e[+-]?\d+)?%?\s*", re.IGNORECASE)
_LOOKED_AT = 50_000
_WEIGHT_OF_MIXED = 0.1
_QUOTED = rf"(?:^|(?<=[{re.escape(DELIMITERS)}]))'(?:[^']|'')*+'(?=[{re.escape(DELIMITERS)}\r\n]|\Z)"


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
    """What one delimiter makes of the sample: the usual number of fields, and how many of the records have it.

    `mixed`: how many of the `cells` looked at hold another delimiter and are no number.
    """

    delimiter: str
    fields: int
    fitting: int
    counted: int
    mixed: int
    cells: int
    records: tuple[Record, ...]

    @property
    def share(self) -> float:
        """Of the records that are not blank, those that have the usual number of fields."""
        return self.fitting / self.counted if self.counted else 0.0

    @property
    def score(self) -> float:
        """The share of the records that fit, a little less as fields hold another delimiter."""
        return self.share - _WEIGHT_OF_MIXED * self.mixed / max(1, self.cells)

    @property
    def candidate(self) -> Candidate:
        """The same for people, who compare it with the others."""
        return Candidate(
            delimiter=self.delimiter,
            fields=self.fields,
            fitting=self.fitting,
            records=self.counted,
            mixed=self.mixed,
            cells=self.cells,
        )


def shapes_of(text: str, marks: Marks, given: str | None, *, complete: bool) -> list[Shape]:
    """The possible shapes: first the one that was given, then the likeliest; what splits nothing comes last."""
    found = _ranked(text, DELIMITERS, marks, given, complete)
    if not given and found[0].fields == 1 and any(it in text for it in RARE_DELIMITERS):
        rare = _ranked(text, RARE_DELIMITERS, marks, given, complete)
        found = [shape for shape in rare if shape.fields > 1 and shape.fitting == shape.counted > 1] + found
    return [shape_of(text, given, marks, complete=complete), *found] if given else found


def _ranked(text: str, delimiters: str, marks: Marks, given: str | None, complete: bool) -> list[Shape]:
    possible = [it for it in delimiters if it not in (marks.quote, marks.escape, given)]
    # A stable sort: of equals, the delimiter that is named first.
    shapes = [shape_of(text, delimiter, marks, complete=complete) for delimiter in possible]
    return sorted(shapes, key=_likelihood, reverse=True)


def _likelihood(shape: Shape) -> tuple[float, ...]:
    if shape.fields == 1:
        return (0,)
    return 1, round(shape.score, 2), shape.fields, shape.score


def shape_of(text: str, delimiter: str, marks: Marks, *, complete: bool) -> Shape:
    """The shape of a text's beginning; `complete`: the text ends where the file does."""
    scored = text[:SCORED_CHARACTERS]
    records = list(islice(_records(scored, delimiter, marks), SCORED_RECORDS))
    if 1 < len(records) < SCORED_RECORDS and not (complete and len(scored) == len(text)):
        records.pop()  # cut in the middle, as like as not
    told = [record for record in records if record.fields]
    # What looks like a remark says nothing of the others, unless all do.
    told = [record for record in told if not record.fields[0].startswith("#")] or told
    counts = Counter(len(record.fields) for record in told)
    usual = max(counts, key=lambda count: (counts[count], count)) if counts else 1
    return Shape(delimiter, usual, counts[usual], counts.total(), *_mixed(scored, delimiter, marks), tuple(records))


def _mixed(text: str, delimiter: str, marks: Marks) -> tuple[int, int]:
    """How many fields of the text's beginning hold another delimiter outside quotes, of how many."""
    others = re.compile(f"[{re.escape(DELIMITERS.replace(delimiter, ''))}]")
    if marks.quote:
        quoted = re.compile(_QUOTED.replace("'", re.escape(marks.quote)), re.MULTILINE)
        text = quoted.sub("x", text[:_LOOKED_AT])
    lines = [line for line in text[:_LOOKED_AT].splitlines() if not line.startswith(("#", marks.comment or "#"))]
    cells = [field for line in lines for field in line.split(delimiter)]
    return sum(1 for cell in cells if others.search(cell) and not NUMBER.fullmatch(cell)), len(cells)


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
