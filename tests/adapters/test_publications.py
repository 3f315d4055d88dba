"""SQLite keeps the promises of the repositories of publications and of coins."""

import pytest

from penstock.adapters.sql.coins import SqlCoins
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.adapters.sql.watches import SqlWatches
from penstock.model.principal import Quota
from tests.ports.publications import CoinRepositorySpec, CoinsUnderWaySpec, PublicationRepositorySpec
from tests.ports.watches import WatchRepositorySpec
from tests.support.sql import SqlUploading


@pytest.fixture
def coins(database: SqliteDatabase) -> SqlCoins:
    return SqlCoins(database)


@pytest.fixture
def repository(database: SqliteDatabase) -> SqlPublications:
    return SqlPublications(database)


@pytest.fixture
def watches(database: SqliteDatabase) -> SqlWatches:
    return SqlWatches(database)


@pytest.fixture
def uploads(database: SqliteDatabase) -> SqlUploading:
    return SqlUploading(database, Quota())


@pytest.fixture
def upkeep(database: SqliteDatabase) -> SqlUpkeep:
    return SqlUpkeep(database)


@pytest.fixture
def files(database: SqliteDatabase) -> SqlFiles:
    return SqlFiles(database, Quota())


class TestSqlPublications(PublicationRepositorySpec):
    @pytest.fixture
    def other(self, second: SqliteDatabase) -> SqlPublications:
        return SqlPublications(second)


class TestSqlWatches(WatchRepositorySpec):
    @pytest.fixture
    def other(self, second: SqliteDatabase) -> SqlWatches:
        return SqlWatches(second)


class TestSqlCoins(CoinRepositorySpec, CoinsUnderWaySpec):
    @pytest.fixture
    def other(self, second: SqliteDatabase) -> SqlCoins:
        return SqlCoins(second)
