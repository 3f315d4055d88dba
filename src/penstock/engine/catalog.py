"""Finding, reading, claiming and removing files."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from penstock import multibuffer
from penstock.engine.events import Events, unrecorded
from penstock.engine.hooks import Hooks
from penstock.engine.media import one_type, sniffed
from penstock.model.event import Kind
from penstock.model.faults import FileDamaged, FileTrashed, FileUnknown
from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import FileId, Md5, PrincipalId, Sha256
from penstock.model.principal import ANONYMOUS, Principal
from penstock.model.upload import Digests
from penstock.ports import Blobs, BytesMissing, FileRepository

BATCH = 16
"""How many missing MD5s are computed in one batch."""


class Catalog:
    """Files as their owners see them. Another owner's file is unknown."""

    def __init__(self, files: FileRepository, blobs: Blobs, hooks: Hooks, events: Events, *, everyone: bool) -> None:
        """`everyone`: a hash finds any signed-in principal's file, not only the caller's own."""
        self._files = files
        self._blobs = blobs
        self._hooks = hooks
        self._events = events
        self._everyone = everyone
        self._hashing: dict[str, asyncio.Task[None]] = {}

    async def file(self, principal: Principal, file: FileId) -> File:
        """The caller's file of this id, or the one that its upload of this id became. Raises `FileUnknown`."""
        found = await self._files.named(file)
        if found is None or found.owner != principal.id:
            raise FileUnknown
        return found

    async def by_key(self, principal: Principal, dialect: str, key: str) -> File:
        """The caller's newest file with this client-chosen key, or with this id. Raises `FileUnknown`."""
        return await self._files.of_key(principal.id, dialect, key) or await self.file(principal, FileId(key))

    async def own(self, principal: Principal, dialect: str, key: str) -> File | None:
        """The caller's newest readable file with this client-chosen key."""
        found = await self._files.of_key(principal.id, dialect, key)
        return found if found is not None and found.trashed_at is None and not found.damaged else None

    async def signed(self, file: FileId) -> File:
        """The file of a signed URL, for any holder of the URL. Raises `FileUnknown`."""
        found = await self._files.file(file)
        if found is None:
            raise FileUnknown
        return found

    async def kind_of(self, blob: Blob, name: str) -> str:
        """The media type of a blob under this name."""
        return await sniffed(self._blobs, blob.location, blob.size, name)

    async def by_hash(self, principal: Principal, md5: Md5, size: int | None) -> File | None:
        """The newest file with this MD5 (and size in bytes, when given) that the caller may read."""
        readers = self._readers(principal)
        while missing := await self._files.unhashed(readers, size, BATCH):
            await asyncio.gather(*map(self._hashed, missing))
        while (found := await self._files.of_hash(readers, md5, size)) is not None:
            if await is_whole(self._blobs, found.blob):
                return found
            await self._files.damage(found.blob.location)  # or the next look would find it again
        return None

    async def trashed(self, principal: Principal, md5: Md5, size: int) -> File | None:
        """The newest file with this MD5 and size in the caller's trash."""
        return await self._files.trashed_of_hash(principal.id, md5, size)

    async def claim(self, principal: Principal, dialect: str, md5: Md5, size: int, file: NewFile) -> File | None:
        """Instant upload: record a file of the caller's own on stored bytes; None when it must send them.

        Raises `QuotaExceeded`, `TooLarge`, `RateLimited`, `UploadRefused`, `HookUnavailable`.
        """
        found = await self.by_hash(principal, md5, size)
        if found is None:
            return None
        if found.owner == principal.id and (found.dialect, found.key) == (dialect, file.key):
            return found
        if self._hooks.asks(Kind.PRE_CREATE) or self._hooks.asks(Kind.PRE_FINISH):
            mine = await self.own(principal, dialect, file.key)
            if mine is not None and (mine.blob.sha256, mine.name) == (found.blob.sha256, file.name):
                return mine  # nothing new, of which a hook would have to be asked
        return await self._claim(principal, dialect, found.blob, file)

    async def _claim(self, principal: Principal, dialect: str, blob: Blob, file: NewFile) -> File | None:
        """It comes without an upload, and is told and asked of as if it had one."""
        file = replace(file, media_type=await self.kind_of(blob, file.name))
        upload = await self._hooks.create(unrecorded(principal, dialect, file, blob.size))
        await self._hooks.finish(upload, Digests(blob.size, blob.sha256, blob.md5))
        kind = one_type(upload.given_type) or file.media_type
        file = replace(file, name=upload.given_name or file.name, media_type=kind)
        tell = self._events.finished(upload, created=True)
        return await self._files.claim(principal.id, dialect, blob.sha256, file, tell)

    async def page(self, principal: Principal, search: str, start: int, count: int) -> tuple[int, list[File]]:
        """How many of the caller's files have `search` in their name, and a page of them, newest first."""
        return await self._files.page(principal.id, search, start, count)

    async def read(self, file: File, start: int, stop: int) -> AsyncIterator[bytes]:
        """Bytes [start, stop), whole even if the file is removed meanwhile. Raises `FileTrashed`, `FileDamaged`; a
        piece that cannot be read raises `BytesMissing`, when the answer has begun.
        """
        refuse_unreadable(file)
        try:
            return await self._blobs.read(file.blob.location, start, stop)
        except BytesMissing as missing:
            await self._files.damage(file.blob.location)
            raise FileDamaged from missing

    async def offered(self, file: File, ttl: float, disposition: str) -> str | None:
        """A URL of the store itself for a readable file, good for `ttl` seconds; None when it must be read here."""
        return await self._blobs.offer(file.blob.location, ttl, file.media_type, disposition)

    async def holds(self, principal: Principal, identifier: str) -> bool:
        """Whether the caller has a file of this id, in the trash or not."""
        found = await self._files.named(identifier)
        return found is not None and found.owner == principal.id

    async def remove(self, principal: Principal, identifier: str) -> None:
        """Remove the caller's file for good; repeated, nothing happens. Raises `FileUnknown`."""
        found = await self._files.named(identifier)
        file = found.id if found is not None else FileId(identifier)
        if not await self._files.remove(principal.id, file, self._events.removed()):
            raise FileUnknown
        if found is not None and found.id != identifier:
            await self._files.bury(principal.id, identifier)

    async def bury(self, principal: Principal, identifier: str) -> None:
        """Record that the caller removed this id."""
        await self._files.bury(principal.id, identifier)

    async def fill_md5(self) -> int:
        """Compute a batch of missing MD5s in advance; returns how many."""
        missing = await self._files.unhashed(None, None, BATCH)
        await asyncio.gather(*map(self._hashed, missing))
        return len(missing)

    def _readers(self, principal: Principal) -> PrincipalId | None:
        return None if self._everyone and principal.id != ANONYMOUS.id else principal.id

    async def _hashed(self, blob: Blob) -> None:
        """Compute a blob's MD5, once for all concurrent callers."""
        task = self._hashing.get(blob.sha256)
        if task is None:
            task = self._hashing[blob.sha256] = asyncio.create_task(self._hash(blob))
            task.add_done_callback(lambda _: self._hashing.pop(blob.sha256))
        await asyncio.shield(task)

    async def _hash(self, blob: Blob) -> None:
        now = await self._files.blob(blob.sha256)
        if now is None or now.md5 is not None:
            return  # another has computed it since the caller's list was read, or its bytes are known to be gone
        digest = multibuffer.md5()
        try:
            await self._blobs.feed(now.location, 0, now.size, [[digest]])
        except BytesMissing:
            await self._files.damage(now.location)
        else:
            await self._files.record_md5(blob.sha256, Md5(digest.hexdigest()))


async def is_whole(blobs: Blobs, blob: Blob) -> bool:
    """Whether a blob's bytes are all there."""
    return await blobs.size(blob.location) == blob.size


async def mark_if_damaged(files: FileRepository, blobs: Blobs, sha256: Sha256) -> None:
    """Mark the blob of these bytes, if there is one and its bytes are not all there. Whoever has the bytes anew calls
    this first, and heals it by recording them; otherwise they would be garbage beside a record of missing ones.
    """
    found = await files.blob(sha256)
    if found is not None and not await is_whole(blobs, found):
        await files.damage(found.location)


def refuse_unreadable(file: File) -> None:
    """Raise `FileTrashed` or `FileDamaged` for a file whose bytes are not delivered."""
    if file.trashed_at is not None:
        raise FileTrashed
    if file.damaged:
        raise FileDamaged
