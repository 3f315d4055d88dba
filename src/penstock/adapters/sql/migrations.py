"""The schema's versions, and the step from each to the next.

Laws kept here:
- A step is frozen text (`steps/*.sql`): it creates the schema of its version, whatever today's tables are. Where the
  databases need different words, PostgreSQL's are in `*.postgresql.sql` beside it.
- From every version, the steps lead to exactly the schema that an empty database gets (`schema.*.sql`, which
  `schema.py` writes from today's tables).
- A database says (`oldest_code` in the table `about`) the oldest version whose code may go on working on it, so that
  the nodes of a cluster can be replaced one after the other: first the tables grow (`penstock migrate`), then the code
  is exchanged node by node, and what only old code needs goes in a later version.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from penstock.adapters.sql.database import DatabaseRefused, begin_immediate
from penstock.model.ids import new_id
from penstock.ports import Heard, unheard

_FOLDER = Path(__file__).with_name("steps")

SCHEMA = Path(__file__).with_name("schema.sqlite.sql")
"""The newest schema, for an empty database."""

TRIGGERS = Path(__file__).with_name("triggers.sqlite.sql")
"""What SQLite does by itself on that schema, whichever code changes it."""

STEPS: Sequence[Path] = (
    _FOLDER / "0002_publishing.sql",
    _FOLDER / "0003_sessions.sql",
    _FOLDER / "0004_clients.sql",
    _FOLDER / "0005_audit.sql",
    _FOLDER / "0006_quotas.sql",
    _FOLDER / "0007_factors.sql",
    _FOLDER / "0008_files_of_a_blob.sql",
    _FOLDER / "0009_bounds.sql",
    _FOLDER / "0010_watch.sql",
    _FOLDER / "0011_nodes.sql",
    _FOLDER / "0012_appends.sql",
    _FOLDER / "0013_joins.sql",
    _FOLDER / "0014_events.sql",
    _FOLDER / "0015_drive.sql",
    _FOLDER / "0016_sharing.sql",
)
"""`STEPS[n]` leads from version n + 1 to n + 2. An empty database has version 0 and gets the newest schema at once."""

NEWEST = 1 + len(STEPS)
"""The version of today's schema."""

OLDEST_CODE = 11
"""The oldest version whose code works on today's schema."""

COPYING = "copying"
"""The key in the table `about` that is there as long as `penstock copy` has not brought everything."""


def new_instance() -> list[tuple[str, str]]:
    """What the table `about` of a new database says, as keys and values."""
    return [("instance", new_id()), ("oldest_code", str(OLDEST_CODE))]


def refuse_unfit(current: int, oldest_code: int | None, newest: int = NEWEST) -> None:
    """Raise `DatabaseRefused` unless the code of version `newest` works on a schema of version `current`. Schemas
    before version 11 do not say whose code does: their own.
    """
    if current > newest and newest < (oldest_code or current):
        raise DatabaseRefused(
            f"The database has schema version {current}; this Penstock knows {newest}. Use a newer Penstock."
        )
    if 0 < current < newest:
        raise DatabaseRefused(
            f"The database has schema version {current}, this Penstock needs {newest}. "
            "Stop every server on it, make a copy, and run `penstock migrate`."
        )


def refuse_unfinished(keys: Collection[str]) -> None:
    """Raise `DatabaseRefused` if these keys of the table `about` tell of a copy that is not finished."""
    if COPYING in keys:
        raise DatabaseRefused(
            "The database is being copied to, or that was interrupted: run the same `penstock copy` again."
        )


def version(connection: sqlite3.Connection) -> int:
    """The version of the schema in this database (`PRAGMA user_version`)."""
    current: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return current


def refuse_newer(connection: sqlite3.Connection, newest: int = NEWEST) -> None:
    """Raise `DatabaseRefused` for a schema on which this code does not work any more."""
    current = version(connection)
    refuse_unfit(max(current, newest), _oldest_code(connection), newest)


def check(connection: sqlite3.Connection, steps: Sequence[Path] = STEPS, *, copying: bool = False) -> None:
    """Create the schema in an empty database. Raises `DatabaseRefused` for one that is too new, or older, or, unless
    it is opened for `copying`, not yet filled.
    """
    current = version(connection)
    if current == 0:
        migrate(connection, steps)
        return
    refuse_unfit(current, _oldest_code(connection), 1 + len(steps))
    if not copying:
        refuse_unfinished([row["key"] for row in connection.execute("SELECT key FROM about WHERE key = ?", [COPYING])])


def migrate(connection: sqlite3.Connection, steps: Sequence[Path] = STEPS, heard: Heard = unheard) -> tuple[int, int]:
    """Run the missing steps, all or none; returns the versions before and after."""
    begin_immediate(connection)
    try:
        current = version(connection)
        if current == 0:
            heard("bringing the schema to version", NEWEST)
            _create(connection)
        for number, step in enumerate(steps[current - 1 :] if current else (), current + 1):
            heard("bringing the schema to version", number)
            _take(step, connection)
        newest = max(current, 1 + len(steps))
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return current, newest


def _oldest_code(connection: sqlite3.Connection) -> int | None:
    row = connection.execute("SELECT value FROM about WHERE key = 'oldest_code'").fetchone()
    return None if row is None else int(row["value"])


def _take(step: Path, connection: sqlite3.Connection) -> None:
    """Run the statements of a file. One by one, because `executescript` would commit what came before."""
    for statement in _statements(step.read_text("utf-8")):
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            # SQLite has no ADD COLUMN IF NOT EXISTS, and not all databases of one version have the same columns.
            if not str(error).startswith("duplicate column name"):
                raise


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _create(connection: sqlite3.Connection) -> None:
    _take(SCHEMA, connection)
    _take(TRIGGERS, connection)
    connection.executemany("INSERT INTO about (key, value) VALUES (?, ?)", new_instance())
