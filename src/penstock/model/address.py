"""Addresses: of clients, and of those whom this server connects to on others' behalf."""

import re
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IpAddress = IPv4Address | IPv6Address

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a network may translate to the IPv4 address in their last 32 bits (RFC 6052)."""

_CLOSED = (IPv4Network("192.0.0.0/24"), IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))
"""What `ipaddress` takes for public in some versions of Python (RFC 6890, RFC 8215, RFC 3879)."""


class SharedAddress(str):
    """The address of an undeclared proxy, which all of its clients appear to have."""

    __slots__ = ()


def without_password(url: str) -> str:
    """A URL as it may be shown: without a password, wherever it stands."""
    shown = re.sub(r"(//[^/:@]*):[^/]*@", r"\1:***@", url)
    return re.sub(r"([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]+", r"\1***", shown, flags=re.IGNORECASE)


def literal_address(host: str) -> IpAddress | None:
    """The IP address that a host is written as; None for a name."""
    with suppress(ValueError):
        return ip_address(host.partition("%")[0])
    return None


def is_public(address: IpAddress) -> bool:
    """Whether this is an address of the public internet: none of this machine, of a private network, of a link, or of a
    group; also not inside of an IPv6 address that stands for an IPv4 one.
    """
    if isinstance(address, IPv6Address) and (inner := _inner(address)) is not None:
        return is_public(inner)
    if any(address in network for network in _CLOSED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one end at."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo is not None else None)
