"""SQLite behind one writer thread with group commit.

Laws kept here:
- A transaction is a function of a connection. Each runs in a savepoint of its own inside the group's transaction: one
  that fails undoes itself alone, and its caller alone is told.
- Nobody is answered before the group's commit is durable.
- Reads that find one row run at once on the event loop's own connection; a point look-up costs less than a thread.
"""

import asyncio
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

from penstock.model.faults import StorageFailed, StorageFull

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], T]
_Asked = tuple[Transaction[Any], asyncio.Future[Any]]
_Outcome = tuple[Any, BaseException | None]

GROUP = 512
"""The most transactions that share one commit."""

PATIENCE = 15.0
"""How long, in seconds, a writer waits for another process's transaction before it gives up."""


class DatabaseRefused(Exception):
    """The database cannot be used; the text says why and what to do."""


class Database:
    """A SQLite file, read on this thread and written by one other."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool,
        clock: Callable[[], float] = time.time,
        on_group: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Open the file and start the writer; `on_group` hears how many transactions each commit carried. The schema
        is looked after by `migrations.check`.
        """
        self.clock = clock
        self._on_group = on_group
        self._path = path
        self._durable = durable
        self._reader = connect(path, durable=durable)
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="penstock-writer", daemon=True)
        self._writer.start()

    async def write(self, transaction: Transaction[T]) -> T:
        """Run a transaction; return once it is durable. Raises what it raises."""
        waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put((transaction, waiting))
        return await waiting

    def look(self, sql: str, **values: Any) -> sqlite3.Row | None:
        """The one row that a statement finds."""
        try:
            row: sqlite3.Row | None = self._reader.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise _as_fault(error) from error
        return row

    async def scan(self, sql: str, **values: Any) -> list[sqlite3.Row]:
        """Every row that a statement finds, read on a thread over a connection of its own."""
        return await asyncio.to_thread(self._scan, sql, values)

    def close(self) -> None:
        """Finish what was asked for and close the file."""
        self._queue.put(None)
        self._writer.join()
        self._reader.close()

    def _scan(self, sql: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        try:
            with closing(connect(self._path, durable=self._durable)) as connection:
                return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _as_fault(error) from error

    def _write(self) -> None:
        connection = connect(self._path, durable=self._durable, timeout=0)
        running = True
        while running:
            group = [self._queue.get()]
            while len(group) < GROUP and not self._queue.empty():
                group.append(self._queue.get())
            running = None not in group
            asked = [entry for entry in group if entry is not None]
            if asked:
                self._commit_group(connection, asked)
        connection.close()

    def _commit_group(self, connection: sqlite3.Connection, group: list[_Asked]) -> None:
        try:
            begin_immediate(connection)
            outcomes = [_attempt(connection, transaction) for transaction, _ in group]
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            outcomes = [(None, _as_fault(error)) for _ in group]
            with suppress(sqlite3.Error):  # SQLite has rolled back by itself after the worst of them
                connection.execute("ROLLBACK")
        self._on_group(len(group))
        told = [(waiting, outcome) for (_, waiting), outcome in zip(group, outcomes, strict=True)]
        for loop in {waiting.get_loop() for waiting, _ in told}:
            with suppress(RuntimeError):  # it was closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, [entry for entry in told if entry[0].get_loop() is loop])


def _tell(outcomes: list[tuple[asyncio.Future[Any], _Outcome]]) -> None:
    """Wake on their loop those who still wait."""
    for waiting, (result, failure) in outcomes:
        if waiting.done():
            continue
        if failure is None:
            waiting.set_result(result)
        else:
            waiting.set_exception(failure)


def connect(path: Path, *, durable: bool, timeout: float = PATIENCE) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun by name. `timeout` is SQLite's own patience, in seconds;
    a reader hardly ever needs it.
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
    """Take the write lock, with short random waits: SQLite's own busy handler was seen to sleep for 180 ms."""
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


def _attempt(connection: sqlite3.Connection, transaction: Transaction[Any]) -> _Outcome:
    connection.execute("SAVEPOINT one")
    try:
        result = transaction(connection)
    except sqlite3.OperationalError:
        raise  # the disk or the database, not this transaction: the whole group is in doubt
    except sqlite3.Error as error:
        return _undo(connection, _as_fault(error))
    except Exception as refusal:
        return _undo(connection, refusal)
    connection.execute("RELEASE one")
    return result, None


def _undo(connection: sqlite3.Connection, failure: BaseException) -> _Outcome:
    connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")
    return None, failure


def _as_fault(error: sqlite3.Error) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    fault = StorageFull() if code == sqlite3.SQLITE_FULL else StorageFailed()
    fault.__cause__ = error
    return fault
