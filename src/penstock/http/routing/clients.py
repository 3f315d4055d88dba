"""The client's address: forwarded headers are believed only from configured proxies."""

import re
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import structlog
from starlette.requests import Request

from penstock.model.address import SharedAddress

FORWARDED = ("forwarded", "x-forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "via")
"""The prefixes of headers that proxies add."""

QUIET = 600.0
"""The shortest pause, in seconds, between two warnings about undeclared proxies."""

_log = structlog.get_logger(__name__)
_PORTED = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|([\d.]+):\d+")


class Proxies:
    """The networks whose forwarded headers are believed."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]
        self._warned_at = float("-inf")

    def trusts(self, address: str) -> bool:
        """Whether this is the address of such a proxy; `::ffff:a.b.c.d` counts as a.b.c.d."""
        parsed = parsed_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def stands_for_many(self, address: str) -> bool:
        """Whether many people may share this address: it is this machine's, or such a proxy's."""
        parsed = parsed_address(address)
        return parsed is not None and (parsed.is_loopback or self.trusts(address))

    def handed_on(self, request: Request) -> bool:
        """Whether the request came through such a proxy."""
        return request.client is not None and self.trusts(request.client.host)

    def client(self, request: Request) -> str:
        """The client's address: the last one in `X-Forwarded-For` that is no trusted proxy. Of IPv6 the /64, which
        belongs to one client as a whole.
        """
        return grouped(self._outermost(request) or "unknown")

    def address(self, request: Request) -> str:
        """The client's own address; with the port, where no proxy stands before it."""
        address = self._outermost(request)
        if request.client is None or address != request.client.host:
            return address
        host = f"[{address}]" if ":" in address else address
        return f"{host}:{request.client.port}"

    def _outermost(self, request: Request) -> str:
        """The last address that is no trusted proxy's; empty without any."""
        address = request.client.host if request.client is not None else ""
        hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
        while self.trusts(address) and hops and hops[-1]:
            address = hops.pop()
        return address

    def origin(self, request: Request) -> str:
        """As `client`; a `SharedAddress` when an untrusted proxy sends forwarded headers."""
        address = self.client(request)
        if self.handed_on(request) or not any(name.startswith(FORWARDED) for name in request.headers):
            return address
        self._warn(address)
        return SharedAddress(address)

    def hosts(self, request: Request) -> set[str]:
        """The hosts (with their ports, in lowercase) that the client may have called this server by."""
        named = request.headers.getlist("host")
        if self.handed_on(request):
            named += request.headers.getlist("x-forwarded-host")
        return {host.strip().lower() for names in named for host in names.split(",")}

    def _warn(self, peer: str) -> None:
        """Warn the operator, now and then, that all clients of this proxy are counted as one."""
        if (now := time.monotonic()) - self._warned_at > QUIET:
            self._warned_at = now
            _log.warning(
                "headers of a proxy that trusted_proxies does not name", peer=peer, limits="shared by its users"
            )


def parsed_address(address: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port, None for anything else; an IPv4-mapped IPv6 address is that IPv4 address."""
    bare = _PORTED.fullmatch(address)
    try:
        parsed = ip_address(bare[1] or bare[2] if bare else address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def grouped(address: str) -> str:
    """What is counted as one client: an IPv4 address, or a /64. Some proxies add a port."""
    parsed = parsed_address(address)
    if parsed is None:
        return "unknown"
    return str(parsed) if isinstance(parsed, IPv4Address) else str(ip_network((parsed, 64), strict=False))
