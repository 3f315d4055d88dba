"""What a test's server stands on: a folder, or what the nodes of a cluster share. Tests see it in the same way."""

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import asyncpg
import redis

from cluster.postgres import Postgres, debian
from cluster.programs import Missing
from cluster.redis import RedisServer
from penstock.adapters.disk import DiskVault
from penstock.adapters.s3 import Bucket, store_address
from penstock.adapters.sql.postgresql import PostgresDatabase
from penstock.adapters.sql.secrets import SqlSecrets, SqlVault
from penstock.adapters.sql.tables import metadata
from penstock.chain.keys import new_secret
from penstock.pools import run_apart
from tests.support.ci import required_in_ci
from tests.support.databases import emptied
from tests.support.stores import fresh_store, seaweed

SECRET = "of-the-tests-alone-and-32-characters"  # of servers on this machine alone


class Records(Protocol):
    """The records behind the server's back. Values are named `:name`, or stand for question marks."""

    def execute(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = (), /) -> "Rows":
        """What a statement finds or returns; a change is there at once."""


class Rows(Protocol):
    """Rows by the names of their columns, or by their positions."""

    def fetchone(self) -> Any:
        """The first one; None when there is none."""

    def fetchall(self) -> list[Any]:
        """All of them."""

    def __iter__(self) -> Iterator[Any]:
        """One after the other."""


class Place(Protocol):
    """Where the records and the bytes of one server are."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a server is told to stand on it."""

    def records(self) -> AbstractContextManager[Records]:
        """The records behind the server's back."""

    def forgive(self) -> None:
        """Forget how often anybody has called."""

    def staged(self) -> list[str]:
        """The ids of uploads that have bytes in staging."""

    def blobs(self) -> list[str]:
        """The locations of all blobs."""

    def blob(self, location: str) -> bytes:
        """The bytes of a blob."""

    def quarantined(self) -> list[bytes]:
        """What lies in quarantine."""

    def lose(self, location: str) -> None:
        """Remove a blob behind the server's back."""

    def wallet(self) -> bytes:
        """The secret of the wallet, made if there is none."""


class Backing(Protocol):
    """What servers stand on."""

    def peopled(self, folder: Path) -> Place:
        """A place with nothing but two people; `folder` becomes the server's."""

    def stop(self) -> None:
        """End what was started."""


class InFolder:
    """Data folders: copies of one that two people live in."""

    def __init__(self, people: Path) -> None:
        self._people = people

    def peopled(self, folder: Path) -> Place:
        """See `Backing.peopled`."""
        shutil.copytree(self._people, folder)
        return FolderPlace(folder)

    def stop(self) -> None:
        """See `Backing.stop`."""


class FolderPlace:
    """A data folder."""

    settings: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def records(self) -> Iterator[Records]:
        """See `Place.records`."""
        connection = sqlite3.connect(self._folder / "penstock.db", isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def forgive(self) -> None:
        """See `Place.forgive`."""
        with self.records() as records:
            records.execute("DELETE FROM limits")

    def staged(self) -> list[str]:
        """See `Place.staged`."""
        return sorted(path.name for path in (self._folder / "staging").glob("*/*") if path.is_dir())

    def blobs(self) -> list[str]:
        """See `Place.blobs`."""
        root = self._folder / "blobs"
        return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]

    def blob(self, location: str) -> bytes:
        """See `Place.blob`."""
        return (self._folder / "blobs" / location).read_bytes()

    def quarantined(self) -> list[bytes]:
        """See `Place.quarantined`."""
        return [path.read_bytes() for path in (self._folder / "quarantine").iterdir()]

    def wallet(self) -> bytes:
        """See `Place.wallet`."""
        return DiskVault(self._folder, "", new_secret).read()

    def lose(self, location: str) -> None:
        """See `Place.lose`."""
        (self._folder / "blobs" / location).unlink()


class OnCluster:
    """PostgreSQL, SeaweedFS and Redis, one of each for a test process."""

    def __init__(self, folder: Path) -> None:
        """Everything is written into `folder`."""
        try:
            self._postgres = Postgres(folder / "postgres" / "data", debian(), durable=False)
            self._redis = RedisServer(folder)
        except Missing as missing:
            required_in_ci(False, str(missing))
            raise
        self._places: dict[Path, ClusterPlace] = {}

    def start(self) -> None:
        """Start what a place stands on."""
        self._postgres.start()
        self._redis.start()
        seaweed()

    def stop(self) -> None:
        """See `Backing.stop`."""
        self._postgres.stop()
        self._redis.stop()

    def place_of(self, data: Path) -> "ClusterPlace":
        """The place of the servers with this data folder, which has nothing in it at first."""
        if data not in self._places:
            url = run_apart(self._postgres.make(f"fresh {len(self._places)}"))
            self._places[data] = ClusterPlace(url, fresh_store(seaweed()), self._redis.url)
            self._places[data].forgive()  # what was called of other servers is counted there, too
        return self._places[data]

    def peopled(self, folder: Path) -> Place:
        """See `Backing.peopled`."""
        place = ClusterPlace(self._postgres.url("fresh 0"), fresh_store(seaweed()), self._redis.url)
        place.forgive()
        place.tell(f"BEGIN; {emptied()}; {_BACK}; COMMIT")
        return place


