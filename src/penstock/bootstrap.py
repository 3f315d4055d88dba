"""The only file where names meet: ports get adapters, rooms get the engine."""

import asyncio
import ctypes
import os
import platform
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from prometheus_client.core import Metric
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock import __version__
from penstock.adapters.disk import DiskBlobs, DiskKeys, DiskStaging, Folder, FolderRefused
from penstock.adapters.pictures import PicturePool
from penstock.adapters.scanners import ClamdScanner, HookScanner
from penstock.adapters.sql import migrations
from penstock.adapters.sql.accounts import SqlAccounts
from penstock.adapters.sql.database import Database, DatabaseRefused, connect
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.adapters.sql.uploads import SqlUploads
from penstock.dialects.files import files_room
from penstock.dialects.instant import instant_room
from penstock.dialects.oss import oss_room
from penstock.dialects.oss.routes import Limits
from penstock.dialects.scratch import scratch_room
from penstock.engine.access import Access, AccountRefused
from penstock.engine.catalog import Catalog
from penstock.engine.digests import Chaser
from penstock.engine.engine import Engine
from penstock.engine.fsck import Fsck
from penstock.engine.gallery import Gallery
from penstock.engine.links import Links
from penstock.engine.receiving import Receiver
from penstock.engine.scanning import Inspector
from penstock.engine.sealing import Sealer
from penstock.engine.upkeep import Terms, Upkeep
from penstock.engine.uploads import Uploads
from penstock.http.bases import Bases
from penstock.http.bodies import Bodies
from penstock.http.cors import Cors
from penstock.http.desk import Desk, nobody
from penstock.http.docs import documentation_routes
from penstock.http.doors import Door, is_loopback_address
from penstock.http.forks import Fork
from penstock.http.metrics import Metrics, gauge
from penstock.http.operations import Check, operation_routes
from penstock.http.rooms import Room
from penstock.logs import configure
from penstock.model.faults import StorageFailed
from penstock.model.ids import new_id
from penstock.model.principal import Tier
from penstock.ports import Scanner
from penstock.settings import Settings, SettingsRefused, load

SHARED = "/api/file/upload"
"""The one address that two dialects claim, and what tells them apart (RULINGS, `instant`)."""
TELLING = {"file_id": "instant", "index": "instant", "chunk": "instant", "identifier": "oss", "file": "oss"}

STARTS = {
    "scratch": ("/api/scratch/",),
    "instant": ("/api/file/", "/api/file/download/"),
    "files": ("/api/files/",),
    "oss": ("/api/file/multipart/", "/api/file/download", "/api/file/md5", "/api/media/", "/api/v", "/oss/"),
}
"""Which addresses are whose: the longest beginning wins."""

EXPOSED = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Length",
    "Content-Range",
    "ETag",
    "Location",
    "Retry-After",
    "Upload-Checksum",
    "Upload-Complete",
    "Upload-Draft-Interop-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Limit",
    "Upload-Metadata",
    "Upload-Offset",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
]
"""What scripts of other origins may read. A wildcard would not cover requests with credentials."""

REFUSALS = (FolderRefused, DatabaseRefused, AccountRefused, SettingsRefused)
"""What a person is told in one line."""


@dataclass(frozen=True)
class Works:
    """Everything that runs on one data folder. `close` when done."""

    settings: Settings
    engine: Engine
    upkeep: Upkeep
    fsck: Fsck
    metrics: Metrics
    ready: Mapping[str, Check]
    gauges: Callable[[], Awaitable[Sequence[Metric]]]
    close: Callable[[], Coroutine[None, None, None]]


