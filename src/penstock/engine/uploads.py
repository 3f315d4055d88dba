"""Opening, finding, counting and giving up uploads."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from penstock.engine.events import Events
from penstock.engine.hashing import BackgroundHasher
from penstock.engine.hooks import Hooks
from penstock.engine.receiving import md5_of
from penstock.model.concat import Concat
from penstock.model.event import Kind
from penstock.model.faults import TooLarge, UploadConflict, UploadUnknown
from penstock.model.ids import FolderId, Md5, UploadId, new_id
from penstock.model.principal import Principal
from penstock.model.upload import LIVE, Declared, Part, State, Upload
from penstock.ports import BytesMissing, Opening, PartRepository, SealingRepository, Staging, UploadRepository

MD5_BATCH = 64
"""How many MD5s of parts are computed before they are recorded."""


class Uploads:
    """Uploads as their owners see them. Another owner's upload is unknown."""

    def __init__(
        self,
        repository: UploadRepository,
        parts: PartRepository,
        sealing: SealingRepository,
        staging: Staging,
        hashing: BackgroundHasher,
        hooks: Hooks,
        events: Events,
        process: str,
        ttl: float,
        clock: Callable[[], float],
    ) -> None:
        """`ttl` is how long, in seconds, an upload lives after its last part."""
        self._repository = repository
        self._parts = parts
        self._sealing = sealing
        self._staging = staging
        self._hashing = hashing
        self._hooks = hooks
        self._events = events
        self._process = process
        self._ttl = ttl
        self._clock = clock
        self._md5_locks: WeakValueDictionary[UploadId, asyncio.Lock] = WeakValueDictionary()

    @property
    def ttl(self) -> float:
        """How long, in seconds, an upload lives after its last part."""
        return self._ttl

    async def open(
        self,
        principal: Principal,
        dialect: str,
        declared: Declared,
        *,
        limit: int,
        needs_md5: bool,
        key: str | None = None,
        identifier: UploadId | None = None,
        join: bool = True,
        appended: bool = False,
        told: str | None = None,
        concat: Concat | None = None,
        sources: Sequence[UploadId] = (),
        folder: FolderId | None = None,
        late: Upload | None = None,
    ) -> Upload:
        """Open an upload, or `join` the live one of the same key. `limit` bounds all parts together, in bytes. `late`
        is the upload that was live when a part's request began (`live_at`): the part belongs to it, even if it has
        ended since. A final upload (`concat`) is made of `sources` (`Joiner`). One that comes from elsewhere keeps its
        `identifier`. Its file is to lie in the `folder`, or in that of the principal's upload request, by which it is
        bound then. Raises `TooLarge`, `QuotaExceeded`, `UploadConflict` when the
        one to be joined was declared differently or may not be joined, and, of an upload that would be opened,
        `UploadRefused` and `HookUnavailable`. The returned upload may be cancelled: its key stays cancelled until it
        expires.
        """
        upload_request = principal.upload_request
        if upload_request is not None:
            folder = upload_request.folder
            limit = limit if upload_request.largest is None else min(limit, upload_request.largest)
        if (declared.size or 0) > limit:
            raise TooLarge(limit)
        upload = late
        if upload is None and key is not None:
            upload = await self._unsealed(principal, dialect, key)
        if upload is None:
            new = self._new(principal, dialect, declared, limit, needs_md5, key, identifier or UploadId(new_id()))
            wanted = replace(new, appended=appended, told=told, concat=concat, folder=folder)
            wanted = replace(wanted, upload_request=upload_request.id if upload_request is not None else None)
            upload = await self._begin(principal, wanted, sources)
            if upload.id == wanted.id:
                if concat is not Concat.PARTIAL:
                    self._hashing.opened(upload)
                return upload
        if not join or (upload.state is not State.CANCELLED and not _agree(upload.declared, declared)):
            raise UploadConflict
        return upload

    async def find(self, principal: Principal, dialect: str, upload: UploadId) -> Upload:
        """The caller's upload of this id. Raises `UploadUnknown`, and `ContentRefused` or `UploadRefused` when it was
        ended by that.
        """
        found = await self._repository.upload(upload) or await self._repository.rejected(upload)
        if found is None or (found.owner, found.dialect) != (principal.id, dialect):
            raise UploadUnknown
        if principal.upload_request is not None and found.upload_request != principal.upload_request.id:
            raise UploadUnknown
        if found.rejection is not None:
            raise found.rejection
        return found

    async def live(self, principal: Principal, after: str, count: int) -> list[Upload]:
        """At most `count` of the caller's uploads that may still become files, whatever dialect, behind this id."""
        return await self._repository.live(principal.id, after, count)

    async def own(self, principal: Principal, upload: UploadId) -> Upload:
        """The caller's upload, of whatever dialect, that may still become a file. Raises `UploadUnknown`."""
        found = await self.anybodys(upload)
        if found.owner != principal.id:
            raise UploadUnknown
        return found

    async def every(self, after: str, count: int) -> list[Upload]:
        """At most `count` uploads of anybody's that may still become files, behind this id."""
        return await self._repository.live(None, after, count)

    async def anybodys(self, upload: UploadId) -> Upload:
        """An upload that may still become a file, whoever its owner is. Raises `UploadUnknown`."""
        found = await self._repository.upload(upload)
        if found is None or found.state not in LIVE:
            raise UploadUnknown
        return found

    async def signed(self, upload: UploadId) -> Upload:
        """The upload that a signed address names, whoever holds the address. Raises `UploadUnknown`."""
        found = await self._repository.upload(upload)
        if found is None:
            raise UploadUnknown
        return found

    async def newest(self, principal: Principal, dialect: str, key: str) -> Upload | None:
        """The caller's youngest upload under a key of its client's own."""
        return await self._repository.newest(principal.id, dialect, key)

    async def live_at(self, principal: Principal, dialect: str, key: str, head: float) -> Upload | None:
        """The caller's upload that was live under this key when a part's request began (Unix seconds, by `now`),
        whatever has become of it. A dialect whose clients name an upload by a key of their own asks for the time before
        it reads the body: by the time the body is here, another request may have sealed the upload, and the part would
        open a second one under the same key that nobody ever completes.
        """
        return await self._repository.live_at(principal.id, dialect, key, head)

    async def numbers(self, upload: Upload) -> list[int]:
        """The numbers of the parts that are here, from 0, ascending."""
        return await self._parts.numbers(upload.id)

    async def progress(self, upload: Upload) -> int | None:
        """The progress of an upload that is being sealed, from 0 to 100; None when it is not."""
        if upload.state not in {State.SEALING, State.PLACING}:
            return None
        sealing = await self._sealing.sealing(upload.id)
        return sealing.progress if sealing is not None else None

    async def part_md5s(self, upload: Upload, count: int) -> dict[int, Md5 | None]:
        """The MD5s of the parts numbered below `count` that are here: computed once from the stored bytes and then
        recorded. None for a part that cannot be read.
        """
        async with self._md5_locks.setdefault(upload.id, asyncio.Lock()):
            known = await self._parts.md5s(upload.id, count)
            if upload.state is not State.OPEN:
                return known
            missing = [number for number, md5 in known.items() if md5 is None]
            for start in range(0, len(missing), MD5_BATCH):
                hashed = [await self._hash(upload.id, number) for number in missing[start : start + MD5_BATCH]]
                computed = [(part, md5) for part, md5 in filter(None, hashed)]
                await self._parts.record_md5s(upload.id, computed)
                known |= {part.number: md5 for part, md5 in computed}
            return known

    async def _hash(self, upload: UploadId, number: int) -> tuple[Part, Md5] | None:
        part = await self._parts.part(upload, number)
        if part is None:
            return None
        try:
            return part, await md5_of(self._staging, upload, part.location, part.length)
        except BytesMissing:
            return None

    async def cancel(self, upload: Upload) -> None:
        """Cancel the upload; its key refuses parts until it expires. Again: nothing. Raises `UploadBusy`,
        `UploadSealed`, `UploadUnknown`.
        """
        await self._repository.cancel(upload.id, self._events.terminated())
        await self._discard(upload.id)

    async def abandon(self, upload: UploadId) -> bool:
        """Expire an open upload at once; false when it is not open."""
        gone = await self._repository.expire(upload, self._events.terminated())
        if gone:
            await self._discard(upload)
        return gone

    async def _discard(self, upload: UploadId) -> None:
        self._hashing.forget(upload)
        await self._staging.discard(upload)
        await self._repository.discarded(upload)

    def now(self) -> float:
        """The clock of upload records (Unix seconds)."""
        return self._clock()

    async def _begin(self, principal: Principal, wanted: Upload, sources: Sequence[UploadId]) -> Upload:
        """Record an upload that a hook lets begin, or find the one that another request begins under its key."""
        created, ended = self._events.created(), self._events.terminated()
        opening = Opening(wanted, self._process, principal.address, sources, created, ended)
        if not self._hooks.asks(Kind.PRE_CREATE):
            return await self._repository.open(opening)
        if wanted.key == wanted.id:
            return await self._asked(opening)  # nobody else begins it
        async with self._hooks.alone(wanted):
            live = await self._unsealed(principal, wanted.dialect, wanted.key)
            return live if live is not None else await self._asked(opening)

    async def _asked(self, opening: Opening) -> Upload:
        await self._repository.check(opening)
        return await self._repository.open(replace(opening, upload=await self._hooks.create(opening.upload)))

    async def _unsealed(self, principal: Principal, dialect: str, key: str) -> Upload | None:
        newest = await self.newest(principal, dialect, key)
        return newest if newest is not None and newest.state is not State.SEALED else None

    def _new(
        self,
        principal: Principal,
        dialect: str,
        declared: Declared,
        limit: int,
        needs_md5: bool,
        key: str | None,
        created: UploadId,
    ) -> Upload:
        return Upload(
            id=created,
            owner=principal.id,
            dialect=dialect,
            key=created if key is None else key,
            declared=declared,
            limit=limit,
            needs_md5=needs_md5,
            state=State.OPEN,
            epoch=0,
            received=0,
            bytes=0,
            largest=0,
            expires_at=self._clock() + self._ttl,
            file=None,
            completed_by=None,
        )


def _agree(held: Declared, declared: Declared) -> bool:
    """Whether two declarations can describe one file: every value that both state is equal."""
    pairs = ((held.name, declared.name), (held.size, declared.size), (held.total, declared.total))
    return all(a == b for a, b in pairs if a not in {None, ""} and b not in {None, ""})