class ClusterPlace:
    """A database, a prefix in a bucket, and Redis."""

    def __init__(self, url: str, store: str, limits: str) -> None:
        self._url = url
        self._store = store
        self.settings = {"database": url, "store": store, "limits": limits, "secret": SECRET}

    @contextmanager
    def records(self) -> Iterator[Records]:
        """See `Place.records`."""
        yield _OfPostgres(self._url)

    def forgive(self) -> None:
        """See `Place.forgive`."""
        with redis.Redis.from_url(self.settings["limits"]) as client:
            client.flushdb()

    def staged(self) -> list[str]:
        """See `Place.staged`."""
        return sorted({key.split("/")[1] for key in self._keys("staging/")})

    def blobs(self) -> list[str]:
        """See `Place.blobs`."""
        return [key.removeprefix("blobs/") for key in self._keys("blobs/")]

    def blob(self, location: str) -> bytes:
        """See `Place.blob`."""
        return self._content(f"blobs/{location}")

    def quarantined(self) -> list[bytes]:
        """See `Place.quarantined`."""
        return [self._content(key) for key in self._keys("quarantine/")]

    def wallet(self) -> bytes:
        """See `Place.wallet`."""

        async def opened() -> bytes:
            database = PostgresDatabase(self._url)
            try:
                return await SqlVault(SqlSecrets(database, [SECRET]), new_secret).secret()
            finally:
                await database.close()

        return run_apart(opened())

    def lose(self, location: str) -> None:
        """See `Place.lose`."""
        run_apart(self._with_bucket(lambda bucket: bucket.remove([f"blobs/{location}"])))

    def keep(self) -> None:
        """Take what the database holds now for what every peopled place begins with."""
        self.tell("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept; " + _KEEP)

    def tell(self, statements: str) -> None:
        """Run statements."""

        async def told() -> None:
            connection = await asyncpg.connect(self._url)
            try:
                await connection.execute(statements)
            finally:
                await connection.close()

        run_apart(told())

    def _keys(self, prefix: str) -> list[str]:
        keys: list[str] = run_apart(self._with_bucket(lambda bucket: _listed(bucket, prefix)))
        return keys

    def _content(self, key: str) -> bytes:
        content: bytes = run_apart(self._with_bucket(lambda bucket: _whole(bucket, key)))
        return content

    async def _with_bucket(self, act: Any) -> Any:
        bucket = Bucket(store_address(self._store))
        try:
            return await act(bucket)
        finally:
            await bucket.close()


_NAMES = [table.name for table in metadata.sorted_tables]
_KEEP = "; ".join(f"CREATE TABLE kept.{name} AS TABLE {name}" for name in _NAMES)
_BACK = "; ".join(f"INSERT INTO {name} SELECT * FROM kept.{name} ON CONFLICT DO NOTHING" for name in _NAMES)


class _OfPostgres:
    """Statements as tests write them for SQLite, each in a transaction of its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    def execute(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = (), /) -> "_Rows":
        """See `Records.execute`."""
        return _Rows(run_apart(self._execute(sql, values)))

    async def _execute(self, sql: str, values: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
        connection = await asyncpg.connect(self._url)
        try:
            rows: list[Any] = await connection.fetch(*_numbered(sql, values))
            return rows
        finally:
            await connection.close()


class _Rows:
    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        return self._rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


def _numbered(sql: str, values: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
    if isinstance(values, Mapping):
        names = list(values)
        numbered = re.sub(r"(?<![:\w]):(\w+)", lambda match: f"${names.index(match[1]) + 1}", sql)
        return [numbered, *values.values()]
    numbers = iter(range(1, len(values) + 1))
    return [re.sub(r"\?", lambda _: f"${next(numbers)}", sql), *values]


async def _listed(bucket: Bucket, prefix: str) -> list[str]:
    return [found.key async for page in bucket.pages(prefix) for found in page]


async def _whole(bucket: Bucket, key: str) -> bytes:
    found = await bucket.head(key)
    assert found is not None
    return b"".join([piece async for piece in await bucket.get(key, 0, found.size)])
