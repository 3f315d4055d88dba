"""The database's part of a backup: a consistent copy, and no collection until the bytes are copied, too."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from penstock.adapters.sql.conditions import moment_of
from penstock.adapters.sql.database import connect
from penstock.adapters.sql.files import read_blob
from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.variants import UNREFERENCED
from penstock.model.file import Blob

HELD = f"EXISTS (SELECT 1 FROM about WHERE {moment_of('backup')} > :now)"
"""The condition of a running backup, during which no blob's record is removed, and so none of its bytes."""


class SqlBackups:
    """Copies a database that is in use."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self._key = f"backup:{uuid4().hex}"

    async def hold(self, seconds: float) -> None:
        """Prevent collection for this long from now on. The hold expires by itself when its holder dies."""
        values = {"key": self._key, "until": str(self._database.clock() + seconds)}
        await self._database.write(lambda tx: tx.run(_HOLD, values), frees=True)

    async def release(self) -> None:
        """Blobs may be collected again."""
        values = {"key": self._key, "now": self._database.clock()}
        await self._database.write(lambda tx: tx.run(_RELEASE, values), frees=True)

    def snapshot(self, target: Path) -> None:
        """Write the database as of now to a new file, without unfinished uploads, whose bytes are not copied."""
        with closing(connect(self._path, durable=True)) as connection:
            connection.execute("VACUUM INTO ?", [str(target)])
        with closing(connect(target, durable=True)) as connection:
            for statement in _PRUNE:
                connection.execute(statement)
            connection.execute("PRAGMA journal_mode = DELETE")


def sound_blobs(database: Path) -> Iterator[Blob]:
    """Every sound blob of a snapshot, by SHA-256."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        for row in connection.execute("SELECT * FROM blobs WHERE damaged = 0 ORDER BY sha256"):
            yield read_blob(row)


_HOLD = "INSERT INTO about (key, value) VALUES (:key, :until) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_RELEASE = f"DELETE FROM about WHERE key = :key OR {moment_of('backup')} <= :now"
_PRUNE = (
    "DELETE FROM uploads WHERE state IN ('open', 'sealing', 'placing')",
    "DELETE FROM reservations",
    "DELETE FROM about WHERE key LIKE 'backup:%'",
    f"DELETE FROM blobs WHERE {UNREFERENCED}",
)
