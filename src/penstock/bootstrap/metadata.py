"""Where records are kept: in a SQLite file, or in a database of PostgreSQL that many nodes share."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.adapters.disk import DiskKeys, DiskVault, Folder, Space
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.news import SqlNews
from penstock.adapters.sql.opening import check_schema
from penstock.adapters.sql.parts import SqlParts
from penstock.adapters.sql.secrets import SqlKeys, SqlSecrets, SqlVault
from penstock.adapters.sql.tx import Database
from penstock.bootstrap.store import database_path, is_shared, open_reserve, refuse_missing
from penstock.chain.keys import new_secret
from penstock.model.principal import Quota
from penstock.pools import run_apart
from penstock.ports import Keys, Vault
from penstock.settings import Settings, SettingsRefused


@dataclass(frozen=True)
class Metadata:
    """The database, and what depends on which it is. `keep` reserves released disk space again; `secrets` are None
    where keys and wallet lie in the folder.
    """

    database: Database
    parts: SqlParts
    news: SqlNews
    keys: Keys
    vault: Vault
    secrets: SqlSecrets | None
    keep: Callable[[], object]
    close: Callable[[], Awaitable[None]]

    @property
    def shared(self) -> bool:
        """Whether many nodes may work on it."""
        return self.secrets is not None


def open_metadata(
    settings: Settings,
    folder: Folder,
    space: Space,
    quota: Quota,
    clock: Callable[[], float] | None,
    on_group: Callable[[int], object],
    *,
    make: bool,
) -> Metadata:
    """Open the database of the settings; with `make` create what is missing. Without a `clock`, the time is the
    database's. Raises `DatabaseRefused`, `SecretRefused`, `SettingsRefused`.
    """
    if is_shared(settings):
        return _shared(settings, quota, clock, on_group, make=make)
    return _file(settings, folder, space, quota, clock or time.time, on_group, make=make)


def _file(
    settings: Settings,
    folder: Folder,
    space: Space,
    quota: Quota,
    clock: Callable[[], float],
    on_group: Callable[[int], object],
    *,
    make: bool,
) -> Metadata:
    path = database_path(settings, folder)
    refuse_missing(path, folder, make=make)
    reserve = open_reserve(path, settings.reserve)  # before the database, which needs space on the disk
    check_schema(path, durable=settings.durable)
    database = SqliteDatabase(
        path, durable=settings.durable, clock=clock, on_group=on_group, reserve=reserve, full=space.full
    )

    async def close() -> None:
        database.close()
        reserve.close()

    vault = DiskVault(folder.path, settings.wallet_passphrase, new_secret)
    parts, news = SqlParts(database, quota), SqlNews(database)
    return Metadata(database, parts, news, DiskKeys(folder.path), vault, None, reserve.keep, close)


def _shared(
    settings: Settings,
    quota: Quota,
    clock: Callable[[], float] | None,
    on_group: Callable[[int], object],
    *,
    make: bool,
) -> Metadata:
    from penstock.adapters.sql.postgresql import PostgresDatabase, PostgresNews, PostgresParts
    from penstock.adapters.sql.postgresql import check_schema as check_shared_schema

    if settings.wallet_passphrase:
        raise SettingsRefused(
            "wallet_passphrase: in a shared database the wallet is sealed under the nodes' secret; take it away"
        )
    secrets = read_secrets(settings)
    run_apart(check_shared_schema(settings.database, pooled=settings.database_pooled, make=make))
    database = PostgresDatabase(
        settings.database,
        connections=settings.database_connections,
        pooled=settings.database_pooled,
        clock=clock,
        on_group=on_group,
    )
    kept = SqlSecrets(database, secrets)
    return Metadata(
        database,
        PostgresParts(database, quota),
        PostgresNews(database),
        SqlKeys(kept),
        SqlVault(kept, new_secret),
        kept,
        _nothing,
        database.close,
    )


def read_secrets(settings: Settings) -> list[str]:
    """The operator's secrets: one a line in a file, or apart by spaces in a variable. Raises `SettingsRefused`."""
    if settings.secret and settings.secret_file:
        raise SettingsRefused("secret: it is given twice, in PENSTOCK_SECRET and in a file")
    if not settings.secret_file:
        return settings.secret.split()
    try:
        return Path(settings.secret_file).read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"secret_file: {error}") from error


def _nothing() -> None:
    """The database's disk is not ours."""
