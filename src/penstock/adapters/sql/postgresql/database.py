"""PostgreSQL: a pool of connections, transactions that are repeated whole, and the clock that all nodes share.

Laws kept here:
- A transaction runs at READ COMMITTED: each statement sees what was committed before it began. What decides from a row
  that others change locks it first, in a statement of its own (`Tx.lock_row`).
- What the database takes back for a reason that passes (a deadlock, a record that somebody else made first) is done
  again, whole; so is what a lost connection cut off before its commit was sent. After that nobody knows, and it fails.
- Nothing outlives a transaction on a connection: no session locks, no settings, no LISTEN. So a pooler in transaction
  mode may stand between.
"""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import asyncpg

from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.tx import NONE, Row, Transaction, Values
from penstock.model.address import without_password
from penstock.model.faults import StorageFailed, StorageFull

T = TypeVar("T")

ATTEMPTS = 8
"""How often a transaction is run again that the database takes back."""

PATIENCE = 5.0
"""How long, in seconds, a connection may take to be made, or to become free."""

SLOWEST = 60.0
"""How long, in seconds, one statement may take."""

CLOCK_AGE = 60.0
"""How old, in seconds, the difference between the database's clock and this machine's may become."""

_PASSING = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,
)
"""What is not there any more, or there at once, when the transaction is run again."""

_UNUSABLE = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The connection was closed, or its end was announced, before the statement: nothing was sent."""

_LOST = (
    *_UNUSABLE,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)
"""The connection is gone, and with it whatever was not committed."""

_FAILURES = (asyncpg.PostgresError, *_UNUSABLE, OSError, TimeoutError)


class Connection(Protocol):
    """What is used of a connection of `asyncpg`."""

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        """The first row."""

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """Every row."""

    async def fetchmany(self, sql: str, values: Sequence[Sequence[Any]]) -> list[Any]:
        """Every row of a statement that is run once for each of these values."""

    async def execute(self, sql: str, *values: Any) -> str:
        """The command tag (`UPDATE 3`)."""


class PostgresTx:
    """The port `Tx` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, values: Values = NONE, /) -> Any:
        """See `Tx.one`."""
        return await self._connection.fetchrow(*_bound(sql, values))

    async def all(self, sql: str, values: Values = NONE, /) -> list[Row]:
        """See `Tx.all`."""
        return await self._connection.fetch(*_bound(sql, values))

    async def run(self, sql: str, values: Values = NONE, /) -> int:
        """See `Tx.run`."""
        return _changed(await self._connection.execute(*_bound(sql, values)))

    async def run_many(self, sql: str, values: Sequence[Values], /) -> int:
        """See `Tx.run_many`."""
        numbered, names = _numbered(sql)
        if not values:
            return 0
        rows = [[_storable(entry[name]) for name in names] for entry in values]
        return len(await self._connection.fetchmany(f"{numbered} RETURNING 1", rows))

    async def lock_row(self, table: str, key: str, /) -> None:
        """See `Tx.lock_row`."""
        await self._connection.fetchrow(f"SELECT 1 FROM {table} WHERE id = $1 FOR NO KEY UPDATE", _storable(key))

    async def lock(self, name: str, /, *, shared: bool = False) -> None:
        """See `Tx.lock`."""
        how = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        await self._connection.fetchrow(f"SELECT {how}(hashtextextended($1, 0))", _storable(name))


class DatabaseClock:
    """The database's time on this machine: all nodes have the same, whatever their own clocks say."""

    def __init__(self) -> None:
        self._ahead = time.time() - _ticks()
        self._asked_at = -CLOCK_AGE

    def __call__(self) -> float:
        """The time now, in Unix seconds."""
        return _ticks() + self._ahead

    @property
    def is_stale(self) -> bool:
        """Whether the database should be asked again."""
        return _ticks() - self._asked_at > CLOCK_AGE

    async def ask(self, connection: Connection) -> None:
        """Take over the database's time. It is as exact as half of the time that asking takes."""
        before = _ticks()
        row = await connection.fetchrow("SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION) AS now")
        after = _ticks()
        self._ahead, self._asked_at = row["now"] - (before + after) / 2, after


