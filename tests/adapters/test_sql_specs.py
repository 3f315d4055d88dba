"""Every database keeps the promises of every repository."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.adapters.sql.accounts import SqlAccounts
from penstock.adapters.sql.audit import SqlAudit
from penstock.adapters.sql.coins import SqlCoins
from penstock.adapters.sql.factors import SqlFactors
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.folders import SqlFolders
from penstock.adapters.sql.jobs import SqlJobs
from penstock.adapters.sql.leases import SqlLeases
from penstock.adapters.sql.listing import SqlFileLists
from penstock.adapters.sql.news import SqlNews
from penstock.adapters.sql.outbox import SqlOutbox
from penstock.adapters.sql.postgresql import PostgresDatabase, PostgresNews
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.relocation import SqlRelocation
from penstock.adapters.sql.replies import SqlReplies
from penstock.adapters.sql.samples import SqlSamples
from penstock.adapters.sql.sessions import SqlSessions
from penstock.adapters.sql.shares import SqlShares
from penstock.adapters.sql.trash import SqlTrash
from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.upkeep import DAY, SqlUpkeep
from penstock.adapters.sql.upload_requests import SqlUploadRequests
from penstock.adapters.sql.usage import SqlUsage
from penstock.adapters.sql.watches import SqlWatches
from penstock.adapters.sql.webhooks import SqlWebhooks
from penstock.adapters.sql.zips import SqlZips
from penstock.model.ids import ROOT, Location, PrincipalId
from penstock.model.listing import Listing
from penstock.model.principal import Quota
from penstock.ports import Opening
from tests.ports.accounts import AccountRepositorySpec, AuditRepositorySpec, user
from tests.ports.appends import AppendRepositorySpec
from tests.ports.factors import FactorRepositorySpec
from tests.ports.files import FileRepositorySpec
from tests.ports.folders import FolderRepositorySpec, in_folder
from tests.ports.jobs import JobRepositorySpec, SampleRepositorySpec
from tests.ports.joins import JoinRepositorySpec
from tests.ports.listing import FileListsSpec, come, found
from tests.ports.news import NewsRepositorySpec
from tests.ports.outbox import OutboxRepositorySpec, message
from tests.ports.quotas import USUAL, QuotaSpec
from tests.ports.records import ALICE, BOB, LEASE, Clock, sealed, upload_at
from tests.ports.relocation import RelocationRepositorySpec
from tests.ports.replies import ReplyRepositorySpec
from tests.ports.sessions import SessionRepositorySpec
from tests.ports.shares import ShareRepositorySpec, UploadRequestRepositorySpec
from tests.ports.upkeep import LeaseRepositorySpec, UpkeepRepositorySpec
from tests.ports.uploads import UploadRepositorySpec
from tests.ports.usage import UsageRepositorySpec
from tests.ports.webhooks import WebhookRepositorySpec, webhook
from tests.ports.zips import ZipRepositorySpec
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


class TestSqlFolders(FolderRepositorySpec):
    folders, other, trash, lists = over(SqlFolders), beside(SqlFolders), over(SqlTrash), over(SqlFileLists)
    files, uploads, upkeep = over(endless_files), over(endless_uploads), over(SqlUpkeep)

    async def test_an_heir_gets_the_folders(self, database: Database, clock: Clock) -> None:
        """All of them in a folder of the former owner's name, with their files in them; without an heir they go."""
        folders, accounts, lists = SqlFolders(database), SqlAccounts(database), SqlFileLists(database)
        for name in ("alice", "bob"):
            await accounts.add_user(replace(user(name), id=PrincipalId(name)))
        await folders.make(BOB, ROOT, "alice", rename=False)
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        inner = await folders.make(ALICE, home.id, "inner", rename=False)
        file = await in_folder(endless_uploads(database), clock, inner, "a")
        await accounts.remove_user("alice", "bob")
        assert [folder.name for folder in await folders.path(BOB, inner.id)] == ["alice (2)", "home", "inner"]
        assert [found.id for found in (await lists.files(BOB, Listing(inner.id), None, 10))[0]] == [file.id]
        await accounts.remove_user("bob", None)
        assert await database.scan("SELECT 1 FROM folders") == []


