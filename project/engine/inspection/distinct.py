"""Distinct values that are too many to hold: estimated by the smallest of their hashes.

Of n values with hashes spread evenly, the k smallest take a share k / n of all hashes (Bar-Yossef et al., 2002). The
standard error is 1 / sqrt(k - 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

KEPT = 4096
STANDARD_ERROR = 1 / (KEPT - 2) ** 0.5
_SEED = 5
_ALL = 2**64


def smallest(texts: pl.Series) -> Any:
    """The smallest hashes of these texts, each once, in order."""
    hashes = texts.hash(_SEED).to_numpy()
    if len(hashes) > 4 * KEPT:
        # Equal hashes are equal texts, and these come once: what is cut off is not needed.
        hashes = np.partition(hashes, KEPT)[: KEPT + 1]
    return np.unique(hashes)[:KEPT]


def merged(one: Any, other: Any) -> Any:
    """The smallest of both."""
    return np.union1d(one, other)[:KEPT]


def estimate(hashes: Any) -> int:
    """How many different texts there are."""
    if len(hashes) < KEPT:
        return len(hashes)
    return round((KEPT - 1) * _ALL / (int(hashes[-1]) + 1))
