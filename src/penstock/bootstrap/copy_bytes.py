"""`penstock copy` of every blob to another store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from penstock.adapters.disk import Folder, Space
from penstock.adapters.sql.relocation import SqlRelocation
from penstock.adapters.sql.tx import Database
from penstock.bootstrap.byte_store import FOLDER, open_byte_store
from penstock.bootstrap.metadata import open_metadata
from penstock.bootstrap.store import is_shared, open_folder
from penstock.engine.relocation import Place, Relocated, Relocation, RelocationRefused
from penstock.model.faults import StorageFailed
from penstock.model.principal import Quota
from penstock.ports import Stage
from penstock.settings import Settings


async def copy_bytes(settings: Settings, source: str, target: str, heard: Stage) -> Relocated | None:
    """Bring every blob from one store to another, each `s3://…`, or empty for the data folder; None when that was done
    before. The records are those of the settings. Raises `RelocationRefused`, and as `open_storage`.
    """
    with _locked_folder(settings, source, target) as folder:
        await _refuse_nodes(settings)
        try:
            return await _copied(settings, folder, source, target, heard)
        except StorageFailed as failed:
            raise RelocationRefused(
                "A store or the database does not answer. Nothing is lost: run the same command again."
            ) from failed


async def _copied(settings: Settings, folder: Folder, source: str, target: str, heard: Stage) -> Relocated | None:
    async with _opened_place(settings, folder, source) as origin, _opened_place(settings, folder, target) as goal:
        if origin.name == goal.name:
            raise RelocationRefused(f"From {origin.name} to itself there is nothing to copy.")
        async with _opened_database(settings, folder) as database:
            repository = SqlRelocation(database)
            kept = await repository.store() or FOLDER
            if kept == goal.name:
                return None
            if kept != origin.name:
                raise RelocationRefused(f"The bytes that these records are about lie in {kept}, not in {origin.name}.")
            relocated = await Relocation(repository, origin, goal, heard).run()
        await _refuse_nodes(settings)  # one that was started meanwhile would go on with the other store
        async with _opened_database(settings, folder) as database:
            await Relocation(SqlRelocation(database), origin, goal, heard).commit(relocated)
        return relocated


def _locked_folder(settings: Settings, source: str, target: str) -> Folder:
    """The data folder, locked against everybody else. Where nothing of it is needed there may be none."""
    if is_shared(settings) and source and target:
        return open_folder(settings, make=False)
    return Folder(settings.folder, alone=True, make=is_shared(settings) and bool(source))


async def _refuse_nodes(settings: Settings) -> None:
    if is_shared(settings):
        from penstock.adapters.sql.postgresql.records import refuse_nodes

        await refuse_nodes(settings.database, pooled=settings.database_pooled)


@asynccontextmanager
async def _opened_database(settings: Settings, folder: Folder) -> AsyncIterator[Database]:
    space = Space(folder.path, settings.min_free)
    metadata = open_metadata(settings, folder, space, Quota(), None, lambda _: None, make=False)
    try:
        yield metadata.database
    finally:
        await metadata.close()


@asynccontextmanager
async def _opened_place(settings: Settings, folder: Folder, url: str) -> AsyncIterator[Place]:
    there = msgspec.structs.replace(settings, store=url)
    store = open_byte_store(there, folder.path, Space(folder.path, settings.min_free))
    try:
        await store.check()
        yield Place(store.name, store.staging, store.blobs, store.location_of, store.upload_of)
    finally:
        await store.close()
