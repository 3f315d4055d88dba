"""Scanners: ClamAV's daemon, and any service behind an HTTP hook."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
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
        """Send the content while listening: clamd reports its size limit and disconnects in the middle."""
        reader, writer = await self._connect()
        answer = asyncio.create_task(reader.readuntil(b"\0"))
        try:
            writer.write(b"zINSTREAM\0")
            with suppress(ConnectionError):
                async for piece in content:
                    if answer.done():
                        break
                    writer.write(len(piece).to_bytes(4, "big"))
                    writer.write(piece)
                    await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            return (await answer)[:-1].decode(errors="replace")
        finally:
            answer.cancel()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.scheme == "unix":
            return await asyncio.open_unix_connection(self._address.path)
        return await asyncio.open_connection(self._address.hostname, self._address.port or 3310)


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
