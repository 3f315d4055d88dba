"""SQLite keeps the promises of every repository."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.adapters.sql.accounts import SqlAccounts
from penstock.adapters.sql.audit import SqlAudit
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.factors import SqlFactors
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.sessions import SqlSessions
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.model.ids import Location
from penstock.model.principal import Quota
from tests.ports.accounts import AccountRepositorySpec, AuditRepositorySpec
from tests.ports.factors import FactorRepositorySpec
from tests.ports.files import FileRepositorySpec
from tests.ports.quotas import USUAL, QuotaSpec
from tests.ports.records import Clock, sealed
from tests.ports.sessions import SessionRepositorySpec
from tests.ports.upkeep import UpkeepRepositorySpec
from tests.ports.uploads import UploadRepositorySpec
from tests.support.sql import SqlUploading


@pytest.fixture
def database(empty: Path, tmp_path: Path, clock: Clock) -> Iterator[SqliteDatabase]:
    shutil.copy(empty, tmp_path / "penstock.db")
    made = SqliteDatabase(tmp_path / "penstock.db", durable=False, clock=clock)
    yield made
    made.close()


@pytest.fixture
def second(database: SqliteDatabase, tmp_path: Path, clock: Clock) -> Iterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "penstock.db", durable=False, clock=clock)
    yield made
    made.close()


def over(port: Callable[[SqliteDatabase], object], fixture: str = "database") -> Callable[..., object]:
    """A fixture that gives this port over one of the two handles on the file."""

    @pytest.fixture
    def made(self: object, request: pytest.FixtureRequest) -> object:
        return port(request.getfixturevalue(fixture))

    return made


def endless_uploads(database: SqliteDatabase) -> SqlUploading:
    return SqlUploading(database, Quota())


def endless_files(database: SqliteDatabase) -> SqlFiles:
    return SqlFiles(database, Quota())


class TestSqlUploads(UploadRepositorySpec):
    repository, other, files = over(endless_uploads), over(endless_uploads, "second"), over(endless_files)


class TestSqlFiles(FileRepositorySpec):
    files, uploads, upkeep = over(endless_files), over(endless_uploads), over(SqlUpkeep)


class TestSqlUpkeep(UpkeepRepositorySpec):
    repository, other = over(SqlUpkeep), over(SqlUpkeep, "second")
    uploads, files = over(endless_uploads), over(endless_files)

    async def test_condemned_is_a_hint(self, database: SqliteDatabase, clock: Clock) -> None:
        """A blob that a file refers to is not collected, even if it were condemned by mistake."""
        await sealed(endless_uploads(database), clock, at="at")
        await database.write(lambda tx: tx.run("UPDATE blobs SET condemned_at = 1"))
        upkeep = SqlUpkeep(database)
        assert await upkeep.collect(0, 10) == []
        assert await upkeep.located(Location("at"))


class TestSqlQuotas(QuotaSpec):
    uploads = over(lambda database: SqlUploading(database, USUAL))
    other_uploads = over(lambda database: SqlUploading(database, USUAL), "second")
    files = over(lambda database: SqlFiles(database, USUAL))
    other_files = over(lambda database: SqlFiles(database, USUAL), "second")
    upkeep, accounts = over(SqlUpkeep), over(SqlAccounts, "second")


class TestSqlAccounts(AccountRepositorySpec):
    repository, other = over(SqlAccounts), over(SqlAccounts, "second")


class TestSqlSessions(SessionRepositorySpec):
    accounts, repository, other = over(SqlAccounts), over(SqlSessions), over(SqlSessions, "second")


class TestSqlFactors(FactorRepositorySpec):
    accounts, repository, other = over(SqlAccounts), over(SqlFactors), over(SqlFactors, "second")


class TestSqlAudit(AuditRepositorySpec):
    repository, other = over(SqlAudit), over(SqlAudit, "second")
