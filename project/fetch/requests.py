"""What is asked: an API and a value as a request; pure."""

from __future__ import annotations

import json
from urllib.parse import quote

from project.fetch.calls import Request
from project.operations.api import PLACEHOLDER, Api


def request_for(api: Api, key: str | None = None) -> Request:
    """The call for one value, or the first one of a list."""
    url = api.url if key is None else PLACEHOLDER.sub(lambda _: quote(key, safe=""), api.url)
    body = None if api.body is None else json.dumps(api.body).encode()
    return Request(api.method, url, body, tuple(api.headers.items()))
