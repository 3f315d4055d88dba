"""Webhooks over HTTP, to addresses that administrators chose: the operator's network is none of their business.

A name is looked up for each connection, each address that it has is looked at, and the connection goes to the very
address that was found good: what the name leads to a moment later, or elsewhere, does not matter. TLS is spoken with
the host of the URL.
"""

import asyncio
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from penstock.adapters.hooks.signing import read_keys, signed
from penstock.model.address import is_public, literal_address
from penstock.ports import Undelivered

TIMEOUT = 10.0
"""How long, in seconds, a delivery may take as a whole."""

MAX_ANSWER = 64 << 10
"""The most bytes of an answer that are read, so that the connection can be used again."""

CONNECTIONS, IDLE, IDLE_SECONDS = 128, 16, 30.0
"""How many connections there are at most, how many stay open without use, and for how many seconds."""


class AddressRefused(httpcore.ConnectError):
    """A host has no address that may be connected to."""


class HttpReceiver:
    """The port `Receiver`. Proxies of the environment are not asked: they would connect to anywhere."""

    def __init__(self, *, private: bool, timeout: float = TIMEOUT) -> None:
        """`private` addresses may be connected to, too."""
        self._timeout = timeout
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=CONNECTIONS,
            max_keepalive_connections=IDLE,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Guarded(private=private),
        )

    async def post(self, url: str, secrets: Sequence[str], event: str, body: bytes) -> int:
        """See `Receiver.post`."""
        keys = [key for secret in secrets for key in read_keys(secret)]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Penstock",
            "Accept-Encoding": "identity",
            **signed(keys, event, int(time.time()), body),
        }
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(url, headers, body)
        except TimeoutError as error:
            raise Undelivered(f"no answer within {self._timeout:g} s") from error
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Undelivered(str(error) or type(error).__name__) from error
        except (ValueError, httpcore.UnsupportedProtocol) as error:
            raise Undelivered("no address that can be called") from error

    async def close(self) -> None:
        """See `Receiver.close`."""
        await self._pool.aclose()

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        host = httpcore.URL(url)
        named = [("Host", _authority(host)), ("Content-Length", str(len(body))), *headers.items()]
        async with self._pool.stream("POST", host, headers=named, content=body) as response:
            read = 0
            async for piece in response.aiter_stream():
                read += len(piece)
                if read > MAX_ANSWER:
                    break  # what it says does not matter
            return int(response.status)


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked at."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that takes it, of those that may be connected to."""
        addresses = await self._addresses(host, port)
        if not addresses:
            raise AddressRefused("a private address, which the operator has not allowed")
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: its name leads nowhere") from error
        named = dict.fromkeys(str(where[0]) for _, _, _, _, where in found)
        return [address for address in named if self._private or _is_open(address)]


def _is_open(address: str) -> bool:
    known = literal_address(address)
    return known is not None and is_public(known)


def _authority(url: httpcore.URL) -> str:
    """The host and the port, as the header `Host` has them."""
    host = url.host.decode("ascii")
    host = f"[{host}]" if ":" in host else host
    return host if url.port is None else f"{host}:{url.port}"
