"""`penstock copy` of every record to another database, with the keys and the wallet."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from penstock.adapters.disk import DiskKeys, DiskVault, Folder
from penstock.adapters.disk.folder import write_once
from penstock.adapters.sql.opening import check_schema
from penstock.adapters.sql.records import TABLES, CopyRefused, RecordCopy, Records
from penstock.adapters.sql.secrets import KEYS, WALLET, SqlSecrets
from penstock.adapters.sql.sqlite_records import sqlite_records
from penstock.bootstrap.metadata import read_secrets
from penstock.bootstrap.store import refuse_missing
from penstock.chain.keys import new_secret
from penstock.model.faults import StorageFailed
from penstock.model.signature import keys_as_json
from penstock.ports import Stage
from penstock.settings import Settings


@dataclass(frozen=True, slots=True)
class CopiedRecords:
    """What came of it: how many rows and tables there are; whether it had been `finished` before; the tables that
    differ.
    """

    rows: int
    tables: int
    finished: bool
    different: list[str]


async def grow(settings: Settings, path: Path, url: str, heard: Stage) -> CopiedRecords:
    """Copy a SQLite file, and keys and wallet of the data folder, into a database of PostgreSQL. Raises `CopyRefused`,
    `FolderRefused`, `DatabaseRefused`, `SecretRefused`, `WalletLocked`.
    """
    with Folder(settings.folder, alone=True, make=False) as folder:
        refuse_missing(path, folder, make=False)
        check_schema(path, durable=settings.durable)
        async with _shared(settings, url, make=True) as (target, kept):
            with sqlite_records(path) as source:
                return await _copied(RecordCopy(source, target, heard), lambda: _seal(settings, folder, kept))


async def shrink(settings: Settings, url: str, path: Path, heard: Stage) -> CopiedRecords:
    """Copy a database of PostgreSQL into a SQLite file, and keys and wallet into the data folder. Raises as `grow`."""
    with Folder(settings.folder, alone=True) as folder:
        async with _shared(settings, url, make=False) as (source, kept):
            check_schema(path, durable=True, copying=True)
            with sqlite_records(path) as target:
                return await _copied(RecordCopy(source, target, heard), lambda: _unseal(settings, folder, kept))


async def _copied(copy: RecordCopy, bring_secrets: Callable[[], Awaitable[None]]) -> CopiedRecords:
    finished = not await copy.begin()
    if not finished:
        await bring_secrets()
        await copy.run()
    different, rows = await copy.differences()
    if not finished and not different:
        await copy.end()
    return CopiedRecords(rows, len(TABLES), finished, different)


@asynccontextmanager
async def _shared(settings: Settings, url: str, *, make: bool) -> AsyncIterator[tuple[Records, SqlSecrets]]:
    """The records of a database of PostgreSQL, and what is sealed there."""
    from penstock.adapters.sql.postgresql import PostgresDatabase
    from penstock.adapters.sql.postgresql import check_schema as check_shared_schema
    from penstock.adapters.sql.postgresql.records import postgres_records, refuse_nodes

    pooled = settings.database_pooled
    await refuse_nodes(url, pooled=pooled)
    database = PostgresDatabase(url, connections=1, pooled=pooled)
    try:
        kept = SqlSecrets(database, read_secrets(settings))
        await check_shared_schema(url, pooled=pooled, make=make, copying=make)
        async with postgres_records(url, pooled=pooled) as records:
            yield records, kept
    except StorageFailed as failed:
        raise CopyRefused("The database does not answer. Run the same command again.") from failed
    finally:
        await database.close()


async def _seal(settings: Settings, folder: Folder, kept: SqlSecrets) -> None:
    """Keys and wallet of the folder into the database."""
    await kept.put(KEYS, keys_as_json(DiskKeys(folder.path).all()))
    vault = DiskVault(folder.path, settings.wallet_passphrase, new_secret)
    if await vault.exists():
        await kept.put(WALLET, await vault.secret())


async def _unseal(settings: Settings, folder: Folder, kept: SqlSecrets) -> None:
    """Keys and wallet of the database into the folder, which may have no others."""
    keys, secret = await kept.get(KEYS), await kept.get(WALLET)
    if keys is not None:
        path = folder.path / "keys.json"
        with suppress(FileExistsError):
            write_once(path, keys)
        _refuse_another(path, path.read_bytes() == keys)
    if secret is not None:
        vault = DiskVault(folder.path, settings.wallet_passphrase, lambda: secret)
        _refuse_another(folder.path / "wallet.json", await vault.secret() == secret)


def _refuse_another(path: Path, same: bool) -> None:
    if not same:
        raise CopyRefused(f"{path} is another installation's. Choose an empty folder, or move it away.")
