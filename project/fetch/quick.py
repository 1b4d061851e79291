"""A quicker way to read small answers: the JSON library's own decoder, for all that has no odd shape."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from project.fetch.reading import MOST_LEVELS, Record, read_records

_WORDS = {True: "true", False: "false"}


class _Unsure(ValueError):
    """Somebody has to look closer."""


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of an object, in order."""


def _object(pairs: list[tuple[str, Any]]) -> _Pairs:
    if len(dict(pairs)) < len(pairs):
        raise _Unsure
    return _Pairs(pairs)


def _no_number(_: str) -> NoReturn:
    raise _Unsure


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_no_number, strict=True
)


def read_small(body: bytes, path: str = "", *, null: str | None = "null") -> list[Record]:
    """The same as `read_records`, which has the word wherever something is not quite plain."""
    try:
        found = _at(path, body) if path else _DECODER.decode(body.decode())
        return [_record(each, null) for each in (found if type(found) is list else [found])]
    except (ValueError, RecursionError):
        pass
    return read_records(body, path, null=null)


def _at(path: str, body: bytes) -> Any:
    """What is at the path."""
    if body.count(b"[") + body.count(b"{") > MOST_LEVELS:
        # What is beside the path may be too deep.
        raise _Unsure
    found = _DECODER.decode(body.decode())
    for name in path.split("."):
        found = dict(found).get(name) if type(found) is _Pairs else None
    return found


def _record(found: Any, null: str | None) -> Record:
    record: Record = {}
    _flatten(found, "", null, record, 1)
    "".join((*record, *(value for value in record.values() if value))).encode()
    return record


def _flatten(found: Any, prefix: str, null: str | None, record: Record, level: int) -> None:
    if type(found) is not _Pairs or level > MOST_LEVELS:
        raise _Unsure
    for key, value in found:
        name = prefix + key if prefix else key
        if name in record or not name or name[0] == "\0":
            raise _Unsure
        kind = type(value)
        if kind is str:
            record[name] = value
        elif kind is _Pairs and value:
            _flatten(value, f"{name}.", null, record, level + 1)
        elif kind is bool:
            record[name] = _WORDS[value]
        elif value is None:
            record[name] = null
        else:
            raise _Unsure
