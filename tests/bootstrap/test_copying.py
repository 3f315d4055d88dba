"""`penstock copy`: an installation carried to another database and to another store."""

import asyncio
import itertools
import shutil
import sqlite3
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import Table

from cluster.postgres import Postgres
from penstock.adapters.disk import DiskVault, FolderRefused
from penstock.adapters.s3 import Bucket, S3Staging, store_address
from penstock.adapters.s3.sink import S3Sink
from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.opening import check_schema as check_file
from penstock.adapters.sql.postgresql import check_schema
from penstock.adapters.sql.postgresql.database import connected
from penstock.adapters.sql.postgresql.records import PostgresRecords
from penstock.adapters.sql.records import TABLES, CopyRefused, Rows
from penstock.adapters.sql.relocation import SqlRelocation
from penstock.adapters.sql.secrets import SecretRefused
from penstock.adapters.sql.sqlite_records import SqliteRecords
from penstock.bootstrap import open_container
from penstock.bootstrap.copy_bytes import copy_bytes
from penstock.bootstrap.copy_records import CopiedRecords, grow, shrink
from penstock.bootstrap.storage import StoreRefused
from penstock.chain.keys import new_secret
from penstock.engine.fsck import Condition
from penstock.engine.relocation import Relocated, Relocation, RelocationRefused
from penstock.model.faults import Refusal
from penstock.ports import WalletLocked
from penstock.settings import Settings, load
from tests.dialects.files.client import send_file
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import sha256
from tests.support.installation import AGAIN, EVERYTHING, Installation, grow_up, seen, serving
from tests.support.server import OpenServer, People
from tests.support.stores import fresh_store, objects, seaweed

T = TypeVar("T")

SECRET, OTHER = (
    "one-secret-of-thirty-three-letters",
    "another-secret-of-thirty-and-more",
)  # of databases on this machine alone


def unheard(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture
async def url(postgres: Postgres) -> str:
    """A database of a test's own, with nothing in it."""
    return await postgres.make(uuid4().hex)


@dataclass(frozen=True)
class Grown:
    """A folder with an installation in it that nobody serves, what is in it, and what its users see."""

    folder: Path
    made: Installation
    seen: dict[str, Any]

    @property
    def database(self) -> Path:
        return self.folder / "penstock.db"

    def settings(self, **settings: Any) -> Settings:
        return load({"data": str(self.folder), "min_free": 0, "reserve": 0, "secret": SECRET, **settings}, {})


@pytest.fixture
async def grown(open_server: OpenServer) -> Grown:
    """An installation with something of everything."""
    async with open_server(**EVERYTHING) as server:
        made = await grow_up(server)
        return Grown(server.folder, made, await seen(server, made))


class Killed(Exception):
    """What a test has in the place of SIGKILL."""


@dataclass
class Dying:
    """Dies at every step that was not taken yet, before and after it."""

    left: int = 0

    def step(self) -> None:
        if not self.left:
            raise Killed
        self.left -= 1

    def around(self, act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def dying(*args: Any, **named: Any) -> Any:
            self.step()
            done = await act(*args, **named)
            self.step()
            return done

        return dying


async def until_done(dying: Dying, steps: Iterable[int], work: Callable[[], Awaitable[T]]) -> T:
    """Do the work again and again, each time so many steps of it; what came of it."""
    for dying.left in steps:
        try:
            return await work()
        except Killed:
            continue
    raise AssertionError


# --- records ---------------------------------------------------------------------------------------------------------


async def test_everything_is_there_on_postgresql(grown: Grown, url: str, people: People) -> None:
    """A server on the copy shows its users the same: files, pictures, signed addresses, sessions, wallet and chain; an
    upload that was begun goes on.
    """
    copied = await grow(grown.settings(), grown.database, url, unheard)
    assert (copied.finished, copied.different) == (False, [])
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET) as server:
        assert await seen(server, grown.made) == grown.seen
        rest = await Scratch(server.alice, [b"begun", b"never ended"], key="unfinished").send(1)
        assert rest.json()["file"]["size"] == len(b"begunnever ended")


@pytest.mark.parametrize("pooled", [False, True], ids=["direct", "pooled"])
async def test_there_and_back(grown: Grown, url: str, people: People, tmp_path: Path, pooled: bool) -> None:
    """Who has grown can shrink again, into a folder of its own: nothing is lost on the way."""
    await grow(grown.settings(database_pooled=pooled), grown.database, url, unheard)
    back = tmp_path / "back"
    copied = await shrink(grown.settings(data=str(back), database_pooled=pooled), url, back / "penstock.db", unheard)
    assert (copied.finished, copied.different) == (False, [])
    shutil.copytree(grown.folder / "blobs", back / "blobs")
    async with serving(people, data=str(back)) as server:
        assert await seen(server, grown.made) == grown.seen


async def test_a_wallet_is_not_overwritten(grown: Grown, url: str, open_server: OpenServer, tmp_path: Path) -> None:
    """A folder that has another wallet keeps it."""
    await grow(grown.settings(), grown.database, url, unheard)
    wallet = tmp_path / "back" / "wallet.json"
    wallet.parent.mkdir()
    wallet.write_bytes(b'{"secret": "%s"}' % b64encode(bytes(31) + b"1"))
    with pytest.raises(CopyRefused, match=r"wallet\.json is another installation's"):
        await shrink(grown.settings(data=str(wallet.parent)), url, wallet.parent / "penstock.db", unheard)


async def test_an_encrypted_wallet(grown: Grown, url: str, people: People) -> None:
    """A wallet with a passphrase goes along for whoever knows it."""
    DiskVault(grown.folder, "a passphrase", new_secret).read()
    with pytest.raises(WalletLocked, match="set `wallet_passphrase`"):
        await grow(grown.settings(), grown.database, url, unheard)
    await grow(grown.settings(wallet_passphrase="a passphrase"), grown.database, url, unheard)
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET) as server:
        assert (await seen(server, grown.made))["wallet"] == grown.seen["wallet"]


