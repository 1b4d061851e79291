"""Quoting: the quote that a sample's fields stand in, and hints of what only a person can decide; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from project.engine.shapes import DELIMITERS, NUMBER, Marks, Shape, shape_of

_LOOKED_AT = 50_000
_LEAST = 3
_COMPARED = 100
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3},\d{3}\s*")
_POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*")
_YEAR = re.compile(r"\s*(1[89]|20)\d\d\s*")
_BEFORE = rf"(?:^|(?<=[{re.escape(DELIMITERS)}]))"
_BEHIND = rf"(?=[{re.escape(DELIMITERS)}\r\n]|\Z)"
_DOUBLE = re.compile(rf'{_BEFORE}"', re.MULTILINE)
_OPENED = re.compile(rf"{_BEFORE}'", re.MULTILINE)
_SINGLE = re.compile(rf"{_BEFORE}'(?:[^'\r\n]|'')*+'{_BEHIND}", re.MULTILINE)


def quote_of(text: str) -> str:
    """The single quote where fields stand in it, and none in the double one; else the double one."""
    head = text[:_LOOKED_AT]
    if "'" not in head or _DOUBLE.search(head):
        return '"'
    fields, opened = len(_SINGLE.findall(head)), len(_OPENED.findall(head))
    return "'" if fields >= _LEAST and fields >= 0.9 * opened else '"'


def hints(text: str, shape: Shape, marks: Marks, free: Set[str], skip: int, *, complete: bool) -> Iterator[str]:
    """Sentences about what may be otherwise than it is taken to be: to decide it could change values.

    `free`: what of the dialect can be set by hand, and is not.
    """
    if "escape" in free and marks.quote and f"\\{marks.quote}" in text:
        other = shape_of(text, shape.delimiter, Marks(marks.quote, "\\", marks.comment), complete=complete)
        if other.fields == shape.fields and other.share > shape.share:
            yield (
                "Backslashes stand before quotes: if they are escapes, set the escape by hand, and "
                f"{other.fitting:,} of {other.counted:,} sampled records have {other.fields:,} fields."
            )
    commas = _decimal_commas(shape) if "decimal" in free else 0
    if commas:
        yield (
            f"Fields look like numbers with a decimal comma ({commas:,} of the first ones), and none has a decimal "
            "point: set the decimal sign by hand if they are to be read as numbers."
        )
    if "header" in free and _looks_like_data(shape, skip):
        yield "The first line holds numbers where the lines below it do: if it is data, set the header to none by hand."


def _decimal_commas(shape: Shape) -> int:
    """How many fields have a decimal comma, where none has a decimal point."""
    fields = [field for record in shape.records[: _COMPARED + 1] for field in record.fields]
    found = [field for field in fields if _COMMA.fullmatch(field)]
    # Three digits behind every comma are thousands, as like as not.
    if all(_THOUSANDS.fullmatch(field) for field in found) or any(_POINT.fullmatch(field) for field in fields):
        return 0
    return len(found)


def _looks_like_data(shape: Shape, skip: int) -> bool:
    """Whether the line of names has a number, and no year, in a column of nothing but numbers."""
    records = [record.fields for record in shape.records if record.lines >= skip and record.fields]
    if len(records) < 2:
        return False
    below = [fields for fields in records[1 : _COMPARED + 1] if len(fields) == len(records[0])]
    return bool(below) and any(
        NUMBER.fullmatch(name)
        and not _YEAR.fullmatch(name)
        and all(NUMBER.fullmatch(fields[place]) for fields in below if fields[place].strip())
        for place, name in enumerate(records[0])
    )
