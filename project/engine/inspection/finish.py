"""The end of a column's inspection: what was gathered of it, as its profile."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from project.engine.inspection import bins, distinct, frequent, words
from project.engine.inspection.column import Column
from project.engine.inspection.frequent import Frequencies
from project.engine.inspection.portion import Portion, portion_of
from project.engine.inspection.profile import ColumnProfile, Frequent, Quantile, Shape
from project.engine.inspection.ranks import Ranked
from project.engine.inspection.reading import COUNT, TEXT, VALUE, Reading, in_words, plain

PERCENTS = (5, 25, 50, 75, 95)
MOST_TOP = 10
_SHOWN = 200
_BOOLEANS = (frozenset({"true", "false"}), frozenset({"yes", "no"}))
_MEAN_DIGITS = Context(prec=17)
_EXACT = Context(prec=40)
_BETWEEN = (Shape.INTEGER, Shape.DECIMAL, Shape.FLOAT)


@dataclass(frozen=True)
class _Found:
    """What is known of a column, whether it was counted or summed up."""

    portion: Portion
    ranked: Ranked
    distinct: int
    distinct_error: float
    frequencies: Frequencies
    is_boolean: bool


def profile_of(column: Column) -> ColumnProfile:
    """The profile of what the column has taken so far; it may go on behind."""
    reading = column.reading or TEXT
    found = _found(column, reading)
    portion = found.portion
    shape = _shape(reading, found)
    is_ordered = shape not in (Shape.TEXT, Shape.BOOLEAN, Shape.NOTHING)
    is_number = shape in _BETWEEN
    return ColumnProfile(
        name=column.name,
        shape=shape,
        sentence=words.sentence(shape, reading, portion, found.ranked),
        values=portion.values,
        missing=column.missing,
        empty=portion.empty,
        distinct=found.distinct,
        distinct_error=round(found.distinct_error, 6),
        minimum=_bound(portion.low, portion.least, reading, is_ordered=is_ordered),
        maximum=_bound(portion.high, portion.most, reading, is_ordered=is_ordered),
        sum=in_words(portion.sum, reading) if is_number else None,
        mean=_mean(portion, reading) if is_number else None,
        span=words.span(portion, shape),
        quantiles=_quantiles(found.ranked, reading) if is_ordered else (),
        rank_error=_rank_error(found.ranked) if is_ordered else 0.0,
        longest=portion.longest,
        top=_top(found.frequencies.counts),
        top_error=found.frequencies.error,
        histogram=(
            bins.of_values(found.ranked, lambda value: in_words(value, reading))
            if is_ordered
            else bins.of_lengths(portion.lengths or {})
        ),
        numbers=reading.numbers if is_number else None,
        methods=words.methods(found.distinct_error, found.frequencies, found.ranked if is_ordered else None, reading),
    )


def _found(column: Column, reading: Reading) -> _Found:
    if column.summed is None:
        counts = column.counts()
        portion = portion_of(counts, reading)
        return _Found(
            portion, portion.ranked, counts.height, 0.0, Frequencies(counts, counts.height), _is_boolean(counts)
        )
    summed = column.summed
    number, error = distinct.estimate(summed.hashes), distinct.STANDARD_ERROR
    if len(summed.hashes) < distinct.KEPT:
        error = 0.0
    return _Found(summed.portion, column.sketch.ranked(), number, error, summed.frequencies, False)


def _shape(reading: Reading, found: _Found) -> Shape:
    portion = found.portion
    if not portion.values:
        return Shape.NOTHING
    if found.is_boolean:
        return Shape.BOOLEAN
    fits = portion.fitting == portion.values and not portion.leading_zeros
    return reading.shape if fits else Shape.TEXT


def _is_boolean(counts: pl.DataFrame) -> bool:
    present = counts[VALUE].filter(counts[VALUE] != "")
    if not 1 <= len(present) <= 8:
        return False
    return frozenset(present.str.to_lowercase().to_list()) in _BOOLEANS


def _bound(ordinal: Any, text: str | None, reading: Reading, *, is_ordered: bool) -> str | None:
    if is_ordered:
        return None if ordinal is None else in_words(ordinal, reading)
    return None if text is None else text[:_SHOWN]


def _mean(portion: Portion, reading: Reading) -> str | None:
    if not portion.fitting:
        return None
    if isinstance(portion.sum, float):
        return repr(portion.sum / portion.fitting)
    mean = Fraction(portion.sum, portion.fitting * 10**reading.scale)
    return plain(_MEAN_DIGITS.divide(Decimal(mean.numerator), Decimal(mean.denominator)))


def _quantiles(found: Ranked, reading: Reading) -> tuple[Quantile, ...]:
    """As numpy's linear ones for numbers; a day or a time between two others would be none of the file's."""
    last = found.total - 1
    places = [Fraction(last * percent, 100) for percent in PERCENTS]
    lower = found.at([int(place) for place in places]).tolist()
    upper = found.at([min(int(place) + 1, last) for place in places]).tolist()
    return tuple(
        Quantile(percent=percent, value=in_words(_between(low, high, place % 1, reading), reading))
        for percent, place, low, high in zip(PERCENTS, places, lower, upper, strict=True)
    )


def _between(low: Any, high: Any, share: Fraction, reading: Reading) -> Any:
    if reading.shape not in _BETWEEN or low == high or not share:
        return low
    if isinstance(low, float):
        return low + (high - low) * float(share)
    between = low + (high - low) * share
    # A hundredth of a place: the division ends.
    return _EXACT.divide(Decimal(between.numerator), Decimal(between.denominator))


def _rank_error(found: Ranked) -> float:
    return round(found.error / max(1, found.total), 6)


def _top(counts: pl.DataFrame) -> tuple[Frequent, ...]:
    top = frequent.first(counts, MOST_TOP)
    rows = zip(top[VALUE].to_list(), top[COUNT].to_list(), strict=True)
    return tuple(Frequent(value=value[:_SHOWN], count=count, length=len(value)) for value, count in rows)
