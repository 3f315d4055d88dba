"""Databases for the adapters that records are kept with."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import SqliteDatabase, connect
from tests.ports.records import Clock
from tests.support.chains.databases import open_database


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it, made once for a module, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "penstock.db"
    with closing(connect(path, durable=False)) as connection:
        migrations.check(connection)
    return path


@pytest.fixture
def clock() -> Clock:
    """The clock of a test's databases."""
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[SqliteDatabase]:
    """An empty database."""
    with open_database(tmp_path / "penstock.db", clock) as opened:
        yield opened


@pytest.fixture
def second(database: SqliteDatabase, tmp_path: Path, clock: Clock) -> Iterator[SqliteDatabase]:
    """The same database, as another process has it."""
    with open_database(tmp_path / "penstock.db", clock) as opened:
        yield opened
