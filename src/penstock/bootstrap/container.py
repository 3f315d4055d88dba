"""The stores, the engine and what publishes, on one data folder."""

import os
import platform
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from prometheus_client.core import Metric

from penstock.adapters.disk import DiskBlobs, DiskKeys, DiskStaging, DiskVault, Feeder, Folder, Pools, Reserve, Space
from penstock.adapters.disk.folder import move_durably
from penstock.adapters.pictures import PicturePool, RenderLimits
from penstock.adapters.sql import migrations
from penstock.adapters.sql.accounts import SqlAccounts
from penstock.adapters.sql.audit import SqlAudit
from penstock.adapters.sql.database import Database, DatabaseRefused, connect
from penstock.adapters.sql.factors import SqlFactors
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.limits import SqlLimiter
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.sessions import SqlSessions
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.adapters.sql.uploads import SqlUploads
from penstock.adapters.sql.variants import Bounds
from penstock.bootstrap.publishing import PublishingServices, open_publishing
from penstock.chain.keys import new_secret
from penstock.dialects import every_dialect
from penstock.engine.catalog import Catalog
from penstock.engine.engine import Engine
from penstock.engine.fsck import Fsck
from penstock.engine.hashing import BackgroundHasher
from penstock.engine.images import Images
from penstock.engine.links import Links
from penstock.engine.receiving import Receiver
from penstock.engine.scanning import Inspector
from penstock.engine.sealing import Sealer
from penstock.engine.upkeep import Terms, Upkeep
from penstock.engine.uploads import Uploads
from penstock.http.routing.metrics import Metrics, gauge
from penstock.http.routing.operations import Check
from penstock.identity.access import Access
from penstock.identity.audit import Audit
from penstock.identity.factors import Factors
from penstock.identity.federation import FederatedAccounts
from penstock.identity.sessions import Sessions
from penstock.identity.sudo import Sudo
from penstock.identity.throttle import LoginThrottle
from penstock.model.audit import CHAIN, Act
from penstock.model.faults import StorageFull
from penstock.model.ids import new_id
from penstock.model.principal import Quota
from penstock.model.publication import Publication
from penstock.ports import Heard, Issuer, Limiter, Scanner
from penstock.settings import Settings, SettingsRefused

OVERDUE = 86400.0
"""After so many seconds what is published and not deep in the chain is worth a word to whoever runs the server."""

LOOK_EVERY = 100_000
"""After so many of its instructions SQLite lets us look how far a copy is: some thirty times a second."""

ENDED_SESSIONS = 86400.0
"""How long, in seconds, a session that has ended stays on record, at least."""


@dataclass(frozen=True)
class Container:
    """Everything that runs on one data folder. `close` when done."""

    settings: Settings
    engine: Engine
    publishing: PublishingServices
    limiter: Limiter
    upkeep: Upkeep
    fsck: Fsck
    metrics: Metrics
    clock: Callable[[], float]
    space: Check
    ready: Mapping[str, Check]
    notices: Callable[[], Awaitable[Mapping[str, object]]]
    gauges: Callable[[], Awaitable[Sequence[Metric]]]
    close: Callable[[], Coroutine[None, None, None]]


