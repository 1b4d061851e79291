"""Values and counts of a profile as people read them. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from project.engine.inspection.profile import ColumnProfile, Shape

NUMBERS = (Shape.INTEGER, Shape.DECIMAL, Shape.FLOAT)
_NUMBER = re.compile(r"(-?)(\d+)(\.\d+)?")
# Numbers of four digits may be years.
_LEAST_GROUPED = 5
_LONG = 12
_DIGITS = 6
_MOST_WRITTEN_OUT = Decimal(10) ** 15
_TO_THE_SECOND = 19


def value(text: str, shape: Shape) -> str:
    """A value of a column: all digits of a number, in groups of three where there are many."""
    found = _NUMBER.fullmatch(text) if shape in NUMBERS else None
    if not found or len(found[2]) < _LEAST_GROUPED:
        return text
    return f"{found[1]}{int(found[2]):,}{found[3] or ''}" if len(found[2]) < 400 else text


def label(text: str, shape: Shape) -> str:
    """The same for an axis: a long number to six digits, a time to the second."""
    if shape is Shape.DATE_TIME:
        return text[:_TO_THE_SECOND]
    if shape not in NUMBERS or len(text) <= _LONG:
        return value(text, shape)
    number = Decimal(text)
    if not number or abs(number) >= _MOST_WRITTEN_OUT or abs(number) < Decimal("0.0001"):
        return f"{number:.5e}" if number else "0"
    behind = max(0, _DIGITS - 1 - number.adjusted())
    rounded = format(round(number, behind), "f")
    return value(rounded.rstrip("0").rstrip(".") if "." in rounded else rounded, shape)


def percent(count: int, whole: int) -> str:
    """A share: never 0 % of something, and never 100 % of what is not all."""
    if not count or count >= whole:
        return "100 %" if count else "0 %"
    share = 100 * count / whole
    if share < 0.01:
        return "< 0.01 %"
    if share > 99.99:
        return "> 99.99 %"
    return f"{share:.2f} %" if share < 1 or share > 99 else f"{share:.1f} %"


def characters(length: int) -> str:
    """`1 character`, `12 characters`."""
    return f"{length:,} character{'' if length == 1 else 's'}"


def distinct(column: ColumnProfile) -> str:
    """How many different values there are; an estimate is told as one, to the digits that it has."""
    if not column.distinct_error:
        return f"{column.distinct:,}"
    return f"about {_rounded(column.distinct):,}"


def distinct_note(column: ColumnProfile) -> str:
    """What the number of different values means: how sure it is, or whether they are all different."""
    if column.distinct_error:
        off = 2 * column.distinct_error
        low, high = (_rounded(int(column.distinct * (1 + sign * off))) for sign in (-1, 1))
        return f"an estimate: in 19 of 20 cases it is between {low:,} and {high:,}"
    if column.distinct > 1 and column.distinct == column.values + column.empty:
        return "each value occurs once"
    if column.distinct == 1 and column.values + column.empty > 1:
        return "all values are the same"
    return ""


def _rounded(number: int) -> int:
    """To three digits."""
    return int(round(number, 3 - len(str(abs(number)))))
