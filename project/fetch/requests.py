"""What is asked: an API and a value as a request, in which the value is never more than a value; pure."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from project.fetch.calls import CallFailed, Request
from project.operations.api import Api

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")


def request_for(api: Api, key: str | None = None) -> Request:
    """The call for one value, or the first one of a list. Raises CallFailed where no address can hold the value."""
    url, body = api.url.partition("#")[0], api.body
    if key is not None:
        url, body = _filled_url(api, url, key), _filled(body, f"{{{api.placeholder}}}", key)
    elif api.paging is not None and api.paging.kind == "page":
        url = with_parameter(url, api.paging.parameter, str(api.paging.first))
    content = None if body is None else json.dumps(body).encode()
    return Request(api.method, url, content, tuple(api.headers.items()))


def with_parameter(url: str, name: str, value: str) -> str:
    """The address with that parameter, in the place of any of the same name; all else as it is written."""
    path, _, query = url.partition("#")[0].partition("?")
    others = [each for each in query.split("&") if each and unquote(each.partition("=")[0].replace("+", " ")) != name]
    mine = f"{quote(name, safe='')}={quote(value, safe='')}"
    return f"{path}?{'&'.join([*others, mine])}"


def _filled_url(api: Api, url: str, key: str) -> str:
    mark = f"{{{api.placeholder}}}"
    # Nothing of a value is left as it is but letters, digits and “-._~”: it cannot reach another parameter or path …
    value = key if _PLAIN.fullmatch(key) else quote(key, safe="")
    # … but for a segment of dots, which is a way upwards even if it is encoded, or of nothing at all.
    if not key.strip(".") and any(
        mark in segment and unquote(segment.replace(mark, value)) in ("", ".", "..")
        for segment in urlsplit(url).path.split("/")
    ):
        raise CallFailed(f"The value “{key}” cannot be looked up: it would make another path of the address.")
    return url.replace(mark, value)


def _filled(template: Any, mark: str, key: str) -> Any:
    if isinstance(template, str):
        return template.replace(mark, key)
    if isinstance(template, dict):
        return {name: _filled(each, mark, key) for name, each in template.items()}
    if isinstance(template, list):
        return [_filled(each, mark, key) for each in template]
    return template
