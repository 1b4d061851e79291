"""What the test API answers when it behaves: records, lists in pages of four kinds, and a guarded corner."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from .people import POSTS, USERS

_COLLECTIONS = {"users": USERS, "posts": POSTS}
_KEYS = {"users": {str(each["id"]): each for each in USERS}, "posts": {str(each["id"]): each for each in POSTS}}


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    """With its percent signs, without the parameters."""
    query: str
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes = b""
    times: int = 1
    """How often this path was asked for, with this time."""
    at: float = field(default_factory=time.monotonic)

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """A status, a body, and further headers; without a length if `is_open`."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


def as_json(value: Any, status: int = 200, *headers: tuple[str, str]) -> Reply:
    return Reply(json.dumps(value).encode(), status, (("Content-Type", "application/json"), *headers))


def reply(asked: Asked, url: str) -> Reply:
    """The answer of an API that behaves; 404 for what it does not know."""
    match asked.path.strip("/").split("/"):
        case ["lookup"] if asked.method == "POST":
            return _record("users", str(json.loads(asked.body)["id"]))
        case ["find"]:
            return _record("users", asked.parameters.get("id", ""))
        case ["any", *rest]:
            # Any key at all is known here.
            key = unquote("/".join(rest))
            return as_json({"id": key, "name": f"Name of {key}"})
        case ["echo", *_]:
            return as_json({"path": asked.path, "query": asked.query, "headers": dict(asked.headers)})
        case ["guarded", valid, *rest]:
            return _guarded(asked, int(valid), "/".join(rest))
        case [name] if name in _COLLECTIONS:
            return as_json(_COLLECTIONS[name])
        case [name, ("link" | "next" | "page" | "cursor") as kind] if name in _COLLECTIONS:
            return _page(name, kind, asked, url)
        case [name, key] if name in _COLLECTIONS:
            return _record(name, unquote(key))
    return as_json({"error": "not found"}, 404)


def _record(name: str, key: str) -> Reply:
    found = _KEYS[name].get(key)
    return as_json({}, 404) if found is None else as_json(found)


def _guarded(asked: Asked, valid: int, key: str) -> Reply:
    """For so many calls the token “good” is good."""
    if asked.headers.get("authorization") != "Bearer good" or asked.times > valid:
        return as_json({"error": "the token has expired"}, 401)
    return as_json({"id": key, "name": f"Name of {key}"})


def _page(name: str, kind: str, asked: Asked, url: str) -> Reply:
    """A page of as many records as `size` says, 3 if it says nothing."""
    records, parameters = _COLLECTIONS[name], asked.parameters
    size, number = int(parameters.get("size", 3)), int(parameters.get("after" if kind == "cursor" else "page", 1))
    part = records[(number - 1) * size : number * size]
    more = number * size < len(records)
    following = f"/{name}/{kind}?size={size}&page={number + 1}"
    if kind == "link":
        link = f'<{following}>; rel="next", </{name}/{kind}?page=1>; rel=first' if more else f"<{url}>; rel=first"
        return as_json(part, 200, ("Link", link))
    if kind == "next":
        return as_json({"meta": {"next": url + following if more else None}, "data": part})
    if kind == "cursor":
        return as_json({"cursor": number + 1 if more else "", "items": part})
    return as_json(part)