def open_works(settings: Settings, clock: Callable[[], float] = time.time) -> Works:
    """Open the folder and the database, and put the engine together. Raises `FolderRefused`, `DatabaseRefused`."""
    folder = Folder(settings.folder)
    try:
        path = database_path(settings, folder)
        _check_schema(path, settings.durable)
    except BaseException:
        folder.close()
        raise
    metrics = Metrics()
    database = Database(path, durable=settings.durable, clock=clock, on_group=metrics.group)
    cores = os.cpu_count() or 1
    threads = ThreadPoolExecutor(max(2, cores), "penstock-digest")
    process = f"{platform.node()}-{os.getpid()}-{new_id()[:8]}"

    records, files, upkeep_records = SqlUploads(database), SqlFiles(database), SqlUpkeep(database)
    blobs = DiskBlobs(folder.path, threads, durable=settings.durable)
    staging = DiskStaging(folder.path, blobs, threads, durable=settings.durable, min_free=settings.min_free)
    chaser = Chaser(records, staging, process, cores)
    receiver = Receiver(records, staging, chaser, process, settings.upload_ttl, metrics.parts.inc)
    scanner = _scanner(settings)
    inspector = Inspector(scanner)
    sealer = Sealer(records, files, staging, blobs, chaser, inspector)
    pictures = PicturePool()
    links = Links(DiskKeys(folder.path), staging, clock, settings.link_ttl)
    catalog = Catalog(files, blobs, everyone=settings.instant_scope == "everyone")
    gallery = Gallery(files, staging, blobs, pictures, inspector, catalog)
    uploads = Uploads(records, staging, chaser, process, settings.upload_ttl, clock)
    engine = Engine(Access(SqlAccounts(database), clock), uploads, receiver, sealer, catalog, gallery, links)
    terms = Terms(settings.blob_grace, settings.orphan_grace, settings.trash, settings.retention)
    upkeep = Upkeep(upkeep_records, records, staging, blobs, sealer, catalog, terms, clock)
    fsck = Fsck(upkeep_records, records, files, staging, blobs)

    async def syncs() -> None:
        if staging.broken:
            raise StorageFailed

    async def writable() -> None:
        await database.write(lambda connection: connection.execute("UPDATE about SET value = value").rowcount)

    async def gauges() -> list[Metric]:
        states = {str(state): float(count) for state, count in (await records.count_by_state()).items()}
        return [
            gauge("penstock_uploads", "Uploads by state.", states, "state"),
            gauge("penstock_hash_backlog_bytes", "Committed bytes not yet digested.", {"": chaser.backlog}),
        ]

    async def close() -> None:
        await sealer.close()
        await chaser.close()
        await pictures.close()
        if scanner is not None:
            await scanner.close()
        await asyncio.to_thread(database.close)
        threads.shutdown()
        folder.close()

    ready = {"store": blobs.probe, "syncs": syncs, "database": writable}
    return Works(settings, engine, upkeep, fsck, metrics, ready, gauges, close)


def _scanner(settings: Settings) -> Scanner | None:
    scheme = urlsplit(settings.scanner).scheme
    if not settings.scanner:
        return None
    if scheme in {"tcp", "unix"}:
        return ClamdScanner(settings.scanner, settings.scanner_timeout)
    if scheme in {"http", "https"}:
        return HookScanner(settings.scanner, settings.scanner_timeout)
    raise SettingsRefused(f"scanner: {settings.scanner!r} is not tcp://HOST:PORT, unix:///PATH or http(s)://…")


def _check_schema(path: Path, durable: bool) -> None:
    try:
        connection = connect(path, durable=durable)
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{path}: {error}.") from error
    try:
        migrations.check(connection)
    finally:
        connection.close()


def database_path(settings: Settings, folder: Folder) -> Path:
    """Where the database lies. Raises `DatabaseRefused` for a URL that is not `sqlite:///PATH`."""
    if not settings.database:
        return folder.database
    if not settings.database.startswith("sqlite:///"):
        raise DatabaseRefused(f"{settings.database}: a database is named sqlite:///PATH.")
    return Path(settings.database.removeprefix("sqlite:///"))


def migrate_store(settings: Settings) -> tuple[int, int]:
    """Bring the database to this code's schema; returns the versions before and after. Raises `FolderRefused`."""
    with Folder(settings.folder, alone=True) as folder:
        connection = connect(database_path(settings, folder), durable=True)
        try:
            return migrations.migrate(connection)
        finally:
            connection.close()


