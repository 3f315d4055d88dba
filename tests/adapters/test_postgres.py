"""PostgreSQL: making and migrating its tables, and what goes wrong between it and a node."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from cluster.postgres import Postgres
from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.postgresql import PostgresDatabase, check_schema, upgrade
from penstock.adapters.sql.postgresql.database import connected
from penstock.adapters.sql.postgresql.opening import FIRST
from penstock.adapters.sql.tx import Tx
from penstock.model.address import without_password
from penstock.model.faults import StorageFailed
from penstock.ports import unheard
from tests.support.folders import passable_folder

NEWEST = migrations.NEWEST
Steps = Callable[..., list[Path]]


@pytest.fixture
async def blank(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    name = f"blank {os.urandom(4).hex()}"
    yield await postgres.make(name)
    await postgres.tell(f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresDatabase]:
    """The database, with a table of the test's own."""
    async with connected(url) as connection:
        await connection.execute("CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT NOT NULL)")
    database = PostgresDatabase(url)
    try:
        yield database
    finally:
        await database.close()


async def rows(database: PostgresDatabase) -> list[tuple[str, int]]:
    return [(row["id"], row["n"]) for row in await database.scan("SELECT * FROM t ORDER BY id")]


# --- the schema -------------------------------------------------------------------------------------------------------

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("postgresql-v*.sql"))


async def schema_of(url: str) -> list[tuple[str, ...]]:
    """Its columns with their types and defaults, its indexes and its constraints."""
    found = []
    async with connected(url) as connection:
        for statement in (
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
            "WHERE table_schema = 'public'",
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = "
            "'public'::regnamespace",
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        ):
            found += [tuple(map(str, row)) for row in await connection.fetch(statement)]
    return sorted(found)


@pytest.mark.parametrize("made", SCHEMAS, ids=lambda path: path.stem)
async def test_every_earlier_schema_becomes_todays(postgres: Postgres, blank: str, made: Path) -> None:
    """Steps lead from what the code of an earlier version made to exactly what an empty database gets."""
    version = int(made.stem.removeprefix("postgresql-v"))
    async with connected(blank) as connection:
        await connection.execute(made.read_text("utf-8"))  # noqa: ASYNC240  # one small file
        entries = [("instance", "one"), ("oldest_code", str(version)), ("schema", str(version))]
        await connection.executemany("INSERT INTO about (key, value) VALUES ($1, $2)", entries)
    assert await upgrade(blank, pooled=False, heard=unheard) == (version, NEWEST)
    new = await postgres.make(f"new {os.urandom(4).hex()}")
    await check_schema(new, pooled=False, make=True)
    assert await schema_of(blank) == await schema_of(new)


async def test_every_version_is_dumped() -> None:
    """A new version brings what the last code of the one before it made."""
    assert [int(path.stem.removeprefix("postgresql-v")) for path in SCHEMAS] == list(range(FIRST, NEWEST))


async def test_nodes_that_start_at_once_make_one_schema(blank: str) -> None:
    """An empty database gets its tables once, whoever comes; later starts find nothing to do."""
    await asyncio.gather(*(check_schema(blank, pooled=False, make=True) for _ in range(4)))
    await check_schema(blank, pooled=False, make=False)
    async with connected(blank) as connection:
        assert await connection.fetchval("SELECT count(*) FROM about WHERE key = 'instance'") == 1


async def test_nothing_but_a_start_makes_a_schema(blank: str) -> None:
    """A command on an empty database says so, and leaves it empty."""
    with pytest.raises(DatabaseRefused, match="penstock serve"):
        await check_schema(blank, pooled=False, make=False)
    async with connected(blank) as connection:
        assert await connection.fetchval("SELECT to_regclass('about')") is None


async def test_nodes_are_replaced_one_after_the_other(blank: str, stepping: Steps) -> None:
    """Once the tables have grown, code of the version before still starts, until the database says that it may not."""
    await check_schema(blank, pooled=False, make=True)
    steps = stepping("ALTER TABLE about ADD COLUMN first TEXT")
    assert await upgrade(blank, pooled=False, heard=unheard, steps=steps) == (NEWEST, NEWEST + 1)
    await check_schema(blank, pooled=False, make=False)
    async with connected(blank) as connection:
        await connection.execute("UPDATE about SET value = $1 WHERE key = 'oldest_code'", str(NEWEST + 1))
    for refused in (check_schema(blank, pooled=False, make=True), upgrade(blank, pooled=False, heard=unheard)):
        with pytest.raises(DatabaseRefused, match="newer Penstock"):
            await refused
    assert await upgrade(blank, pooled=False, heard=unheard, steps=steps) == (NEWEST + 1, NEWEST + 1)


