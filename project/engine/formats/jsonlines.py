"""JSON lines as the CSV that they would be: each line an object, each of its keys a column."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from project.engine.compression import InputStream
from project.engine.formats.rows import Place, csv_line

# Where the keys are looked for that become columns.
HEAD_BYTES = 8 * 1024 * 1024
LONGEST_LINE_BYTES = 32 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_RAW_BYTES = 1_000_000
_MARK = b"\xef\xbb\xbf"
# A line that is no object becomes a record that is a reject whatever the columns are: this byte is never text.
_UNREADABLE = b"\xff\n"
_SPACE = re.compile(r"[ \t\r]*")
_TEXTS = frozenset((str, type(None)))
_WORDS = {True: "true", False: "false"}

Pair = tuple[str, str | None]


class _NotAnObject(ValueError):
    """What is wrong with a line, in words."""


class _Pairs(list[Pair]):
    """The keys and values of an object, in order."""


def _no_number(name: str) -> NoReturn:
    raise _NotAnObject(f"not JSON: {name} is no number there")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=_no_number, strict=True
)


def object_of(line: str) -> Sequence[tuple[str, Any]]:
    """The pairs of the object in a line: numbers and texts as texts, what is nested as it is written.

    Raises ValueError with the reason.
    """
    try:
        found = _found(line)
    except _NotAnObject:
        raise
    except json.JSONDecodeError as error:
        raise _NotAnObject(f"not JSON: {error.msg[0].lower()}{error.msg[1:]} at character {error.pos + 1:,}") from None
    except RecursionError:
        raise _NotAnObject("not read: its values are nested too deeply") from None
    if not isinstance(found, _Pairs):
        raise _NotAnObject("not a JSON object")
    if any(isinstance(value, list) for _, value in found):
        return _as_written(line, found)
    return found


def _found(line: str) -> Any:
    try:
        found, end = _DECODER.scan_once(line, 0)  # type: ignore[attr-defined]
        if end == len(line):
            return found
    except StopIteration:
        pass
    # With spaces around it, or wrong: then this says what is.
    return _DECODER.decode(line)


def _as_written(line: str, found: _Pairs) -> list[tuple[str, Any]]:
    """The pairs, with what is nested as the very text of the line."""
    decoder = _DECODER
    at = _SPACE.match(line, line.index("{") + 1).end()  # type: ignore[union-attr]
    pairs: list[tuple[str, Any]] = []
    for key, value in found:
        _, at = json.decoder.scanstring(line, at + 1, True)  # type: ignore[attr-defined]
        at = _SPACE.match(line, line.index(":", at) + 1).end()  # type: ignore[union-attr]
        _, end = decoder.scan_once(line, at)  # type: ignore[attr-defined]
        pairs.append((key, line[at:end] if isinstance(value, list) else value))
        at = _SPACE.match(line, end).end()  # type: ignore[union-attr]
        at = _SPACE.match(line, at + 1).end()  # type: ignore[union-attr]
    return pairs


def keys_of(head: bytes, *, complete: bool) -> tuple[str, ...]:
    """The keys of the objects in the first lines of a file, in the order in which they appear."""
    lines = head.removeprefix(_MARK).split(b"\n")
    if not complete and len(lines) > 1:
        lines.pop()
    keys: dict[str, None] = {}
    for line in lines:
        try:
            keys.update((key, None) for key, _ in object_of(line.decode()) if key.isprintable() or _is_text(key))
        except ValueError:  # a reject, when its turn comes
            continue
    return tuple(keys)


def _is_text(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass
class _Places:
    """Where the records of a piece of the CSV come from."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    offsets: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    faults: dict[int, Place] = field(default_factory=dict)


