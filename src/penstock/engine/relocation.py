"""Every blob of one store brought to another, while no server runs.

Laws kept here:
- The records change in one transaction, when every blob is there: until then the source is the store, and nothing of it
  is touched; from then on the target is. So there is no state in which a server could not run on one of them.
- A blob has its name in the target only once its bytes were held against its SHA-256: a run that was killed is gone on
  with by looking at names and sizes alone.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

import xxhash

from penstock.engine.receiving import admitting, never_discarded
from penstock.model.faults import Refusal, StorageFailed
from penstock.model.file import Blob
from penstock.model.ids import Location, Sha256, UploadId
from penstock.model.upload import Part
from penstock.ports import Blobs, BytesMissing, Hint, RelocationRepository, Stage, Staging

T = TypeVar("T")

BATCH = 100
GROUP = 500
"""How many entries of the target are held against the records at once."""

AT_ONCE = 8
"""How many blobs are on their way at once: a store elsewhere takes long to answer, and a blob takes eight requests."""


class RelocationRefused(Refusal):
    """The blobs cannot be brought there; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A store of bytes by its `name`. `location_of` says where an upload's blob comes to lie, `upload_of` whose lies
    there.
    """

    name: str
    staging: Staging
    blobs: Blobs
    location_of: Callable[[UploadId], Location]
    upload_of: Callable[[Location], UploadId]


@dataclass(slots=True)
class Relocated:
    """What was done. `damaged` are blobs that are missing in the source, or whose bytes differ from their record."""

    blobs: int
    bytes: int
    unfinished: int
    brought: int = 0
    damaged: tuple[Sha256, ...] = ()


class Relocation:
    """The move of all blobs. It may be killed at any moment; another one goes on."""

    def __init__(self, repository: RelocationRepository, source: Place, target: Place, heard: Stage) -> None:
        """`heard` is told of bytes."""
        self._repository = repository
        self._source = source
        self._target = target
        self._heard = heard
        self._done = self._total = self._brought = 0
        self._damaged: list[Sha256] = []
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> Relocated:
        """Bring every blob that is not there. Raises `RelocationRefused`."""
        await self._refuse_others()
        holding = await self._repository.holding()
        self._total = holding.bytes
        try:
            async with asyncio.TaskGroup() as bringing:
                async for blob in self._sound():
                    await self._slots.acquire()
                    task = bringing.create_task(self._bring(blob))
                    task.add_done_callback(lambda _: self._slots.release())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed  # the others were cancelled, or failed likewise
        await self._discard()
        return Relocated(holding.blobs, holding.bytes, holding.unfinished, self._brought, tuple(self._damaged))

    async def commit(self, relocated: Relocated) -> None:
        """Let the records name the target."""
        source, target = self._source, self._target
        await self._repository.move(
            target.name, lambda location: target.location_of(source.upload_of(location)), relocated.damaged
        )

    async def _refuse_others(self) -> None:
        async for locations in _grouped(self._target.blobs.each()):
            if not await self._repository.brought([self._target.upload_of(location) for location in locations]):
                raise RelocationRefused(f"{self._target.name} holds blobs of another installation. Take an empty one.")
            break

    async def _discard(self) -> None:
        """Remove what runs that were killed left behind."""
        async for uploads in _grouped(self._target.staging.each()):
            for upload in await self._repository.brought(uploads):
                await self._target.staging.discard(upload)

    async def _sound(self) -> AsyncIterator[Blob]:
        after = Sha256("")
        while blobs := await self._repository.sound(after, BATCH):
            for blob in blobs:
                yield blob
            after = blobs[-1].sha256

    async def _bring(self, blob: Blob) -> None:
        upload = self._source.upload_of(blob.location)
        try:
            if await self._target.blobs.size(self._target.location_of(upload)) != blob.size:
                with never_discarded():
                    await self._bring_bytes(blob, upload)
                self._brought += 1
        except _Damaged:
            self._damaged.append(blob.sha256)
        except StorageFailed as failed:
            raise RelocationRefused(
                f"blob {blob.sha256}: the store failed. Nothing is lost: run the same command again."
            ) from failed
        self._done += blob.size
        self._heard("copying", self._done, self._total)

    async def _bring_bytes(self, blob: Blob, upload: UploadId) -> None:
        """Place the blob. Raises `_Damaged`."""
        try:
            part = await self._staged(blob, upload)
            await self._target.staging.compose(upload, [part])
        finally:
            await self._target.staging.discard(upload)

    async def _staged(self, blob: Blob, upload: UploadId) -> Part:
        """The blob as a part of its upload, since a store makes blobs of parts alone. Raises `_Damaged`."""
        hint, staged = Hint(max(1, blob.size), blob.size, offset=0), None
        sha256, xxh3 = hashlib.sha256(), xxhash.xxh3_128()
        sink = await self._target.staging.begin(upload, 0, hint, admitting())
        try:
            async for piece in self._read(blob):
                sha256.update(piece)
                xxh3.update(piece)
                await sink.write(piece)
            staged = await sink.commit()
        finally:
            await sink.release(keep=staged is not None)
        if sha256.hexdigest() != blob.sha256:
            raise _Damaged
        return Part(0, staged, blob.size, xxh3.hexdigest(), 0)

    async def _read(self, blob: Blob) -> AsyncIterator[bytes]:
        try:
            async for piece in await self._source.blobs.read(blob.location, 0, blob.size):
                yield piece
        except BytesMissing as missing:
            raise _Damaged from missing


async def _grouped(entries: AsyncIterator[tuple[T, float]]) -> AsyncIterator[list[T]]:
    group: list[T] = []
    async for entry, _ in entries:
        group.append(entry)
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


class _Damaged(Exception):
    """The source does not have the blob's bytes."""
