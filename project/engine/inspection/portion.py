"""A portion: what different texts of a column, with how often each occurs, say of it; pure, and added to others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from project.engine.inspection.profile import Shape
from project.engine.inspection.ranks import NOTHING, Ranked, ranked
from project.engine.inspection.reading import COUNT, VALUE, Reading, are_near, ordinals

Number = int | float


@dataclass(frozen=True)
class Portion:
    """Of values that are present and not empty; `fitting`: how many of them are what the reading tries them as."""

    values: int = 0
    empty: int = 0
    leading_zeros: int = 0
    fitting: int = 0
    longest: int = 0
    odd: str | None = None
    """The first text in order that does not fit."""
    least: str | None = None
    most: str | None = None
    low: Number | None = None
    high: Number | None = None
    sum: Number = 0
    lengths: Mapping[int, int] | None = None
    ranked: Ranked = NOTHING


def portion_of(counts: pl.DataFrame, reading: Reading) -> Portion:
    """What these texts, each of them once, say."""
    present = counts.filter(pl.col(VALUE) != "")
    empty = _weight(counts) - _weight(present)
    if not present.height:
        return Portion(empty=empty, lengths={})
    texts, weights = present[VALUE], present[COUNT]
    lengths = _lengths(texts, weights)
    values = ordinals(texts, reading)
    fits = are_near(texts) if reading.is_near else values.is_not_null()
    known = values.drop_nulls()
    part = pl.DataFrame({VALUE: values, COUNT: weights}).drop_nulls() if known.len() < len(values) else None
    of_known = weights if part is None else part[COUNT]
    return Portion(
        values=_weight(present),
        empty=empty,
        leading_zeros=_leading_zeros(texts, weights) if reading.numbers is not None else 0,
        fitting=int(weights.filter(fits).sum()),
        longest=max(lengths),
        odd=_text(texts.filter(~fits).min()) if reading.is_near or _is_span(reading) else None,
        least=_text(texts.min()),
        most=_text(texts.max()),
        low=_number(known.min()),
        high=_number(known.max()),
        sum=_sum(known, of_known),
        lengths=lengths,
        ranked=_ranked(known, of_known, is_wide=reading.is_wide),
    )


def added(one: Portion, other: Portion) -> Portion:
    """Both together, but for what is in order: that is not held."""
    lengths = dict(one.lengths or {})
    for length, count in (other.lengths or {}).items():
        lengths[length] = lengths.get(length, 0) + count
    return Portion(
        values=one.values + other.values,
        empty=one.empty + other.empty,
        leading_zeros=one.leading_zeros + other.leading_zeros,
        fitting=one.fitting + other.fitting,
        longest=max(one.longest, other.longest),
        odd=_least(one.odd, other.odd),
        least=_least(one.least, other.least),
        most=_most(one.most, other.most),
        low=_low(one.low, other.low),
        high=_high(one.high, other.high),
        sum=one.sum + other.sum,
        lengths=lengths,
    )


def _is_span(reading: Reading) -> bool:
    return reading.shape in (Shape.DATE, Shape.DATE_TIME)


def _weight(counts: pl.DataFrame) -> int:
    return int(counts[COUNT].sum())


def _lengths(texts: pl.Series, weights: pl.Series) -> dict[int, int]:
    chars = texts.str.len_chars().to_numpy()
    most = int(chars.max())
    if most <= len(chars) + 1024:
        # Counts stay exact as floats: no file has 2**53 rows.
        sums = np.bincount(chars, weights=weights.to_numpy())
        return {int(length): int(sums[length]) for length in np.flatnonzero(sums)}
    found: dict[int, int] = {}
    for length, weight in zip(chars.tolist(), weights.to_list(), strict=True):
        found[length] = found.get(length, 0) + weight
    return found


def _leading_zeros(texts: pl.Series, weights: pl.Series) -> int:
    return int(weights.filter(texts.str.contains(r"^ *[+-]?0[0-9]")).sum())


def _ranked(values: pl.Series, weights: pl.Series, *, is_wide: bool) -> Ranked:
    if not len(values):
        return NOTHING
    if values.dtype == pl.Int128:
        values = values.cast(pl.Float64 if is_wide else pl.Int64)
    return ranked(values.to_numpy(), weights.to_numpy())


def _sum(values: pl.Series, weights: pl.Series) -> Number:
    if values.dtype == pl.Float64:
        return math.fsum((values.to_numpy() * weights.to_numpy()).tolist())
    return int((values.cast(pl.Int128) * weights.cast(pl.Int128)).sum())


def _number(value: object) -> Number | None:
    return value if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _least(one: str | None, other: str | None) -> str | None:
    return other if one is None else one if other is None else min(one, other)


def _most(one: str | None, other: str | None) -> str | None:
    return other if one is None else one if other is None else max(one, other)


def _low(one: Number | None, other: Number | None) -> Number | None:
    return other if one is None else one if other is None else min(one, other)


def _high(one: Number | None, other: Number | None) -> Number | None:
    return other if one is None else one if other is None else max(one, other)
