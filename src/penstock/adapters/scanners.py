"""Scanners: ClamAV's daemon, and any service behind an HTTP hook."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from penstock.model.faults import ScannerUnavailable

TOO_LARGE = "larger than the scanner takes"
"""The finding for content beyond clamd's `StreamMaxLength`: it cannot be scanned, so it never passes."""

_PRINTABLE = re.compile("[!-~][ -~]*")


class ClamdScanner:
    """The port `Scanner` over clamd's INSTREAM command (clamd(8)), by `tcp://HOST:PORT` or `unix:///PATH`."""

    def __init__(self, address: str, timeout: float) -> None:
        """`timeout` in seconds bounds the whole conversation."""
        self._address = urlsplit(address)
        self._timeout = timeout

    async def scan(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> str | None:
        """See `Scanner.scan`."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._converse(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ScannerUnavailable from error
        if answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        if "size limit exceeded" in answer:
            return TOO_LARGE
        if not answer.endswith(" OK"):
            raise ScannerUnavailable
        return None

    async def close(self) -> None:
        """See `Scanner.close`."""

    async def _converse(self, content: AsyncIterator[bytes]) -> str:
        """Send the content, and read the answer, which may be there before all is sent: clamd reports its size limit
        and disconnects in the middle. What it had said can be read all the same, but not through a stream, which ends
        with the first failing write.
        """
        loop = asyncio.get_running_loop()
        with await self._connect() as connection:
            with suppress(ConnectionError):
                await loop.sock_sendall(connection, b"zINSTREAM\0")
                async for piece in content:
                    await loop.sock_sendall(connection, len(piece).to_bytes(4, "big") + piece)
                await loop.sock_sendall(connection, bytes(4))
            answer = b""
            while not answer.endswith(b"\0"):
                piece = await loop.sock_recv(connection, 4096)
                if not piece:
                    raise asyncio.IncompleteReadError(answer, None)
                answer += piece
        return answer[:-1].decode(errors="replace")

    async def _connect(self) -> socket.socket:
        if self._address.scheme == "unix":
            return await _connected(socket.AF_UNIX, self._address.path)
        host, port = self._address.hostname, self._address.port or 3310
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        *others, (last, _, _, _, where) = found
        for family, _, _, _, address in others:
            with suppress(OSError):
                return await _connected(family, address)
        return await _connected(last, where)


async def _connected(family: int, address: Any) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


class HookScanner:
    """The port `Scanner` over HTTP: the content is POSTed, the answer is JSON `{"allowed": bool, "reason": str}`."""

    def __init__(self, url: str, timeout: float) -> None:
        """`timeout` in seconds bounds each wait for the network."""
        self._url = url
        self._client = httpx.AsyncClient(timeout=timeout)

    async def scan(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> str | None:
        """See `Scanner.scan`."""
        headers = {
            "Content-Type": media_type if _PRINTABLE.fullmatch(media_type) else "application/octet-stream",
            "Content-Length": str(size),
            "X-Penstock-Name": quote(name),
        }
        try:
            answer = await self._client.post(self._url, content=content, headers=headers)
            answer.raise_for_status()
            verdict = answer.json()
            allowed = verdict["allowed"]
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            raise ScannerUnavailable from error
        return None if allowed is True else str(verdict.get("reason") or "refused")

    async def close(self) -> None:
        """See `Scanner.close`."""
        await self._client.aclose()