@pytest.mark.long
async def test_killed_at_any_step(
    grown: Grown, url: str, people: People, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wherever a copy is interrupted, what is there is no store; the same command again ends with all records."""
    dying = Dying()
    for method in ("note", "fill", "empty"):
        monkeypatch.setattr(PostgresRecords, method, dying.around(getattr(PostgresRecords, method)))
        monkeypatch.setattr(SqliteRecords, method, dying.around(getattr(SqliteRecords, method)))

    refused = []

    async def copy() -> CopiedRecords:
        try:
            return await grow(grown.settings(), grown.database, url, unheard)
        except Killed:
            refused.append(await is_refused_to_nodes(url))
            raise

    copied = await until_done(dying, itertools.cycle(range(5)), copy)
    assert copied.different == []
    assert refused[0] is False  # nothing was written yet
    assert refused.count(True) > len(TABLES)
    back = tmp_path / "back"
    refused.clear()

    async def copy_back() -> CopiedRecords:
        try:
            return await shrink(grown.settings(data=str(back)), url, back / "penstock.db", unheard)
        except Killed:
            refused.append(is_refused_to_a_server(back / "penstock.db"))
            raise

    await until_done(dying, itertools.cycle(range(5)), copy_back)
    assert refused.count(True) > len(TABLES)
    monkeypatch.undo()
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET) as server:
        assert await seen(server, grown.made) == grown.seen


async def is_refused_to_nodes(url: str) -> bool:
    """Whether a node would be told that the database is not filled yet."""
    try:
        await check_schema(url, pooled=False, make=False)
    except DatabaseRefused as refused:
        return "run the same `penstock copy` again" in str(refused)
    return False


def is_refused_to_a_server(path: Path) -> bool:
    """The same of a file."""
    try:
        check_file(path, durable=False)
    except DatabaseRefused as refused:
        return "run the same `penstock copy` again" in str(refused)
    return False


async def test_a_source_that_went_on_meanwhile(
    grown: Grown, url: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes in the source after an interruption is in the copy, and what went is not."""
    dying = Dying(2 * len(TABLES) - 1)
    with monkeypatch.context() as patch:
        patch.setattr(PostgresRecords, "fill", dying.around(PostgresRecords.fill))
        with pytest.raises(Killed):
            await grow(grown.settings(), grown.database, url, unheard)
    async with serving(people, data=str(grown.folder)) as server:
        await server.container.engine.access.set_password("bob", "another password")
        file = await send_file(server.alice, b"meanwhile")
        gone = grown.made.opened.pop(1)
        assert (await server.alice.delete(gone.removesuffix("/download"))).status_code == 200
    assert (await grow(grown.settings(), grown.database, url, unheard)).different == []
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET) as server:
        assert (await server.alice.get(f"/api/files/{file['id']}/download")).content == b"meanwhile"
        assert (await server.alice.get(gone)).status_code == 404
        login = {"username": "bob", "password": "another password"}
        assert (await server.anyone.post("/api/auth/login", json=login)).status_code == 200