def rotate_keys(settings: Settings, *, keep: bool) -> None:
    """Sign with a new key from now on; without `keep` every address that was signed so far is void."""
    with Folder(settings.folder) as folder:
        DiskKeys(folder.path).rotate(keep=keep)


def open_doors(settings: Settings) -> dict[str, str]:
    """Which dialects ask for no token, and from whom."""
    local = {"instant": "from this machine"} if is_loopback_address(settings.host) else {}
    doors = local | dict.fromkeys(settings.open, "from anywhere")
    return {name: reach for name, reach in doors.items() if name in settings.dialects}


def rooms_of(works: Works) -> list[Room]:
    """The rooms that the settings ask for. Raises nothing: a room opens no files."""
    settings, engine = works.settings, works.engine
    bodies = Bodies(settings.body_idle, settings.body_total)
    base = settings.public_url.rstrip("/")
    bases = Bases(settings.public_url, settings.cdn_url, settings.trusted_proxies)
    tiers = {Tier.NORMAL: settings.tier_normal, Tier.VIP: settings.tier_vip, Tier.ENTERPRISE: settings.tier_enterprise}
    closed = Door(engine.access)
    free = Door(
        engine.access,
        open_to_all="instant" in settings.open,
        open_on_loopback=is_loopback_address(settings.host),
    )
    made = {
        "scratch": lambda: scratch_room(engine, bodies, closed, limit=settings.scratch_limit, base=base),
        "instant": lambda: instant_room(engine, bodies, free, limit=settings.file_limit, base=base),
        "files": lambda: files_room(engine, bodies, closed, limit=settings.file_limit),
        "oss": lambda: oss_room(engine, bodies, closed, limits=Limits(settings.file_limit, tiers), bases=bases),
    }
    return [made[name]() for name in settings.dialects]


def application(works: Works) -> ASGIApp:
    """The whole server as one ASGI application."""
    rooms = {room.name: room for room in rooms_of(works)}
    houses: dict[str, ASGIApp] = {}
    for name, starts in STARTS.items():
        if name in rooms:
            houses |= dict.fromkeys(starts, rooms[name])
    shared = {name: room for name, room in rooms.items() if name in set(TELLING.values())}
    if shared:
        houses[SHARED] = Fork(shared, TELLING, next(iter(shared)), works.settings.body_idle)
    routes = operation_routes(works.ready, works.metrics, works.gauges)
    house = Router([*routes, *documentation_routes(list(rooms.values()), __version__)], default=nobody)
    houses |= dict.fromkeys(("/healthz", "/readyz", "/metrics", "/docs"), house)
    desk = Desk(houses, works.metrics)
    return Cors(
        desk,
        allow_origins=works.settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        allow_headers=("*",),
        expose_headers=EXPOSED,
    )


@asynccontextmanager
async def running(works: Works) -> AsyncIterator[None]:
    """The background work, for as long as the context lasts; everything is closed behind it."""
    background = asyncio.create_task(works.upkeep.run(works.settings.upkeep_interval))
    try:
        yield
    finally:
        background.cancel()
        with suppress(asyncio.CancelledError):
            await background
        await works.close()


def create() -> ASGIApp:
    """What each worker process runs: the settings come from the environment."""
    os.umask(0o077)
    settings = load({})
    configure(settings.log_format, settings.log_level)
    keep_memory()
    return server(open_works(settings))


def server(works: Works) -> ASGIApp:
    """The application together with the background work that lives as long as it."""
    app = application(works)
    life = Router(lifespan=lambda _: running(works))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await life.lifespan(scope, receive, send)
        else:
            await app(scope, receive, send)

    return serve


def keep_memory() -> None:
    """Let malloc keep what it has: each 256 KB read would otherwise cost an mmap and its page faults (mallopt(3))."""
    trim_threshold, mmap_threshold = -1, -3
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(mmap_threshold, 64 << 20)
        libc.mallopt(trim_threshold, 256 << 20)
