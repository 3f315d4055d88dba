"""Databases of a test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from cluster.postgres import Postgres
from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import SqliteDatabase, connect
from penstock.adapters.sql.postgresql import PostgresDatabase, check_schema
from penstock.adapters.sql.postgresql.database import connected
from penstock.adapters.sql.tables import metadata
from penstock.adapters.sql.tx import Database
from penstock.pools import run_apart

Open = Callable[[], Awaitable[Database]]
"""Opens the test's database, as one process more."""

EMPTY = "empty"
"""The name of the database that tests empty and use, one after the other."""


@contextmanager
def open_database(path: Path, clock: Callable[[], float]) -> Iterator[SqliteDatabase]:
    """A handle on this file, which is made when it is not there."""
    connection = connect(path, durable=False)
    migrations.check(connection)
    connection.close()
    database = SqliteDatabase(path, durable=False, clock=clock)
    try:
        yield database
    finally:
        database.close()


@asynccontextmanager
async def opening(where: Path | str, clock: Callable[[], float], *, pooled: bool = False) -> AsyncIterator[Open]:
    """Opens a SQLite file, or a database of PostgreSQL (its URL), with nothing in it."""
    async with AsyncExitStack() as stack:
        if isinstance(where, str):
            await empty(where, pooled=pooled)

        async def opened() -> Database:
            if isinstance(where, Path):
                return stack.enter_context(open_database(where, clock))
            database = PostgresDatabase(where, clock=clock, pooled=pooled)
            stack.push_async_callback(database.close)
            return database

        yield opened


def make_empty(server: Postgres) -> None:
    """Make the database `EMPTY` in a server."""

    async def make() -> None:
        await check_schema(await server.make(EMPTY), pooled=False, make=True)

    run_apart(make())


async def empty(url: str, *, pooled: bool = False) -> None:
    """Remove every row."""
    async with connected(url, pooled=pooled) as connection:
        await connection.execute(f"BEGIN; {emptied()}; COMMIT")


def emptied() -> str:
    """Statements that remove every row. The keys between tables are left aside meanwhile, as a superuser may."""
    removed = "; ".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables if table.name != "about")
    removed += "; DELETE FROM about WHERE key NOT IN ('schema', 'oldest_code', 'instance')"
    return f"SET LOCAL session_replication_role = replica; {removed}"
