"""Reads the address of a call in one way only, that of the client, and refuses spellings that others read otherwise."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from yarl import URL

from project.fetch.calls import Refused

_CODE = "blocked_address"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)
_UNFIT = re.compile(r"[^!#-;=?-\[\]_a-z~]")
# What a resolver would take for an IPv4 address: the last label is a number, be it octal or hexadecimal.
_NUMERIC = re.compile(r"(.*\.)?(\d+|0[xX][0-9a-fA-F]*)")
_USER = re.compile(r"//[^/?#]*@")
_SHOWN = 100


def parse(text: str) -> URL:
    """The address, exactly as it will be asked for. Raises Refused."""
    if _CONTROL.search(text) or text != text.strip():
        raise _refused(text, "holds a line break, a space at an end, or another character that no address has")
    try:
        url = URL(_quoted(text), encoded=True)
        host, port = url.raw_host or "", url.port
        if host and not host.isascii():
            # By IDNA; what looks like a dot or a digit becomes one, and is checked as such.
            host = URL(f"http://{host}/").raw_host or ""
    except ValueError:
        raise _refused(text, "cannot be read: its host or port is not as it should be") from None
    if url.scheme not in ("http", "https") or not host:
        raise _refused(text, "does not begin with http:// or https:// and a host")
    if "@" in url.raw_authority:
        raise _refused(text, "holds a user or a password before its host")
    host = checked_host(host)
    if not port:
        raise _refused(text, "has no port that can be called")
    return url if host == url.raw_host else url.with_host(host)


@lru_cache(maxsize=100)
def checked_host(host: str) -> str:
    """A host's name in small letters without a dot at its end, or an IP address. Raises Refused."""
    if ":" in host:
        return _ipv6(host)
    host = host[:-1].lower() if host.endswith(".") else host.lower()
    if _NUMERIC.fullmatch(host):
        return _ipv4(host)
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise _refused(host, "is no name of a host")
    return host


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise _refused(host, "is not written as an IP address is: four numbers with dots between") from None


def _ipv6(host: str) -> str:
    try:
        # With a zone (“%eth0”) it would be an address of this machine's own networks.
        address = IPv6Address(host)
        if address.scope_id is not None:
            raise ValueError
    except ValueError:
        raise _refused(host, "is no IP address that can be called") from None
    return str(address)


def _quoted(text: str) -> str:
    """Behind the host, what no address may hold is percent-encoded; all else stays as it was written."""
    if not _UNFIT.search(text):
        return text
    begin = text.find("//")
    ends = [at for at in (text.find(mark, begin + 2) for mark in "/?#") if at >= 0]
    cut = min(ends, default=len(text)) if begin >= 0 else 0
    return text[:cut] + _UNFIT.sub(lambda found: quote(found[0], safe=""), text[cut:])


def _refused(what: str, why: str) -> Refused:
    shown = "".join(c if c.isprintable() else "�" for c in _USER.sub("//…@", what)[:_SHOWN])
    return Refused(f"The address “{shown}” is not called: it {why}.", code=_CODE)
