"""Tries a write again while the database is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from project.errors import UnavailableError

AGAIN_SECONDS = 0.2


class Leased(Protocol):
    """Somebody who holds a lease."""

    lease_seconds: float


_S = TypeVar("_S", bound=Leased)
_P = ParamSpec("_P")
_R = TypeVar("_R")


def patiently(write: Callable[Concatenate[_S, _P], _R]) -> Callable[Concatenate[_S, _P], _R]:
    """For as long as a lease, since hours of work may hang on that one write. Raises UnavailableError after that.

    A commit whose answer was lost is tried again too, so the write has to be refused or harmless the second time.
    """

    @wraps(write)
    def again(self: _S, /, *arguments: _P.args, **named: _P.kwargs) -> _R:
        deadline = time.monotonic() + self.lease_seconds
        while True:
            try:
                return write(self, *arguments, **named)
            except UnavailableError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(AGAIN_SECONDS)

    return again
