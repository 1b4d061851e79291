"""From a number of a profile to the rows behind it: the conditions that these rows meet, as the address of the rows
takes them. Pure."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from project.engine.inspection.profile import Bin, ColumnProfile, Frequent, Shape
from project.files.profiles.figures import NUMBERS

# Servers and browsers do not take addresses of any length.
_LONGEST_NAME = 500
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ])\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(Z?)")
_TO_THE_SECOND = len("2024-01-01T00:00:00Z")


def to_value(column: ColumnProfile, found: Frequent) -> str | None:
    """To the rows with this text; with those that begin so, if it was cut."""
    test = "eq" if len(found.value) == found.length else "starts_with"
    return _where(column, (test, found.value))


def to_missing(column: ColumnProfile) -> str | None:
    """To the rows without a value."""
    return _where(column, ("missing", None)) if column.missing else None


def to_empty(column: ColumnProfile) -> str | None:
    """To the rows with an empty text."""
    return _where(column, ("eq", "")) if column.empty else None


def to_bin(column: ColumnProfile, bin: Bin, *, is_last: bool) -> str | None:
    """To the rows of a bar of values; None if they cannot be told by comparing."""
    low, high = _bound(bin.low, column), _bound(bin.high, column)
    if low is None or high is None or not bin.count:
        return None
    # Nothing is behind the last bar, and its border may be a value: of floats, and of the last day that there is.
    below = "le" if is_last else "lt"
    return _where(column, ("ge", low), (below, high))


def _where(column: ColumnProfile, *tests: tuple[str, str | int | float | None]) -> str | None:
    if len(column.name) > _LONGEST_NAME:
        return None
    conditions: list[dict[str, str | int | float]] = []
    for test, value in tests:
        conditions.append({"column": column.name, "test": test})
        if value is not None:
            conditions[-1]["value"] = value
    return json.dumps(conditions, ensure_ascii=False, separators=(",", ":"))


def _bound(text: str, column: ColumnProfile) -> str | int | float | None:
    """The border as it has to be compared: numbers as numbers, days and times as the texts that they are."""
    if column.shape in NUMBERS:
        return _number(text)
    return text if column.shape is Shape.DATE else _moment(text, column)


def _number(text: str) -> int | float | None:
    number = Decimal(text)
    if number == number.to_integral_value():
        return int(number)
    return float(text) if Decimal(repr(float(text))) == number else None


def _moment(text: str, column: ColumnProfile) -> str | None:
    """As the texts of the column are written, as far as is known, where that order is theirs: none in another zone."""
    found = [_TIME.fullmatch(each.value) for each in column.top if each.value]
    forms = {each.groups() if each else None for each in found}
    form = forms.pop() if len(forms) == 1 else None
    if form is None:
        return None
    mark, zone = form
    if not zone:
        return text.replace(" ", mark)
    lengths = {each.length for each in column.top if each.value}
    return _in_utc(datetime.fromisoformat(text), mark, column.longest) if lengths == {column.longest} else None


def _in_utc(moment: datetime, mark: str, length: int) -> str | None:
    """With as many digits as the texts have, the next of such moments: a “Z” is behind all digits in order."""
    digits = max(0, length - _TO_THE_SECOND - 1)
    with suppress(OverflowError):
        moment += timedelta(microseconds=-moment.microsecond % 10 ** (6 - digits))
        return f"{moment.isoformat(mark, 'microseconds')[: length - 1]}Z" if length >= _TO_THE_SECOND else None
    return None
