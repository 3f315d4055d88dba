"""Blobs in a bucket: objects that appear whole or not at all."""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

from penstock.adapters.s3.bucket import Bucket
from penstock.adapters.s3.errors import Absent
from penstock.adapters.s3.keys import BLOBS, PROBES, QUARANTINE
from penstock.adapters.s3.multipart import copy_whole
from penstock.adapters.s3.reading import Reading, feed
from penstock.model.faults import StorageFailed
from penstock.model.ids import Location
from penstock.pools import Pool
from penstock.ports import BytesMissing, Groups


class S3Blobs:
    """The port `Blobs` over `blobs/<upload id>`."""

    def __init__(self, bucket: Bucket, threads: Pool, *, offers: bool = False) -> None:
        """`threads` compute digests; `offers`: downloads go past this server."""
        self._bucket = bucket
        self._threads = threads
        self._offers = offers

    async def read(self, location: Location, start: int, stop: int) -> AsyncIterator[bytes]:
        """See `Blobs.read`."""
        return await self._reading(location, start, stop)

    async def _reading(self, location: Location, start: int, stop: int) -> Reading:
        try:
            return await self._bucket.get(f"{BLOBS}{location}", start, stop)
        except Absent as absent:
            raise BytesMissing(location) from absent

    async def offer(self, location: Location, ttl: float, media_type: str, disposition: str) -> str | None:
        """See `Blobs.offer`."""
        presigning = await self._bucket.presigner() if self._offers else None
        if presigning is None:
            return None
        signer, url_of = presigning
        query = {"response-content-type": media_type, "response-content-disposition": disposition}
        return signer.sign("GET", url_of(f"{BLOBS}{location}"), ttl, query=query)

    async def feed(self, location: Location, start: int, stop: int, groups: Groups) -> None:
        """See `Blobs.feed`."""
        await feed(await self._reading(location, start, stop), groups, self._threads)

    async def size(self, location: Location) -> int | None:
        """See `Blobs.size`."""
        found = await self._bucket.head(f"{BLOBS}{location}")
        return found.size if found is not None else None

    async def forget(self, location: Location) -> None:
        """See `Blobs.forget`."""
        await self._bucket.remove([f"{BLOBS}{location}"])

    async def quarantine(self, location: Location) -> None:
        """See `Blobs.quarantine`."""
        key = f"{BLOBS}{location}"
        found = await self._bucket.head(key)
        if found is not None:
            await copy_whole(self._bucket, found, f"{QUARANTINE}{location}")
            await self._bucket.remove([key])

    async def each(self) -> AsyncIterator[tuple[Location, float]]:
        """See `Blobs.each`."""
        async for page in self._bucket.pages(BLOBS):
            for found in page:
                yield Location(found.key.removeprefix(BLOBS)), found.changed

    async def probe(self) -> None:
        """See `Blobs.probe`."""
        key, content = f"{PROBES}{uuid4().hex}", os.urandom(64)
        await self._bucket.put(key, lambda: content, len(content))
        try:
            reading = await self._bucket.get(key, 0, len(content))
            if b"".join([piece async for piece in reading]) != content:
                raise StorageFailed
        except (Absent, BytesMissing):
            raise StorageFailed from None
        finally:
            await self._bucket.remove([key])
