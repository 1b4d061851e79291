"""The key of a sort: one integer a record, in the order that is asked for, made of codes of texts and of integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from project.engine import codes
from project.engine.dialect import Dialect
from project.engine.keytable import KeyTable, strides_of


@dataclass(frozen=True)
class Part:
    """One column's part in the key. `texts`: its different ones in order; None: it holds integers under `bound`."""

    column: str
    descending: bool
    texts: Sequence[bytes] | None
    bound: int = 0

    @property
    def values(self) -> int:
        """How many different ones there may be, the missing one included."""
        return len(self.texts) + 1 if self.texts is not None else 2 * self.bound


@dataclass(frozen=True)
class RecordKey:
    """The parts, and what each one counts for."""

    parts: tuple[Part, ...]
    strides: tuple[int, ...]

    @classmethod
    def made(
        cls,
        orders: Sequence[tuple[str, bool]],
        texts: Mapping[str, Sequence[bytes]],
        bounds: Mapping[str, int],
    ) -> RecordKey | None:
        """The key for columns, and whether they go down; None if it does not fit into one integer.

        `bounds`: for each column of integers a number that is greater than all of them, with their signs left out.
        """
        parts = tuple(Part(name, down, texts.get(name), bounds.get(name, 0)) for name, down in orders)
        strides = strides_of([part.values for part in parts])
        return None if strides is None else cls(parts, tuple(strides))

    @property
    def integers(self) -> tuple[str, ...]:
        """The columns that are read as integers."""
        return tuple(part.column for part in self.parts if part.texts is None)

    def table(self, dialect: Dialect, integers: Sequence[int]) -> KeyTable:
        """What reads the texts' part of the key, and beside it those columns of integers."""
        coded = [
            (dialect.columns.index(part.column), part.texts, part.descending, stride)
            for part, stride in zip(self.parts, self.strides, strict=True)
            if part.texts is not None
        ]
        return KeyTable.reading(
            [column for column, *_ in coded],
            [(texts, descending, stride) for _, texts, descending, stride in coded],
            integers,
        )

    def of(self, coded: Any, integers: Sequence[Any]) -> Any:
        """The whole key of each record: `coded`, with the part of each column of integers (in order) added."""
        strides = zip(self.parts, self.strides, strict=True)
        by_integers = [(part, stride) for part, stride in strides if part.texts is None]
        keys = coded if len(by_integers) < len(self.parts) else np.zeros_like(coded)
        for (part, stride), values in zip(by_integers, integers, strict=True):
            # Missing ones come last either way.
            above = part.bound - 1 + (-values if part.descending else values)
            keys = keys + np.where(values == codes.NO_INTEGER, part.values - 1, above) * stride
        return keys
