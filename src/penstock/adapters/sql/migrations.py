"""The schema's versions, and the step from each to the next.

Laws kept here:
- A step is frozen text (`steps/*.sql`): it creates the schema of its version, whatever today's tables are.
- From every version, the steps lead to exactly the schema that an empty database gets from today's tables.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from penstock.adapters.sql.database import DatabaseRefused, begin_immediate
from penstock.model.ids import new_id
from penstock.ports import Heard, unheard

Migration = Callable[[sqlite3.Connection], object]


def _take(name: str, connection: sqlite3.Connection) -> None:
    """Run the statements of a file of `steps`. One by one, because `executescript` would commit what came before."""
    for statement in _statements(Path(__file__).with_name("steps").joinpath(name).read_text("utf-8")):
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


STEPS: Sequence[Migration] = (
    partial(_take, "0002_publishing.sql"),
    partial(_take, "0003_sessions.sql"),
    partial(_take, "0004_clients.sql"),
    partial(_take, "0005_audit.sql"),
    partial(_take, "0006_quotas.sql"),
    partial(_take, "0007_factors.sql"),
    partial(_take, "0008_files_of_a_blob.sql"),
    partial(_take, "0009_bounds.sql"),
    partial(_take, "0010_watch.sql"),
)
"""`STEPS[n]` leads from version n + 1 to n + 2. An empty database has version 0 and gets the newest schema at once."""

NEWEST = 1 + len(STEPS)
"""The version of today's schema."""


def version(connection: sqlite3.Connection) -> int:
    """The version of the schema in this database (`PRAGMA user_version`)."""
    current: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return current


def refuse_newer(current: int, steps: Sequence[Migration] = STEPS) -> None:
    """Raise `DatabaseRefused` for the schema of a newer Penstock."""
    newest = 1 + len(steps)
    if current > newest:
        raise DatabaseRefused(
            f"The database has schema version {current}; this Penstock knows {newest}. Use a newer Penstock."
        )


def check(connection: sqlite3.Connection, steps: Sequence[Migration] = STEPS) -> None:
    """Create the schema in an empty database. Raises `DatabaseRefused` for a newer one, and for an older one."""
    current, newest = version(connection), 1 + len(steps)
    refuse_newer(current, steps)
    if current == 0:
        migrate(connection, steps)
    elif current < newest:
        raise DatabaseRefused(
            f"The database has schema version {current}, this Penstock needs {newest}. "
            "Stop every server on it, make a copy, and run `penstock migrate`."
        )


def migrate(
    connection: sqlite3.Connection, steps: Sequence[Migration] = STEPS, heard: Heard = unheard
) -> tuple[int, int]:
    """Run the missing steps, all or none; returns the versions before and after."""
    begin_immediate(connection)
    try:
        current = version(connection)
        for number, step in enumerate((_create,) if current == 0 else steps[current - 1 :], current + 1):
            heard("bringing the schema to version", number)
            step(connection)
        newest = max(current, 1 + len(steps))
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return current, newest


def _create(connection: sqlite3.Connection) -> None:
    from penstock.adapters.sql import schema  # SQLAlchemy takes long to import, and a current database needs none of it

    for statement in schema.statements():
        connection.execute(statement)
    connection.execute("INSERT INTO about (key, value) VALUES ('instance', ?)", [new_id()])
