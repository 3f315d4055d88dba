"""Group commit, and versions of the schema."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from penstock.adapters.disk.folder import move_durably
from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import DatabaseRefused, SqliteDatabase, connect
from penstock.adapters.sql.opening import check_schema, upgrade
from penstock.adapters.sql.sqlite_records import SqliteRecords
from penstock.adapters.sql.tables import files
from penstock.adapters.sql.tx import Transaction, Tx
from penstock.model.faults import StorageFailed, StorageFull, UploadBusy
from penstock.ports import unheard


@pytest.fixture
def groups() -> list[int]:
    return []


@pytest.fixture
def database(tmp_path: Path, groups: list[int]) -> Iterator[SqliteDatabase]:
    connection = connect(tmp_path / "t.db", durable=False)
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, note TEXT NOT NULL) WITHOUT ROWID")
    connection.close()
    made = SqliteDatabase(tmp_path / "t.db", durable=False, on_group=groups.append)
    yield made
    made.close()


def insert(number: int, note: str | None = "") -> Transaction[int]:
    return lambda tx: tx.run("INSERT INTO t VALUES (:number, :note)", {"number": number, "note": note})


async def numbers(database: SqliteDatabase) -> list[int]:
    return [row["n"] for row in await database.scan("SELECT n FROM t ORDER BY n")]


async def write(database: SqliteDatabase, *transactions: Transaction[Any]) -> list[object]:
    return list(await asyncio.gather(*(database.write(each) for each in transactions), return_exceptions=True))


async def test_transactions_share_a_commit(database: SqliteDatabase, groups: list[int]) -> None:
    """Transactions that wait together are committed together, each with its own answer."""
    assert await write(database, *(insert(n) for n in range(200))) == [1] * 200
    assert await numbers(database) == list(range(200))
    assert len(groups) < 20
    assert sum(groups) == 200


async def test_one_that_fails_leaves_the_others_alone(database: SqliteDatabase) -> None:
    """A refusal and a broken rule undo their own transaction, wholly, and nobody else's."""

    async def refuse(tx: Tx) -> None:
        await tx.run("INSERT INTO t VALUES (100, '')")
        raise UploadBusy

    async def break_rule(tx: Tx) -> None:
        await tx.run("INSERT INTO t VALUES (101, '')")
        await tx.run("INSERT INTO t VALUES (1, '')")

    outcomes = await write(database, insert(1), refuse, insert(2), break_rule, insert(3, None), insert(4))
    assert [type(outcome) for outcome in outcomes] == [int, UploadBusy, int, StorageFailed, StorageFailed, int]
    assert await numbers(database) == [1, 2, 4]


async def test_a_full_database_fails_the_whole_group(database: SqliteDatabase) -> None:
    """When the database has no room, nobody of the group is told that its record is there."""
    await database.write(insert(0))
    await database.write(lambda tx: tx.run("PRAGMA max_page_count = 3"))
    outcomes = await write(database, insert(1), insert(2, "x" * 100_000), insert(3))
    assert [type(outcome) for outcome in outcomes] == [StorageFull] * 3
    assert await numbers(database) == [0]
    await database.write(lambda tx: tx.run("PRAGMA max_page_count = 100000"))
    assert await write(database, insert(1)) == [1]


class Kept:
    """A reserve of this database's pages."""

    def __init__(self) -> None:
        self.given_up = False
        self.connection: sqlite3.Connection | None = None

    def spent(self) -> bool:
        return self.given_up

    def give_up(self) -> bool:
        if self.given_up or self.connection is None:
            return False
        self.given_up = True
        self.connection.execute("PRAGMA max_page_count = 100000")
        return True


