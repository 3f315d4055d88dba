"""Storage: the data folder, the database, and the ports on both."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass

from penstock.adapters.disk import Folder, Space
from penstock.adapters.sql.appends import SqlAppends
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.folders import SqlFolders
from penstock.adapters.sql.hashing import SqlHashing
from penstock.adapters.sql.jobs import SqlJobs
from penstock.adapters.sql.joins import SqlJoins
from penstock.adapters.sql.leases import SqlLeases
from penstock.adapters.sql.listing import SqlFileLists
from penstock.adapters.sql.news import SqlNews
from penstock.adapters.sql.parts import SqlParts
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.replies import SqlReplies
from penstock.adapters.sql.reservations import SqlReservations
from penstock.adapters.sql.samples import SqlSamples
from penstock.adapters.sql.sealing import SqlSealing
from penstock.adapters.sql.shares import SqlShares
from penstock.adapters.sql.trash import SqlTrash
from penstock.adapters.sql.tx import Database, note_once, noted
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.adapters.sql.upload_requests import SqlUploadRequests
from penstock.adapters.sql.uploads import SqlUploads
from penstock.adapters.sql.usage import SqlUsage
from penstock.adapters.sql.variants import Bounds
from penstock.adapters.sql.webhooks import SqlWebhooks
from penstock.adapters.sql.zips import SqlZips
from penstock.bootstrap.byte_store import FOLDER, ByteStore, open_byte_store
from penstock.bootstrap.metadata import Metadata, open_metadata
from penstock.bootstrap.store import open_folder
from penstock.model.faults import Refusal
from penstock.model.ids import new_id
from penstock.model.principal import Quota
from penstock.ports import Blobs, Keys, Staging
from penstock.settings import Settings


class StoreRefused(Refusal):
    """Records and bytes do not belong together; the text says why."""


@dataclass(frozen=True)
class Storage:
    """A data folder opened by one process, with the adapters of its ports. `process` is unique to the process."""

    process: str
    folder: Folder
    space: Space
    byte_store: ByteStore
    metadata: Metadata
    database: Database
    uploads: SqlUploads
    parts: SqlParts
    appends: SqlAppends
    reservations: SqlReservations
    sealing: SqlSealing
    hashing: SqlHashing
    joins: SqlJoins
    files: SqlFiles
    lists: SqlFileLists
    folders: SqlFolders
    trash: SqlTrash
    replies: SqlReplies
    zips: SqlZips
    usage: SqlUsage
    jobs: SqlJobs
    samples: SqlSamples
    shares: SqlShares
    upload_requests: SqlUploadRequests
    news: SqlNews
    webhooks: SqlWebhooks
    upkeep: SqlUpkeep
    publications: SqlPublications
    blobs: Blobs
    staging: Staging
    keys: Keys
    leases: SqlLeases

    @property
    def is_elsewhere(self) -> bool:
        """Whether nothing that must last lies in the folder."""
        return self.byte_store.name != FOLDER and self.metadata.secrets is not None

    @property
    def clock(self) -> Callable[[], float]:
        """The time that records are written with, in Unix seconds: the same on every node."""
        return self.database.clock

    async def check(self) -> None:
        """Take up the keys, and look whether bytes can be kept. Raises `Refusal` when an operator has to do something
        before this process can serve.
        """
        await self.keys.load()
        await self.byte_store.check()
        kept = await noted(self.database, "store")
        if kept is None:
            await self._refuse_lost_records()
            kept = await note_once(self.database, "store", self.byte_store.name)
        if kept != self.byte_store.name:
            raise StoreRefused(
                f"The bytes that these records are about lie in {kept}, and not in {self.byte_store.name}. "
                "`penstock copy` carries them over."
            )

    async def _refuse_lost_records(self) -> None:
        """An empty database beside blobs would take all of them for orphans."""
        async for location, _ in self.blobs.each():
            if await self.upkeep.located([location]) or await self.upkeep.volume():
                return
            raise StoreRefused(f"There are files in {self.byte_store.name}, of which this database knows nothing.")

    async def close(self) -> None:
        """Finish pending work and release the folder."""
        await self.metadata.close()
        await self.byte_store.close()
        self.folder.close()


def open_storage(
    settings: Settings, clock: Callable[[], float] | None, on_group: Callable[[int], object], *, make: bool = True
) -> Storage:
    """Open the folder and the database; `on_group` is called with the number of transactions of each commit. Raises
    `FolderRefused`, `DatabaseRefused`, `SecretRefused`, `SettingsRefused`.
    """
    folder = open_folder(settings, make=make)
    try:
        return _on(settings, folder, clock, on_group, make=make)
    except BaseException:
        folder.close()
        raise


def _on(
    settings: Settings,
    folder: Folder,
    clock: Callable[[], float] | None,
    on_group: Callable[[int], object],
    *,
    make: bool,
) -> Storage:
    space = Space(folder.path, settings.min_free)
    quota = Quota(settings.quota_bytes, settings.quota_files, settings.quota_uploads, settings.quota_guest_uploads)
    bounds = Bounds(settings.picture_variants, settings.picture_recipes, settings.tombstones)
    metadata = open_metadata(settings, folder, space, quota, clock, on_group, make=make)
    byte_store, database = open_byte_store(settings, folder.path, space), metadata.database
    return Storage(
        process=f"{platform.node()}-{os.getpid()}-{new_id()[:8]}",
        folder=folder,
        space=space,
        byte_store=byte_store,
        metadata=metadata,
        database=database,
        uploads=SqlUploads(database, quota),
        parts=metadata.parts,
        appends=SqlAppends(database, quota),
        reservations=SqlReservations(database, quota),
        sealing=SqlSealing(database, quota),
        hashing=SqlHashing(database),
        joins=SqlJoins(database),
        files=SqlFiles(database, quota, settings.claims_per_minute, bounds),
        lists=SqlFileLists(database),
        folders=SqlFolders(database),
        trash=SqlTrash(database, bounds),
        replies=SqlReplies(database),
        zips=SqlZips(database),
        usage=SqlUsage(database, quota),
        jobs=SqlJobs(database),
        samples=SqlSamples(database),
        shares=SqlShares(database),
        upload_requests=SqlUploadRequests(database),
        news=metadata.news,
        webhooks=SqlWebhooks(database),
        upkeep=SqlUpkeep(database),
        publications=SqlPublications(database),
        blobs=byte_store.blobs,
        staging=byte_store.staging,
        keys=metadata.keys,
        leases=SqlLeases(database),
    )
