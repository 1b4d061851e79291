"""The key of an aggregate, as a scanner collects its columns' texts and then reads them as codes (see `codes`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from project.engine import codes
from project.engine.compiled import compiled
from project.engine.sums import Groups

MOST_TEXTS = 1 << 18
_LEAST_TEXTS = 1 << 10
# What a text takes: an entry, up to four slots, and its own bytes, if they are not many more than these.
_TEXT_BYTES = 32
_BYTES_A_TEXT = 8 * codes.ENTRY_SIZE + 4 * 4 + _TEXT_BYTES
_FULL = 0.9
_LARGEST_KEY = 2**62
_FIRST_SLOTS = 1 << 10


@dataclass(frozen=True)
class KeyTable:
    """The arrays that `taking.take_record` works on. For one thread while it collects, for any number to read."""

    keys: Any
    entries: Any
    slots: Any
    pool: Any
    batch: Any
    groups: Groups | None = None

    @classmethod
    def collecting(cls, columns: Sequence[int], size: int) -> Self:
        """An empty dictionary for each of these columns of the file; full, they take about `size` bytes together."""
        return cls._made(codes.COLLECT, _room(columns, size))

    @classmethod
    def adding_up(cls, columns: Sequence[int], integers: Sequence[int], size: int) -> Self:
        """As `collecting`, and what the columns of integers add up to in each group of the texts."""
        groups = Groups.empty(len(integers), size // 2)
        table = replace(cls._made(codes.ADD_UP, _room(columns, size // 2), integers), groups=groups)
        table.keys[codes.MOST_GROUPS] = groups.most
        table._address(codes.GROUP_SLOTS, groups.slots)
        table._address(codes.GROUP_KEYS, groups.keys)
        table._address(codes.OUT, groups.sums)
        return table

    @classmethod
    def placing(cls, columns: Sequence[int], size: int) -> Self:
        """As `collecting`, and gives the place of each record's texts; see `place_into`."""
        return cls._made(codes.PLACE, _room(columns, size))

    @classmethod
    def reading(
        cls, columns: Sequence[int], coded: Sequence[tuple[Sequence[bytes], bool, int]], integers: Sequence[int]
    ) -> Self:
        """The key of columns whose texts are known: their sorted texts, whether they go down, what a code counts for.

        `integers`: the columns of integers that are read beside the key.
        """
        sizes = [(len(texts), sum(map(len, texts))) for texts, _, _ in coded]
        table = cls._made(
            codes.COLLECT, [(column, *size) for column, size in zip(columns, sizes, strict=True)], integers
        )
        for number, (texts, is_turned, stride) in enumerate(coded):
            base = codes.HEAD_SIZE + number * codes.KEY_SIZE
            ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
            table._put(np.frombuffer(b"".join(texts) + bytes(8), dtype=np.uint8), ends, base)
            table.keys[base + codes.K_TURNED] = is_turned
            table.keys[base + codes.K_STRIDE] = stride
        table.keys[codes.MODE] = codes.READ
        return table

    @classmethod
    def matching(cls, column: int, texts: Any, ends: Any, integers: Sequence[int]) -> Self:
        """The places of a column's texts among known ones, or how many these are; beside them integers.

        The known texts, all different, lie one behind the other, with eight bytes behind the last; text i ends at
        ends[i].
        """
        table = cls._made(codes.COLLECT, [(column, len(ends), len(texts))], integers)
        table.keys[codes.HEAD_SIZE + codes.K_STRIDE] = 1
        table._put(texts, ends, codes.HEAD_SIZE)
        table.keys[codes.MODE] = codes.MATCH
        return table

    def _put(self, texts: Any, ends: Any, base: int) -> None:
        compiled().put_texts(texts.ctypes.data, ends.ctypes.data, len(ends), self.address, base)

    @classmethod
    def _made(cls, mode: int, sizes: Sequence[tuple[int, int, int]], integers: Sequence[int] = ()) -> Self:
        keys = [mode, 0, 0, len(sizes), len(integers), *[0] * (codes.HEAD_SIZE - 5)]
        entries = slots = room = 0
        for column, texts, size in sizes:
            # Doubled whenever half of them are taken, so there are at most four times as many as texts.
            keys += [column, entries, slots, _FIRST_SLOTS - 1, 0, texts, room, 0, size, 0, 0]
            entries += codes.ENTRY_SIZE * texts
            slots += max(_FIRST_SLOTS, 4 * texts)
            room += size
        table = cls(
            np.array([*keys, *integers], dtype=np.int64),
            np.zeros(entries, dtype=np.int64),
            np.zeros(slots, dtype=np.int32),
            np.zeros(room, dtype=np.uint8),
            _batch(len(sizes) + len(integers)),
        )
        table._address(codes.ENTRIES, table.entries)
        table._address(codes.SLOTS, table.slots)
        table._address(codes.POOL, table.pool)
        table._address(codes.BATCH, table.batch)
        return table

    def _address(self, index: int, array: Any) -> None:
        self.keys[index] = array.ctypes.data

    @property
    def address(self) -> int:
        """What the scanner gets."""
        return int(self.keys.ctypes.data)

    @property
    def columns(self) -> list[int]:
        """The numbers of the columns that are taken."""
        keys, count = self.keys, int(self.keys[codes.COLUMNS])
        of_key = [int(keys[codes.HEAD_SIZE + number * codes.KEY_SIZE + codes.K_COLUMN]) for number in range(count)]
        return of_key + [int(column) for column in keys[codes.HEAD_SIZE + count * codes.KEY_SIZE :]]

    @property
    def gave_up(self) -> bool:
        """Whether there were too many texts, or one that cannot be coded."""
        return bool(self.keys[codes.GAVE_UP])

    def taking(self, taken: Any, starts: Any = None) -> KeyTable:
        """The same dictionaries, to read records into `taken`: a row for the key, then one for each integer.

        `starts`, if given, gets where each record starts.
        """
        table = replace(self, keys=self.keys.copy(), batch=np.zeros_like(self.batch))
        table.keys[codes.TAKEN] = 0
        table.keys[codes.ROOM] = taken.shape[1]
        table._address(codes.OUT, taken)
        table._address(codes.BATCH, table.batch)
        if starts is not None:
            table._address(codes.STARTS, starts)
        return table

    def place_into(self, taken: Any) -> None:
        """Give the places of the records from now on to `taken`: a row for each column."""
        self.keys[codes.TAKEN] = self.keys[codes.GAVE_UP] = self.keys[codes.WAITING] = 0
        self.keys[codes.ROOM] = taken.shape[1]
        self._address(codes.OUT, taken)

    @property
    def taken(self) -> int:
        """How many records were taken."""
        return int(self.keys[codes.TAKEN])

    def take_sums(self) -> Any:
        """What the groups have added up to since the last call; None where nothing is added up."""
        return None if self.groups is None else self.groups.take(int(self.keys[codes.GROUPS]))

    def group_texts(self) -> tuple[tuple[bytes | None, ...], ...]:
        """For each column of the key, its text in each group."""
        assert self.groups is not None
        keys = self.groups.keys[: int(self.keys[codes.GROUPS])]
        count = int(self.keys[codes.COLUMNS])
        found = []
        for number in range(count):
            texts = self.texts(number)
            numbers = keys >> codes.CODE_BITS * (count - 1 - number) & codes.NO_CODE
            found.append(tuple(None if code == codes.NO_CODE else texts[code] for code in numbers.tolist()))
        return tuple(found)

    def is_full(self, number: int) -> bool:
        """Whether the dictionary of the key's column of that number has little room left."""
        base = codes.HEAD_SIZE + number * codes.KEY_SIZE
        count, most, used, room = (
            int(self.keys[base + at]) for at in (codes.K_COUNT, codes.K_MOST, codes.K_USED, codes.K_ROOM)
        )
        return count > _FULL * most or used > _FULL * room

    def count(self, number: int) -> int:
        """How many different texts the key's column of that number has so far."""
        return int(self.keys[codes.HEAD_SIZE + number * codes.KEY_SIZE + codes.K_COUNT])

    def texts(self, number: int, known: int = 0) -> list[bytes]:
        """The different texts of the key's column of that number, by their codes, without the first `known`."""
        base = codes.HEAD_SIZE + number * codes.KEY_SIZE
        first = int(self.keys[base + codes.K_ENTRIES]) + codes.ENTRY_SIZE * known
        count = int(self.keys[base + codes.K_COUNT]) - known
        entries = self.entries[first : first + codes.ENTRY_SIZE * count].reshape(count, codes.ENTRY_SIZE)
        # They lie one behind the other.
        bottom = int(entries[0, codes.E_AT]) if count else 0
        top = int(entries[-1, codes.E_AT] + entries[-1, codes.E_LENGTH]) if count else 0
        pool = self.pool[bottom:top].tobytes()
        lengths, starts = entries[:, codes.E_LENGTH].tolist(), (entries[:, codes.E_AT] - bottom).tolist()
        return [pool[start : start + length] for start, length in zip(starts, lengths, strict=True)]


def strides_of(values: Sequence[int]) -> list[int] | None:
    """What a column's code counts for in a key of columns with so many codes each; None if the key has no room."""
    strides: list[int] = []
    stride = 1
    for count in reversed(values):
        strides.insert(0, stride)
        stride *= count
    return strides if stride <= _LARGEST_KEY else None


def texts_of(tables: Sequence[KeyTable], names: Sequence[str]) -> dict[str, tuple[bytes, ...]]:
    """For each column of the key, by its name, all texts that these tables have collected, in order."""
    return {
        name: tuple(sorted(set[bytes]().union(*(table.texts(number) for table in tables))))
        for number, name in enumerate(names)
    }


def _batch(fields: int) -> Any:
    return np.zeros((2 * fields + 2) * codes.BATCH_SIZE, dtype=np.int64)


def _room(columns: Sequence[int], size: int) -> list[tuple[int, int, int]]:
    texts = min(MOST_TEXTS, max(_LEAST_TEXTS, size // len(columns) // _BYTES_A_TEXT))
    return [(column, texts, _TEXT_BYTES * texts) for column in columns]
