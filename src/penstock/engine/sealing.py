"""From a complete set of parts to a file."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog

from penstock.engine.catalog import mark_if_damaged
from penstock.engine.events import Events
from penstock.engine.hashing import BackgroundHasher
from penstock.engine.hooks import Hooks
from penstock.engine.media import one_type, sniffed
from penstock.engine.scanning import Inspector
from penstock.model.faults import (
    ContentRefused,
    DigestWrong,
    FileUnknown,
    PartsMissing,
    SizeWrong,
    StillSealing,
    UploadBusy,
    UploadRefused,
    UploadSealed,
)
from penstock.model.file import File, NewFile
from penstock.model.ids import Location, Sha256, UploadId, new_id
from penstock.model.upload import Declared, Digests, Rejection, State, Upload
from penstock.ports import Blobs, FileRepository, Frozen, PartRepository, SealingRepository, Staging, UploadRepository

LEASE = 5.0
"""The lease of a sealer, in seconds: another takes over when it is not renewed."""

PATIENCE = 0.02
"""After how many seconds the second of two sealers first checks whether the first has finished; the pause then
doubles.
"""

RETRY_AFTER = 5
"""`Retry-After` of `StillSealing`, in seconds."""

SealRequest = tuple[UploadId, Declared, int | None]
"""The arguments of `seal`, by which equal requests are joined."""

_log = structlog.get_logger(__name__)


class Sealer:
    """Takes uploads through sealing and placing. Every step is repeatable by another process."""

    def __init__(
        self,
        uploads: UploadRepository,
        parts: PartRepository,
        sealing: SealingRepository,
        files: FileRepository,
        staging: Staging,
        blobs: Blobs,
        hashing: BackgroundHasher,
        inspector: Inspector,
        hooks: Hooks,
        events: Events,
        wait: float,
    ) -> None:
        """`wait` is how long, in seconds, `seal_in_time` waits; 0 is unlimited."""
        self._uploads = uploads
        self._parts = parts
        self._sealing = sealing
        self._files = files
        self._staging = staging
        self._blobs = blobs
        self._hashing = hashing
        self._inspector = inspector
        self._hooks = hooks
        self._events = events
        self._wait = wait
        self._under_way: dict[SealRequest, asyncio.Task[File]] = {}
        self._cleaning: set[asyncio.Task[None]] = set()

    async def seal(self, upload: UploadId, declared: Declared, completed_by: int | None = None) -> File:
        """Make the upload a file, with what is declared of it now (`total` is required). Asked again, or by two at
        once, it answers the same file.

        Raises `PartsMissing`, `SizeWrong`, `DigestWrong`, `QuotaExceeded`, `TooLarge`, and then the upload is open as
        before (only where a quota was lowered after it was checked, the upload waits in placing for headroom);
        `UploadUnknown`, `UploadCancelled`, `FileUnknown` when the file was removed since, `ContentRefused`,
        `UploadRefused`, and whenever it is asked again, and while nobody answers `ScannerUnavailable`,
        `HookUnavailable`; `StorageFull`, `StorageFailed`.
        """
        sealer, patience = new_id(), PATIENCE
        try:
            while True:
                frozen = await self._sealing.freeze(upload, declared, completed_by, sealer, LEASE)
                if frozen is not None:
                    break
                await asyncio.sleep(patience)
                patience = min(2 * patience, LEASE / 5)
            async with self._leased(upload, sealer):
                return await self._finish(frozen, sealer, declared.sha256)
        except UploadSealed as sealed:
            return await self._sealed(sealed)

    async def seal_in_time(self, upload: UploadId, declared: Declared, completed_by: int | None = None) -> File:
        """As `seal`, for callers whom a proxy would cut off. Raises `StillSealing` after `wait` seconds; the seal goes
        on, and an equal request joins it (RULINGS, *A merge that takes long*).
        """
        request = (upload, declared, completed_by)
        task = self._under_way.get(request) or self._begin(request)
        await asyncio.wait({task}, timeout=self._wait or None)
        if not task.done():
            raise StillSealing(RETRY_AFTER)
        return task.result()

    def _begin(self, request: SealRequest) -> asyncio.Task[File]:
        task = self._under_way[request] = asyncio.create_task(self.seal(*request))
        task.add_done_callback(partial(self._ended, request))
        return task

    def _ended(self, request: SealRequest, task: asyncio.Task[File]) -> None:
        """Forget the task: a repeated request reads the outcome from the records. A fault is logged as no defect,
        though nobody may have waited for it.
        """
        del self._under_way[request]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.info("seal_refused", upload=request[0], fault=repr(error))

    async def resume(self, upload: UploadId) -> None:
        """Continue an upload whose sealer vanished while placing."""
        stored = await self._uploads.upload(upload)
        if stored is not None and stored.state is State.PLACING:
            await self.seal(upload, stored.declared)

    async def close(self) -> None:
        """Cancel seals under way, which the next request resumes, and wait until superfluous bytes are deleted."""
        for task in (sealing := list(self._under_way.values())):
            task.cancel()
        await asyncio.gather(*sealing, return_exceptions=True)
        await asyncio.gather(*self._cleaning, return_exceptions=True)

    async def _finish(self, frozen: Frozen, sealer: str, sha256: Sha256 | None) -> File:
        upload = frozen.upload
        digests = frozen.digests or await self._decide(frozen, sealer, sha256)
        location = await self._staging.compose(upload.id, frozen.parts)
        file = await self._describe(upload, location, digests)
        try:
            await self._judge(upload, location, digests, file, sealer)
            # Otherwise our sound bytes would be collected in favour of missing ones.
            await mark_if_damaged(self._files, self._blobs, digests.sha256)
            tell = self._events.finished(upload)
            published = await self._sealing.publish(upload.id, location, digests, file, sealer, tell)
        except UploadBusy:
            return await self.seal(upload.id, upload.declared)  # another sealer took over; what it comes to is the same
        self._later(self._clean(upload.id, published.garbage))
        return published.file

    async def _judge(self, upload: Upload, location: Location, digests: Digests, file: NewFile, sealer: str) -> None:
        """Let the blob be scanned, and then ask the hook, before it becomes visible. What is refused ends the upload: a
        scanner's find goes to quarantine, and of what a hook does not want nothing stays.
        """
        try:
            await self._scan(location, digests.size, file)
            if not upload.approved and await self._hooks.finish(upload, digests):
                await self._sealing.approve(upload.id, sealer)
        except ContentRefused as why:
            await self._blobs.quarantine(location)
            await self._reject(upload, sealer, why, ())
            raise
        except UploadRefused as why:
            await self._reject(upload, sealer, why, (location,))
            raise

    async def _scan(self, location: Location, size: int, file: NewFile) -> None:
        content = await self._blobs.read(location, 0, size)
        await self._inspector.check(content, size, file.name, file.media_type)

    async def _reject(self, upload: Upload, sealer: str, why: Rejection, garbage: Sequence[Location]) -> None:
        await self._sealing.reject(upload.id, sealer, why, self._events.terminated())
        self._later(self._clean(upload.id, garbage))

    async def _decide(self, frozen: Frozen, sealer: str, sha256: Sha256 | None) -> Digests:
        upload = frozen.upload
        try:
            _check_size(upload.declared, sum(part.length for part in frozen.parts))
            digests = await self._hashing.digests(frozen)
            _check_digest(upload.declared.md5, digests.md5)
            _check_digest(sha256, digests.sha256)
            await self._gather(frozen)
            await self._sealing.decide(upload.id, digests, sealer)
        except BaseException:
            await asyncio.shield(self._sealing.thaw(upload.id, sealer))
            raise
        return digests

    async def _gather(self, frozen: Frozen) -> None:
        """Bring to safety what was digested. Raises `PartsMissing` after dropping the records of replaced parts."""
        upload, total = frozen.upload.id, len(frozen.parts)
        if replaced := await self._staging.gather(upload, frozen.parts):
            for part in replaced:
                await self._parts.forget_part(upload, part)
            raise PartsMissing([part.number for part in replaced], received=total - len(replaced), total=total)

    async def _describe(self, upload: Upload, location: Location, digests: Digests) -> NewFile:
        declared = upload.declared
        return NewFile(
            name=upload.given_name or declared.name,
            media_type=one_type(upload.given_type)
            or one_type(declared.media_type)
            or await sniffed(self._blobs, location, digests.size, declared.name),
            key=upload.key,
            label=declared.label,
            identifier_md5=declared.md5,
            folder=upload.folder,
        )

    async def _sealed(self, sealed: UploadSealed) -> File:
        file = await self._files.file(sealed.file)
        if file is None:
            raise FileUnknown
        return file

    async def _clean(self, upload: UploadId, garbage: Sequence[Location]) -> None:
        self._hashing.forget(upload)
        for location in garbage:
            await self._blobs.forget(location)
        await self._staging.discard(upload)
        await self._uploads.discarded(upload)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)

    @asynccontextmanager
    async def _leased(self, upload: UploadId, sealer: str) -> AsyncIterator[None]:
        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE / 3)
                await self._sealing.renew(upload, sealer, LEASE)

        renewing = asyncio.create_task(renew())
        try:
            yield
        except BaseException:
            renewing.cancel()
            await asyncio.shield(self._sealing.renew(upload, sealer, 0))  # the next sealer need not wait for the lease
            raise
        finally:
            renewing.cancel()


def _check_size(declared: Declared, actual: int) -> None:
    if declared.size is not None and declared.size != actual:
        raise SizeWrong(declared.size, actual)


def _check_digest(declared: str | None, actual: str | None) -> None:
    if declared is not None and actual is not None and declared != actual:
        raise DigestWrong(declared, actual)
