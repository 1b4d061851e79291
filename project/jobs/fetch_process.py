"""One fetch process: it reaches the API, and is told nothing of ours but its plan and its secret."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from project.engine.events import Failed, Note
from project.fetch.events import FETCH_EVENT, Calls, Fetched, FetchEvent, Paused
from project.fetch.plan import Confidential
from project.jobs.child import Child, started
from project.jobs.nursery import Nursery

FETCH_COMMAND = (sys.executable, "-m", "project.fetch")
# All else of the worker's stays here: passwords of databases, keys, and proxies that nobody has set for this.
_PASSED = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "NUMBA_CACHE_DIR",
        "POLARS_MAX_THREADS",
        "PYDANTIC_DISABLE_PLUGINS",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "SYSTEMROOT",
        "TMPDIR",
        "TZ",
        "VIRTUAL_ENV",
    }
)
_PASSED_PREFIXES = ("LC_", "PYTHON", "COVERAGE_")
# Shorter words of a secret may stand anywhere by chance.
_LEAST_HIDDEN = 6
_HIDING = "…"


class FetchProcess(Child[FetchEvent]):
    """It gets what is confidential by standard input, which then stays open. Whatever it says, that is not in it.

    It comes from the nursery, if there is one and it gives one; else it is started by the command.
    """

    def __init__(
        self,
        plan: Path,
        told: Confidential,
        command: tuple[str, ...],
        defaults: Mapping[str, str],
        nursery: Nursery | None = None,
    ) -> None:
        forked = nursery.process() if nursery else None
        process = forked or started([*command, str(plan)], environment(defaults))
        self._hidden = _hidden(told)
        super().__init__(process, FETCH_EVENT, "fetch")
        if forked:
            forked.begin(plan)
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # that it is gone already is seen as it always is
            process.stdin.write(told.model_dump_json().encode() + b"\n")
            process.stdin.flush()

    def _clean(self, said: bytes) -> bytes:
        for word in self._hidden:
            said = said.replace(word.encode(), _HIDING.encode()).replace(
                json.dumps(word)[1:-1].encode(), _HIDING.encode()
            )
        return said

    def _clean_event(self, event: FetchEvent) -> FetchEvent:
        # An API may send back what it was sent, for one as a part of what it says of a failure.
        match event:
            case Calls():
                return self._clean_calls(event)
            case Fetched():
                return event.model_copy(update={"calls": self._clean_calls(event.calls)})
            case Paused():
                return event.model_copy(update={"reason": self._without(event.reason)})
            case Note() | Failed():
                return event.model_copy(update={"message": self._without(event.message)})

    def _clean_calls(self, calls: Calls) -> Calls:
        return calls.model_copy(update={"failures": tuple(self._without(said) for said in calls.failures)})

    def _without(self, text: str) -> str:
        for word in self._hidden:
            text = text.replace(word, _HIDING)
        return text


def environment(defaults: Mapping[str, str]) -> dict[str, str]:
    """A fetch's environment variables."""
    own = {key: value for key, value in os.environ.items() if key in _PASSED or key.startswith(_PASSED_PREFIXES)}
    return {**defaults, **own}


def fetch_nursery(defaults: Mapping[str, str]) -> Nursery:
    """One that fetches come from: it knows no more than a fetch does. It has begun nothing yet."""
    return Nursery("project.fetch.nursery", environment(defaults))


def _hidden(told: Confidential) -> tuple[str, ...]:
    """The secret, what of it follows on a word such as “Bearer”, and the proxy's password."""
    value = told.secret.value if told.secret else ""
    words = value, *value.split()[1:], urlsplit(told.proxy).password or ""
    return tuple(word for word in words if len(word) >= _LEAST_HIDDEN)