def open_container(settings: Settings, clock: Callable[[], float] = time.time, *, make: bool = True) -> Container:
    """Open the folder and the database, and put the engine together. Raises `FolderRefused`, `DatabaseRefused`."""
    folder = Folder(settings.folder, make=make)
    try:
        path = database_path(settings, folder)
        refuse_missing(path, folder, make=make)
        reserve = _open_reserve(path, settings.reserve)
        _check_schema(path, settings.durable)
    except BaseException:
        folder.close()
        raise
    metrics = Metrics()
    space = Space(folder.path, settings.min_free)
    database = Database(
        path, durable=settings.durable, clock=clock, on_group=metrics.group, reserve=reserve, full=space.full
    )
    cores = os.cpu_count() or 1
    feeder, pools = Feeder(max(2, cores)), Pools()
    process = f"{platform.node()}-{os.getpid()}-{new_id()[:8]}"

    quota = Quota(settings.quota_bytes, settings.quota_files, settings.quota_uploads, settings.quota_guest_uploads)
    records, files, upkeep_records = (
        SqlUploads(database, quota),
        SqlFiles(
            database,
            quota,
            settings.claims_per_minute,
            Bounds(settings.picture_variants, settings.picture_recipes, settings.tombstones),
        ),
        SqlUpkeep(database),
    )
    blobs = DiskBlobs(folder.path, feeder, space, pools, durable=settings.durable)
    staging = DiskStaging(folder.path, blobs, feeder, space, pools, durable=settings.durable)
    hashing = BackgroundHasher(records, staging, process, cores)
    receiver = Receiver(records, staging, hashing, process, settings.upload_ttl, metrics.parts.inc)
    scanner = _scanner(settings)
    inspector = Inspector(scanner)
    sealer = Sealer(records, files, staging, blobs, hashing, inspector, settings.merge_wait)
    pictures = PicturePool(
        RenderLimits(seconds=settings.picture_time, drawing=settings.drawing_time),
        workers=settings.picture_workers,
        waiting=settings.picture_queue,
    )
    keys, limiter = DiskKeys(folder.path), SqlLimiter(database)
    links = Links(keys, staging, clock, settings.link_ttl)
    audit_records, session_records = SqlAudit(database), SqlSessions(database)
    audit = Audit(audit_records, clock)
    accounts, issuer = SqlAccounts(database), _issuer(settings, clock)
    federation = FederatedAccounts(issuer, accounts, audit, clock) if issuer is not None else None
    own_clients = frozenset[str]().union(*(dialect.clients for dialect in every_dialect()))
    access = Access(accounts, audit, clock, federation, own_clients=own_clients)
    throttle, proofs = LoginThrottle(limiter, clock), SqlFactors(database)
    factors = Factors(access, proofs, throttle, audit, clock)
    sudo = Sudo(access, factors, proofs, throttle, audit, clock, delete=settings.sudo_delete)
    sessions = Sessions(
        access,
        factors,
        throttle,
        audit,
        session_records,
        proofs,
        keys,
        clock,
        access_ttl=settings.access_ttl,
        refresh_ttl=settings.refresh_ttl,
    )
    catalog = Catalog(files, blobs, everyone=settings.instant_scope == "everyone")
    images = Images(files, staging, blobs, pictures, inspector, catalog)
    uploads = Uploads(records, staging, hashing, process, settings.upload_ttl, clock)
    engine = Engine(access, audit, sessions, factors, sudo, uploads, receiver, sealer, catalog, images, links)
    ended = max(ENDED_SESSIONS, settings.link_ttl)  # addresses of parts ask whether what they came by was revoked
    terms = Terms(
        settings.blob_grace,
        settings.orphan_grace,
        settings.trash,
        settings.audit_ttl,
        ended,
        settings.retention,
        settings.audit_failures,
        settings.audit_entries,
    )
    publications = SqlPublications(database)

    async def overturned(publication: Publication, reason: str) -> None:
        metrics.conflicts.inc()
        await audit.note(CHAIN, Act.PUBLICATION_OVERTURNED, publication.id, reason)

    publishing = open_publishing(
        settings,
        database,
        publications,
        DiskVault(folder.path, settings.wallet_passphrase, new_secret),
        files,
        blobs,
        process,
        metrics.offered_again.inc,
        overturned,
    )
    upkeep = Upkeep(
        upkeep_records,
        records,
        staging,
        blobs,
        sealer,
        catalog,
        publications,
        session_records,
        proofs,
        audit_records,
        terms,
        clock,
        reserve.keep,
    )
    fsck = Fsck(upkeep_records, records, files, staging, blobs)

    async def roomy() -> None:
        space.check()

    async def writable() -> None:
        await database.write(lambda tx: tx.run("UPDATE about SET value = value"))

    async def notices() -> dict[str, object]:
        told: dict[str, object] = {}
        try:
            space.check()
        except StorageFull as full:
            told["space"] = {"free": full.free, "minFree": full.min_free}
        unburied = await publishing.watch.repository.unburied()
        if unburied.since is not None and clock() - unburied.since > OVERDUE:
            told["chain"] = {"unburied": unburied.count, "oldestSeconds": round(clock() - unburied.since)}
        return told

    async def gauges() -> list[Metric]:
        states = {str(state): float(count) for state, count in (await records.count_by_state()).items()}
        unburied = await publishing.watch.repository.unburied()
        age = clock() - unburied.since if unburied.since is not None else 0.0
        return [
            gauge("penstock_uploads", "Uploads by state.", states, "state"),
            gauge("penstock_publications_unburied", "Published, and not deep in the chain.", {"": unburied.count}),
            gauge("penstock_oldest_unburied_seconds", "Since when the oldest of them is published.", {"": age}),
            gauge("penstock_hash_backlog_bytes", "Committed bytes not yet digested.", {"": hashing.backlog}),
        ]

    async def close() -> None:
        await publishing.publisher.close()
        await publishing.chain.close()
        await sealer.close()
        await hashing.close()
        await pictures.close()
        if scanner is not None:
            await scanner.close()
        if issuer is not None:
            await issuer.close()
        database.close()
        reserve.close()
        feeder.close()
        pools.close()
        folder.close()

    ready = {"store": blobs.probe, "syncs": staging.probe, "database": writable}
    return Container(
        settings, engine, publishing, limiter, upkeep, fsck, metrics, clock, roomy, ready, notices, gauges, close
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


def _issuer(settings: Settings, clock: Callable[[], float]) -> Issuer | None:
    if not settings.oidc_issuer:
        return None
    from penstock.adapters.oidc import OidcIssuer, is_trustworthy

    if not is_trustworthy(settings.oidc_issuer):
        raise SettingsRefused(f"oidc_issuer: {settings.oidc_issuer!r} is not https://…, nor on this machine")
    if not settings.oidc_audience:
        raise SettingsRefused("oidc_audience: without it tokens that were made for others would open this server")
    return OidcIssuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        name_claim=settings.oidc_name_claim,
        tier_claim=settings.oidc_tier_claim,
        clock=clock,
    )


