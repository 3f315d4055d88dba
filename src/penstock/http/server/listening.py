"""Listening sockets, for one process or many."""

import socket
from typing import Any

from penstock.model.faults import Refusal

BACKLOG = 2048
"""The backlog of connections that wait to be accepted, as in uvicorn."""


class ListenRefused(Refusal):
    """The address cannot be listened on; the text says where and why."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets for every address of this host; `::` takes IPv4 too, as users expect of "everywhere". With port 0 all
    get the one that the first was given. Raises `ListenRefused`.
    """
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in _addresses(host, port):
            chosen = port or (sockets[0].getsockname()[1] if sockets else 0)
            sockets.append(_listening(family, kind, protocol, (address[0], chosen, *address[2:])))
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise ListenRefused(f"Cannot listen on {host_and_port(host, port)}: {error.strerror or error}.") from None
    return sockets


def host_and_port(host: str, port: int | None) -> str:
    """As an address has them: an IPv6 address in brackets (RFC 3986 §3.2.2)."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


def _addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(addresses))


def _listening(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Python's own server sets it, uvicorn's workers do not: one of them would answer IPv4 and the other not.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address[0] == "::" else 1)
        sock.bind(address)
        sock.listen(BACKLOG)  # a second server may be bound to the same address until one of them listens
        sock.set_inheritable(True)
    except OSError:
        sock.close()
        raise
    return sock
