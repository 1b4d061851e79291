"""Bins: a histogram of ordinals or of lengths, with borders that are values of their own kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from project.engine.inspection.profile import Bin, Histogram
from project.engine.inspection.ranks import Ranked

MOST = 20


def of_values(found: Ranked, in_words: Callable[[Any], str]) -> Histogram | None:
    """The histogram of values in order."""
    return _histogram("values", found, in_words) if len(found.values) else None


def of_lengths(lengths: Mapping[int, int]) -> Histogram | None:
    """The histogram of lengths with how many texts have each."""
    if not lengths:
        return None
    values, counts = np.array(sorted(lengths.items()), dtype=np.int64).T
    return _histogram("lengths", Ranked(values, counts), str)


def _histogram(of: Literal["values", "lengths"], found: Ranked, in_words: Callable[[Any], str]) -> Histogram:
    edges = _edges(found.values)
    # Of the bins of floats, the last one has its upper border; the others have not.
    numbers = np.clip(np.searchsorted(edges, found.values, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(numbers, weights=found.counts, minlength=len(edges) - 1)
    words = [in_words(edge) for edge in edges.tolist()]
    bins = zip(words[:-1], words[1:], counts.tolist(), strict=True)
    return Histogram(of=of, bins=tuple(Bin(low=low, high=high, count=int(count)) for low, high, count in bins))


def _edges(values: Any) -> Any:
    """The borders of the bins, one more than these; those of integers are integers, the last one above all values."""
    low, high = values[0].item(), values[-1].item()
    if isinstance(low, int):
        width = -(-(high - low + 1) // MOST)
        bins = -(-(high - low + 1) // width)
        return np.array([low + number * width for number in range(bins + 1)], dtype=np.int64)
    return np.linspace(low, high, MOST + 1 if low < high else 2)
