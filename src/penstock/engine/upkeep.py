"""What runs in the background: expiry, collection, resuming, retention. Every step is harmless when repeated."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from penstock.engine.catalog import Catalog
from penstock.engine.events import Events
from penstock.engine.joining import Joiner
from penstock.engine.sealing import Sealer
from penstock.model.faults import Fault
from penstock.model.ids import UploadId
from penstock.ports import (
    AuditRepository,
    Blobs,
    FactorRepository,
    Heard,
    LeaseRepository,
    PublicationRepository,
    SessionRepository,
    Staging,
    UpkeepRepository,
    UploadRepository,
    unheard,
)

BATCH = 200
RESUMED = 8
ORPHANS = 500
"""How many entries of the store are held against the records at once."""

MISSED = 3
"""After how many rounds another process takes over from one that is silent."""

SILENCE = 5.0
"""How soon, in seconds, somebody looks after a merge whose process died."""

T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept, in seconds, and how many entries of the audit log. Files are kept for ever when
    `files` is None; `sessions` are kept for so long once they have ended, and so are tokens.
    """

    blob_grace: float
    orphan_grace: float
    trash: float
    audit: float
    sessions: float
    files: float | None
    audit_failures: int
    audit_entries: int


@dataclass(slots=True)
class Tally:
    """The result of one round."""

    expired_uploads: int = 0
    discarded_uploads: int = 0
    resumed_uploads: int = 0
    forgotten_uploads: int = 0
    forgotten_publications: int = 0
    forgotten_sessions: int = 0
    forgotten_proofs: int = 0
    forgotten_acts: int = 0
    trashed_files: int = 0
    purged_files: int = 0
    collected_blobs: int = 0
    removed_orphans: int = 0
    computed_md5s: int = 0


Chore = Callable[[bool], Awaitable[object]]
"""Something that is to be tidied; in the rare rounds that look for orphans (True) thoroughly."""


