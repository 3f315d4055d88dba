"""Storage: the data folder, the database, and the ports on both."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.adapters.disk import DiskKeys, DiskReserve, Folder, Space
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.hashing import SqlHashing
from penstock.adapters.sql.opening import check_schema
from penstock.adapters.sql.parts import SqlParts
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.reservations import SqlReservations
from penstock.adapters.sql.sealing import SqlSealing
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.adapters.sql.uploads import SqlUploads
from penstock.adapters.sql.variants import Bounds
from penstock.bootstrap.byte_store import ByteStore, open_byte_store
from penstock.bootstrap.store import database_path, open_reserve, refuse_missing
from penstock.model.ids import new_id
from penstock.model.principal import Quota
from penstock.ports import Blobs, Staging
from penstock.settings import Settings


@dataclass(frozen=True)
class Storage:
    """A data folder opened by one process, with the adapters of its ports. `process` is unique to the process."""

    process: str
    folder: Folder
    reserve: DiskReserve
    space: Space
    byte_store: ByteStore
    database: SqliteDatabase
    uploads: SqlUploads
    parts: SqlParts
    reservations: SqlReservations
    sealing: SqlSealing
    hashing: SqlHashing
    files: SqlFiles
    upkeep: SqlUpkeep
    publications: SqlPublications
    blobs: Blobs
    staging: Staging
    keys: DiskKeys

    async def close(self) -> None:
        """Finish pending work and release the folder."""
        self.database.close()
        self.reserve.close()
        await self.byte_store.close()
        self.folder.close()


def open_storage(
    settings: Settings, clock: Callable[[], float], on_group: Callable[[int], object], *, make: bool = True
) -> Storage:
    """Open the folder and the database; `on_group` is called with the number of transactions of each commit. Raises
    `FolderRefused`, `DatabaseRefused`.
    """
    folder, path, reserve = _open_folder(settings, make=make)
    space = Space(folder.path, settings.min_free)
    database = SqliteDatabase(
        path, durable=settings.durable, clock=clock, on_group=on_group, reserve=reserve, full=space.full
    )
    quota = Quota(settings.quota_bytes, settings.quota_files, settings.quota_uploads, settings.quota_guest_uploads)
    bounds = Bounds(settings.picture_variants, settings.picture_recipes, settings.tombstones)
    byte_store = open_byte_store(settings, folder.path, space)
    return Storage(
        process=f"{platform.node()}-{os.getpid()}-{new_id()[:8]}",
        folder=folder,
        reserve=reserve,
        space=space,
        byte_store=byte_store,
        database=database,
        uploads=SqlUploads(database, quota),
        parts=SqlParts(database, quota),
        reservations=SqlReservations(database, quota),
        sealing=SqlSealing(database, quota),
        hashing=SqlHashing(database),
        files=SqlFiles(database, quota, settings.claims_per_minute, bounds),
        upkeep=SqlUpkeep(database),
        publications=SqlPublications(database),
        blobs=byte_store.blobs,
        staging=byte_store.staging,
        keys=DiskKeys(folder.path),
    )


def _open_folder(settings: Settings, *, make: bool) -> tuple[Folder, Path, DiskReserve]:
    """The folder, a database with the current schema, and the disk reserve."""
    folder = Folder(settings.folder, make=make)
    try:
        path = database_path(settings, folder)
        refuse_missing(path, folder, make=make)
        reserve = open_reserve(path, settings.reserve)  # before the database, which needs space on the disk
        check_schema(path, durable=settings.durable)
    except BaseException:
        folder.close()
        raise
    return folder, path, reserve
