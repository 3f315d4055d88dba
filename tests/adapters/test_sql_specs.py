"""Every database keeps the promises of every repository."""

from collections.abc import Callable

import pytest

from penstock.adapters.sql.accounts import SqlAccounts
from penstock.adapters.sql.audit import SqlAudit
from penstock.adapters.sql.factors import SqlFactors
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.leases import SqlLeases
from penstock.adapters.sql.outbox import SqlOutbox
from penstock.adapters.sql.relocation import SqlRelocation
from penstock.adapters.sql.sessions import SqlSessions
from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.upkeep import DAY, SqlUpkeep
from penstock.model.ids import Location
from penstock.model.principal import Quota
from penstock.ports import Opening
from tests.ports.accounts import AccountRepositorySpec, AuditRepositorySpec
from tests.ports.appends import AppendRepositorySpec
from tests.ports.factors import FactorRepositorySpec
from tests.ports.files import FileRepositorySpec
from tests.ports.joins import JoinRepositorySpec
from tests.ports.outbox import OutboxRepositorySpec, message
from tests.ports.quotas import USUAL, QuotaSpec
from tests.ports.records import LEASE, Clock, sealed, upload_at
from tests.ports.relocation import RelocationRepositorySpec
from tests.ports.sessions import SessionRepositorySpec
from tests.ports.upkeep import LeaseRepositorySpec, UpkeepRepositorySpec
from tests.ports.uploads import UploadRepositorySpec
from tests.support.sql import Uploading, uploading


def over(port: Callable[[Database], object]) -> Callable[..., object]:
    """A fixture that gives this port over one of the two handles on the database."""

    @pytest.fixture
    def made(self: object, database: Database) -> object:
        return port(database)

    return made


def beside(port: Callable[[Database], object]) -> Callable[..., object]:
    """The same over the other handle."""

    @pytest.fixture
    def made(self: object, second: Database) -> object:
        return port(second)

    return made


def endless_uploads(database: Database) -> Uploading:
    return uploading(database, Quota())


def endless_files(database: Database) -> SqlFiles:
    return SqlFiles(database, Quota())


class TestSqlUploads(UploadRepositorySpec):
    repository, other, files = over(endless_uploads), beside(endless_uploads), over(endless_files)


class TestSqlAppends(AppendRepositorySpec):
    repository, other = over(endless_uploads), beside(endless_uploads)


class TestSqlJoins(JoinRepositorySpec):
    repository = over(endless_uploads)
    bounded = over(lambda database: uploading(database, Quota(bytes=100, uploads=4)))


class TestSqlFiles(FileRepositorySpec):
    files, uploads, upkeep = over(endless_files), over(endless_uploads), over(SqlUpkeep)


class TestSqlUpkeep(UpkeepRepositorySpec):
    repository, other = over(SqlUpkeep), beside(SqlUpkeep)
    uploads, files = over(endless_uploads), over(endless_files)

    async def test_condemned_is_a_hint(self, database: Database, clock: Clock) -> None:
        """A blob that a file refers to is not collected, even if it were condemned by mistake."""
        await sealed(endless_uploads(database), clock, at="at")
        await database.write(lambda tx: tx.run("UPDATE blobs SET condemned_at = 1"))
        upkeep = SqlUpkeep(database)
        assert await upkeep.collect(0, 10) == []
        assert await upkeep.located([Location("at")])


class TestSqlRelocation(RelocationRepositorySpec):
    repository, upkeep = over(SqlRelocation), over(SqlUpkeep)
    uploads, files = over(endless_uploads), over(endless_files)


class TestSqlQuotas(QuotaSpec):
    uploads = over(lambda database: uploading(database, USUAL))
    other_uploads = beside(lambda database: uploading(database, USUAL))
    files = over(lambda database: SqlFiles(database, USUAL))
    other_files = beside(lambda database: SqlFiles(database, USUAL))
    upkeep, accounts = over(SqlUpkeep), beside(SqlAccounts)


class TestSqlAccounts(AccountRepositorySpec):
    repository, other = over(SqlAccounts), beside(SqlAccounts)


class TestSqlSessions(SessionRepositorySpec):
    accounts, repository, other = over(SqlAccounts), over(SqlSessions), beside(SqlSessions)


class TestSqlFactors(FactorRepositorySpec):
    accounts, repository, other = over(SqlAccounts), over(SqlFactors), beside(SqlFactors)


class TestSqlAudit(AuditRepositorySpec):
    repository, other = over(SqlAudit), beside(SqlAudit)


class TestSqlOutbox(OutboxRepositorySpec):
    repository, other = over(SqlOutbox), beside(SqlOutbox)
    uploads, files, upkeep = over(endless_uploads), over(endless_files), over(SqlUpkeep)

    async def test_what_waits_behind_another_is_not_looked_at(self, database: Database, clock: Clock) -> None:
        """While the first of a subject waits, a look for what is due passes over none of those behind it."""
        uploads, outbox = endless_uploads(database), SqlOutbox(database)
        messages = [message("told", "one") for _ in range(10)]
        await uploads.open(Opening(upload_at(clock()), "one", tell=lambda _: messages))
        await outbox.lease("here", "one", LEASE, 1)
        await outbox.postpone(messages[0].id, "one", 60)
        assert await database.scan("SELECT 1 FROM outbox WHERE due_at <= :now", now=clock()) == []


class TestSqlLeases(LeaseRepositorySpec):
    leases, other = over(SqlLeases), beside(SqlLeases)

    async def test_lapsed_leases_go(self, database: Database, clock: Clock) -> None:
        """What a process that died had the turn of is not remembered for ever."""
        await SqlLeases(database).take("work", "one", 10)
        clock.advance(10 + DAY)
        await SqlUpkeep(database).forget_old()
        assert await database.scan("SELECT 1 FROM leases") == []
