"""What can go wrong with one try of a call, told in sentences: refusals, failures for good, and setbacks."""

from __future__ import annotations

import socket
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from project.fetch.calls import CallFailed, Refused
from project.fetch.guard import BlockedSocket
from project.fetch.patience import SilentError
from project.fetch.plan import FetchLimits

_REFUSALS = (401, 403, 407)
# The server is busy, or in front of it something finds it so.
_OF_THE_HOST = (429, 502, 503, 504)
_WORTH_ANOTHER_TRY = (408, 421, 425, 429, 500, 502, 503, 504)
_OTHER_SERVERS_OWN = range(520, 600)
NO_RECORD = (404, 410)


class Setback(Exception):
    """A try failed in a way that another may not.

    `wait`: so many seconds were asked for. `is_host`: it would have hit any other call as well. `is_last`: the call's
    time is used up.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        wait: float | None = None,
        is_host: bool = False,
        is_last: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.wait = wait
        self.is_host = is_host
        self.is_last = is_last


def of_status(status: int, host: str, said: str, retry_after: str | None) -> Setback | CallFailed | Refused:
    """What an answer means that is neither a record nor says that there is none."""
    words = f"{host} answered {named(status)}{said}"
    if status == 407:
        return Refused(f"The egress proxy refuses the call: it answered {named(status)}.")
    if status in _REFUSALS:
        return Refused(f"{words}. Check the token or key: it may be wrong, out of date, or not allowed to read this.")
    if status in _WORTH_ANOTHER_TRY or status in _OTHER_SERVERS_OWN:
        return Setback(
            f"{words}.", status=status, wait=seconds_of(retry_after, time.time()), is_host=status in _OF_THE_HOST
        )
    return CallFailed(f"{words}.", status=status)


def of_error(error: Exception, host: str, limits: FetchLimits) -> Setback | CallFailed | Refused:
    """What an error of the client's means."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Setback(f"{host} could not be reached within {limits.connect_seconds:g} seconds.", is_host=True)
    if isinstance(error, SilentError):
        return Setback(f"{host} sent nothing for {limits.read_seconds:g} seconds.")
    if isinstance(error, TimeoutError):
        return Setback(f"{host} was not done with its answer after {limits.total_seconds:g} seconds.", is_last=True)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_connection(error, host)
    if isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
        return Setback(f"{host} broke the connection off before its answer was whole.")
    return CallFailed(f"{host} answered with something that is not HTTP as it should be.")


def _of_connection(error: aiohttp.ClientConnectorError, host: str) -> Setback | Refused:
    if isinstance(error.os_error, BlockedSocket):
        return Refused(f"{host} is not called: it leads to an address that is not public.", code="blocked_address")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Refused(f"{host} has a certificate that is not valid for it: it may be another server.")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Setback(f"{host} could not agree on an encrypted connection.", is_host=True)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _of_name(error, host)
    whom = "The egress proxy" if isinstance(error, aiohttp.ClientProxyConnectionError) else host
    return Setback(f"{whom} could not be reached: {_reason(error.os_error)}.", is_host=True)


def _of_name(error: aiohttp.ClientConnectorDNSError, host: str) -> Setback | Refused:
    if getattr(error.os_error, "errno", None) in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)):
        return Refused(f"There is no host called {host}: check the address.", code="unknown_host")
    return Setback(f"The name {host} could not be looked up.", is_host=True)


def _reason(error: OSError) -> str:
    return (error.strerror or "the connection failed").lower().split(" [")[0]


def seconds_of(retry_after: str | None, now: float) -> float | None:
    """The seconds that a Retry-After header asks for, in number or date; None if it cannot be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def named(status: int) -> str:
    """E.g. "503 (Service Unavailable)"."""
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)
