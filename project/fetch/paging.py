"""Which request gives the next page of a list; pure."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from project.fetch import redirects
from project.fetch.address import parse
from project.fetch.calls import Answer, CallFailed, Refused, Request
from project.fetch.requests import with_parameter
from project.fetch.setbacks import NO_RECORD
from project.operations.api import Api, Paging

_PARAMETER = r"""\s*;\s*([^=;,\s"]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^";,\s]*))?"""
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER})*)")
_PARAMETERS = re.compile(_PARAMETER)


def next_request(api: Api, request: Request, answer: Answer, records: int | None = None) -> Request | None:
    """The request for the page behind this one; None if it is the last. `records`: those of this page, if known.

    Raises CallFailed where the answer does not tell, names the same page again, or leads away with the secret.
    Only the next page is known here: that a list comes back to an earlier one has to be noticed by who keeps them.
    """
    if api.paging is None or answer.status in NO_RECORD:
        return None
    match api.paging.kind:
        case "link":
            following = _page_at(api, request, answer, next_link(answer.link))
        case "next":
            following = _page_at(api, request, answer, _field(api.paging, answer))
        case "page":
            following = None if records == 0 else _page_behind(api, api.paging, request, answer, records)
        case "cursor":
            following = _page_of_cursor(api.paging, request, answer)
    if following is not None and following.url == request.url:
        raise CallFailed(f"{api.host} names the same page again as the next one: the list would never end.")
    return following


def next_link(header: str) -> str | None:
    """The address of the relation “next” in a Link header (RFC 8288); None if there is none."""
    for link in _LINK.finditer(header):
        parameters: dict[str, str] = {}
        for name, value in _PARAMETERS.findall(link[2]):
            # Only the first of each name counts.
            parameters.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' else value)
        # With an anchor, the link is of another page than this one.
        if "anchor" not in parameters and "next" in parameters.get("rel", "").lower().split():
            return link[1].strip()
    return None


def _page_at(api: Api, request: Request, answer: Answer, address: str | None) -> Request | None:
    """The page at an address that the API has named, if it has."""
    if address is None:
        return None
    try:
        here, there = parse(api.url), parse(urljoin(answer.url, address.strip()))
    except (Refused, ValueError):
        raise CallFailed(f"{api.host} names “{address[:100]}” as the next page: that is no address.") from None
    if here.scheme == "https" and there.scheme == "http" and there.raw_host == here.raw_host and there.port == 80:
        # An API behind a proxy may not know that it is spoken to in encrypted form.
        there = there.with_scheme("https").with_port(None)
    if redirects.is_same_place(here, there):
        return replace(request, url=str(there))
    if api.secret is not None:
        raise CallFailed(f"{api.host} names a next page at {there.authority}: the secret is for the former alone.")
    return replace(request, url=str(there), headers=())


def _page_behind(api: Api, paging: Paging, request: Request, answer: Answer, records: int | None) -> Request | None:
    if records is None:
        found = _at(_content(api.host, answer), api.records)
        if isinstance(found, list) and not found or found is None:
            return None
    numbers = [value for name, value in parse_qsl(urlsplit(request.url).query) if name == paging.parameter]
    number = int(numbers[-1]) if numbers and numbers[-1].isdecimal() else paging.first
    return replace(request, url=with_parameter(request.url, paging.parameter, str(number + 1)))


def _page_of_cursor(paging: Paging, request: Request, answer: Answer) -> Request | None:
    cursor = _field(paging, answer)
    if cursor is None:
        return None
    return replace(request, url=with_parameter(request.url, paging.parameter, cursor))


def _field(paging: Paging, answer: Answer) -> str | None:
    """The text in the field; None if there is none, which is how an API says that this was the last page."""
    host = urlsplit(answer.url).hostname or ""
    value = _at(_content(host, answer), paging.field)
    if value is None or value is False or value == "":
        return None
    if not isinstance(value, str):
        raise CallFailed(f"{host} has something else in “{paging.field}” than what names the next page.")
    return value


def _content(host: str, answer: Answer) -> Any:
    """The JSON of an answer; numbers are texts, so that a cursor of many digits stays what it is."""
    try:
        return json.loads(answer.body.lstrip(b"\xef\xbb\xbf"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        raise CallFailed(f"{host} answered with something that is not JSON, so the next page is not known.") from None


def _at(content: Any, path: str) -> Any:
    """What is at a path such as “meta.next”; None if there is nothing. A field may have dots in its own name."""
    if isinstance(content, dict) and path in content:
        return content[path]
    for name in path.split(".") if path else ():
        if not isinstance(content, dict):
            return None
        content = content.get(name)
    return content
