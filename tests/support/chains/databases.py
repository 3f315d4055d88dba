"""Databases of a test's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import SqliteDatabase, connect


@contextmanager
def open_database(path: Path, clock: Callable[[], float]) -> Iterator[SqliteDatabase]:
    """A handle on this file, which is made when it is not there."""
    connection = connect(path, durable=False)
    migrations.check(connection)
    connection.close()
    database = SqliteDatabase(path, durable=False, clock=clock)
    try:
        yield database
    finally:
        database.close()
