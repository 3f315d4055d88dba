"""SQLite with one writer and group commit.

Laws kept here:
- Each transaction (`tx.py`) runs in a savepoint of its own inside the group's transaction: a failing one is rolled back
  alone, and only its caller gets the error.
- No caller is answered before the group's commit is durable.
- Reads that find one row, and transactions that touch a few, run at once on the event loop: they cost less than to wake
  a thread, and a thread that runs statements fights with this one for Python's lock at each. Commits, which wait for
  the disk, and whatever may be long run on the writer's thread.
- On a full disk what makes room goes through and nothing else: a removal is written down before it frees anything.
"""

import asyncio
import random
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from penstock.adapters.sql.tx import NONE, Row, Transaction, Values, run_at_once
from penstock.model.faults import Refusal, StorageFailed, StorageFull
from penstock.pools import Pool

T = TypeVar("T")
_Outcome = tuple[Any, BaseException | None]

GROUP = 64
"""The most transactions in one commit."""

CHECKPOINT = 250
"""After how many commits that need not reach the disk the log is moved into the database: about a thousand pages."""

SCANNERS = 4
"""Threads that read many rows. They hold Python's global lock most of the time, so more would not help."""

PATIENCE = 15.0
"""How long, in seconds, a writer waits for another process's transaction before it gives up."""


_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""SQLite's codes for a full disk: shared memory that cannot grow is an I/O error."""


class Reserve(Protocol):
    """The disk reserve, for transactions that free space."""

    def spent(self) -> bool:
        """Whether some of it was released and cannot be reserved again yet."""

    def give_up(self) -> bool:
        """Release it; false when nothing is left to release."""


class NoReserve:
    """An empty reserve."""

    def spent(self) -> bool:
        """Never."""
        return False

    def give_up(self) -> bool:
        """Nothing."""
        return False


class DatabaseRefused(Refusal):
    """The database cannot be used; the text says why and what to do."""


class _Queued(NamedTuple):
    transaction: Transaction[Any]
    waiting: asyncio.Future[Any]
    brief: bool
    frees: bool


