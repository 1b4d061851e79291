"""Rows of the result as bytes: chosen, put in order, spread over parts, without a look at what is in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from project.engine.compiled import compiled


@dataclass(frozen=True)
class Rows:
    """Row i is buffer[starts[i] : starts[i] + lengths[i]], its line end with it; its place among all tells keys[i].

    All but the buffer (uint8) are int64 arrays; `keys` is empty where nothing is sorted.
    """

    buffer: Any
    starts: Any
    lengths: Any
    keys: Any

    @classmethod
    def packed(cls, buffer: Any, lengths: Any, keys: Any) -> Rows:
        """Rows that lie one behind the other in the buffer."""
        return cls(buffer, np.cumsum(lengths) - lengths, lengths, keys)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.starts)

    @property
    def size(self) -> int:
        """How many bytes they take."""
        return int(self.lengths.sum())

    def chosen(self, numbers: Any) -> Rows:
        """The rows of these numbers, in that order."""
        keys = self.keys[numbers] if len(self.keys) else self.keys
        return replace(self, starts=self.starts[numbers], lengths=self.lengths[numbers], keys=keys)

    def in_order(self) -> Rows:
        """The rows by their keys; those with the same one stay in their order."""
        return self.chosen(_order(self.keys))

    def repacked(self) -> Rows:
        """The same rows, one behind the other in memory of their own."""
        return Rows.packed(self.joined(), self.lengths.copy(), self.keys)

    def as_they_lie(self) -> Any:
        """The bytes of all rows of a piece, none of which was left out."""
        return self.buffer[int(self.starts[0]) : int(self.starts[-1] + self.lengths[-1])].copy()

    def joined(self) -> Any:
        """The bytes of all rows, one behind the other."""
        size = self.size
        target = np.empty(size, dtype=np.uint8)
        numbers = np.arange(self.count)
        compiled().gather(
            self.buffer.ctypes.data, address_of(self.starts), address_of(self.lengths), address_of(numbers), self.count,
            target.ctypes.data,
        )  # fmt: skip
        return target

    def spread(self, limits: Any) -> list[tuple[int, Rows]]:
        """The rows of each part that has some, by its number: how many limits (ascending) are not above its keys."""
        count, parts = self.count, len(limits) + 1
        target = np.empty(self.size, dtype=np.uint8)
        numbers, lengths, keys = (np.empty(count, dtype=np.int64) for _ in range(3))
        rows, sizes = np.zeros(parts, dtype=np.int64), np.zeros(parts, dtype=np.int64)
        compiled().spread(
            self.buffer.ctypes.data, address_of(self.starts), address_of(self.lengths), address_of(self.keys), count,
            address_of(limits), parts, address_of(numbers), address_of(rows), address_of(sizes),
            target.ctypes.data, address_of(lengths), address_of(keys),
        )  # fmt: skip
        first = byte = 0
        found = []
        for part, (last, end) in enumerate(zip(rows.tolist(), sizes.tolist(), strict=True)):
            if last > first:
                # Copies: one row that waits would keep all that were spread with it.
                own = lengths[first:last].copy(), keys[first:last].copy()
                found.append((part, Rows.packed(target[byte:end].copy(), *own)))
            first, byte = last, end
        return found


def address_of(array: Any) -> int:
    """Where an array of 64-bit integers lies."""
    # What was chosen or cut out of another array lies in memory as it should: one value behind the other.
    assert array.flags.c_contiguous and array.dtype == np.int64
    return int(array.ctypes.data)


def _order(keys: Any) -> Any:
    """The numbers of the rows in the order of their keys."""
    if not len(keys):
        return np.empty(0, dtype=np.int64)
    least, most = int(keys.min()), int(keys.max())
    if (most - least + 1) * len(keys) >= 2**63:
        return np.argsort(keys, kind="stable")
    # A key and a number in one integer: to sort these is several times as quick, and nothing is equal.
    together = (keys - least) * len(keys) + np.arange(len(keys))
    together.sort()
    return together % len(keys)
