"""Databases for the adapters that records are kept with."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cluster.pgbouncer import Pgbouncer
from cluster.postgres import Postgres
from cluster.programs import Missing
from penstock.adapters.sql import migrations
from penstock.adapters.sql.database import connect
from penstock.adapters.sql.tx import Database
from tests.ports.records import Clock
from tests.support.ci import required_in_ci
from tests.support.databases import EMPTY, Open, opening
from tests.support.folders import passable_folder


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


@pytest.fixture(scope="session")
def pgbouncer(postgres: Postgres) -> Iterator[Pgbouncer]:
    """A pooler in transaction mode before Debian's PostgreSQL."""
    with passable_folder() as folder:
        try:
            pooler = Pgbouncer(folder, postgres.port)
        except Missing as missing:
            required_in_ci(False, str(missing))
            return
        with pooler:
            yield pooler


@pytest.fixture(params=["sqlite", "postgres", "pgbouncer", pytest.param("newer_postgres", marks=pytest.mark.cluster)])
async def opened(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Open]:
    """Opens the test's database, each time as another process has it."""
    file = tmp_path / "penstock.db"
    where = file if request.param == "sqlite" else request.getfixturevalue(request.param).url(EMPTY)
    async with opening(where, clock, pooled=request.param == "pgbouncer") as opened:
        yield opened


@pytest.fixture
async def database(opened: Open) -> Database:
    """An empty database."""
    return await opened()


@pytest.fixture
async def second(database: Database, opened: Open) -> Database:
    """The same database, as another process has it."""
    return await opened()


@pytest.fixture
def stepping(tmp_path: Path) -> Callable[..., list[Path]]:
    """Today's steps, and those of a later version with these statements."""

    def steps(*texts: str) -> list[Path]:
        paths = [tmp_path / f"{number}.sql" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return [*migrations.STEPS, *paths]

    return steps
