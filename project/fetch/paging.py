"""Which request gives the next page of a list; pure."""

from __future__ import annotations

from project.fetch.calls import Answer, Request
from project.operations.api import Api


def next_request(api: Api, request: Request, answer: Answer) -> Request | None:
    """The request for the page behind this one; None if it is the last."""
    return None
