"""A blob put together inside the store.

A multipart upload at the blob's key is all that is remembered: a process that takes over lists it. Any of this may be
done twice, and by two processes at once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from penstock.adapters.s3.bucket import Bucket, Found, Multipart, Sent
from penstock.adapters.s3.errors import Absent, MultipartGone
from penstock.adapters.s3.keys import BLOBS, Staged, staged_key
from penstock.adapters.s3.plan import Piece, Source
from penstock.crc64 import written
from penstock.model.faults import StorageFailed
from penstock.model.ids import UploadId
from penstock.ports import BytesMissing

LARGEST = 5 << 30
"""The largest object that is copied in one request, in bytes."""

COPIED = 1 << 30
"""How many bytes of a larger one are copied at a time."""


class Lost(Exception):
    """A part's object is not the one that was recorded."""

    def __init__(self, staged: Staged) -> None:
        super().__init__(staged.name)
        self.staged = staged


class Composition:
    """The multipart upload that becomes the blob of one upload."""

    def __init__(self, bucket: Bucket, upload: UploadId, slots: asyncio.Semaphore) -> None:
        """`slots` bound how many pieces this process makes at once."""
        self._bucket = bucket
        self._upload = upload
        self._slots = slots
        self._beginning = asyncio.Lock()
        self._multipart: Multipart | None = None
        self._listed: dict[int, tuple[int, Sent]] = {}
        self._made: dict[int, tuple[Piece, Sent]] = {}

    async def make(self, piece: Piece) -> None:
        """Make this piece, unless it is there. Raises `Lost`, `MultipartGone`."""
        multipart = await self._begun()
        if self._there(piece) is not None:
            return
        async with self._slots:
            sent = await self._sent(multipart, piece)
        if None not in {sent.crc, piece.crc} and sent.crc != written(piece.crc or 0):
            raise Lost(piece.sources[0].staged)
        self._made[piece.number] = piece, sent

    async def make_all(self, pieces: Sequence[Piece]) -> None:
        """Make every piece. Raises as `make`."""
        making = [asyncio.create_task(self.make(piece)) for piece in pieces]
        try:
            for task in making:
                await task
        finally:
            for task in making:
                task.cancel()
            await asyncio.gather(*making, return_exceptions=True)

    async def complete(self, pieces: Sequence[Piece], crc: int | None) -> bool:
        """Make these pieces, all of which were made, the blob; whether the store has checked its CRC. Raises
        `MultipartGone`, `ChecksumWrong`.
        """
        sent = [part for part in map(self._there, pieces) if part is not None]
        assert len(sent) == len(pieces)
        return await self._bucket.complete(await self._begun(), sent, crc)

    async def abort(self) -> None:
        """Give all of it up."""
        if self._multipart is not None:
            await self._bucket.abort(self._multipart)

    async def _begun(self) -> Multipart:
        """The multipart upload that another process has begun (the oldest, so that all take the same), or a new one."""
        async with self._beginning:
            if self._multipart is None:
                begun = [found async for found in multiparts_of(self._bucket, self._upload)]
                self._multipart = min(begun, key=lambda found: (found.begun, found.id), default=None)
                if self._multipart is None:
                    self._multipart = await self._bucket.begin(f"{BLOBS}{self._upload}")
                else:
                    self._listed = await self._bucket.parts(self._multipart)
            return self._multipart

    def _there(self, piece: Piece) -> Sent | None:
        """A piece that is there. One that another process made may be of a part that was replaced since: it is known to
        be right only by its CRC, or as a copy of a whole object that has that object's ETag.
        """
        if piece.number in self._made:
            made, sent = self._made[piece.number]
            return sent if made == piece else None
        size, sent = self._listed.get(piece.number, (-1, Sent("")))
        source = piece.sources[0]
        copied = source.whole and len(piece.sources) == 1 and sent.etag == source.staged.etag
        checked = piece.crc is not None and sent.crc == written(piece.crc)
        return sent if size == piece.size and (copied or checked) else None

    async def _sent(self, multipart: Multipart, piece: Piece) -> Sent:
        if len(piece.sources) > 1:
            streamed = Streamed(self._bucket, self._upload, piece)
            with streamed.telling():
                return await self._bucket.put_part(multipart, piece.number, streamed.read, piece.size)
        source = piece.sources[0]
        extent = None if source.whole else (source.start, source.stop)
        key = staged_key(self._upload, source.staged.name)
        try:
            return await self._bucket.copy_part(multipart, piece.number, key, source.staged.etag, extent)
        except Absent as absent:
            raise Lost(source.staged) from absent


class Streamed:
    """The bytes of a piece that has to be put together, read from the store to be sent back to it."""

    def __init__(self, bucket: Bucket, upload: UploadId, piece: Piece) -> None:
        self._bucket = bucket
        self._upload = upload
        self._piece = piece
        self._lost: Staged | None = None

    async def read(self) -> AsyncIterator[bytes]:
        """The bytes, in pieces."""
        for source in self._piece.sources:
            try:
                async for piece in await self._opened(source):
                    yield piece
            except (Absent, BytesMissing):
                self._lost = source.staged
                raise

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Raise `Lost` where the client only knows that the body ended with an error."""
        try:
            yield
        except Exception as error:
            if self._lost is None:
                raise
            raise Lost(self._lost) from error

    async def _opened(self, source: Source) -> AsyncIterator[bytes]:
        key = staged_key(self._upload, source.staged.name)
        return await self._bucket.get(key, source.start, source.stop, source.staged.etag)


async def multiparts_of(bucket: Bucket, upload: UploadId) -> AsyncIterator[Multipart]:
    """The multipart uploads at the key of an upload's blob."""
    key = f"{BLOBS}{upload}"
    async for multipart in bucket.multiparts(key):
        if multipart.key == key:
            yield multipart


async def copy_whole(bucket: Bucket, found: Found, target: str) -> None:
    """Copy an object of any size. Raises `StorageFailed` when it changes meanwhile."""
    if found.size <= LARGEST:
        await bucket.copy(found.key, found.etag, target)
        return
    multipart = await bucket.begin(target)
    try:
        extents = [(start, min(start + COPIED, found.size)) for start in range(0, found.size, COPIED)]
        sent = [
            await bucket.copy_part(multipart, number, found.key, found.etag, extent)
            for number, extent in enumerate(extents, 1)
        ]
        await bucket.complete(multipart, sent, None)
    except (Absent, MultipartGone) as error:
        await bucket.abort(multipart)
        raise StorageFailed from error
