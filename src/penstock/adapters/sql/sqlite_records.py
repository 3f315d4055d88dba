"""The records of a SQLite file, as copying sees them (`records.py`)."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Table

from penstock.adapters.sql.database import begin_immediate, connect
from penstock.adapters.sql.migrations import version
from penstock.adapters.sql.records import BATCH, CopyRefused, Rows
from penstock.adapters.sql.tables import files
from penstock.model.faults import StorageFull


class SqliteRecords:
    """The port `Records` over a connection that nobody else uses. Every call ends before it yields to the loop."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def about(self) -> Mapping[str, str]:
        """See `Records.about`. The version is no row here."""
        said = {row["key"]: row["value"] for row in self._connection.execute("SELECT key, value FROM about")}
        return said | {"schema": str(version(self._connection))}

    async def count(self, table: str) -> int:
        """See `Records.count`."""
        count: int = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # ours
        return count

    async def batches(self, table: Table) -> AsyncIterator[Rows]:
        """See `Records.batches`."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        found = self._connection.execute(f"SELECT {names} FROM {table.name}")  # ours
        while rows := found.fetchmany(BATCH):
            yield [tuple(row) for row in rows]

    async def fill(self, table: Table, batches: AsyncIterator[Rows]) -> None:
        """See `Records.fill`."""
        places = ", ".join("?" for _ in table.columns)
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        with self._transaction(table.name):
            async for batch in batches:
                statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # ours
                self._connection.executemany(statement, batch)

    async def empty(self, tables: Sequence[Table]) -> None:
        """See `Records.empty`."""
        with self._transaction("removal"):
            if files in tables:
                self._connection.execute("UPDATE files SET number = NULL")  # else triggers note each name as stale
            for table in tables:
                self._connection.execute(f"DELETE FROM {table.name}")  # ours

    async def note(self, entries: Mapping[str, str], without: Sequence[str]) -> None:
        """See `Records.note`."""
        with self._transaction("about"):
            self._connection.executemany("INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)", entries.items())
            self._connection.executemany("DELETE FROM about WHERE key = ?", [(key,) for key in without])

    @contextmanager
    def _transaction(self, what: str) -> Iterator[None]:
        try:
            begin_immediate(self._connection)
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                    raise StorageFull from error
                raise CopyRefused(f"{what}: {error}.") from error
            raise


@contextmanager
def sqlite_records(path: Path) -> Iterator[SqliteRecords]:
    """The records of this file, which is there."""
    with closing(connect(path, durable=True)) as connection:
        yield SqliteRecords(connection)
