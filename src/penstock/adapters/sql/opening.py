"""Opening a database file: its schema is checked, or migrated with a copy of the old state."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import DatabaseRefused, connect
from penstock.ports import Heard

LOOK_EVERY = 100_000
"""After how many of its instructions SQLite reports the progress of a copy: some thirty times a second."""

Move = Callable[[Path, Path], object]
"""Renames a file, durably."""


def check_schema(path: Path, *, durable: bool, copying: bool = False) -> None:
    """Create the schema in an empty database. Raises `DatabaseRefused` for a file that is no database, for a schema of
    another version, and, unless it is opened for `copying`, for a copy that is not finished.
    """
    with closing(_open(path, durable=durable)) as connection:
        migrations.check(connection, copying=copying)


def upgrade(path: Path, move: Move, heard: Heard) -> tuple[int, int, Path | None]:
    """Migrate a database that is not in use to the current schema; returns the versions before and after, and the path
    of a copy of the old database, if it changed. Raises `DatabaseRefused` for a file that is no database, a newer one,
    and one that cannot be copied.
    """
    with closing(_open(path, durable=True)) as connection:
        current = migrations.version(connection)
        if current:
            migrations.refuse_newer(connection)
        kept = _keep_copy(connection, path, current, move, heard) if 0 < current < migrations.NEWEST else None
        return *migrations.migrate(connection, heard=heard), kept


def _open(path: Path, *, durable: bool) -> sqlite3.Connection:
    try:
        return connect(path, durable=durable)
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{path}: {error}.") from error


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int, move: Move, heard: Heard) -> Path:
    """Copy the database to a file beside it, named by its version. An older copy of that name stays until this one is
    complete.
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