async def test_a_second_run(grown: Grown, url: str, people: People) -> None:
    """What was copied before is compared and left alone, also when a server has used it since, which is told."""
    await grow(grown.settings(), grown.database, url, unheard)
    again = await grow(grown.settings(), grown.database, url, unheard)
    assert (again.finished, again.different) == (True, [])
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET) as server:
        await send_file(server.alice, b"on the copy")
        files = server.rows("files")
    again = await grow(grown.settings(), grown.database, url, unheard)
    assert again.finished
    assert {"files", "blobs"} <= set(again.different)
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET) as server:
        assert server.rows("files") == files


async def test_a_row_that_was_lost_is_noticed(grown: Grown, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that is not the same is told, is no store, and comes right when it is made again."""
    fill = PostgresRecords.fill

    async def losing(records: PostgresRecords, table: Table, batches: AsyncIterator[Rows]) -> None:
        async def fewer() -> AsyncIterator[Rows]:
            async for batch in batches:
                yield batch[1:] if table.name == "audit" else batch

        await fill(records, table, fewer())

    with monkeypatch.context() as patch:
        patch.setattr(PostgresRecords, "fill", losing)
        copied = await grow(grown.settings(), grown.database, url, unheard)
    assert copied.different == ["audit"]
    with pytest.raises(DatabaseRefused, match="run the same `penstock copy` again"):
        await check_schema(url, pooled=False, make=False)
    assert (await grow(grown.settings(), grown.database, url, unheard)).different == []


async def test_another_installation_is_not_overwritten(grown: Grown, url: str, people: People, tmp_path: Path) -> None:
    """A database that a server was started on is not a place to copy to; nor is another installation's file."""
    shared = {"data": str(tmp_path / "node"), "database": url, "secret": SECRET}
    container = await asyncio.to_thread(lambda: open_container(load({**shared, "min_free": 0}, {})))
    await container.storage.check()
    await container.close()
    with pytest.raises(CopyRefused, match="holds another installation"):
        await grow(grown.settings(), grown.database, url, unheard)
    with pytest.raises(CopyRefused, match="holds another installation"):
        await shrink(grown.settings(), url, grown.database, unheard)


async def test_a_server_that_runs(grown: Grown, url: str, people: People) -> None:
    """While a server runs on the source nothing is copied, be it on the folder or on the database."""
    async with serving(people, data=str(grown.folder)):
        with pytest.raises(FolderRefused, match="A server or another command is using"):
            await grow(grown.settings(), grown.database, url, unheard)
    await grow(grown.settings(), grown.database, url, unheard)
    back = grown.folder.with_name("back")
    async with serving(people, data=str(grown.folder), database=url, secret=SECRET):
        with pytest.raises(CopyRefused, match="A node is connected"):
            await shrink(grown.settings(data=str(back)), url, back / "penstock.db", unheard)


async def test_secrets(grown: Grown, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a secret nothing is copied, nor with another one than an interrupted run had."""
    with pytest.raises(SecretRefused, match="--secret-file"):
        await grow(grown.settings(secret=""), grown.database, url, unheard)
    with monkeypatch.context() as patch:
        patch.setattr(PostgresRecords, "fill", Dying().around(PostgresRecords.fill))
        with pytest.raises(Killed):
            await grow(grown.settings(), grown.database, url, unheard)
    with pytest.raises(SecretRefused, match="another one"):
        await grow(grown.settings(secret=OTHER), grown.database, url, unheard)


async def test_an_older_database(grown: Grown, url: str) -> None:
    """A database of an older version is to be migrated first."""
    with closing(sqlite3.connect(grown.database)) as connection:
        connection.execute("PRAGMA user_version = 10")
    with pytest.raises(DatabaseRefused, match="penstock migrate"):
        await grow(grown.settings(), grown.database, url, unheard)


# --- bytes -----------------------------------------------------------------------------------------------------------


def store() -> str:
    """A place in an S3 store where nothing lies yet."""
    return fresh_store(seaweed())


async def another_bucket() -> str:
    """The same in a bucket of its own."""
    name = uuid4().hex
    await asyncio.to_thread(seaweed().make, name)
    return seaweed().store(name)


async def test_everything_is_there_on_s3(grown: Grown, people: People, tmp_path: Path) -> None:
    """A server on the store shows its users the same; the folder keeps its bytes, and is no server's any more."""
    place, before = store(), files_below(grown.folder / "blobs")
    relocated = await copy_bytes(grown.settings(), "", place, unheard)
    assert relocated is not None
    assert (relocated.brought, relocated.damaged, relocated.unfinished) == (len(before), (), 1)
    assert files_below(grown.folder / "blobs") == before
    async with serving(people, data=str(grown.folder), store=place) as server:
        assert await seen(server, grown.made) == grown.seen
        assert (await server.container.upkeep.once(orphans=True)).removed_orphans == 0
        assert {checked.condition async for checked in server.container.fsck.run(repair=False)} == {Condition.SOUND}
        again = Scratch(server.alice, [b"begun", b"never ended"], key="unfinished")
        assert (await again.whole())["size"] == len(b"begunnever ended")
    with pytest.raises(StoreRefused, match="penstock copy"):
        async with serving(people, data=str(grown.folder)):
            pass
    assert await copy_bytes(grown.settings(), "", place, unheard) is None
    assert [key for key in await objects(place) if not key.startswith("blobs/")] == []


async def test_from_bucket_to_bucket_and_back(grown: Grown, people: People) -> None:
    """Bytes go from one bucket to another, and back into the folder."""
    shutil.copytree(grown.folder / "blobs", grown.folder / "aside")
    first, second = store(), await another_bucket()
    for source, target in (("", first), (first, second)):
        assert await copy_bytes(grown.settings(), source, target, unheard) is not None
    shutil.rmtree(grown.folder / "blobs")
    assert await copy_bytes(grown.settings(), second, "", unheard) is not None
    assert set(files_below(grown.folder / "blobs").values()) == set(files_below(grown.folder / "aside").values())
    assert len(list((grown.folder / "staging").rglob("plane-*"))) == 1  # of the upload that was begun
    async with serving(people, data=str(grown.folder)) as server:
        assert await seen(server, grown.made) == grown.seen


async def test_blobs_with_the_names_of_earlier_versions(grown: Grown, people: People) -> None:
    """Blobs that older versions named by their digest are brought, too."""
    with closing(sqlite3.connect(grown.database)) as connection:
        for sha256, location in connection.execute("SELECT sha256, location FROM blobs").fetchall():
            older = f"{sha256[:2]}/{sha256[2:4]}/{sha256}-{location.rpartition('/')[2]}"
            (grown.folder / "blobs" / older).parent.mkdir(parents=True, exist_ok=True)
            (grown.folder / "blobs" / location).rename(grown.folder / "blobs" / older)
            connection.execute("UPDATE blobs SET location = ? WHERE sha256 = ?", (older, sha256))
        connection.commit()
    place = store()
    await copy_bytes(grown.settings(), "", place, unheard)
    async with serving(people, data=str(grown.folder), store=place) as server:
        assert await seen(server, grown.made) == grown.seen


async def test_records_and_bytes_one_after_the_other(grown: Grown, url: str, people: People) -> None:
    """Records on PostgreSQL first, bytes to the store next: what is left of the folder is nobody's."""
    place, shared = store(), {"database": url, "secret": SECRET}
    await grow(grown.settings(), grown.database, url, unheard)
    async with serving(people, data=str(grown.folder), **shared):
        with pytest.raises((CopyRefused, FolderRefused)):
            await copy_bytes(grown.settings(**shared), "", place, unheard)
    assert await copy_bytes(grown.settings(**shared), "", place, unheard) is not None
    elsewhere = grown.folder.with_name("node")
    elsewhere.mkdir()
    async with serving(people, data=str(elsewhere), store=place, **shared) as server:
        assert await seen(server, grown.made) == grown.seen
        with pytest.raises(CopyRefused, match="A node is connected"):
            await copy_bytes(grown.settings(**shared), place, await another_bucket(), unheard)


async def test_a_node_that_starts_meanwhile(grown: Grown, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that was started while bytes were brought keeps the records from being changed under it."""
    place, shared = store(), {"database": url, "secret": SECRET}
    await grow(grown.settings(), grown.database, url, unheard)
    run = Relocation.run
    async with AsyncExitStack() as stack:

        async def slow(relocation: Relocation) -> Relocated:
            relocated = await run(relocation)
            await stack.enter_async_context(connected(url))
            return relocated

        monkeypatch.setattr(Relocation, "run", slow)
        with pytest.raises(CopyRefused, match="A node is connected"):
            await copy_bytes(grown.settings(**shared), "", place, unheard)
    monkeypatch.undo()
    again = await copy_bytes(grown.settings(**shared), "", place, unheard)
    assert again is not None
    assert again.brought == 0


@pytest.mark.long
async def test_bytes_killed_at_any_step(grown: Grown, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the bringing of blobs is interrupted, the folder is the store still, and a server can go on with it; the
    same command again brings what is missing.
    """
    place, dying, served = store(), Dying(), list[Any]()
    steps = {S3Staging: ("compose", "discard"), S3Sink: ("commit",), SqlRelocation: ("move",)}
    for of, methods in steps.items():
        for method in methods:
            monkeypatch.setattr(of, method, dying.around(getattr(of, method)))

    async def copy() -> Relocated | None:
        try:
            return await copy_bytes(grown.settings(), "", place, unheard)
        except Killed:
            if len(await objects(place)) > 5 and not served:
                async with serving(people, data=str(grown.folder)) as server:
                    served.append(await seen(server, grown.made))
            raise

    await until_done(dying, itertools.count(0, 3), copy)
    assert served == [grown.seen]
    monkeypatch.undo()
    async with serving(people, data=str(grown.folder), store=place) as server:
        assert await seen(server, grown.made) == grown.seen
        assert len(await objects(place)) == len(server.rows("blobs"))


async def test_damaged_blobs(grown: Grown, people: People) -> None:
    """A blob with wrong bytes and one that is missing are told and marked; everything else is brought."""
    place = store()
    wrong, missing = (blob_of(grown.folder, size) for size in (600_000, len(b"".join(AGAIN))))
    content = wrong.read_bytes()
    wrong.chmod(0o600)
    wrong.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    missing.unlink()
    relocated = await copy_bytes(grown.settings(), "", place, unheard)
    assert relocated is not None
    assert set(relocated.damaged) == {sha256(content), sha256(b"".join(AGAIN))}
    async with serving(people, data=str(grown.folder), store=place) as server:
        rows = {row["sha256"] for row in server.rows("blobs") if row["damaged"]}
        assert rows == set(relocated.damaged)
        assert len(await objects(place)) == relocated.blobs - 2
        for address in grown.made.opened:
            got = await server.alice.get(address)
            assert got.is_success == (address not in {grown.made.opened[0], grown.made.opened[-1]})


async def test_blobs_of_others(grown: Grown) -> None:
    """A place in which another installation's blobs lie is not a place to bring ours to."""
    place = store()
    bucket = Bucket(store_address(place))
    await bucket.put(f"blobs/{uuid4()}", lambda: b"another's", 9)
    await bucket.close()
    with pytest.raises(RelocationRefused, match="holds blobs of another installation"):
        await copy_bytes(grown.settings(), "", place, unheard)


async def test_bytes_under_a_running_server(grown: Grown, people: People) -> None:
    """While a server runs no blob is brought."""
    async with serving(people, data=str(grown.folder)):
        with pytest.raises(FolderRefused, match="A server or another command is using"):
            await copy_bytes(grown.settings(), "", store(), unheard)


async def test_the_store_is_away(grown: Grown, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not answer is told, and nothing is changed."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "known")
    before = everything(grown.database)
    with pytest.raises(Refusal, match="run the same command again"):
        await copy_bytes(grown.settings(), "", "s3://penstock?endpoint=http://127.0.0.1:1", unheard)
    assert everything(grown.database) == before


def blob_of(folder: Path, size: int) -> Path:
    """The one blob of this size."""
    [blob] = [path for path in (folder / "blobs").rglob("*") if path.is_file() and path.stat().st_size == size]
    return blob


def files_below(folder: Path) -> dict[str, bytes]:
    """What files there are, by their paths."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def everything(database: Path) -> list[Any]:
    """Every row of every table."""
    with closing(sqlite3.connect(database)) as connection:
        return [connection.execute(f"SELECT * FROM {table.name}").fetchall() for table in TABLES]
