"""Parts on their way to the store.

A body of known length is sent on as it arrives. S3 wants to know the length before the first byte, so one of unknown
length waits in an unlinked file: the whole of it, or so much as becomes a part of a multipart upload.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Protocol

from penstock.adapters.s3.bucket import Bucket, Multipart, Sent
from penstock.adapters.s3.errors import MultipartGone
from penstock.adapters.s3.keys import Staged, attempt_name, staged_key
from penstock.crc64 import crc_of, written
from penstock.model.faults import StorageFailed, StorageFull
from penstock.model.ids import StagedLocation, UploadId
from penstock.ports import Hint

STREAMED = 5 << 30
"""The largest body that is sent in one request, in bytes."""

MEMORY = 256 << 10
"""Up to how many bytes of a body wait in memory."""

SPOOLED = 8 << 20
"""How many bytes of it wait in a file. With each thousand of these they become so many more, since S3 takes no more
than 10,000 parts.
"""

PIECE = 256 << 10
"""How many bytes are read from the file at a time."""


class Body(Protocol):
    """How one body gets to its key."""

    async def write(self, piece: bytes) -> None:
        """Append these bytes. Raises `StorageFailed`, `StorageFull`."""

    async def finish(self) -> Sent:
        """The body has ended: return once the store has it. Raises `StorageFailed`."""

    async def abandon(self) -> None:
        """Send no more."""


class S3Sink:
    """One attempt at one part: an object of its own."""

    def __init__(self, bucket: Bucket, upload: UploadId, number: int, hint: Hint, spool: Path) -> None:
        """`spool` is the folder where bodies of unknown length wait."""
        self._bucket = bucket
        self._name = attempt_name(number)
        self._key = staged_key(upload, self._name)
        streamed = hint.length is not None and hint.length <= STREAMED
        self._body: Body = (
            StreamedBody(bucket, self._key, hint.length or 0) if streamed else SpooledBody(bucket, self._key, spool)
        )
        self._crc = 0
        self._location: StagedLocation | None = None

    @property
    def location(self) -> StagedLocation | None:
        """See `Sink.location`. The store shows nothing of an object before all of it is there."""
        return self._location

    async def write(self, piece: bytes) -> None:
        """See `Sink.write`."""
        self._crc = crc_of(piece, self._crc)
        await self._body.write(piece)

    async def commit(self) -> StagedLocation:
        """See `Sink.commit`. A second time, the part is there."""
        if self._location is None:
            sent = await self._body.finish()
            if sent.crc not in {None, written(self._crc)}:
                raise StorageFailed
            self._location = Staged(self._name, sent.etag, self._crc).location
        return self._location

    async def release(self, *, keep: bool) -> None:
        """See `Sink.release`. What cannot be removed now goes with the upload."""
        await self._body.abandon()
        if not keep:
            with suppress(StorageFailed):
                await self._bucket.remove([self._key])


class StreamedBody:
    """A body of known length, sent on as it arrives; a small one that comes in one piece is sent when it has ended."""

    def __init__(self, bucket: Bucket, key: str, length: int) -> None:
        self._bucket = bucket
        self._key = key
        self._length = length
        self._left = length
        self._piece = b""
        self._given, self._taken = asyncio.Event(), asyncio.Event()
        self._sending: asyncio.Task[Sent] | None = None

    async def write(self, piece: bytes) -> None:
        """See `Body.write`."""
        self._left -= len(piece)
        if self._left < 0:
            return  # the engine refuses a body of another length when it has ended
        if len(piece) == self._length <= MEMORY:
            self._piece = piece
        elif piece:
            await self._hand_over(piece)

    async def finish(self) -> Sent:
        """See `Body.finish`."""
        if self._left:
            raise StorageFailed
        if self._sending is None:
            return await self._bucket.put(self._key, lambda: self._piece, self._length)
        return await self._sending

    async def abandon(self) -> None:
        """See `Body.abandon`."""
        if self._sending is not None:
            if self._left > 0:  # else all of it was sent on, and would come into being after its removal
                self._sending.cancel()
            await asyncio.wait([self._sending])
            if not self._sending.cancelled():
                self._sending.exception()  # or it would be reported as never retrieved

    async def _hand_over(self, piece: bytes) -> None:
        if self._sending is None:
            sending = self._bucket.put(self._key, self._arriving, self._length, again=False)
            self._sending = asyncio.create_task(sending)
            self._sending.add_done_callback(lambda _: self._taken.set())  # nobody takes anything any more
        if not self._sending.done():
            self._piece = piece
            self._taken.clear()
            self._given.set()
            await self._taken.wait()
        if self._sending.done() and self._left:
            self._sending.result()
            raise StorageFailed  # it was answered before the body ended

    async def _arriving(self) -> AsyncIterator[bytes]:
        """The pieces, each of which is sent on before its writer goes on: so there is one of each body in memory."""
        left = self._length
        while left:
            await self._given.wait()
            self._given.clear()
            left -= len(self._piece)
            yield self._piece
            self._piece = b""
            self._taken.set()


class SpooledBody:
    """A body of unknown length."""

    def __init__(self, bucket: Bucket, key: str, spool: Path) -> None:
        self._bucket = bucket
        self._key = key
        self._file = SpooledTemporaryFile(MEMORY, dir=str(spool))  # noqa: SIM115  # closed by `abandon`
        self._waiting = 0
        self._multipart: Multipart | None = None
        self._sent: list[Sent] = []

    async def write(self, piece: bytes) -> None:
        """See `Body.write`."""
        with _as_faults():
            self._file.write(piece)
        self._waiting += len(piece)
        if self._waiting >= SPOOLED * (1 + len(self._sent) // 1000):
            await self._send_part()

    async def finish(self) -> Sent:
        """See `Body.finish`."""
        if self._multipart is None:
            return await self._bucket.put(self._key, self._spooled, self._waiting)
        if self._waiting:
            await self._send_part()
        try:
            await self._bucket.complete(self._multipart, self._sent, None)
        except MultipartGone as gone:
            raise StorageFailed from gone
        self._multipart = None
        found = await self._bucket.head(self._key)
        if found is None:
            raise StorageFailed
        return Sent(found.etag)

    async def abandon(self) -> None:
        """See `Body.abandon`."""
        self._file.close()
        if self._multipart is not None:
            with suppress(StorageFailed):
                await self._bucket.abort(self._multipart)

    async def _send_part(self) -> None:
        if self._multipart is None:
            self._multipart = await self._bucket.begin(self._key)
        try:
            sent = await self._bucket.put_part(self._multipart, len(self._sent) + 1, self._spooled, self._waiting)
        except MultipartGone as gone:
            raise StorageFailed from gone
        self._sent.append(sent)
        self._file.seek(0)
        self._file.truncate()
        self._waiting = 0

    async def _spooled(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece


@contextmanager
def _as_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFull from error


def spool_folder(folder: Path) -> Path:
    """The folder where bodies of unknown length wait; nothing in it has a name."""
    path = folder / "spool"
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path