async def test_an_older_schema_waits_for_its_migration(blank: str) -> None:
    """Code that needs more than is there says what to do."""
    await check_schema(blank, pooled=False, make=True)
    async with connected(blank) as connection:
        await connection.execute("UPDATE about SET value = $1 WHERE key = 'schema'", str(NEWEST - 1))
    with pytest.raises(DatabaseRefused, match="penstock migrate"):
        await check_schema(blank, pooled=False, make=True)


async def test_a_migration_is_all_or_nothing(blank: str, stepping: Steps) -> None:
    """A step that breaks in the middle leaves the database as it was; a step may have words of PostgreSQL's own."""
    await check_schema(blank, pooled=False, make=True)
    steps = stepping("ALTER TABLE about ADD COLUMN first TEXT", "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(DatabaseRefused, match="nowhere"):
        await upgrade(blank, pooled=False, heard=unheard, steps=steps)
    async with connected(blank) as connection:
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.fetch("SELECT first FROM about")
    steps[-1].with_suffix(".postgresql.sql").write_text("UPDATE about SET first = 'own'")
    assert await upgrade(blank, pooled=False, heard=unheard, steps=steps) == (NEWEST, NEWEST + 2)
    async with connected(blank) as connection:
        assert await connection.fetchval("SELECT DISTINCT first FROM about") == "own"


async def test_a_migration_waits_for_no_long_reader(
    blank: str, stepping: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that stays in use is left as it is: whoever came after the migration would have to wait with it."""
    await check_schema(blank, pooled=False, make=True)
    monkeypatch.setattr("penstock.adapters.sql.postgresql.opening.LOCK_TIMEOUT", "50ms")
    async with connected(blank) as reader, reader.transaction():
        await reader.fetch("SELECT * FROM about")
        with pytest.raises(DatabaseRefused, match="in use"):
            await upgrade(blank, pooled=False, heard=unheard, steps=stepping("ALTER TABLE about ADD COLUMN first TEXT"))


async def test_what_cannot_be_used_is_refused_in_words(postgres: Postgres) -> None:
    """A server that is not there, a database that is not there, and one in another encoding; no password is shown."""
    await postgres.tell("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    wrong = {
        "postgresql://me:hush@127.0.0.1:1/none": "refused|Connect",
        postgres.url("nobody"): "does not exist",
        postgres.url("latin"): "LATIN1",
    }
    for url, words in wrong.items():
        with pytest.raises(DatabaseRefused, match=words) as refused:
            await check_schema(url, pooled=False, make=True)
        assert "hush" not in str(refused.value)
    assert (
        without_password("postgresql://me:hush@host/x?sslmode=require") == "postgresql://me:***@host/x?sslmode=require"
    )


# --- transactions -----------------------------------------------------------------------------------------------------


async def test_a_deadlock_is_run_again(blank: str) -> None:
    """Two transactions that wait for each other both come through."""
    async with opened(blank) as database:
        met = asyncio.Barrier(2)
        tries = 0

        def crossing(first: str, second: str) -> Callable[[Tx], object]:
            async def cross(tx: Tx) -> None:
                nonlocal tries
                tries += 1
                await tx.run("UPDATE t SET n = n + 1 WHERE id = :id", {"id": first})
                if tries <= 2:
                    await met.wait()
                await tx.run("UPDATE t SET n = n + 1 WHERE id = :id", {"id": second})

            return cross

        await database.write(lambda tx: tx.run("INSERT INTO t VALUES ('a', 0), ('b', 0)"))
        await asyncio.gather(
            database.write(crossing("a", "b")),  # type: ignore[arg-type]
            database.write(crossing("b", "a")),  # type: ignore[arg-type]
        )
        assert tries == 3
        assert await rows(database) == [("a", 2), ("b", 2)]


async def test_what_was_cut_off_before_its_commit_is_run_again(blank: str) -> None:
    """A connection that ends in the middle of a transaction costs a second run, and nothing is there twice."""
    async with opened(blank) as database:
        tries = 0

        async def cut(tx: Tx) -> None:
            nonlocal tries
            tries += 1
            await tx.run("INSERT INTO t VALUES (:id, 1)", {"id": str(tries)})
            if tries == 1:
                await _end_connections(blank, await tx.one("SELECT pg_backend_pid() AS pid"))
            await tx.run("INSERT INTO t VALUES ('end', 1)")

        await database.write(cut)
        assert await rows(database) == [("2", 1), ("end", 1)]


async def test_a_refusal_undoes_its_transaction_alone(blank: str) -> None:
    """What a transaction raises comes to its caller, and nothing of it stays."""
    async with opened(blank) as database:

        async def refuse(tx: Tx) -> None:
            await tx.run("INSERT INTO t VALUES ('a', 1)")
            raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            await database.write(refuse)
        await database.write(lambda tx: tx.run("INSERT INTO t VALUES ('b', 1)"))
        assert await rows(database) == [("b", 1)]


async def test_it_is_committed_without_its_caller(blank: str) -> None:
    """A caller that is cancelled meanwhile takes nothing back."""
    async with opened(blank) as database:
        begun = asyncio.Event()

        async def slow(tx: Tx) -> None:
            begun.set()
            await tx.one("SELECT pg_sleep(0.05)")
            await tx.run("INSERT INTO t VALUES ('a', 1)")

        task = asyncio.create_task(database.write(slow))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await database.close()
        again = PostgresDatabase(blank)
        assert await rows(again) == [("a", 1)]
        await again.close()


async def test_a_server_that_was_away(postgres: Postgres) -> None:
    """While PostgreSQL is away every call fails with a fault; when it is back, the same handle goes on."""
    with passable_folder() as folder, Postgres(folder / "data", postgres.programs) as own:
        async with opened(await own.make("t")) as database:
            await database.write(lambda tx: tx.run("INSERT INTO t VALUES ('a', 1)"))
            own.kill()
            for call in (database.look("SELECT 1"), database.write(lambda tx: tx.run("DELETE FROM t"))):
                with pytest.raises(StorageFailed):
                    await call
            own.start()
            assert await rows(database) == [("a", 1)]
            await database.write(lambda tx: tx.run("INSERT INTO t VALUES ('b', 1)"))
            assert await rows(database) == [("a", 1), ("b", 1)]


async def test_an_idle_connection_that_broke_costs_nobody_a_look(blank: str) -> None:
    """Connections that ended while nobody used them are replaced."""
    async with opened(blank) as database:
        await asyncio.gather(*(database.look("SELECT pg_sleep(0.02)") for _ in range(4)))
        await _end_connections(blank, None)
        assert await asyncio.gather(*(rows(database) for _ in range(8))) == [[]] * 8


async def test_a_statement_that_may_have_been_committed_is_not_sent_again(
    blank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a connection breaks behind a change that is a transaction by itself, its caller is told, and it is there
    once: a second record of a part would be the same as the first, and its bytes would be taken for superfluous.
    """
    async with opened(blank) as database:
        await database.look("SELECT 1")

        async def broken(*_: object, **__: object) -> None:
            raise asyncpg.InterfaceError("gone")

        monkeypatch.setattr(asyncpg.Pool, "release", broken)
        with pytest.raises(StorageFailed):
            await database.change("INSERT INTO t VALUES (:id, 1) RETURNING n", {"id": os.urandom(4).hex()})
        monkeypatch.undo()
        assert len(await rows(database)) == 1


async def test_the_clock_is_the_databases(blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node whose own clock is a minute wrong has the database's time."""
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    async with opened(blank) as database:
        [row] = await database.scan("SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION) AS now")
        assert abs(database.clock() - row["now"]) < 5


async def _end_connections(url: str, but_one: object) -> None:
    """End every other connection to this database, or this one alone."""
    async with connected(url) as connection:
        if but_one is not None:
            await connection.execute("SELECT pg_terminate_backend($1)", but_one["pid"])  # type: ignore[index]
        else:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
