"""A database file before it serves: its schema looked at, or brought up to date with a copy kept of what it was."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import DatabaseRefused, connect
from penstock.ports import Heard

LOOK_EVERY = 100_000
"""After so many of its instructions SQLite lets us look how far a copy is: some thirty times a second."""

Move = Callable[[Path, Path], object]
"""Gives a file another name, durably."""


def check_schema(path: Path, *, durable: bool) -> None:
    """Make the schema in an empty database. Raises `DatabaseRefused` for what is no database, and for a schema of
    another version.
    """
    try:
        connection = connect(path, durable=durable)
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{path}: {error}.") from error
    with closing(connection):
        migrations.check(connection)


def upgrade(path: Path, move: Move, heard: Heard) -> tuple[int, int, Path | None]:
    """Bring a database that nobody else uses to this code's schema; returns the versions before and after, and where a
    copy of the database as it was lies, when it changed. Raises `DatabaseRefused` for a newer one or one that cannot be
    copied.
    """
    with closing(connect(path, durable=True)) as connection:
        current = migrations.version(connection)
        migrations.refuse_newer(current)
        kept = _keep_copy(connection, path, current, move, heard) if 0 < current < migrations.NEWEST else None
        return *migrations.migrate(connection, heard=heard), kept


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int, move: Move, heard: Heard) -> Path:
    """The database as it is, in a file beside it that is named by its version. An older copy of that name stays until
    this one is whole.
    """
    copy = path.with_name(f"{path.name}.v{version}")
    draft = path.with_name(f".{path.name}.{uuid4().hex}")

    def look() -> None:
        with suppress(FileNotFoundError):
            heard("copying the database, MiB", draft.stat().st_size >> 20)

    connection.set_progress_handler(look, LOOK_EVERY)
    try:
        connection.execute("VACUUM INTO ?", [str(draft)])
        move(draft, copy)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseRefused(f"{path} stays as it is, for it could not be copied to {copy} first: {error}.") from error
    finally:
        connection.set_progress_handler(None, 0)
        draft.unlink(missing_ok=True)
    return copy
