"""Bytes on their way from the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Self

import aiohttp

from penstock.adapters.s3.errors import Absent
from penstock.model.faults import StorageFailed
from penstock.pools import Pool
from penstock.ports import BytesMissing, Groups, Hasher

BLOCK = 256 * 1024
"""How many bytes hashers get at a time: handing a piece to a thread takes as long as digesting a few KiB."""

TRIFLE = 8192
"""Up to how many bytes are digested on the event loop, because waking a thread takes longer."""

RESUMED = 3
"""How often a reading goes on after its connection broke."""

Open = Callable[[str, int, int, str | None], Awaitable[aiohttp.ClientResponse]]


class Reading:
    """Bytes [start, stop) of one object in pieces. When the connection breaks, the rest is asked for, of the same
    object. The connection is closed with this object: a reader may stop early or never begin.
    """

    def __init__(
        self, again: Open, key: str, start: int, stop: int, answer: aiohttp.ClientResponse | None, etag: str
    ) -> None:
        self.etag = etag
        self._again = again
        self._key = key
        self._start = start
        self._stop = stop
        self._answer = answer
        self._left = RESUMED

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._start >= self._stop:
            self.close()
            raise StopAsyncIteration
        piece = await self._piece()
        while not piece:
            await self._reopen()
            piece = await self._piece()
        self._start += len(piece)
        return piece

    def close(self) -> None:
        """Let go of the connection."""
        if self._answer is not None:
            self._answer.release() if self._start >= self._stop else self._answer.close()
            self._answer = None

    async def _piece(self) -> bytes:
        """What has arrived; nothing when the connection broke."""
        assert self._answer is not None
        try:
            return await self._answer.content.readany()
        except (aiohttp.ClientError, OSError):
            return b""

    async def _reopen(self) -> None:
        self.close()
        if not self._left:
            raise StorageFailed
        self._left -= 1
        try:
            self._answer = await self._again(self._key, self._start, self._stop, self.etag)
        except Absent as absent:
            raise BytesMissing(self._key) from absent

    def __del__(self) -> None:
        if self._answer is not None:
            self._answer.close()


async def feed(reading: Reading, groups: Groups, threads: Pool) -> None:
    """Give every piece to every hasher: groups side by side on the threads, while the next pieces arrive."""
    under_way: asyncio.Future[list[None]] | None = None
    try:
        async for block in _blocks(reading):
            if under_way is not None:
                await under_way
            if len(block) <= TRIFLE:
                for group in groups:
                    _update(group, block)
            else:
                under_way = asyncio.gather(*(threads.run(_update, group, block) for group in groups))
    finally:
        reading.close()
        if under_way is not None:
            await asyncio.shield(under_way)  # a thread must not touch a hasher whose feed has ended


async def _blocks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting, length = list[bytes](), 0
    async for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= BLOCK:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)


def _update(group: Sequence[Hasher], block: bytes) -> None:
    for hasher in group:
        hasher.update(memoryview(block))