@pytest.mark.parametrize("brief", [False, True])
async def test_what_frees_has_the_reserve(tmp_path: Path, database: SqliteDatabase, brief: bool) -> None:
    """On a full disk what makes room goes through by the reserve, once; what takes room is refused, in the same commit
    and from then on, until the reserve is there again.
    """
    reserve = Kept()
    tight = SqliteDatabase(tmp_path / "t.db", durable=False, reserve=reserve, full=lambda: StorageFull(5, 10))
    with closing(tight):

        async def fill(tx: Tx) -> None:
            reserve.connection = tight._writer
            await tx.run("PRAGMA max_page_count = 3")

        await tight.write(fill)
        big = insert(1, "x" * 100_000)
        asked = (tight.write(big, brief=brief), tight.write(insert(2), brief=brief, frees=True))
        refused, freed = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(refused, StorageFull)
        assert (refused.free, refused.min_free, freed) == (5, 10, 1)
        with pytest.raises(StorageFull):
            await tight.write(insert(3), brief=brief)
        assert await tight.write(insert(4), brief=brief, frees=True) == 1
        reserve.given_up = False
        assert await tight.write(insert(5), brief=brief) == 1
        assert await numbers(tight) == [2, 4, 5]


async def test_a_transaction_waits_for_its_statements_alone(database: SqliteDatabase) -> None:
    """One that gives way in the middle, where others would see it half done, fails and leaves nothing."""

    async def dawdle(tx: Tx) -> None:
        await tx.run("INSERT INTO t VALUES (100, '')")
        await asyncio.sleep(0)

    outcomes = await write(database, insert(1), dawdle, insert(2))
    assert [type(outcome) for outcome in outcomes] == [int, RuntimeError, int]
    assert await numbers(database) == [1, 2]


