"""Staging in a bucket: every attempt at a part is an object of its own.

Laws kept here:
- What is recorded has a key that nobody writes again, or its ETag is demanded at every read (parts that clients PUT to
  the store itself, which they may do twice).
- What becomes of an upload is all in the store: any process can go on where another died.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import structlog

from penstock.adapters.s3.bucket import Bucket
from penstock.adapters.s3.errors import Absent, ChecksumWrong, MultipartGone
from penstock.adapters.s3.gathering import Gathering
from penstock.adapters.s3.keys import BLOBS, STAGING, Staged, attempt_name, blob_location, staged_key
from penstock.adapters.s3.multipart import Composition, Lost, Streamed, multiparts_of
from penstock.adapters.s3.plan import Bounds, Piece, planned
from penstock.adapters.s3.reading import Reading, feed
from penstock.adapters.s3.sink import S3Sink
from penstock.crc64 import joined
from penstock.model.faults import StorageFailed
from penstock.model.ids import Location, StagedLocation, UploadId
from penstock.model.upload import Part
from penstock.pools import Pool
from penstock.ports import Admit, Arrived, BytesMissing, Groups, Hint, Offering, Sink

PIECES = 8
"""How many pieces of blobs a process makes at once."""

FEEDS = 4
"""How many parts a process reads at once for their digests: each takes a megabyte of memory."""

GATHERED = 1024
"""How many uploads are put together while their parts still come."""

TRIES = 3
"""How often a blob is put together anew when another process interferes, or the store finds a checksum wrong."""

AGED = 1800.0
"""A blob that was made so many seconds ago without being recorded is made again, so that its age begins anew: the
background might take it for an orphan before it is recorded. `orphan_grace` is at least twice that.
"""

_log = structlog.get_logger(__name__)


class S3Staging:
    """The port `Staging` over `staging/<upload>/<n>-<random>`; `docs/s3.md` says what lies there."""

    def __init__(self, bucket: Bucket, spool: Path, threads: Pool, bounds: Bounds = Bounds()) -> None:  # noqa: B008  # frozen
        """`spool` is where bodies of unknown length wait; `threads` compute digests."""
        self._bucket = bucket
        self._spool = spool
        self._threads = threads
        self._bounds = bounds
        self._feeds = asyncio.Semaphore(FEEDS)
        self._pieces = asyncio.Semaphore(PIECES)
        self._gatherings: OrderedDict[UploadId, Gathering] = OrderedDict()

    async def begin(self, upload: UploadId, number: int, hint: Hint, admit: Admit) -> Sink:
        """See `Staging.begin`. There is nothing to lock: no other attempt has this key."""
        await admit()
        return S3Sink(self._bucket, upload, number, hint, self._spool)

    async def offer(self, upload: UploadId, parts: Sequence[Offering], ttl: float) -> list[str] | None:
        """See `Staging.offer`."""
        presigning = await self._bucket.presigner()
        if presigning is None:
            return None
        signer, url_of = presigning

        def signed() -> list[str]:
            return [
                signer.sign(
                    "PUT",
                    url_of(staged_key(upload, str(part.number))),
                    ttl,
                    headers={} if part.length is None else {"content-length": str(part.length)},
                )
                for part in parts
            ]

        return await asyncio.to_thread(signed)

    async def arrived(self, upload: UploadId) -> Sequence[Arrived]:
        """See `Staging.arrived`."""
        prefix, parts = staged_key(upload), []
        async for page in self._bucket.pages(prefix):
            for found in page:
                staged = Staged(found.key.removeprefix(prefix), found.etag)
                if staged.offered:
                    parts.append(Arrived(int(staged.name), staged.location, found.size, found.etag))
        return parts

    async def feed(self, upload: UploadId, location: StagedLocation, start: int, stop: int, groups: Groups) -> None:
        """See `Staging.feed`."""
        async with self._feeds:
            await feed(await self._reading(upload, location, start, stop), groups, self._threads)

    async def read(self, upload: UploadId, location: StagedLocation, start: int, stop: int) -> AsyncIterator[bytes]:
        """See `Staging.read`."""
        return await self._reading(upload, location, start, stop)

    async def _reading(self, upload: UploadId, location: StagedLocation, start: int, stop: int) -> Reading:
        staged = Staged.at(location)
        try:
            return await self._bucket.get(staged_key(upload, staged.name), start, stop, staged.etag)
        except Absent as absent:
            raise BytesMissing(location) from absent

    def join(self, before: Part, after: Part) -> StagedLocation | None:
        """See `Staging.join`. Every part is an object of its own."""
        return None

    async def reuse(self, upload: UploadId, offset: int, source: UploadId, part: Part) -> StagedLocation:
        """See `Staging.reuse`. The store copies it."""
        there, name = Staged.at(part.location), attempt_name(offset)
        try:
            etag = await self._bucket.copy(staged_key(source, there.name), there.etag, staged_key(upload, name))
        except Absent as absent:
            raise BytesMissing(part.location) from absent
        return Staged(name, etag, there.crc).location

    async def take_in(self, upload: UploadId, path: Path) -> StagedLocation | None:
        """See `Staging.take_in`. Everything has to be sent."""
        return None

    async def drop(self, upload: UploadId, location: StagedLocation) -> None:
        """See `Staging.drop`. A key that was given away is left alone: what replaced this part may be there."""
        staged = Staged.at(location)
        if not staged.offered:
            await self._bucket.remove([staged_key(upload, staged.name)])

    def follow(self, upload: UploadId, part: Part) -> None:
        """See `Staging.follow`."""
        gathering = self._gatherings.get(upload)
        if gathering is None or part.number == 0:
            gathering = self._gather(upload)
        gathering.add(part)

    async def gather(self, upload: UploadId, parts: Sequence[Part]) -> Sequence[Part]:
        """See `Staging.gather`. Only what was PUT to an address that was given away can be lost."""
        if not any(Staged.at(part.location).offered for part in parts):
            return ()
        pieces = planned(parts, self._bounds)
        for _ in range(TRIES):
            composition = await self._composition(upload)
            try:
                await composition.make_all(pieces)
            except MultipartGone:
                self._forget(upload)
                continue
            except Lost as lost:
                self._forget(upload)
                return [part for part in parts if part.location == lost.staged.location]
            return ()
        raise StorageFailed

    async def compose(self, upload: UploadId, parts: Sequence[Part]) -> Location:
        """See `Staging.compose`."""
        total, pieces = sum(part.length for part in parts), planned(parts, self._bounds)
        crc = joined((Staged.at(part.location).crc, part.length) for part in parts)
        for _ in range(TRIES):
            if await self._is_placed(upload, total):
                break
            try:
                await self._place(upload, pieces, crc, total)
                break
            except MultipartGone:
                self._forget(upload)
            except StorageFailed:  # the answer may have been lost, and not the request
                if not await self._is_placed(upload, total):
                    raise
                break
            except Lost as lost:
                self._forget(upload)
                raise BytesMissing(lost.staged.name) from lost
        else:
            raise StorageFailed
        self._forget(upload)
        return blob_location(upload)

    async def discard(self, upload: UploadId) -> None:
        """See `Staging.discard`."""
        if (gathering := self._forget(upload)) is not None:
            await gathering.settled()  # or what it begins would outlive the upload
        prefix = staged_key(upload)
        async for multipart in self._bucket.multiparts(prefix):
            await self._bucket.abort(multipart)
        async for multipart in multiparts_of(self._bucket, upload):
            await self._bucket.abort(multipart)
        async for page in self._bucket.pages(prefix):
            await self._bucket.remove([found.key for found in page])

    async def each(self) -> AsyncIterator[tuple[UploadId, float]]:
        """See `Staging.each`."""
        last: tuple[UploadId, float] | None = None
        async for page in self._bucket.pages(STAGING):
            for found in page:
                upload = UploadId(found.key.removeprefix(STAGING).partition("/")[0])
                if last is not None and last[0] != upload:
                    yield last
                    last = None
                last = upload, max(found.changed, last[1] if last is not None else 0.0)
        if last is not None:
            yield last
        for prefix in (BLOBS, STAGING):
            async for multipart in self._bucket.multiparts(prefix):
                yield UploadId(multipart.key.removeprefix(prefix).partition("/")[0]), multipart.begun

    async def probe(self) -> None:
        """See `Staging.probe`. Whether the store answers is for the probe of the blobs to say."""

    async def close(self) -> None:
        """End what goes on behind the writers."""
        for upload in list(self._gatherings):
            self._forget(upload)

    # --- composing ---------------------------------------------------------------------------------------------------

    async def _is_placed(self, upload: UploadId, total: int) -> bool:
        found = await self._bucket.head(f"{BLOBS}{upload}")
        return found is not None and found.size == total and time.time() - found.changed < AGED

    async def _place(self, upload: UploadId, pieces: Sequence[Piece], crc: int | None, total: int) -> None:
        """Make the blob. Raises `Lost`, `MultipartGone`."""
        if len(pieces) < 2 and not self._has_begun(upload, pieces):
            checked = await self._place_at_once(upload, pieces)
        else:
            composition = await self._composition(upload)
            await composition.make_all(pieces)
            try:
                checked = await composition.complete(pieces, crc)
            except ChecksumWrong as wrong:
                _log.critical("checksum_wrong", upload=upload, told=str(wrong))
                await composition.abort()
                raise MultipartGone from wrong
        if not checked and not await self._is_placed(upload, total):
            raise StorageFailed

    def _has_begun(self, upload: UploadId, pieces: Sequence[Piece]) -> bool:
        """Whether the blob is being put together already: what could be replaced was copied before it was decided."""
        gathering = self._gatherings.get(upload)
        return (gathering is not None and gathering.begun) or any(_replaceable(piece) for piece in pieces)

    async def _place_at_once(self, upload: UploadId, pieces: Sequence[Piece]) -> bool:
        """Make a blob of at most one piece in one request; whether the store says that its bytes are those."""
        key = f"{BLOBS}{upload}"
        if not pieces:
            await self._bucket.put(key, lambda: b"", 0)
            return True
        [piece] = pieces
        source = piece.sources[0]
        if len(piece.sources) == 1:
            try:
                copy = await self._bucket.copy(staged_key(upload, source.staged.name), source.staged.etag, key)
            except Absent as absent:
                raise Lost(source.staged) from absent
            return copy == source.staged.etag
        streamed = Streamed(self._bucket, upload, piece)
        with streamed.telling():
            await self._bucket.put(key, streamed.read, piece.size)
        return False

    async def _composition(self, upload: UploadId) -> Composition:
        """The composition that is under way, here or elsewhere, or a new one."""
        return await (self._gatherings.get(upload) or self._gather(upload)).settled()

    def _gather(self, upload: UploadId) -> Gathering:
        self._forget(upload)
        composition = Composition(self._bucket, upload, self._pieces)
        self._gatherings[upload] = gathering = Gathering(composition, self._bounds)
        if len(self._gatherings) > GATHERED:
            self._forget(next(iter(self._gatherings)))
        return gathering

    def _forget(self, upload: UploadId) -> Gathering | None:
        gathering = self._gatherings.pop(upload, None)
        if gathering is not None:
            gathering.end()
        return gathering


def _replaceable(piece: Piece) -> bool:
    return any(source.staged.offered for source in piece.sources)
