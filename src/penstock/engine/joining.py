"""Uploads that are put together from others (tus 1.0.0, *Concatenation*): a final one is made of partial ones.

Nobody but this server appends to a final upload. Its bytes are copied where they lie, one part of a source after the
other, and each is recorded as an append is: so whoever takes over goes on at the offset that is reached. They are
digested as those of any upload, and held against the CRCs of what they were copied from.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import structlog

from penstock.engine.appending import Appender, Appending
from penstock.engine.sealing import LEASE, PATIENCE, RETRY_AFTER, Sealer
from penstock.engine.uploads import Uploads
from penstock.model.concat import Concat
from penstock.model.faults import Fault, OffsetWrong, StillSealing, StorageFailed, TooLarge, UploadUnknown
from penstock.model.file import File
from penstock.model.ids import FolderId, UploadId
from penstock.model.principal import Principal
from penstock.model.upload import Declared, Part, State, Upload
from penstock.ports import BytesMissing, HashingRepository, JoinRepository, PartRepository, Staging, UploadRepository

DUE = 8
"""How many uploads are taken up at once that another process left."""

AGAIN = 60.0
"""After how many seconds one is tried again that could not become a file."""

TRIES = 5
"""How often the parts of a source are looked up anew, while they are regrouped."""

_log = structlog.get_logger(__name__)


class Joiner:
    """Puts uploads together. The lease on hashing an upload is that on copying its bytes, too."""

    def __init__(
        self,
        repository: UploadRepository,
        joins: JoinRepository,
        parts: PartRepository,
        hashing: HashingRepository,
        staging: Staging,
        uploads: Uploads,
        appender: Appender,
        sealer: Sealer,
        process: str,
        wait: float,
    ) -> None:
        """`wait` is how long, in seconds, `join_in_time` waits; 0 is unlimited."""
        self._repository = repository
        self._joins = joins
        self._parts = parts
        self._hashing = hashing
        self._staging = staging
        self._uploads = uploads
        self._appender = appender
        self._sealer = sealer
        self._process = process
        self._wait = wait
        self._at_work: dict[UploadId, asyncio.Task[File]] = {}

    async def open(
        self,
        principal: Principal,
        dialect: str,
        declared: Declared,
        sources: Sequence[Upload],
        *,
        limit: int,
        key: str,
        told: str,
        folder: FolderId | None = None,
    ) -> Upload:
        """Open an upload that is made of these partial ones, in this order, or join the live one of the same key.
        Raises as `Uploads.open`.
        """
        declared = replace(declared, size=_size_of(sources))
        return await self._uploads.open(
            principal,
            dialect,
            declared,
            limit=limit,
            needs_md5=True,
            key=key,
            appended=True,
            told=told,
            concat=Concat.FINAL,
            sources=[source.id for source in sources],
            folder=folder,
        )

    async def join_in_time(self, final: UploadId) -> File:
        """Make the final upload a file. Raises `StillSealing` after `wait` seconds, while it goes on; `UploadUnknown`
        when one of its sources is gone, and so is it; and as `Sealer.seal`.
        """
        task = self._begin(final)
        await asyncio.wait({task}, timeout=self._wait or None)
        if not task.done():
            raise StillSealing(RETRY_AFTER)
        return task.result()

    async def is_ready(self, final: UploadId) -> bool:
        """Whether its sources are whole, or gone: nobody is waited for any more."""
        sources = await self._joins.sources(final)
        return sources is None or all(source.is_whole for source in sources)

    async def grown(self, source: Upload) -> None:
        """Put together what waited for this partial upload, if it is whole now."""
        if source.is_whole:
            for final in await self._joins.made_of(source.id):
                if await self.is_ready(final):
                    self._begin(final)

    async def resume(self) -> None:
        """Put together what other processes left."""
        for final in await self._joins.due(DUE):
            self._begin(final)

    async def close(self) -> None:
        """End what is under way: another process goes on."""
        for task in (working := list(self._at_work.values())):
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    def _begin(self, final: UploadId) -> asyncio.Task[File]:
        task = self._at_work.get(final)
        if task is None:
            task = self._at_work[final] = asyncio.create_task(self._put_together(final))
            task.add_done_callback(lambda done: self._ended(final, done))
        return task

    def _ended(self, final: UploadId, task: asyncio.Task[File]) -> None:
        del self._at_work[final]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.info("join_refused", upload=final, fault=repr(error))

    async def _put_together(self, final: UploadId) -> File:
        upload, patience = await self._found(final), PATIENCE
        while upload.state is State.OPEN and not await self._leased(final, LEASE):
            await asyncio.sleep(patience)
            patience, upload = min(2 * patience, LEASE / 5), await self._found(final)
        if upload.state is not State.OPEN:
            return await self._sealer.seal(final, upload.declared)
        try:
            async with self._renewed(final):
                upload = await self._copied(upload)
                return await self._sealer.seal(final, upload.declared)
        except Fault:
            with suppress(Fault):
                await self._leased(final, AGAIN)
            raise

    async def _copied(self, final: Upload) -> Upload:
        sources = await self._joins.sources(final.id)
        if sources is None:
            await self._uploads.abandon(final.id)
            raise UploadUnknown
        size = _size_of(sources)
        if size is None:
            raise StillSealing(RETRY_AFTER)
        if size > final.limit:
            await self._uploads.abandon(final.id)
            raise TooLarge(final.limit)
        if final.declared.size is None:
            final = await self._appender.set_size(final, size)
        start = 0
        for source in sources:
            for _ in range(TRIES):
                with suppress(BytesMissing):  # its parts were regrouped meanwhile
                    final = await self._copied_from(final, source, start)
                    break
            else:
                raise StorageFailed
            start += source.bytes
        return final

    async def _copied_from(self, final: Upload, source: Upload, start: int) -> Upload:
        """The final upload with all bytes of a source, which are to begin at `start`. Raises `BytesMissing`."""
        while final.bytes < start + source.bytes:
            within = final.bytes - start
            part = await self._parts.part_at(source.id, within)
            if part is None:
                raise BytesMissing
            try:
                final = await self._append(final, source.id, part, within)
            except OffsetWrong:  # another process was at it, too
                final = await self._found(final.id)
        return final

    async def _append(self, final: Upload, source: UploadId, part: Part, within: int) -> Upload:
        """Append a part; of one that grew larger when it was regrouped, what is not here yet."""
        if part.number == within:
            return await self._appender.reuse(final, source, part)
        rest = await self._staging.read(source, part.location, within - part.number, part.length)
        return await self._appender.append(final, Appending(final.bytes, rest, part.number + part.length - within))

    async def _found(self, final: UploadId) -> Upload:
        upload = await self._repository.upload(final)
        if upload is None:
            raise UploadUnknown
        return upload

    async def _leased(self, final: UploadId, ttl: float) -> bool:
        return await self._hashing.lease_hashing(final, self._process, ttl, 0)

    @asynccontextmanager
    async def _renewed(self, final: UploadId) -> AsyncIterator[None]:
        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE / 3)
                with suppress(Fault):
                    await self._leased(final, LEASE)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()


def _size_of(sources: Sequence[Upload]) -> int | None:
    """How many bytes the whole has; None as long as that of a source is not known."""
    sizes = [source.declared.size for source in sources]
    return None if None in sizes else sum(size or 0 for size in sizes)
