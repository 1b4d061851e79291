"""What is asked: an API and a value as a request, in which the value is never more than a value; pure."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from project.fetch.calls import CallFailed, Request
from project.operations.api import Api

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")
# What becomes of each byte of a value.
_QUOTED = tuple(quote(bytes((byte,)), safe="") for byte in range(256))


def request_for(api: Api, key: str | None = None) -> Request:
    """The call for one value, or the first one of a list. Raises CallFailed where no address can hold the value."""
    if key is not None:
        return Requests(api).of(key)
    url = api.url.partition("#")[0]
    if api.paging is not None and api.paging.kind == "page":
        url = with_parameter(url, api.paging.parameter, str(api.paging.first))
    content = None if api.body is None else json.dumps(api.body).encode()
    return Request(api.method, url, content, tuple(api.headers.items()))


class Requests:
    """The calls of one API for values: what they have in common is worked out once."""

    def __init__(self, api: Api) -> None:
        self.method = api.method
        self.headers = tuple(api.headers.items())
        self._body = api.body
        self._mark = f"{{{api.placeholder}}}"
        self._url = api.url.partition("#")[0]
        self._around = self._url.split(self._mark)

    def of(self, key: str) -> Request:
        """The call for one value. Raises CallFailed where no address can hold it."""
        return Request(self.method, self.url(key), self.content(key), self.headers)

    def url(self, key: str) -> str:
        """Its address alone."""
        # Nothing of a value is left as it is but letters, digits and “-._~”: it cannot reach another parameter or path.
        self.check(key)
        return _quoted(key).join(self._around)

    def content(self, key: str) -> bytes | None:
        """What is sent with it."""
        return None if self._body is None else json.dumps(_filled(self._body, self._mark, key)).encode()

    def check(self, key: str) -> None:
        """Raises CallFailed where no address can hold the value."""
        # A segment of dots is a way upwards even if it is encoded; one of nothing at all is another path, too.
        if not key.strip(".") and any(
            self._mark in segment and unquote(segment.replace(self._mark, key)) in ("", ".", "..")
            for segment in urlsplit(self._url).path.split("/")
        ):
            raise CallFailed(f"The value “{key}” cannot be looked up: it would make another path of the address.")


def _quoted(key: str) -> str:
    if _PLAIN.fullmatch(key):
        return key
    # What `quote` does, in a fraction of its time.
    return key.translate(_QUOTED) if key.isascii() else "".join(map(_QUOTED.__getitem__, key.encode()))


def with_parameter(url: str, name: str, value: str) -> str:
    """The address with that parameter, in the place of any of the same name; all else as it is written."""
    path, _, query = url.partition("#")[0].partition("?")
    others = [each for each in query.split("&") if each and unquote(each.partition("=")[0].replace("+", " ")) != name]
    mine = f"{quote(name, safe='')}={quote(value, safe='')}"
    return f"{path}?{'&'.join([*others, mine])}"


def _filled(template: Any, mark: str, key: str) -> Any:
    if isinstance(template, str):
        return template.replace(mark, key)
    if isinstance(template, dict):
        return {name: _filled(each, mark, key) for name, each in template.items()}
    if isinstance(template, list):
        return [_filled(each, mark, key) for each in template]
    return template
