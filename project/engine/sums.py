"""Sums: what the records of each group add up to while the file is checked, so that it need not be read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from project.engine import codes

_MOST_GROUPS = 1 << 14
_LEAST_GROUPS = 1 << 8


@dataclass(frozen=True)
class Groups:
    """The arrays that `taking.add_up` works on: one row of sums a group, its rows and then four numbers an integer."""

    slots: Any
    keys: Any
    sums: Any

    @classmethod
    def empty(cls, integers: int, size: int) -> Self:
        """Room for groups in about `size` bytes, a power of two of them."""
        width = 1 + codes.SUM_SIZE * integers
        wanted = min(_MOST_GROUPS, max(_LEAST_GROUPS, size // (8 * width + 8 + 16)))
        most = 1 << (wanted.bit_length() - 1)
        sums = np.empty((most, width), dtype=np.int64)
        _clear(sums)
        return cls(np.zeros(4 * most, dtype=np.int32), np.zeros(most, dtype=np.int64), sums)

    @property
    def most(self) -> int:
        """How many groups there may be."""
        return len(self.keys)

    def take(self, groups: int) -> Any:
        """The sums of the first groups, which begin at nothing again."""
        taken = self.sums[:groups].copy()
        _clear(self.sums[:groups])
        return taken


def added(total: Any, more: Any) -> Any:
    """Sums of the same groups together; those that come last may be in `more` alone."""
    if total is None:
        return more
    together = more.copy()
    known = slice(len(total))
    least, most = slice(1 + codes.S_LEAST, None, codes.SUM_SIZE), slice(1 + codes.S_MOST, None, codes.SUM_SIZE)
    together[known] += total
    together[known, least] = np.minimum(total[:, least], more[known, least])
    together[known, most] = np.maximum(total[:, most], more[known, most])
    return together


def _clear(sums: Any) -> None:
    sums[:] = 0
    sums[:, 1 + codes.S_LEAST :: codes.SUM_SIZE] = codes.LARGEST
    sums[:, 1 + codes.S_MOST :: codes.SUM_SIZE] = -codes.LARGEST


@dataclass(frozen=True)
class GroupSums:
    """What the whole file adds up to by one scanner's groups: each one's texts (None: missing), and its sums."""

    texts: tuple[tuple[bytes | None, ...], ...]
    """One tuple a column of the group, one text a group."""
    sums: Any
