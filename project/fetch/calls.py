"""One call of an API in values: what is asked, what came back, and how a call can fail."""

from __future__ import annotations

from dataclasses import dataclass

from project.errors import RowmillError


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `headers` are no secrets; the caller adds its own and the secret."""

    method: str
    url: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back whole: of status 200 to 299, or 404 or 410, which say that there is no such record.

    A body is never empty unless the status says so (204, 205), or that there is nothing (404, 410).
    """

    status: int
    body: bytes
    """Decompressed, in UTF-8 unless the API says otherwise and lies."""
    url: str
    """Where the answer came from, after redirects."""
    link: str = ""
    """The Link header."""


class CallFailed(RowmillError):
    """This one call has failed for good; others may do. `status` is None where no answer came."""

    code = "call_failed"

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def sentence(self) -> str:
        """What the API did."""
        return self.message


class ApiDown(RowmillError):
    """The API does not answer, or wants a pause: nothing is to be asked for `seconds`; no call has failed for good."""

    code = "api_down"

    def __init__(self, sentence: str, *, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds

    @property
    def sentence(self) -> str:
        """What the API did."""
        return self.message


class Refused(RowmillError):
    """No call at all makes sense any more: the API refuses the secret, or its address may not be called."""

    code = "api_refused"

    @property
    def sentence(self) -> str:
        """Who refused what."""
        return self.message
