"""Files rebuilt from the chain, cached while they are being read."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response

from penstock.engine.receiving import Receiver, SpooledBody
from penstock.http.downloads.delivery import deliver_borrowed
from penstock.http.downloads.ranges import Representation
from penstock.model.faults import FileDamaged, TooLarge
from penstock.publishing.rebuilding import Content, Rebuilder

ABREAST = 2
"""How many files are rebuilt at once."""


class RebuildCache:
    """Rebuilds a file once for all concurrent readers, and drops it after the last."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._slots = asyncio.Semaphore(ABREAST)
        self._files: dict[str, asyncio.Task[SpooledBody]] = {}
        self._readers: Counter[str] = Counter()

    @asynccontextmanager
    async def borrow(self, name: str, content: Content) -> AsyncIterator[SpooledBody]:
        """The complete, verified file of this PIN, on the disk. Raises `FileDamaged`, `ChainUnavailable`,
        `StorageFull`, `StorageFailed`.
        """
        if name not in self._files:
            self._files[name] = asyncio.create_task(self._rebuilt(content))
        task = self._files[name]
        self._readers[name] += 1
        try:
            yield await asyncio.shield(task)
        finally:
            self._readers[name] -= 1
            if not self._readers[name]:
                del self._readers[name], self._files[name]
                await asyncio.shield(_drop(task))

    async def _rebuilt(self, content: Content) -> SpooledBody:
        async with self._slots:
            try:
                return await self._receiver.spool(None, content.pieces, content.size, content.size)
            except TooLarge as surplus:
                raise FileDamaged from surplus


async def _drop(task: asyncio.Task[SpooledBody]) -> None:
    """Drop a file without readers; an unfinished rebuild is cancelled."""
    task.cancel()
    done, _ = await asyncio.wait([task])
    for ended in done:
        if not ended.cancelled() and ended.exception() is None:
            await ended.result().discard()


async def deliver_rebuilt(
    rebuilder: Rebuilder, rebuilt: RebuildCache, pin: str, largest: int, request: Request
) -> Response:
    """The file of a PIN, whole or in ranges. Raises `TooLarge`, and as `Rebuilder.open` and `RebuildCache.borrow`."""
    content = await rebuilder.open(pin)
    if content.size > largest:
        raise TooLarge(largest)
    representation = Representation(content.size, f'"{pin}"', None, content.media_type, content.name or pin)
    return deliver_borrowed(representation, request, lambda: rebuilt.borrow(pin, content))