def _open_reserve(path: Path, size: int) -> Reserve:
    """The reserve beside the database, with its last part given up if the opening needs that."""
    try:
        reserve = Reserve(path.with_name(f"{path.name}-reserve"), size)
        reserve.open_up()
    except FileNotFoundError as error:
        raise DatabaseRefused(f"{path}: there is no folder {path.parent}.") from error
    return reserve


def refuse_missing(path: Path, folder: Folder, *, make: bool) -> None:
    """Raise `DatabaseRefused` where an empty database would take the place of one that is lost: it would know no blob,
    and what it does not know is collected as an orphan.
    """
    if path.exists() or (make and not any((folder.path / "blobs").glob("*/*/*"))):
        return
    raise DatabaseRefused(f"There is no database {path}, and {folder.path} is a store. Bring it back from a backup.")


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


def migrate_store(settings: Settings, heard: Heard) -> tuple[int, int, Path | None]:
    """Bring the database to this code's schema; returns the versions before and after, and where a copy of the database
    as it was lies, when it changed. Raises `FolderRefused`, and `DatabaseRefused` for a newer one or one that cannot be
    copied.
    """
    with Folder(settings.folder, alone=True, make=False) as folder:
        path = database_path(settings, folder)
        refuse_missing(path, folder, make=False)
        _open_reserve(path, settings.reserve)
        connection = connect(path, durable=True)
        try:
            found = migrations.version(connection)
            migrations.refuse_newer(found)
            kept = _keep_copy(connection, path, found, heard) if 0 < found < migrations.NEWEST else None
            return *migrations.migrate(connection, heard=heard), kept
        finally:
            connection.close()


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int, heard: Heard) -> Path:
    """The database as it is, in a file beside it that is named by its version. An older copy of that name stays until
    this one is whole.
    """
    copy = path.with_name(f"{path.name}.v{version}")
    draft = path.with_name(f".{path.name}.{uuid4().hex}")

    def look() -> None:
        with suppress(FileNotFoundError):
            heard("copying the database, MiB", draft.stat().st_size >> 20)

    connection.set_progress_handler(look, LOOK_EVERY)
    try:
        connection.execute("VACUUM INTO ?", [str(draft)])
        move_durably(draft, copy)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseRefused(f"{path} stays as it is, for it could not be copied to {copy} first: {error}.") from error
    finally:
        connection.set_progress_handler(None, 0)
        draft.unlink(missing_ok=True)
    return copy


def rotate_keys(settings: Settings, *, keep: bool) -> None:
    """Sign with a new key from now on; without `keep` every address that was signed so far is void."""
    with Folder(settings.folder, make=False) as folder:
        DiskKeys(folder.path).rotate(keep=keep)