class Upkeep:
    """The background work of one process. Several processes may run it side by side."""

    def __init__(
        self,
        repository: UpkeepRepository,
        uploads: UploadRepository,
        staging: Staging,
        blobs: Blobs,
        sealer: Sealer,
        joiner: Joiner,
        catalog: Catalog,
        events: Events,
        publications: PublicationRepository,
        sessions: SessionRepository,
        proofs: FactorRepository,
        audit: AuditRepository,
        retention: Retention,
        clock: Callable[[], float],
        leases: LeaseRepository,
        process: str,
        tidy: Chore,
        reserve: Callable[[], object] = lambda: None,
    ) -> None:
        """`tidy` is done in each round; `reserve` reserves released disk space again, if there is any."""
        self._repository = repository
        self._uploads = uploads
        self._staging = staging
        self._blobs = blobs
        self._sealer = sealer
        self._joiner = joiner
        self._catalog = catalog
        self._events = events
        self._publications = publications
        self._sessions = sessions
        self._proofs = proofs
        self._audit = audit
        self._retention = retention
        self._clock = clock
        self._leases = leases
        self._process = process
        self._tidy = tidy
        self._reserve = reserve

    async def run(self, interval: float) -> None:
        """Run a round every `interval` seconds until cancelled; every hundredth looks for orphans. Of several processes
        one does so, and another once that one is silent.
        """
        count = 0
        while True:
            with _harmless("upkeep_failed"):
                if await self._leases.take("upkeep", self._process, MISSED * interval):
                    tally = await self.once(orphans=count % 100 == 0)
                    _log.debug("upkeep", tally=tally)
                    count += 1
            await asyncio.sleep(interval)

    async def run_resuming(self, interval: float = SILENCE) -> None:
        """Take up what a process left whose lease ran out, every `interval` seconds until cancelled: somebody waits."""
        while True:
            await asyncio.sleep(interval)
            with _harmless("resume_failed"):
                await self._resume(Tally())
            with _harmless("join_failed"):
                await self._joiner.resume()

    async def once(self, *, orphans: bool, heard: Heard = unheard) -> Tally:
        """Run one round."""
        tally = Tally()
        heard("expiring", 0)
        tally.expired_uploads = await self._repository.expire_uploads(self._events.terminated())
        await self._discard(tally, heard)
        tally.forgotten_uploads = await self._repository.forget_old()
        if self._retention.files is not None:
            tally.trashed_files = await self._repository.trash_older(self._retention.files)
        tally.forgotten_publications = await self._publications.forget_old(self._retention.trash)
        tally.forgotten_sessions = await self._sessions.forget_ended(self._retention.sessions)
        tally.forgotten_proofs = await self._proofs.forget_proofs()
        tally.forgotten_acts = await self._audit.forget_old(self._retention.audit)
        tally.forgotten_acts += await self._audit.trim(self._retention.audit_failures, self._retention.audit_entries)
        tally.purged_files = await self._repository.purge_trash(self._retention.trash)
        heard("tidying", 0)
        await self._tidy(orphans)
        await self._collect(tally, heard)
        if orphans:
            await self._remove_orphans(tally, heard)
        self._reserve()
        heard("computing MD5s", 0)
        tally.computed_md5s = await self._catalog.fill_md5()
        heard("resuming merges", 0)
        await self._resume(tally)
        return tally

    async def _resume(self, tally: Tally) -> None:
        """Resume placing uploads, a few in parallel and last of all: each waits for an unavailable scanner."""
        stalled = await self._repository.stalled(RESUMED)
        for resumed in await asyncio.gather(*map(self._resumed, stalled)):
            tally.resumed_uploads += resumed

    async def _resumed(self, upload: UploadId) -> bool:
        try:
            await self._sealer.resume(upload)
        except Fault as fault:
            _log.warning("resume_failed", upload=upload, fault=repr(fault))
            return False
        return True

    async def _discard(self, tally: Tally, heard: Heard) -> None:
        while finished := await self._repository.finished(BATCH):
            for upload in finished:
                await self._staging.discard(upload)
                await self._uploads.discarded(upload)
                tally.discarded_uploads += 1
                heard("discarding ended uploads", tally.discarded_uploads)

    async def _collect(self, tally: Tally, heard: Heard) -> None:
        while locations := await self._repository.collect(self._retention.blob_grace, BATCH):
            for location in locations:
                await self._blobs.forget(location)
                tally.collected_blobs += 1
                heard("collecting blobs", tally.collected_blobs)

    async def _remove_orphans(self, tally: Tally, heard: Heard) -> None:
        """Remove bytes without a record, left by a crash. Young ones may be about to get one."""
        before, looked_at = self._clock() - self._retention.orphan_grace, 0
        async for uploads in _old(self._staging.each(), before):
            heard("looking for orphans", looked_at := looked_at + len(uploads))
            for upload in uploads.difference(await self._repository.known(uploads)):
                await self._staging.discard(upload)
                tally.removed_orphans += 1
        async for locations in _old(self._blobs.each(), before):
            heard("looking for orphans", looked_at := looked_at + len(locations))
            for location in locations.difference(await self._repository.located(locations)):
                await self._blobs.forget(location)
                tally.removed_orphans += 1


async def _old(entries: AsyncIterator[tuple[T, float]], before: float) -> AsyncIterator[set[T]]:
    """Those that are older than a moment (Unix seconds), in groups."""
    group: set[T] = set()
    async for entry, changed in entries:
        if changed < before:
            group.add(entry)
        if len(group) == ORPHANS:
            yield group
            group = set()
    yield group


@contextmanager
def _harmless(event: str) -> Iterator[None]:
    """Log what fails: neither a fault nor a defect may end the background work."""
    try:
        yield
    except Fault as fault:
        _log.warning(event, fault=repr(fault))
    except Exception:
        _log.exception(event)