class JsonRows:
    """See `rows.Rows`. `keys`: those that are columns; a line that has another one is set aside."""

    def __init__(self, stream: InputStream, keys: tuple[str, ...]) -> None:
        self._stream = stream
        self._keys = keys
        self._known = {key: number for number, key in enumerate(keys)}
        self._pieces: deque[_Places] = deque()
        self._written = 0
        self._line = 0
        self._offset = 0
        self._skipped = 0

    @property
    def consumed(self) -> int:
        """See `rows.Rows`."""
        return self._stream.consumed

    @property
    def parts(self) -> str:
        """See `rows.Rows`."""
        return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """See `rows.Rows`."""
        return ()

    def pieces(self) -> Iterator[bytes]:
        """See `rows.Rows`."""
        header = csv_line(self._keys).encode()
        self._written += len(header)
        yield header
        for lines in self._blocks():
            yield self._records(lines)

    def place(self, offset: int) -> Place | None:
        """See `rows.Rows`."""
        piece = next((piece for piece in reversed(self._pieces) if piece.starts[0] <= offset), None)
        if piece is None:
            return None
        number = bisect_right(piece.starts, offset) - 1
        return piece.faults.get(number) or Place(piece.lines[number], piece.offsets[number])

    def forget_before(self, offset: int) -> None:
        """See `rows.Rows`."""
        while len(self._pieces) > 1 and self._pieces[1].starts[0] <= offset:
            self._pieces.popleft()

    def close(self) -> None:
        """See `rows.Rows`."""
        self._stream.close()

    def _blocks(self) -> Iterator[list[bytes | None]]:
        """The lines, some at a time, without their ends; None for one that is too long, of which nothing is held."""
        rest = b""
        first = True
        while data := self._stream.read(_BLOCK_BYTES):
            if first:
                first = False
                self._offset = len(_MARK) if data.startswith(_MARK) else 0
                data = data[self._offset :]
            *lines, rest = (rest + data).split(b"\n")
            if lines:
                yield list(lines)
            if len(rest) > LONGEST_LINE_BYTES:
                rest = self._skip_line(rest)
                yield [None]
        if rest:
            yield list(rest.removesuffix(b"\n").split(b"\n"))

    def _skip_line(self, rest: bytes) -> bytes:
        """Pass over a line without end; returns what stands behind it."""
        self._skipped = len(rest)
        while data := self._stream.read(_BLOCK_BYTES):
            line, end, rest = data.partition(b"\n")
            self._skipped += len(line)
            if end:
                return rest
        return b""

    def _records(self, lines: list[bytes | None]) -> bytes:
        places = _Places()
        out: list[bytes] = []
        for line in lines:
            self._line += 1
            place = Place(self._line, self._offset)
            record = self._record(line, place, places)
            places.starts.append(self._written)
            places.offsets.append(place.offset)
            places.lines.append(place.line)
            out.append(record)
            self._written += len(record)
            self._offset += (self._skipped if line is None else len(line)) + 1
        self._pieces.append(places)
        return b"".join(out)

    def _record(self, line: bytes | None, place: Place, places: _Places) -> bytes:
        try:
            if line is None:
                raise _NotAnObject(f"longer than the limit of {LONGEST_LINE_BYTES // 1024**2} MB for a line of JSON")
            if not line or line.isspace():
                return b"\n"
            return csv_line(self._fields(object_of(line.decode()))).encode()
        except ValueError as error:
            raw = (line or b"")[:_RAW_BYTES].decode("utf-8", "backslashreplace").removesuffix("\r")
            places.faults[len(places.starts)] = Place(place.line, place.offset, _reason(error, place.offset), raw)
            return _UNREADABLE

    def _fields(self, pairs: Sequence[tuple[str, Any]]) -> Sequence[str | None]:
        if len(pairs) == len(self._keys):
            keys, values = zip(*pairs, strict=True)
            if keys == self._keys and _TEXTS.issuperset(map(type, values)):
                return values
        fields: list[str | None] = [None] * len(self._keys)
        seen = 0
        for key, value in pairs:
            number = self._known.get(key)
            if number is None:
                raise _NotAnObject(f"the key “{key[:100]}” is none of the columns")
            bit = 1 << number
            if seen & bit:
                raise _NotAnObject(f"the key “{key[:100]}” stands in it twice")
            seen |= bit
            fields[number] = value if value is None or isinstance(value, str) else _WORDS[value]
        return fields


def _reason(error: ValueError, offset: int) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"invalid UTF-8 at byte {offset + error.start:,}"
    if isinstance(error, UnicodeEncodeError):
        return "an escape in it stands for half a character"
    return str(error)