class PostgresDatabase:
    """The port `Database` over PostgreSQL. It belongs to one event loop, and connects at its first use."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = 8,
        pooled: bool = False,
        clock: Callable[[], float] | None = None,
        on_group: Callable[[int], object] = lambda _: None,
    ) -> None:
        """`connections` bounds how many are open; `pooled`: a pooler in transaction mode stands between, so that
        statements cannot be prepared beforehand. Without a `clock` it is the database's. `on_group` is called with 1
        for each commit.
        """
        self._url = url
        self._most = connections
        self._pooled = pooled
        self._shared = DatabaseClock()
        self.clock: Callable[[], float] = clock or self._shared
        self._on_group = on_group
        self._opening = asyncio.Lock()
        self._pool: Any = None
        self._running: set[asyncio.Task[Any]] = set()

    async def write(self, transaction: Transaction[T], *, brief: bool = False, frees: bool = False) -> T:
        """See `Database.write`."""
        return await self._finished(self._repeated(lambda: self._attempt(transaction)))

    async def change(self, sql: str, values: Values) -> Any:
        """The one row that a statement returns which is a transaction by itself; None when there is none. Raises as
        `write`.
        """
        return await self._finished(self._repeated(lambda: self._change(sql, values)))

    async def look(self, sql: str, **values: Any) -> Any:
        """See `Database.look`."""
        return await self._read(lambda tx: tx.one(sql, values))

    async def scan(self, sql: str, **values: Any) -> list[Row]:
        """See `Database.scan`."""
        return await self._read(lambda tx: tx.all(sql, values))

    async def check_writable(self) -> None:
        """Check that a write commits, without changing anything. Raises as `write`."""
        await self.write(lambda tx: tx.run("UPDATE about SET value = value WHERE key = 'instance'"))

    async def close(self) -> None:
        """Finish pending transactions and disconnect."""
        while self._running:
            await asyncio.wait(self._running)
        if self._pool is not None:
            with suppress(*_FAILURES):
                await asyncio.wait_for(self._pool.close(), PATIENCE)

    async def _finished(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of work that goes on when its caller is cancelled."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _repeated(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What an attempt returns. Connections may have broken while nobody used them, and all of them at once."""
        with _as_faults():
            for number in range(max(ATTEMPTS, self._most)):
                try:
                    return await attempt()
                except _PASSING:
                    await asyncio.sleep(random.uniform(0, 0.005 * 2**number))
                except _CutOff:
                    await asyncio.sleep(0)
            return await attempt()

    async def _attempt(self, transaction: Transaction[T]) -> T:
        async with self._connection() as connection:
            with _cut_off():
                await connection.execute("BEGIN")
                try:
                    result = await transaction(PostgresTx(connection))
                except BaseException:
                    with suppress(*_FAILURES):
                        await connection.execute("ROLLBACK")
                    raise
            await connection.execute("COMMIT")
        self._on_group(1)
        return result

    async def _change(self, sql: str, values: Values) -> Any:
        if self._pooled:
            return await self._attempt(lambda tx: tx.one(sql, values))
        async with self._connection() as connection:
            with _cut_off(_UNUSABLE):  # what breaks on the way, or afterwards, may have been committed
                row = await PostgresTx(connection).one(sql, values)
        self._on_group(1)
        return row

    async def _read(self, statement: Transaction[T]) -> T:
        if self._pooled:  # prepared and run in one transaction, or the pooler might do it on two connections
            return await self._repeated(lambda: self._attempt(statement))
        return await self._repeated(lambda: self._read_once(statement))

    async def _read_once(self, statement: Transaction[T]) -> T:
        async with self._connection() as connection:
            with _cut_off():
                return await statement(PostgresTx(connection))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            pool = self._pool or await self._open()
            connection = await pool.acquire(timeout=PATIENCE)
        except _FAILURES as error:
            raise StorageFailed from error  # there is no other to try
        try:
            if self._shared.is_stale:
                with _cut_off():
                    await self._shared.ask(connection)
            yield connection
        except (*_LOST, _CutOff):
            with suppress(asyncpg.InterfaceError):  # the pool has parted with it already
                connection.terminate()
            raise
        finally:
            await pool.release(connection)

    async def _open(self) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._most,
                    timeout=PATIENCE,
                    command_timeout=SLOWEST,
                    reset=_left_as_it_is,
                    **_options(pooled=self._pooled),
                )
        return self._pool


@asynccontextmanager
async def connected(url: str, *, pooled: bool = False) -> AsyncIterator[Any]:
    """One connection, for what is done before or beside a server. Raises `DatabaseRefused`."""
    try:
        connection = await asyncpg.connect(url, timeout=PATIENCE, **_options(pooled=pooled))
    except (*_FAILURES, ValueError) as error:
        raise DatabaseRefused(f"{without_password(url)}: {str(error) or type(error).__name__}.") from error
    try:
        yield connection
    finally:
        with suppress(*_FAILURES):
            await connection.close(timeout=PATIENCE)


def _options(*, pooled: bool) -> dict[str, Any]:
    """What a connection is set to. A pooler refuses settings, and does not keep prepared statements."""
    if pooled:
        return {"statement_cache_size": 0}
    settings = {"jit": "off", "application_name": "penstock", "idle_in_transaction_session_timeout": "60s"}
    return {"statement_cache_size": 512, "max_cached_statement_lifetime": 0, "server_settings": settings}


class _CutOff(Exception):
    """The connection was lost before the commit was sent."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


@contextmanager
def _cut_off(by: tuple[type[Exception], ...] = _LOST) -> Iterator[None]:
    try:
        yield
    except by as error:
        if isinstance(error, ValueError):  # asyncpg's word for a value that does not fit is an InterfaceError, too
            raise
        raise _CutOff(error) from error


@contextmanager
def _as_faults() -> Iterator[None]:
    try:
        yield
    except asyncpg.DiskFullError as error:
        raise StorageFull from error
    except _CutOff as cut:
        raise StorageFailed from cut.error
    except _FAILURES as error:
        raise StorageFailed from error


async def _left_as_it_is(_: object) -> None:
    """Nothing was set on a connection, so that nothing is to be reset: each reset would be a round trip."""


_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(2048)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with numbers (`$1`) for its names (`:name`), and the names in the order of their numbers."""
    names: dict[str, int] = {}
    numbered = _NAME.sub(lambda match: f"${names.setdefault(match[1], len(names) + 1)}", sql)
    return numbered, tuple(names)


def _bound(sql: str, values: Values) -> tuple[Any, ...]:
    numbered, names = _numbered(sql)
    return numbered, *[_storable(values[name]) for name in names]


def _storable(value: Any) -> Any:
    """PostgreSQL has no NUL in texts. Nothing that is kept has one, so what is looked for is not there."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


def _changed(tag: str) -> int:
    """How many rows a statement changed, by its command tag."""
    _, _, count = tag.rpartition(" ")
    return int(count) if count.isdigit() else 0


def _ticks() -> float:
    """Seconds that go on while the machine sleeps, and that nobody sets."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
