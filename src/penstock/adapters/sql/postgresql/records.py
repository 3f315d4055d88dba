"""The records of a database of PostgreSQL, as copying sees them (`adapters/sql/records.py`)."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import Table

from penstock.adapters.sql.postgresql.database import connected
from penstock.adapters.sql.records import BATCH, CopyRefused, Rows
from penstock.adapters.sql.tables import events
from penstock.model.address import without_password
from penstock.model.faults import StorageFull

LEAVING = 2.0
"""How long, in seconds, is waited for nodes that were just stopped."""


class PostgresRecords:
    """The port `Records` over a connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def about(self) -> Mapping[str, str]:
        """See `Records.about`."""
        return {row["key"]: row["value"] for row in await self._connection.fetch("SELECT key, value FROM about")}

    async def count(self, table: str) -> int:
        """See `Records.count`."""
        count: int = await self._connection.fetchval(f"SELECT count(*) FROM {table}")  # ours
        return count

    async def batches(self, table: Table) -> AsyncIterator[Rows]:
        """See `Records.batches`."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        async with self._connection.transaction(readonly=True):
            found = await self._connection.cursor(f"SELECT {names} FROM {table.name}")  # ours
            while rows := await found.fetch(BATCH):
                yield rows

    async def fill(self, table: Table, batches: AsyncIterator[Rows]) -> None:
        """See `Records.fill`."""
        with _as_refusals(table.name):
            async with self._connection.transaction():
                await self._connection.copy_records_to_table(
                    table.name, columns=[column.name for column in table.columns], records=_each(batches)
                )
                if table is events:  # whose next number follows those that came
                    await self._connection.execute(_GO_ON)

    async def empty(self, tables: Sequence[Table]) -> None:
        """See `Records.empty`."""
        if tables:
            with _as_refusals("removal"):
                await self._connection.execute(f"TRUNCATE {', '.join(table.name for table in tables)}")

    async def note(self, entries: Mapping[str, str], without: Sequence[str]) -> None:
        """See `Records.note`."""
        with _as_refusals("about"):
            async with self._connection.transaction():
                await self._connection.executemany(_NOTE, list(entries.items()))
                await self._connection.execute("DELETE FROM about WHERE key = ANY($1)", list(without))


@asynccontextmanager
async def postgres_records(url: str, *, pooled: bool) -> AsyncIterator[PostgresRecords]:
    """The records of this database. Raises `DatabaseRefused`, `CopyRefused`."""
    async with connected(url, pooled=pooled) as connection:
        try:
            yield PostgresRecords(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
            raise CopyRefused(f"{without_password(url)}: {str(error) or type(error).__name__}.") from error


async def refuse_nodes(url: str, *, pooled: bool) -> None:
    """Raise `CopyRefused` while nodes are connected to this database, which their connections tell. Those behind a
    pooler have no name, and are not seen.
    """
    async with connected(url, pooled=pooled) as connection:
        for _ in range(int(LEAVING / 0.1)):
            if not await connection.fetchval(_NODES):
                return
            await asyncio.sleep(0.1)
    raise CopyRefused(f"A node is connected to {without_password(url)}. Stop all of them, and try again.")


async def _each(batches: AsyncIterator[Rows]) -> AsyncIterator[Sequence[Any]]:
    async for batch in batches:
        for row in batch:
            yield row


@contextmanager
def _as_refusals(what: str) -> Iterator[None]:
    try:
        yield
    except asyncpg.DiskFullError as error:
        raise StorageFull from error
    except asyncpg.PostgresError as error:
        raise CopyRefused(f"{what}: {error}.") from error


_NOTE = "INSERT INTO about (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_GO_ON = """
SELECT setval(pg_get_serial_sequence('events', 'number'), (SELECT MAX(number) FROM events)) FROM events LIMIT 1
"""
_NODES = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'penstock' AND pid <> pg_backend_pid()
"""
