"""Cells of Excel as text: numbers as they are shown at most, dates as ISO has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite

_PLAIN = re.compile(r"-?(0|[1-9]\d{0,14})\Z").match
_MOST_DAYS = 2_958_466
_LONGEST_PLAIN = 20
_DAY_MILLISECONDS = 86_400_000
# What in a number's form is no sign of its own: texts, colours and conditions, escaped characters, gaps.
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Moment(Enum):
    """What a number is that is shown as a date or a time."""

    DATE = "date"
    DATE_TIME = "date and time"
    TIME = "time"


_BUILT_IN: Mapping[int, Moment] = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), Moment.DATE),
    22: Moment.DATE_TIME,
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), Moment.TIME),
}


def moment_of(number: int, code: str | None) -> Moment | None:
    """What the form of that number, or with that code, makes of a value; None: a number."""
    if code is None:
        return _BUILT_IN.get(number)
    signs = _LITERAL.sub("", code.split(";")[0]).lower()
    if signs == "general":
        return None
    has_time = any(sign in signs for sign in "hs")
    if any(sign in signs for sign in "dy") or ("m" in signs and not has_time):
        return Moment.DATE_TIME if has_time else Moment.DATE
    return Moment.TIME if has_time else None


def number_text(value: str) -> str:
    """A number with the 15 digits that Excel keeps and shows, without the noise of the binary float behind them."""
    if _PLAIN(value):
        return value
    number = float(value)
    if not isfinite(number):
        raise ValueError(value)
    text = f"{number:.15g}"
    if "e" not in text:
        return text
    plain = Decimal(text)
    return format(plain, "f") if -_LONGEST_PLAIN <= plain.adjusted() <= _LONGEST_PLAIN else text


def moment_text(value: str, moment: Moment, *, counts_from_1904: bool) -> str:
    """A count of days as a date, a date with a time, or a time; a number that is none stays a number."""
    days = float(value)
    if not 0 <= days < _MOST_DAYS:
        return number_text(value)
    if moment is Moment.TIME or (moment is Moment.DATE_TIME and days < 1):
        return _time(days)
    # In Excel's count, 1900 has a 29th of February, which is its 60th day.
    start = (
        datetime(1904, 1, 1) if counts_from_1904 else datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)
    )
    if not counts_from_1904 and 60 <= days < 61:
        return number_text(value)
    at = start + timedelta(milliseconds=round(days * _DAY_MILLISECONDS))
    if moment is Moment.DATE and not (at.hour or at.minute or at.second or at.microsecond):
        return at.date().isoformat()
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds")


def unescaped(text: str) -> str:
    """The text with the characters that XML cannot hold, which Excel writes as `_x0007_`."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _time(days: float) -> str:
    whole, milliseconds = divmod(round(days * _DAY_MILLISECONDS), 1000)
    hours, seconds = divmod(whole, 3600)
    fraction = f".{milliseconds:03}" if milliseconds else ""
    return f"{hours:02}:{seconds // 60:02}:{seconds % 60:02}{fraction}"