class _SqliteTx:
    """The port `Tx` over a connection: every statement is answered at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    async def one(self, sql: str, values: Values = NONE, /) -> Any:
        return self._execute(sql, values).fetchone()

    async def all(self, sql: str, values: Values = NONE, /) -> list[Row]:
        return self._execute(sql, values).fetchall()

    async def run(self, sql: str, values: Values = NONE, /) -> int:
        return self._execute(sql, values).rowcount

    async def run_many(self, sql: str, values: Sequence[Values], /) -> int:
        return self._execute_many(sql, values).rowcount

    async def lock_row(self, table: str, key: str, /) -> None:
        """There is one writer: everything is locked already."""

    async def lock(self, name: str, /, *, shared: bool = False) -> None:
        """The same."""


class SqliteDatabase:
    """A SQLite file. It belongs to one event loop."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool,
        clock: Callable[[], float] = time.time,
        on_group: Callable[[int], object] = lambda _: None,
        reserve: Reserve = NoReserve(),  # noqa: B008  # it has no state
        full: Callable[[], StorageFull] = StorageFull,
    ) -> None:
        """Open the file; `on_group` is called with the number of transactions of each commit, and `full` returns the
        fault of a full disk. `migrations.check` handles the schema.
        """
        self.clock = clock
        self._reserve = reserve
        self._full = full
        self._on_group = on_group
        self._path = path
        self._durable = durable
        self._reader = connect(path, durable=durable)
        self._writer = connect(path, durable=durable, timeout=0)
        self._tx = _SqliteTx(self._writer)
        self._thread = ThreadPoolExecutor(1, "penstock-writer")
        self._scanners = Pool(SCANNERS, "scan")
        self._queue: deque[_Queued] = deque()
        self._busy = False
        self._closed = False
        self._since = 0
        if not durable:
            self._writer.execute("PRAGMA wal_autocheckpoint = 0")

    async def write(self, transaction: Transaction[T], *, brief: bool = False, frees: bool = False) -> T:
        """See `Database.write`. What `frees` may use the reserve."""
        if self._closed:
            raise StorageFailed  # or its caller would wait for ever
        if not frees and self._reserve.spent():
            raise self._full()
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Queued(transaction, waiting, brief, frees))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next, loop)
        return await waiting

    async def look(self, sql: str, **values: Any) -> Any:
        """See `Database.look`. It runs on the event loop, without awaiting."""
        try:
            return self._reader.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise self._as_fault(error) from error

    async def scan(self, sql: str, **values: Any) -> list[Row]:
        """See `Database.scan`. It runs on a thread over a connection of its own."""
        return await self._scanners.run(self._scan, sql, values)

    async def check_writable(self) -> None:
        """Check that a write commits, without changing anything. Raises as `write`."""
        await self.write(lambda tx: tx.run("UPDATE about SET value = value"))

    def close(self) -> None:
        """Finish pending transactions and close the file."""
        self._closed = True
        self._thread.shutdown()
        while group := self._group():
            self._answer(group, self._commit(group, None))
        self._scanners.close()
        self._writer.close()
        self._reader.close()

    def _scan(self, sql: str, values: dict[str, Any]) -> list[Row]:
        try:
            with closing(connect(self._path, durable=self._durable)) as connection:
                return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._as_fault(error) from error

    # One connection writes, used by two threads in turn: the loop runs a group of brief transactions up to its commit
    # (590 → 450 us of CPU for a hit by hash), and the writer's thread commits it. `_busy` is what keeps them apart: it
    # is set from the first transaction in the queue until `_resume` finds the queue empty. The loop must not wait for
    # another process's lock, hence `timeout=0` in the connection: a group that meets it here begins anew on the thread.
    # A commit that need not reach the disk is the loop's own, too, for as long as the log has room: what SQLite then
    # moves from the log into the database is synced, and may take long.

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        group = self._group()
        self._busy = bool(group)
        if group:
            begun = self._begin(group) if all(queued.brief for queued in group) else None
            self._since += 1
            if begun is not None and not self._durable and self._since < CHECKPOINT:
                self._resume(loop, group, self._commit(group, begun))
            else:
                self._thread.submit(self._commit_aside, loop, group, begun)

    def _group(self) -> list[_Queued]:
        return [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]

    def _begin(self, group: list[_Queued]) -> list[_Outcome] | None:
        """Run a group up to its commit; None when it is left to the thread, which can wait and retry."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            return self._attempt_all(group)
        except sqlite3.Error:
            self._roll_back()
            return None

    def _commit_aside(
        self, loop: asyncio.AbstractEventLoop, group: list[_Queued], begun: list[_Outcome] | None
    ) -> None:
        outcomes = self._commit(group, begun)
        if not self._durable and self._since >= CHECKPOINT:
            self._since = 0
            with suppress(sqlite3.Error):
                self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        with suppress(RuntimeError):  # the loop is closed: no caller waits
            loop.call_soon_threadsafe(self._resume, loop, group, outcomes)

    def _resume(self, loop: asyncio.AbstractEventLoop, group: list[_Queued], outcomes: list[_Outcome]) -> None:
        self._answer(group, outcomes)
        loop.call_soon(self._next, loop)  # after the callers just answered, who may have more to write

    def _commit(self, group: list[_Queued], begun: list[_Outcome] | None) -> list[_Outcome]:
        try:
            if begun is None:
                begin_immediate(self._writer)
                begun = self._attempt_all(group)
            if self._writer.in_transaction:
                self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            fault = self._as_fault(error)
            if _code(error) in _NO_ROOM and any(queued.frees for queued in group) and self._reserve.give_up():
                return self._commit_what_frees(group, fault)
            return [(None, fault) for _ in group]
        return begun

    def _commit_what_frees(self, group: list[_Queued], fault: Exception) -> list[_Outcome]:
        """Retry the transactions that free space; the others fail with the full disk."""
        with suppress(sqlite3.Error):
            self._writer.execute("PRAGMA wal_checkpoint(RESTART)")  # the log restarts within its present space
        freed = iter(self._commit([queued for queued in group if queued.frees], None))
        return [next(freed) if queued.frees else (None, fault) for queued in group]

    def _attempt_all(self, group: list[_Queued]) -> list[_Outcome]:
        """Run each by itself: what is undone of one that fails leaves the others."""
        if len(group) == 1:
            return [self._attempt(group[0].transaction, "ROLLBACK")]
        outcomes = []
        for queued in group:
            self._writer.execute("SAVEPOINT one")
            outcomes.append(self._attempt(queued.transaction, "ROLLBACK TO one"))
            self._writer.execute("RELEASE one")
        return outcomes

    def _attempt(self, transaction: Transaction[Any], undo: str) -> _Outcome:
        try:
            return run_at_once(transaction(self._tx)), None
        except sqlite3.OperationalError:
            raise  # an error of the disk or database, not of this transaction: the whole group is in doubt
        except sqlite3.Error as error:
            failure = self._as_fault(error)
        except Exception as refusal:
            failure = refusal
        self._writer.execute(undo)
        return None, failure

    def _as_fault(self, error: sqlite3.Error) -> Exception:
        fault = self._full() if _code(error) == sqlite3.SQLITE_FULL else StorageFailed()
        fault.__cause__ = error
        return fault

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # SQLite rolls back by itself after severe errors
            self._writer.execute("ROLLBACK")

    def _answer(self, group: list[_Queued], outcomes: list[_Outcome]) -> None:
        """Answer the callers that still wait."""
        self._on_group(len(group))
        for queued, (result, failure) in zip(group, outcomes, strict=True):
            if queued.waiting.done():
                continue
            if failure is None:
                queued.waiting.set_result(result)
            else:
                queued.waiting.set_exception(failure)


def connect(path: Path, *, durable: bool, timeout: float = PATIENCE) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun by name. `timeout` is SQLite's own patience, in seconds;
    readers hardly ever need it.
    """
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=timeout, cached_statements=256
    )
    connection.row_factory = sqlite3.Row
    _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"))
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def begin_immediate(connection: sqlite3.Connection) -> None:
    """Take the write lock, with short random waits: SQLite's own busy handler was observed to sleep for 180 ms."""
    _patiently(lambda: connection.execute("BEGIN IMMEDIATE"))


def _patiently(act: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            act()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.0002, 0.002))
        else:
            return


def _code(error: sqlite3.Error) -> int:
    """The primary result code (sqlite.org/rescode.html); 0 when there is none."""
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code