class TestSqlFileLists(FileListsSpec):
    lists, folders = over(SqlFileLists), over(SqlFolders)
    files, uploads, upkeep = over(endless_files), over(endless_uploads), over(SqlUpkeep)

    async def test_what_older_code_records_is_listed_and_then_found(self, database: Database, clock: Clock) -> None:
        """A node of an older version leaves the new columns alone: its files are listed, and found after a round."""
        uploads, lists = endless_uploads(database), SqlFileLists(database)
        await come(uploads, clock, "公告")
        fresh = "UPDATE files SET number = NULL, folded = '', bytes = 0"
        await database.write(lambda tx: tx.run("DELETE FROM fragments"))
        await database.write(lambda tx: tx.run(fresh))
        assert [file.name for file in (await lists.files(ALICE, Listing(), None, 10))[0]] == ["公告"]
        assert await found(lists, "告") == []
        assert [await lists.index(10), await lists.index(10)] == [1, 0]
        assert await found(lists, "告") == ["公告"]
        assert await database.scan("SELECT 1 FROM files WHERE bytes <> 10") == []

    async def test_whoever_gives_a_file_away_is_not_found_with_it(self, database: Database, clock: Clock) -> None:
        """Whichever code gives it away: the former owner's entries go, and the new one gets them."""
        lists = SqlFileLists(database)
        await come(endless_uploads(database), clock, "公告")
        await database.write(lambda tx: tx.run("UPDATE files SET owner = 'heir'"))
        assert await found(lists, "告") == []
        assert [await lists.forget_names(10), await lists.index(10)] == [1, 1]
        files, _ = await lists.search(PrincipalId("heir"), ["告"], None, 10)
        assert [file.name for file in files] == ["公告"]
        assert len(await database.scan("SELECT 1 FROM fragments")) == 3


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


class TestSqlUsage(UsageRepositorySpec):
    reports = over(lambda database: SqlUsage(database, Quota()))
    files, trash, uploads = over(endless_files), over(SqlTrash), over(endless_uploads)


class TestSqlJobs(JobRepositorySpec):
    jobs, other = over(SqlJobs), beside(SqlJobs)


class TestSqlSamples(SampleRepositorySpec):
    samples = over(SqlSamples)


class TestSqlZips(ZipRepositorySpec):
    zips, other, folders = over(SqlZips), beside(SqlZips), over(SqlFolders)
    files, uploads = over(endless_files), over(endless_uploads)


def news_of(database: Database) -> SqlNews:
    return PostgresNews(database) if isinstance(database, PostgresDatabase) else SqlNews(database)


class TestSqlNews(NewsRepositorySpec):
    repository, other = over(news_of), beside(news_of)
    uploads, files, folders, trash = over(endless_uploads), over(endless_files), over(SqlFolders), over(SqlTrash)
    upkeep, accounts, publications = over(SqlUpkeep), over(SqlAccounts), over(SqlPublications)
    coins, watches = over(SqlCoins), over(SqlWatches)


class TestSqlWebhooks(WebhookRepositorySpec):
    repository, other = over(SqlWebhooks), beside(SqlWebhooks)
    outbox, news, uploads = over(SqlOutbox), over(news_of), over(endless_uploads)

    async def test_it_ends_with_the_account_whose_it_is(self, database: Database, clock: Clock) -> None:
        """A webhook for one owner goes with that account, and those of everybody stay."""
        accounts, webhooks, alice = SqlAccounts(database), SqlWebhooks(database), user("alice")
        await accounts.add_user(alice)
        for owner in (alice.id, None):
            made = webhook(owner=owner)
            await webhooks.add(made, 10)
            await webhooks.send(made.id, "event", "test", "subject", "{}")
        await accounts.remove_user("alice", None)
        [left] = await webhooks.webhooks()
        assert left.owner is None
        assert (await SqlOutbox(database).backlog()).count == 1


class TestSqlReplies(ReplyRepositorySpec):
    repository, other = over(SqlReplies), beside(SqlReplies)


class TestSqlShares(ShareRepositorySpec):
    repository, other, accounts = over(SqlShares), beside(SqlShares), over(SqlAccounts)
    folders, uploads = over(SqlFolders), over(endless_uploads)


class TestSqlUploadRequests(UploadRequestRepositorySpec):
    repository, other, accounts = over(SqlUploadRequests), beside(SqlUploadRequests), over(SqlAccounts)
    folders, trash = over(SqlFolders), over(SqlTrash)
    uploads, other_uploads = over(endless_uploads), beside(endless_uploads)


class TestSqlLeases(LeaseRepositorySpec):
    leases, other = over(SqlLeases), beside(SqlLeases)

    async def test_lapsed_leases_go(self, database: Database, clock: Clock) -> None:
        """What a process that died had the turn of is not remembered for ever."""
        await SqlLeases(database).take("work", "one", 10)
        clock.advance(10 + DAY)
        await SqlUpkeep(database).forget_old()
        assert await database.scan("SELECT 1 FROM leases") == []
