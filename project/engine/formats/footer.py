"""The footer of a Parquet file: its columns and row groups, read without loading what reads the rows.

Thrift's compact protocol, as far as the footer needs it; numbers of fields are those of Parquet's own definition.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from project.errors import DamagedInputError

MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
_LONGEST_FOOTER_BYTES = 64 * 1024 * 1024
_DEEPEST = 16

# FileMetaData, SchemaElement, RowGroup, ColumnChunk, ColumnMetaData: the fields that are looked at.
_SCHEMA, _ROWS, _GROUPS, _ENCRYPTION = 2, 3, 4, 8
_NAME, _CHILDREN = 4, 5
_COLUMNS, _GROUP_ROWS = 1, 3
_META = 3
_UNPACKED_BYTES = 6

_Struct = dict[int, Any]


@dataclass(frozen=True)
class RowGroup:
    """Rows that lie together, and the unpacked bytes of each of their columns."""

    rows: int
    bytes: tuple[int, ...]


@dataclass(frozen=True)
class Footer:
    """What a Parquet file says of itself."""

    columns: tuple[str, ...]
    groups: tuple[RowGroup, ...]

    @property
    def rows(self) -> int:
        """In all groups."""
        return sum(group.rows for group in self.groups)


def read_footer(path: Path) -> Footer:
    """Raises DamagedInputError for a file that is cut, damaged or encrypted."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - 8))
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] == ENCRYPTED_MAGIC:
            raise _encrypted()
        if tail[4:] != MAGIC or length > min(size - 12, _LONGEST_FOOTER_BYTES):
            raise damaged("its end is missing")
        file.seek(size - 8 - length)
        data = file.read(length)
    try:
        return _footer(_Reader(data).struct())
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise damaged("its footer cannot be read") from None


def damaged(why: str) -> DamagedInputError:
    """What is said of a Parquet file that cannot be read."""
    return DamagedInputError(f"The Parquet file is cut or damaged: {why}.")


def _encrypted() -> DamagedInputError:
    return DamagedInputError("The Parquet file is encrypted; Rowmill cannot read it.")


def _footer(found: _Struct) -> Footer:
    if _ENCRYPTION in found:
        raise _encrypted()
    groups = tuple(_group(group) for group in found[_GROUPS])
    if any(group.rows < 0 for group in groups) or sum(group.rows for group in groups) != found[_ROWS]:
        raise ValueError
    return Footer(_names(found[_SCHEMA]), groups)


def _group(group: _Struct) -> RowGroup:
    sizes = tuple(int(column[_META][_UNPACKED_BYTES]) for column in group[_COLUMNS])
    return RowGroup(int(group[_GROUP_ROWS]), sizes)


def _names(schema: list[_Struct]) -> tuple[str, ...]:
    """Of the columns at the top: the elements are a tree, written root first."""
    names: list[str] = []
    position = 1
    for _ in range(schema[0].get(_CHILDREN, 0)):
        names.append(schema[position][_NAME].decode())
        below = 1
        while below:
            below += schema[position].get(_CHILDREN, 0) - 1
            position += 1
    return tuple(names)


class _Reader:
    """Values of the compact protocol, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0

    def struct(self) -> _Struct:
        """The fields of a struct by their numbers."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError
        found: _Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            found[number] = kind == 1 if kind < 3 else self._value(kind)
        self._depth -= 1
        return found

    def _value(self, kind: int) -> Any:
        match kind:
            case 1 | 2:  # in a list, each truth has a byte of its own
                return self._byte() == 1
            case 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._integer()
            case 7:
                return self._take(8)
            case 8:
                return self._take(self._unsigned())
            case 9 | 10:
                return self._list()
            case 12:
                return self.struct()
        raise ValueError

    def _list(self) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._unsigned()
        # Nothing takes less than a byte: a count that lies is not believed.
        if count > len(self._data) - self._at:
            raise ValueError
        return [self._value(head & 15) for _ in range(count)]

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise ValueError

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise ValueError
        self._at += size
        return found
