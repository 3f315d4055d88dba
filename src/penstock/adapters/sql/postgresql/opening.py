"""Opening a database of PostgreSQL: its schema is checked, made or migrated, by one node at a time."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.postgresql.database import connected
from penstock.model.address import without_password
from penstock.ports import Heard, unheard

SCHEMA = Path(migrations.__file__).with_name("schema.postgresql.sql")
"""The newest schema, for an empty database."""

FIRST = 11
"""The version of the first schema that PostgreSQL got."""

LOCK_TIMEOUT = "10s"
"""How long a migration waits for a table that is in use: whoever comes after it waits for it meanwhile."""

FUNCTIONS = ("commit_part_11.sql", "stale_names_15.sql")
"""What the database runs itself. A change of one is a new one, beside the old one that older nodes call."""


async def check_schema(url: str, *, pooled: bool, make: bool, copying: bool = False) -> None:
    """Create the schema in an empty database, if it may be made. Raises `DatabaseRefused` for a database that cannot be
    reached or used, for an empty one otherwise, for a schema on which this code does not work, and, unless it is
    opened for `copying`, for a copy that is not finished.
    """
    async with _opened(url, pooled) as connection:
        current, oldest_code = await _version(connection)
        if current and not copying:
            migrations.refuse_unfinished([row[0] for row in await connection.fetch(_COPYING, migrations.COPYING)])
        if not current and not make:
            raise DatabaseRefused(f"{without_password(url)} is empty: `penstock serve` or `penstock migrate` makes it.")
    if not current:
        current, _ = await upgrade(url, pooled=pooled, heard=unheard)
    migrations.refuse_unfit(current, oldest_code)


async def upgrade(url: str, *, pooled: bool, heard: Heard, steps: Sequence[Path] = migrations.STEPS) -> tuple[int, int]:
    """Create the schema, or run the missing steps, all or none; returns the versions before and after. Nodes may work
    on it meanwhile. Raises `DatabaseRefused` as `check_schema`, and when a table stays in use.
    """
    newest = 1 + len(steps)
    async with _opened(url, pooled) as connection, connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('penstock migrate', 0))")
        current, oldest_code = await _version(connection)
        migrations.refuse_unfit(max(current, newest), oldest_code, newest)
        if not current:
            heard("bringing the schema to version", migrations.NEWEST)
            await _create(connection)
        missing = steps[current - 1 :] if current else steps[migrations.NEWEST - 1 :]
        for number, step in enumerate(missing, (current or migrations.NEWEST) + 1):
            heard("bringing the schema to version", number)
            await connection.execute(_text(step))
        after = max(current, newest)
        await connection.execute(_NOTE_VERSION, str(after))
    return current, after


@asynccontextmanager
async def _opened(url: str, pooled: bool) -> AsyncIterator[Any]:
    async with connected(url, pooled=pooled) as connection:
        try:
            encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
            if encoding != "UTF8":
                raise DatabaseRefused(f"{without_password(url)} has the encoding {encoding}; Penstock needs UTF8.")
            yield connection
        except asyncpg.LockNotAvailableError as error:
            raise DatabaseRefused(
                f"A table stayed in use for {LOCK_TIMEOUT}; nothing is changed. Try again."
            ) from error
        except asyncpg.PostgresError as error:
            raise DatabaseRefused(f"{without_password(url)}: {error}.") from error


async def _version(connection: Any) -> tuple[int, int | None]:
    """The version of the schema, 0 in an empty database, and the oldest whose code may work on it."""
    if await connection.fetchval("SELECT to_regclass('about')") is None:
        return 0, None
    rows = await connection.fetch("SELECT key, value FROM about WHERE key IN ('schema', 'oldest_code')")
    said = {row["key"]: int(row["value"]) for row in rows}
    return said.get("schema", 0), said.get("oldest_code")


async def _create(connection: Any) -> None:
    for made in (SCHEMA, *(Path(__file__).with_name(name) for name in FUNCTIONS)):
        await connection.execute(made.read_text("utf-8"))
    await connection.executemany("INSERT INTO about (key, value) VALUES ($1, $2)", migrations.new_instance())


def _text(step: Path) -> str:
    own = step.with_suffix(".postgresql.sql")
    return (own if own.exists() else step).read_text("utf-8")


_COPYING = "SELECT key FROM about WHERE key = $1"
_NOTE_VERSION = """
INSERT INTO about (key, value) VALUES ('schema', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
