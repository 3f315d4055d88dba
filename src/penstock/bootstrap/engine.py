"""The engine on its storage: receiving, hashing, scanning, sealing, images, upkeep."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from penstock.adapters.pictures import PicturePool, RenderLimits
from penstock.bootstrap.byte_store import FOLDER
from penstock.bootstrap.hooks import HookServices
from penstock.bootstrap.identity import IdentityServices
from penstock.bootstrap.storage import Storage
from penstock.engine.administration import Administration
from penstock.engine.appending import Appender
from penstock.engine.catalog import Catalog
from penstock.engine.drive import Drive
from penstock.engine.engine import Engine
from penstock.engine.events import Events
from penstock.engine.feed import Feed
from penstock.engine.fsck import Fsck
from penstock.engine.hashing import BackgroundHasher
from penstock.engine.images import Images
from penstock.engine.jobs import Jobs, checking, collecting
from penstock.engine.joining import Joiner
from penstock.engine.links import Links
from penstock.engine.previews import Previews
from penstock.engine.receiving import Receiver
from penstock.engine.replies import Replies
from penstock.engine.sampling import Sampling
from penstock.engine.scanning import Inspector
from penstock.engine.sealing import Sealer
from penstock.engine.shares import Shares
from penstock.engine.upkeep import Chore, Retention, Upkeep
from penstock.engine.upload_requests import UploadRequests
from penstock.engine.uploads import Uploads
from penstock.engine.usage import Reports
from penstock.engine.webhooks import Webhooks
from penstock.engine.zips import Zips
from penstock.model.job import JobKind
from penstock.model.sample import Work
from penstock.model.upload import Upload
from penstock.ports import Scanner
from penstock.settings import Settings, SettingsRefused

ENDED_SESSIONS = 86400.0
"""The least time, in seconds, that ended sessions stay on record."""

NEWS_KEPT = 86400.0
"""For how many seconds events are kept, for those who come back and for what is told again."""

LOG_KEPT, LOG_ENTRIES = 7 * 86400.0, 1000
"""For how many seconds deliveries stay in the log, and how many of each webhook."""


@dataclass(frozen=True)
class EngineServices:
    """The use cases around uploads, and their background work. `scanner` is None when nothing is scanned."""

    engine: Engine
    upkeep: Upkeep
    fsck: Fsck
    jobs: Jobs
    sampling: Sampling
    hashing: BackgroundHasher
    pictures: PicturePool
    hooks: HookServices
    scanner: Scanner | None

    async def close(self) -> None:
        """Finish work under way."""
        await self.jobs.close()
        await self.engine.feed.close()
        await self.engine.replies.close()
        await self.engine.drive.close()
        await self.engine.zips.close()
        await self.engine.joiner.close()
        await self.engine.appender.close()
        await self.engine.sealer.close()
        await self.hashing.close()
        await self.pictures.close()
        await self.hooks.close()
        if self.scanner is not None:
            await self.scanner.close()


def open_engine(
    settings: Settings,
    storage: Storage,
    identity: IdentityServices,
    hooking: HookServices,
    clock: Callable[[], float],
    on_part: Callable[[], object],
    sums: Callable[[], Work],
) -> EngineServices:
    """Build the engine; `on_part` is called for each acknowledged part, `sums` tells what the process has done. Raises
    `SettingsRefused`.
    """
    uploads, parts, files, staging, blobs = (
        storage.uploads,
        storage.parts,
        storage.files,
        storage.staging,
        storage.blobs,
    )
    process, ttl = storage.process, settings.upload_ttl
    scanner, pictures = _scanner(settings), _pictures(settings)
    inspector = Inspector(scanner)
    hashing = BackgroundHasher(storage.hashing, parts, staging, process, os.cpu_count() or 1)
    hooks, events = hooking.hooks, hooking.events
    catalog = Catalog(files, blobs, hooks, events, everyone=settings.instant_scope == "everyone")

    def came(upload: Upload) -> None:
        on_part()
        hooking.progress.note(upload)

    upload_calls = Uploads(uploads, parts, storage.sealing, staging, hashing, hooks, events, process, ttl, clock)
    alone = settings.workers == 1 and not storage.metadata.shared
    appender = Appender(storage.appends, storage.reservations, staging, hashing, process, ttl, came, alone=alone)
    sealer = Sealer(
        uploads,
        parts,
        storage.sealing,
        files,
        staging,
        blobs,
        hashing,
        inspector,
        hooks,
        events,
        settings.merge_wait,
    )
    reports = Reports(storage.usage)
    disk = storage.space if storage.byte_store.name == FOLDER else None
    images = Images(files, staging, blobs, pictures, inspector, hooks, events, catalog)
    engine = Engine(
        identity.access,
        identity.audit,
        identity.sessions,
        identity.factors,
        identity.sudo,
        upload_calls,
        Receiver(uploads, parts, storage.reservations, staging, hashing, process, ttl, came),
        appender,
        sealer,
        Joiner(
            uploads,
            storage.joins,
            parts,
            storage.hashing,
            staging,
            upload_calls,
            appender,
            sealer,
            process,
            settings.merge_wait,
        ),
        catalog,
        Drive(storage.lists, storage.folders, storage.trash, catalog, events, identity.sudo, identity.audit),
        Replies(storage.replies),
        Zips(storage.zips, files, storage.folders, blobs, catalog, storage.leases, process),
        reports,
        Administration(upload_calls, appender, identity.access, reports, identity.audit, disk),
        images,
        Previews(images, catalog),
        Links(storage.keys, staging, clock, settings.link_ttl),
        Shares(
            storage.shares,
            files,
            storage.lists,
            storage.folders,
            identity.access,
            identity.throttle,
            identity.audit,
            storage.keys,
            clock,
        ),
        UploadRequests(
            storage.upload_requests, storage.folders, identity.throttle, identity.audit, storage.keys, clock
        ),
        Feed(storage.news),
        Webhooks(
            storage.webhooks,
            storage.news,
            identity.access,
            identity.sudo,
            identity.audit,
            clock,
            private=settings.webhooks_private,
        ),
    )
    upkeep = _upkeep(settings, storage, identity, engine, events, clock)
    fsck = Fsck(storage.upkeep, uploads, parts, files, staging, blobs)
    works = {JobKind.FSCK: checking(fsck), JobKind.GC: collecting(upkeep)}
    jobs = Jobs(storage.jobs, works, identity.audit, clock)
    sampling = Sampling(storage.samples, process, clock, sums, disk)
    return EngineServices(engine, upkeep, fsck, jobs, sampling, hashing, pictures, hooking, scanner)


def _upkeep(
    settings: Settings,
    storage: Storage,
    identity: IdentityServices,
    engine: Engine,
    events: Events,
    clock: Callable[[], float],
) -> Upkeep:
    return Upkeep(
        storage.upkeep,
        storage.uploads,
        storage.staging,
        storage.blobs,
        engine.sealer,
        engine.joiner,
        engine.catalog,
        events,
        storage.publications,
        identity.session_records,
        identity.proofs,
        identity.audit_records,
        _retention(settings),
        clock,
        storage.leases,
        storage.process,
        _tidying(settings, storage, engine),
        storage.metadata.keep,
    )


def _tidying(settings: Settings, storage: Storage, engine: Engine) -> Chore:
    """Everything that goes by itself once it is old."""

    async def tidy(thoroughly: bool) -> None:
        await engine.replies.forget_old()
        await engine.zips.tidy()
        await engine.shares.forget(ended=thoroughly)
        if thoroughly:
            await engine.upload_requests.forget()
        await storage.news.forget(NEWS_KEPT)
        await storage.webhooks.forget_deliveries(LOG_KEPT, LOG_ENTRIES)
        await engine.drive.tidy(settings.trash)

    return tidy


def _retention(settings: Settings) -> Retention:
    ended = max(ENDED_SESSIONS, settings.link_ttl)  # signed URLs of parts check whether their grant was revoked
    return Retention(
        settings.blob_grace,
        settings.orphan_grace,
        settings.trash,
        settings.audit_ttl,
        ended,
        settings.retention,
        settings.audit_failures,
        settings.audit_entries,
    )


def _pictures(settings: Settings) -> PicturePool:
    return PicturePool(
        RenderLimits(seconds=settings.picture_time, drawing=settings.drawing_time),
        workers=settings.picture_workers,
        waiting=settings.picture_queue,
    )


def _scanner(settings: Settings) -> Scanner | None:
    scheme = urlsplit(settings.scanner).scheme
    if not settings.scanner:
        return None
    from penstock.adapters.scanners import ClamdScanner, HookScanner

    if scheme in {"tcp", "unix"}:
        return ClamdScanner(settings.scanner, settings.scanner_timeout)
    if scheme in {"http", "https"}:
        return HookScanner(settings.scanner, settings.scanner_timeout)
    raise SettingsRefused(f"scanner: {settings.scanner!r} is not tcp://HOST:PORT, unix:///PATH or http(s)://…")
