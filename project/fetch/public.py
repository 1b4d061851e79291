"""Whether an IP address is one of the public internet's, whatever other address hides in it; pure.

The networks are those of IANA's special-purpose registries. They are listed here, because what `ipaddress` calls
global differs between Python's versions, and because it knows neither multicast nor providers' metadata.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_NOT_PUBLIC_4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own, and one provider's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a provider's platform, seen from its machines only
        "169.254.0.0/16",  # link-local, and most providers' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, and one provider's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Of IPv6, only this part is given out; the rest is local, multicast or reserved.
_GLOBAL_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # protocol assignments; Teredo is looked into before
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
# The last 64 bits of an ISATAP address are one of these and an IPv4 address.
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: Address) -> bool:
    """Whether anybody may reach that address; every address within it has to be public too."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inner = _embedded(address)
    if inner and not all(is_public(each) for each in inner):
        return False
    if address.ipv4_mapped is not None or address in _NAT64 or address.teredo is not None:
        return True
    return address in _GLOBAL_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that a packet to this one may reach: mapped, 6to4, Teredo, NAT64, ISATAP."""
    number = int(address)
    found: list[IPv4Address] = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    found += address.teredo or ()
    if address in _NAT64 or number >> 32 & 0xFFFFFFFF in _ISATAP:
        found.append(IPv4Address(number & 0xFFFFFFFF))
    return tuple(found)
