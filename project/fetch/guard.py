"""Keeps calls away from whatever is not public: a check of the address, of the name's addresses, of every socket.

The last one is what holds: no connection is opened but to an address that passed, whatever a name resolves to later.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from project.errors import SettingsError
from project.fetch.address import checked_host, parse
from project.fetch.calls import Refused
from project.fetch.plan import FetchLimits
from project.fetch.public import is_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host's name, as texts; OSError if there are none."""

# aiohttp's AddrInfoType, which it does not export by name.
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

_CODE = "blocked_address"
_KNOWN_ORIGINS = 1000


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """As the system does, with its files and name servers."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class BlockedSocket(OSError):
    """A connection to an address that had not passed; an OSError, as the client expects of a socket."""


class Guard(AbstractResolver):
    """Decides what may be called. It is the client's resolver, and makes its sockets."""

    def __init__(self, limits: FetchLimits, resolve: Resolve = system_resolve) -> None:
        self._names, self._networks = _allowed(limits.allow_hosts)
        self._ports = frozenset(limits.ports)
        self._resolve = resolve
        self._seconds = limits.connect_seconds
        self._proxy = _proxy(limits.proxy) if limits.proxy else None
        self._opened: set[str] = set()
        self._origins: set[tuple[str, str | None, int | None]] = set()

    def url(self, text: str) -> URL:
        """The address, if it may be called as far as it tells by itself. Raises Refused."""
        url = parse(text)
        origin = url.scheme, url.raw_host, url.port
        if origin not in self._origins:
            self._check(url)
            if len(self._origins) < _KNOWN_ORIGINS:
                self._origins.add(origin)
        return url

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """See AbstractResolver. Raises Refused unless each of the name's addresses may be called."""
        try:
            # The client's limit for a connection begins behind this.
            async with asyncio.timeout(self._seconds):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answers in time") from None
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
        if self._is_open(host):
            self._opened.update(addresses)
        else:
            for address in addresses:
                if why := self._objection(address, port):
                    raise _blocked(f"{host} has the address {address}, which {why}")
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """See AbstractResolver; nothing is held."""

    def socket(self, info: AddressInfo) -> socket.socket:
        """A socket for exactly that address. Raises BlockedSocket."""
        family, kind, protocol, _, (address, port, *_) = info
        if not self._may_connect(str(address), int(port)):
            raise BlockedSocket(f"{address} port {port} is not to be called")
        return socket.socket(family, kind, protocol)

    def _check(self, url: URL) -> None:
        host, port = url.raw_host or "", url.port or 0
        if _is_named(host, self._names):
            return
        if _is_literal(host):
            if why := self._objection(host, port):
                raise _blocked(f"{host} {why}")
            return
        # What a name leads to is seen when it is resolved; with a proxy, never.
        is_seen_later = bool(self._networks) and self._proxy is None
        if (host == "localhost" or host.endswith(".localhost")) and not is_seen_later:
            raise _blocked(f"{host} is this machine itself")
        if port not in self._ports and not is_seen_later:
            raise _blocked(f"{host} {_not_a_port(port)}")

    def _is_open(self, host: str) -> bool:
        """Whether all addresses of a name may be called, because it was named on purpose."""
        if self._proxy is not None:
            return host == self._proxy.raw_host
        return _is_named(host, self._names)

    def _may_connect(self, address: str, port: int) -> bool:
        if address in self._opened:
            return True
        # With a proxy, no connection leads anywhere else.
        if self._proxy is not None:
            return address == self._proxy.raw_host
        return self._objection(address, port) is None

    def _objection(self, address: str, port: int) -> str | None:
        try:
            found = ip_address(address)
        except ValueError:
            return "is no address"
        if any(found in network for network in self._networks):
            return None
        if not is_public(found):
            return "is not public"
        return None if port in self._ports else _not_a_port(port)


def _allowed(hosts: Sequence[str]) -> tuple[frozenset[str], tuple[IPv4Network | IPv6Network, ...]]:
    """Names, and networks. Raises SettingsError."""
    names, networks = [], []
    for each in hosts:
        text = each.strip().removeprefix("[").removesuffix("]")
        try:
            networks.append(ip_network(text))
            continue
        except ValueError:
            pass
        try:
            names.append("." + checked_host(text[1:]) if text.startswith(".") else checked_host(text))
        except Refused:
            raise SettingsError(
                f"“{each}” is no host that calls can be allowed to: write a name such as intranet.example, .example "
                "for all names below it, an address, or a network such as 10.1.0.0/16 without further bits."
            ) from None
    return frozenset(names), tuple(networks)


def _proxy(text: str) -> URL:
    """The proxy's address, without the user and the password that it may want. Raises SettingsError."""
    try:
        return parse(str(URL(text).with_user(None)))
    except (ValueError, Refused):
        raise SettingsError("ENRICH_PROXY is no address of a proxy: write one such as http://proxy:3128.") from None


def _is_named(host: str, names: frozenset[str]) -> bool:
    return host in names or any(each[0] == "." and host.endswith(each) for each in names)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
        return True
    except ValueError:
        return False


def _not_a_port(port: int) -> str:
    return f"would be called on port {port}, which is none of ENRICH_PORTS"


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)


def _blocked(what: str) -> Refused:
    return Refused(
        f"{what}: it is not called. Who runs Rowmill can allow the host with ENRICH_ALLOW_HOSTS.", code=_CODE
    )
