"""An answer read exactly: records as flat fields of text, and one sentence for whatever cannot be read as such."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from pydantic_core import from_json

from project.errors import RowmillError
from project.operations.names import is_encodable

Record = dict[str, str | None]

MOST_LEVELS = 200
# Statuses that say that there is nothing, whatever the body is.
NO_RECORD = frozenset({204, 205, 404, 410})
_MARK = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_OUTSIDE_TEXTS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_KINDS = {'"': "a text", "t": "a truth", "f": "a truth", "n": "a null", "[": "an array", "{": "an object"}
_MANY = {'"': "texts", "t": "truths", "f": "truths", "n": "nulls", "[": "arrays"}


class UnreadableError(RowmillError):
    """An answer that no records can be made of; the sentence begins with “The answer”."""

    code = "odd_answer"


class OddAnswerError(UnreadableError):
    """An answer that came whole and is no record: asking again would not help, so it is kept."""


class NotJsonError(UnreadableError):
    """What came is no JSON at all, such as a page of HTML: asking again may help."""

    code = "not_json"


def read_records(body: bytes, path: str = "", *, null: str | None = "null") -> list[Record]:
    """The records at `path`: those of an array, or the one that is there; none for a null.

    Fields have the names that nested objects give them, “address.geo.lat”; arrays are their JSON text without spaces.
    `null`: what becomes of a null. Raises NotJsonError or OddAnswerError.
    """
    return _Reader(_text_of(body), null).read(tuple(path.split(".")) if path else ())


def check_is_json(body: bytes) -> None:
    """Raises NotJsonError. What is JSON but odd, or not quite strict, is found when it is read."""
    try:
        # Three times as quick, and stricter: what it refuses is looked at below.
        from_json(body, allow_inf_nan=False, cache_strings=False)
    except ValueError:
        _check_is_json(_text_of(body))


def _check_is_json(text: str) -> None:
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    except (OddAnswerError, RecursionError):
        return


def check_arrays(arrays: list[str]) -> None:
    """Raises ValueError or UnreadableError unless each of these, whose brackets are balanced, is JSON."""
    _DECODER.decode(f"[{','.join(arrays)}]")
    for array in arrays:
        _check_levels(array, 0, len(array))


def _text_of(body: bytes) -> str:
    try:
        text = body.decode().removeprefix(_MARK)
    except UnicodeDecodeError as error:
        raise NotJsonError(f"The answer is not UTF-8: byte {error.start + 1:,} is wrong.") from None
    start = text[:200].lstrip()
    if not start and not text.strip():
        raise NotJsonError("The answer is empty.")
    if start.startswith("<"):
        raise NotJsonError("The answer is HTML or XML, not JSON.")
    return text


class _Reader:
    """Goes through a text once; every method takes a place in it and returns the one behind what it has read."""

    def __init__(self, text: str, null: str | None) -> None:
        self._text = text
        self._null = null
        self._records: list[Record] = []

    def read(self, path: tuple[str, ...]) -> list[Record]:
        try:
            end = self._find(self._space(0), path, ())
            if end != len(self._text):
                raise NotJsonError(
                    f"The answer is not JSON: something stands behind its end, at character {end + 1:,}."
                )
        except json.JSONDecodeError as error:
            raise _not_json(error) from None
        except RecursionError:
            raise _too_deep() from None
        return self._records

    def _find(self, at: int, path: tuple[str, ...], passed: tuple[str, ...]) -> int:
        """Follow the path to the records, and pass over all that is beside it."""
        if not path:
            return self._many(at)
        if self._char(at) != "{":
            self._skip(at)
            raise _nothing_there((*passed, *path), f"{'.'.join(passed) or 'its top'} is {self._kind(at)}")
        seen: dict[str, None] = {}
        at = self._space(at + 1)
        while (pair := self._next_key(at, seen)) is not None:
            key, at = pair
            at = self._find(at, path[1:], (*passed, key)) if key == path[0] else self._skip(at)
        if path[0] not in seen:
            raise _nothing_there((*passed, *path), f"the keys there are {_listed(list(seen))}")
        return self._space(at + 1)

    def _many(self, at: int) -> int:
        char = self._char(at)
        if char == "{":
            return self._record(at)
        if char == "n":
            return self._skip(at)
        if char != "[":
            self._skip(at)
            raise OddAnswerError(f"The answer is {self._kind(at)} where a record or an array of records is expected.")
        at = self._space(at + 1)
        if self._char(at) == "]":
            return self._space(at + 1)
        while True:
            at = self._element(at)
            char = self._char(at)
            if char == "]":
                return self._space(at + 1)
            if char != ",":
                self._wrong("expecting ',' or ']'", at)
            at = self._space(at + 1)

    def _element(self, at: int) -> int:
        char = self._char(at)
        if char != "{":
            self._skip(at)
            many = _MANY.get(char, "numbers")
            raise OddAnswerError(f"The answer holds an array of {many} where an array of records is expected.")
        return self._record(at)

    def _record(self, at: int) -> int:
        record: Record = {}
        at = self._fields(at, "", record, 1)
        self._records.append(record)
        return at

    def _fields(self, start: int, prefix: str, record: Record, level: int) -> int:
        if level > MOST_LEVELS:
            raise _too_deep()
        at = self._space(start + 1)
        seen: dict[str, None] = {}
        while (pair := self._next_key(at, seen)) is not None:
            key, at = pair
            name = prefix + key
            if self._char(at) == "{" and self._char(self._space(at + 1)) != "}":
                at = self._fields(at, f"{name}.", record, level + 1)
            else:
                at = self._field(at, name, record)
        return self._space(at + 1)

    def _field(self, at: int, name: str, record: Record) -> int:
        value, at = self._value(at)
        if name in record:
            raise OddAnswerError(f"The answer has a record of which two fields would be called “{_shown(name)}”.")
        if not name or name.startswith("\0"):
            raise OddAnswerError("The answer has a field without a name, or one whose name starts with a NUL.")
        if not is_encodable(name) or not is_encodable(value or ""):
            raise OddAnswerError(f"The answer holds half a character in its field “{_shown(name)}”.")
        record[name] = value
        return at

    def _value(self, at: int) -> tuple[str | None, int]:
        """The text of what is no object, or an empty one, and the place behind it."""
        char = self._char(at)
        if char == '"':
            text, end = json.decoder.scanstring(self._text, at + 1, True)  # type: ignore[attr-defined]
            return text, self._space(end)
        end = self._skip(at)
        written = self._text[at:end]
        if char in "[{":
            return _OUTSIDE_TEXTS.sub(r"\1", written), end
        written = written.rstrip(" \t\r\n")
        return (self._null if char == "n" else written), end

    def _next_key(self, at: int, seen: dict[str, None]) -> tuple[str, int] | None:
        """The next key of an object and the place of its value; None at its end. `seen`: its keys so far."""
        if self._char(at) == "}":
            return None
        if seen:
            if self._char(at) != ",":
                self._wrong("expecting ',' or '}'", at)
            at = self._space(at + 1)
        if self._char(at) != '"':
            self._wrong("expecting a key in double quotes", at)
        key, at = json.decoder.scanstring(self._text, at + 1, True)  # type: ignore[attr-defined]
        if key in seen:
            raise _twice(key)
        seen[key] = None
        at = self._space(at)
        if self._char(at) != ":":
            self._wrong("expecting ':'", at)
        return key, self._space(at + 1)

    def _skip(self, at: int) -> int:
        try:
            _, end = _DECODER.scan_once(self._text, at)  # type: ignore[attr-defined]
        except StopIteration as stop:
            self._wrong("expecting a value", stop.value)
        if self._char(at) in "[{":
            _check_levels(self._text, at, end)
        return self._space(end)

    def _space(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr]

    def _char(self, at: int) -> str:
        return self._text[at : at + 1]

    def _kind(self, at: int) -> str:
        return _KINDS.get(self._char(at), "a number")

    def _wrong(self, what: str, at: int) -> NoReturn:
        raise json.JSONDecodeError(what, self._text, at)


def _not_json(error: json.JSONDecodeError) -> NotJsonError:
    what = f"{error.msg[0].lower()}{error.msg[1:]}"
    return NotJsonError(f"The answer is not JSON: {what} at character {error.pos + 1:,}.")


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _twice(key)
        seen.add(key)


def _no_number(name: str) -> NoReturn:
    raise OddAnswerError(f"The answer is not strict JSON: {name} is no number there.")


# Only says whether something is JSON and where it ends: nothing is made of what it reads.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=len, parse_float=len, parse_constant=_no_number, strict=True
)


def _check_levels(text: str, start: int, end: int) -> None:
    if text.count("[", start, end) + text.count("{", start, end) <= MOST_LEVELS:
        return
    level = 0
    for match in _STRUCTURE.finditer(text, start, end):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if level > MOST_LEVELS:
            raise _too_deep()


def _too_deep() -> OddAnswerError:
    return OddAnswerError(f"The answer is nested more than {MOST_LEVELS} levels deep.")


def _twice(key: str) -> OddAnswerError:
    return OddAnswerError(f"The answer has the key “{_shown(key)}” twice in one object.")


def _nothing_there(path: tuple[str, ...], reason: str) -> OddAnswerError:
    return OddAnswerError(f"The answer has no “{'.'.join(path)}”, where its records should be: {reason}.")


def _listed(keys: list[str]) -> str:
    shown = ", ".join(f"“{_shown(key)}”" for key in keys[:8]) + (" …" if len(keys) > 8 else "")
    return shown or "none"


def _shown(name: str) -> str:
    return name[:100].encode(errors="replace").decode()
