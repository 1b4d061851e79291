"""Readings: as what a column's texts are looked at, and each as a number whose order is that of the values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl

from project.engine import survey
from project.engine.inspection.profile import Shape
from project.operations.columns import Column, NumberForm, Numbers
from project.operations.expressions import number

VALUE, COUNT = "value", "count"

_DAY = r"^\d{4}-\d{2}-\d{2}"
_DATE = _DAY + "$"
_DATE_TIME = _DAY + r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$"
_TIME_PARTS = r"^.{11}(\d{2}):(\d{2})(?::(\d{2}))?(?:\.(\d{1,6}))?(?:Z|([+-])(\d{2}):?(\d{2}))?$"
_NUMBER = r"^ *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *$"
_EPOCH = datetime(1970, 1, 1)
_FIRST_DAY = _EPOCH.toordinal()
_MINUTE = 60_000_000
_SMALL_DIGITS = 9
_LONG_DIGITS = 18
# A column is looked at as dates or numbers in vain if fewer of its first values are any.
_MOST_OF_THEM = 0.5


@dataclass(frozen=True)
class Reading:
    """`shape`: what the values are tried as. `numbers`: their form, where the check has found that all are numbers.

    `is_near`: texts that are mostly numbers, which are counted but not read as such.
    """

    shape: Shape
    numbers: Numbers | None = None
    is_near: bool = False
    digits: int = 0
    """How many all values need, before and behind the point; 0 where they have exponents."""

    @property
    def scale(self) -> int:
        """How many digits of the ordinals stand behind the point."""
        return self.numbers.scale if self.numbers is not None and self.shape is Shape.DECIMAL else 0

    @property
    def is_wide(self) -> bool:
        """Whether its ordinals are too long for 64 bits."""
        return self.shape in (Shape.INTEGER, Shape.DECIMAL) and self.digits > _LONG_DIGITS


TEXT = Reading(Shape.TEXT)


def number_reading(found: tuple[int, ...] | None, point: str = ".") -> Reading | None:
    """How to read a column that holds nothing but numbers, by the check's counts; None for any other column."""
    if found is None or found[survey.N_BAD] or not found[survey.N_VALUES]:
        return None
    irregular, complete = found[survey.N_IRREGULAR] > 0, found[survey.N_MISSING] == 0
    whole, scale = found[survey.N_WHOLE_DIGITS], found[survey.N_SCALE]
    digits = whole + scale
    if found[survey.N_EXPONENTS] or digits > survey.MAX_DIGITS:
        digits = 0 if found[survey.N_EXPONENTS] else digits
        return Reading(Shape.FLOAT, Numbers(NumberForm.FLOAT, scale, irregular, complete, point), digits=digits)
    if scale:
        return Reading(Shape.DECIMAL, Numbers(NumberForm.DECIMAL, scale, irregular, complete, point), digits=digits)
    form = NumberForm.SMALL if whole <= _SMALL_DIGITS else NumberForm.INTEGER
    return Reading(Shape.INTEGER, Numbers(form, 0, irregular, complete, point), digits=digits)


def guess_reading(texts: pl.Series) -> Reading:
    """How to read a column that is not all numbers, by the first of its present texts."""
    if not len(texts):
        return TEXT
    least = _MOST_OF_THEM * len(texts)
    for reading, pattern in (
        (Reading(Shape.DATE), _DATE),
        (Reading(Shape.DATE_TIME), _DATE_TIME),
        (Reading(Shape.TEXT, is_near=True), _NUMBER),
    ):
        if texts.str.contains(pattern).sum() > least:
            return reading
    return TEXT


def ordinals(texts: pl.Series, reading: Reading) -> pl.Series:
    """The values of present texts as Int64, Int128 or Float64, null where one is none; decimals without their point."""
    if reading.numbers is not None:
        values = texts.alias(VALUE).to_frame().select(number(Column(VALUE, numbers=reading.numbers))).to_series()
        return values.to_physical() if reading.shape is Shape.DECIMAL else values
    frame = texts.alias(VALUE).to_frame()
    if reading.shape is Shape.DATE:
        return frame.select(_days(pl.col(VALUE), _DATE).cast(pl.Int64)).to_series()
    if reading.shape is Shape.DATE_TIME:
        return frame.select(_microseconds(pl.col(VALUE))).to_series()
    return pl.repeat(None, len(texts), dtype=pl.Int64, eager=True)


def are_near(texts: pl.Series) -> pl.Series:
    """Which of the texts look like numbers, of any number of digits."""
    return texts.str.contains(_NUMBER)


def in_words(ordinal: Decimal | int | float, reading: Reading) -> str:
    """A value, or the border of a bin, as its reading would write it."""
    if reading.shape is Shape.DATE:
        return date.fromordinal(min(int(ordinal) + _FIRST_DAY, date.max.toordinal())).isoformat()
    if reading.shape is Shape.DATE_TIME:
        return (_EPOCH + min(timedelta(microseconds=int(ordinal)), datetime.max - _EPOCH)).isoformat(sep=" ")
    if reading.shape is Shape.FLOAT:
        return repr(float(ordinal))
    # Not `scaleb`: it would round to the digits of the context.
    sign, digits, exponent = Decimal(ordinal).as_tuple()
    assert isinstance(exponent, int)
    return plain(Decimal((sign, digits, exponent - reading.scale)))


def plain(value: Decimal) -> str:
    """A decimal without an exponent, and without zeros at its end."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _days(text: pl.Expr, pattern: str) -> pl.Expr:
    day = pl.when(text.str.contains(pattern)).then(text.str.slice(0, 10))
    return day.str.to_date("%Y-%m-%d", strict=False)


def _microseconds(text: pl.Expr) -> pl.Expr:
    def part(group: int) -> pl.Expr:
        return text.str.extract(_TIME_PARTS, group)

    def integer(group: int) -> pl.Expr:
        return part(group).cast(pl.Int64).fill_null(0)

    days = _days(text, _DATE_TIME).cast(pl.Int64)
    hours, minutes, seconds, off_hours, off_minutes = (integer(group) for group in (1, 2, 3, 6, 7))
    fraction = part(4).fill_null("").str.pad_end(6, "0").cast(pl.Int64)
    offset = (off_hours * 60 + off_minutes) * pl.when(part(5) == "-").then(-1).otherwise(1)
    total = (days * 1440 + hours * 60 + minutes - offset) * _MINUTE + seconds * 1_000_000 + fraction
    is_time = (hours < 24) & (minutes < 60) & (seconds < 60) & (off_hours < 24) & (off_minutes < 60)
    return pl.when(is_time).then(total)