async def test_a_commit_that_fails(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the commit itself fails, everybody is told, nothing is there, and the writer goes on."""

    async def spoil(tx: Tx) -> None:
        await tx.run("CREATE TABLE child (n REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)")
        await tx.run("INSERT INTO child VALUES (99)")

    outcomes = await write(database, insert(1), spoil)
    assert all(isinstance(outcome, StorageFailed) for outcome in outcomes)
    assert await numbers(database) == []
    assert await write(database, insert(1)) == [1]


async def test_a_caller_that_goes_away_changes_nothing(database: SqliteDatabase) -> None:
    """A transaction whose caller was cancelled is done all the same, and the writer answers the others."""
    waiting = asyncio.create_task(database.write(insert(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await write(database, insert(2)) == [1]
    assert await numbers(database) == [1, 2]


async def test_two_processes_write(database: SqliteDatabase, tmp_path: Path) -> None:
    """Writers of two processes wait for each other and lose nothing."""
    other = SqliteDatabase(tmp_path / "t.db", durable=False)
    try:
        pairs = [database.write(insert(n)) for n in range(0, 100, 2)]
        pairs += [other.write(insert(n)) for n in range(1, 100, 2)]
        await asyncio.gather(*pairs)
        assert await numbers(database) == list(range(100))
    finally:
        other.close()


async def test_what_was_answered_is_read(database: SqliteDatabase, tmp_path: Path) -> None:
    """Once a transaction is answered, every reader of every process sees it."""
    other = SqliteDatabase(tmp_path / "t.db", durable=False)
    try:
        for number in range(20):
            await database.write(insert(number))
            assert await other.look("SELECT 1 FROM t WHERE n = :n", n=number) is not None
    finally:
        other.close()


async def test_a_database_that_cannot_be_read(database: SqliteDatabase) -> None:
    """A reading that fails is `StorageFailed`, not an error of SQLite's."""
    with pytest.raises(StorageFailed):
        await database.look("SELECT * FROM nothing")
    with pytest.raises(StorageFailed):
        await database.scan("SELECT * FROM nothing")


async def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    """A probe tells of it, and leaves a sound one as it is."""
    path = tmp_path / "penstock.db"
    check_schema(path, durable=False)
    database = SqliteDatabase(path, durable=False)
    before = [dict(row) for row in await database.scan("SELECT * FROM about")]
    await database.check_writable()
    assert [dict(row) for row in await database.scan("SELECT * FROM about")] == before != []
    database._writer.execute("PRAGMA query_only = 1")
    with pytest.raises(StorageFailed):
        await database.check_writable()
    database.close()


@pytest.mark.parametrize(
    "look", [partial(check_schema, durable=False), partial(upgrade, move=move_durably, heard=unheard)]
)
def test_what_is_no_database_is_refused(tmp_path: Path, look: Callable[[Path], object]) -> None:
    """Before anything is written to it, and by its name."""
    path = tmp_path / "notes.txt"
    path.write_text("no database, and long enough to be seen to be none " * 40)
    before = path.read_bytes()
    with pytest.raises(DatabaseRefused, match=r"notes\.txt"):
        look(path)
    assert path.read_bytes() == before


async def test_closing_finishes_what_was_asked_for(tmp_path: Path, database: SqliteDatabase) -> None:
    """What was asked for before the end is done before the end."""
    other = SqliteDatabase(tmp_path / "t.db", durable=False)
    asked = [asyncio.create_task(other.write(insert(n))) for n in range(50)]
    await asyncio.sleep(0)
    other.close()
    assert await asyncio.gather(*asked) == [1] * 50


async def test_a_closed_database_takes_nothing(database: SqliteDatabase) -> None:
    """Who comes after its end is refused, and does not wait for ever."""
    database.close()
    for brief in (True, False):
        with pytest.raises(StorageFailed):
            async with asyncio.timeout(5):
                await database.write(insert(1), brief=brief)


def test_full_durability_syncs_every_commit(tmp_path: Path) -> None:
    """`durable` is SQLite's FULL in WAL mode; without it a power cut may cost the last commits, never the file."""
    for durable, level in ((True, 2), (False, 1)):
        connection = connect(tmp_path / "d.db", durable=durable)
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == level
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        connection.close()


# --- versions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "v.db", durable=False)
    yield connection
    connection.close()


NEWEST = migrations.NEWEST


ADD_COLUMN = "ALTER TABLE about ADD COLUMN first TEXT;"
FILL_COLUMN = "UPDATE about SET first = 'there';"
BREAK_DOWN = "ALTER TABLE about ADD COLUMN half TEXT;\nINSERT INTO nowhere VALUES (1);"


def test_an_empty_database_gets_the_newest_schema(empty: sqlite3.Connection) -> None:
    """A first start makes every table; a second one finds nothing to do."""
    for _ in range(2):
        migrations.check(empty)
        assert migrations.version(empty) == NEWEST
    assert empty.execute("SELECT count(*) FROM about WHERE key = 'instance'").fetchone()[0] == 1


def test_a_newer_schema_is_opened_while_it_allows_for_older_code(
    empty: sqlite3.Connection, stepping: Callable[..., list[Path]]
) -> None:
    """A database that grew is opened by the code before it, until it says that it needs newer code."""
    migrations.check(empty)
    migrations.migrate(empty, stepping(ADD_COLUMN))
    migrations.check(empty)
    empty.execute("UPDATE about SET value = ? WHERE key = 'oldest_code'", [str(NEWEST + 1)])
    with pytest.raises(DatabaseRefused, match="newer Penstock"):
        migrations.check(empty)


def test_a_schema_that_needs_newer_code_is_refused(empty: sqlite3.Connection) -> None:
    """A database of a later Penstock is refused and left as it is."""
    migrations.check(empty)
    empty.execute(f"PRAGMA user_version = {NEWEST + 1}")
    empty.execute("UPDATE about SET value = ? WHERE key = 'oldest_code'", [str(NEWEST + 1)])
    with pytest.raises(DatabaseRefused, match="newer Penstock"):
        migrations.check(empty)
    assert migrations.version(empty) == NEWEST + 1


def test_an_older_schema_waits_for_its_migration(
    empty: sqlite3.Connection, stepping: Callable[..., list[Path]]
) -> None:
    """A database of an earlier Penstock is refused until it is migrated, step by step, and then opened."""
    migrations.check(empty)
    steps = stepping(ADD_COLUMN, FILL_COLUMN)
    with pytest.raises(DatabaseRefused, match="penstock migrate"):
        migrations.check(empty, steps)
    assert migrations.migrate(empty, steps) == (NEWEST, NEWEST + 2)
    assert empty.execute("SELECT first FROM about").fetchone()[0] == "there"
    migrations.check(empty, steps)
    assert migrations.migrate(empty, steps) == (NEWEST + 2, NEWEST + 2)


def test_a_migration_is_all_or_nothing(empty: sqlite3.Connection, stepping: Callable[..., list[Path]]) -> None:
    """A migration that breaks in the middle leaves the database as it was."""
    migrations.check(empty)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrations.migrate(empty, stepping(ADD_COLUMN, BREAK_DOWN))
    assert migrations.version(empty) == NEWEST
    assert [row["name"] for row in empty.execute("PRAGMA table_info(about)")] == ["key", "value"]
    migrations.check(empty)


async def test_a_brief_transaction_wakes_no_thread_for_its_statements(database: SqliteDatabase) -> None:
    """The statements of brief transactions run on the event loop, unless one beside them may be long."""
    threads: list[bool] = []

    async def note(tx: Tx) -> None:
        threads.append(threading.current_thread() is threading.main_thread())

    await asyncio.gather(*(database.write(note, brief=True) for _ in range(3)))
    assert threads == [True] * 3
    await asyncio.gather(database.write(note, brief=True), database.write(note))
    assert threads[3:] == [False] * 2


async def test_the_log_stays_small(tmp_path: Path, database: SqliteDatabase) -> None:
    """Commits that need not reach the disk wake no thread, but now and then one that empties the log."""
    before = threading.active_count()
    for n in range(200):
        await database.write(insert(n, "x" * 3000), brief=True)
    assert threading.active_count() == before
    sizes = []
    for n in range(200, 2000):
        await database.write(insert(n, "x" * 3000), brief=True)
        sizes.append((tmp_path / "t.db-wal").stat().st_size)
    assert max(sizes) < 8 << 20
    assert await numbers(database) == list(range(2000))


async def test_a_brief_transaction_waits_elsewhere(database: SqliteDatabase, tmp_path: Path) -> None:
    """While another process writes, a brief transaction waits on the thread, and the event loop goes on."""
    with closing(connect(tmp_path / "t.db", durable=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(database.write(insert(1), brief=True))
        for _ in range(100):
            await asyncio.sleep(0.001)
        assert not waiting.done()
        other.execute("COMMIT")
    assert await waiting == 1


async def test_brief_transactions_fail_as_others_do(database: SqliteDatabase) -> None:
    """A refusal undoes its own transaction; a database without room fails the whole group, and the next one goes on."""

    async def refuse(tx: Tx) -> None:
        await tx.run("INSERT INTO t VALUES (100, '')")
        raise UploadBusy

    async def ask(*transactions: Transaction[Any]) -> list[type]:
        asked = (database.write(each, brief=True) for each in transactions)
        return [type(outcome) for outcome in await asyncio.gather(*asked, return_exceptions=True)]

    assert await ask(insert(1), refuse, insert(1), insert(2)) == [int, UploadBusy, StorageFailed, int]
    await database.write(lambda tx: tx.run("PRAGMA max_page_count = 3"))
    assert await ask(insert(3), insert(4, "x" * 100_000)) == [StorageFull] * 2
    await database.write(lambda tx: tx.run("PRAGMA max_page_count = 100000"))
    assert await ask(insert(3)) == [int]
    assert await numbers(database) == [1, 2, 3]


async def test_what_a_copy_empties_leaves_nothing(tmp_path: Path) -> None:
    """Removing every file of a target, whose bytes may come again, notes no name as one to be forgotten."""
    with closing(connect(tmp_path / "penstock.db", durable=False)) as connection:
        migrations.check(connection)
        connection.execute("INSERT INTO blobs VALUES ('b', NULL, 1, 'at', NULL, 0, NULL)")
        connection.execute(
            "INSERT INTO files (id, owner, dialect, client_key, name, media_type, sha256, created_at, number)"
            " VALUES ('f', 'me', 'tus', 'k', 'n', 't', 'b', 1, 1)"
        )
        await SqliteRecords(connection).empty([files])
        assert connection.execute("SELECT * FROM stale_names").fetchall() == []
