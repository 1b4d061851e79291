"""The summaries of values that are too many to count: each holds its error, whatever the values are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.engine.inspection import distinct, frequent
from project.engine.inspection.frequent import frequencies, merged
from project.engine.inspection.ranks import NOTHING, Ranked, Sketch, ranked

counts = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(1, 300)), max_size=200)


@given(st.lists(counts, max_size=12), st.integers(4, 40))
def test_no_rank_is_wrong_by_more_than_the_sketch_says(pieces: list[list[tuple[int, int]]], size: int) -> None:
    sketch = Sketch(size)
    for piece in pieces:
        if piece:
            values, weights = np.array(piece, dtype=np.int64).T
            sketch.add(ranked(values, weights))
    everything = sorted(value for piece in pieces for value, weight in piece for _ in range(weight))
    found = sketch.ranked()
    assert found.total == len(everything)
    for value in range(-1000, 1001, 50):
        wanted = sum(one < value for one in everything)
        assert abs(int(found.counts[found.values < value].sum()) - wanted) <= found.error


def test_a_sketch_with_room_is_exact() -> None:
    sketch = Sketch(1000)
    sketch.add(ranked(np.array([3, 1, 2]), np.array([1, 5, 2])))
    sketch.add(NOTHING)
    found = sketch.ranked()
    assert found.error == 0
    assert found.at([0, 4, 5, 6, 7]).tolist() == [1, 1, 2, 2, 3]


def test_a_sketch_stays_small() -> None:
    sketch = Sketch(512)
    for first in range(0, 2_000_000, 50_000):
        values = np.arange(first, first + 50_000) * 7919 % 2_000_003
        sketch.add(Ranked(np.sort(values), np.ones(50_000, dtype=np.int64)))
    found = sketch.ranked()
    assert found.total == 2_000_000
    assert len(found.values) < 512 * 16
    assert found.error < 0.03 * 2_000_000


def table(values: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame({"value": list(values), "count": list(values.values())}, schema=frequent._SCHEMA)


@given(
    st.lists(st.dictionaries(st.text("abc", max_size=3), st.integers(1, 50), max_size=30), max_size=8),
    st.integers(2, 8),
)
def test_no_count_is_too_low_by_more_than_is_said(pieces: list[dict[str, int]], most: int) -> None:
    found, wanted = frequent.none(most), Counter[str]()
    for piece in pieces:
        found = merged(found, frequencies(table(piece), most))
        wanted.update(piece)
    held = dict(found.counts.iter_rows())
    assert len(held) <= most
    for value, count in wanted.items():
        assert held.get(value, 0) <= count <= held.get(value, 0) + found.error


def test_very_long_texts_are_not_held() -> None:
    assert dict(frequencies(table({"x" * 257: 9, "y" * 256: 1}), 10).counts.iter_rows()) == {"y" * 256: 1}


def test_of_equally_frequent_values_the_first_in_order_come_first() -> None:
    found = frequent.first(table({"b": 2, "d": 1, "a": 2, "c": 1}), 3)
    assert found["value"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize("number", [10, 4095, 100_000])
def test_different_values_are_estimated_from_any_split(number: int) -> None:
    texts = pl.Series([f"text {n}" for n in range(number)])
    hashes = distinct.smallest(texts[: number // 3])
    for part in (texts[number // 4 :], texts[: number // 2]):
        hashes = distinct.merged(hashes, distinct.smallest(part))
    assert hashes.tolist() == distinct.smallest(texts).tolist()
    error = 4 * distinct.STANDARD_ERROR * number if number > distinct.KEPT else 0
    assert abs(distinct.estimate(hashes) - number) <= error
