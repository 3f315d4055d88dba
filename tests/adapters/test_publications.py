"""Every database keeps the promises of the repositories of publications and of coins."""

import pytest

from penstock.adapters.sql.coins import SqlCoins
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.adapters.sql.watches import SqlWatches
from penstock.model.principal import Quota
from tests.ports.publications import CoinRepositorySpec, CoinsUnderWaySpec, PublicationRepositorySpec
from tests.ports.watches import WatchRepositorySpec
from tests.support.sql import SqlUploading


@pytest.fixture
def coins(database: Database) -> SqlCoins:
    return SqlCoins(database)


@pytest.fixture
def repository(database: Database) -> SqlPublications:
    return SqlPublications(database)


@pytest.fixture
def watches(database: Database) -> SqlWatches:
    return SqlWatches(database)


@pytest.fixture
def uploads(database: Database) -> SqlUploading:
    return SqlUploading(database, Quota())


@pytest.fixture
def upkeep(database: Database) -> SqlUpkeep:
    return SqlUpkeep(database)


@pytest.fixture
def files(database: Database) -> SqlFiles:
    return SqlFiles(database, Quota())


class TestSqlPublications(PublicationRepositorySpec):
    @pytest.fixture
    def other(self, second: Database) -> SqlPublications:
        return SqlPublications(second)


class TestSqlWatches(WatchRepositorySpec):
    @pytest.fixture
    def other(self, second: Database) -> SqlWatches:
        return SqlWatches(second)


class TestSqlCoins(CoinRepositorySpec, CoinsUnderWaySpec):
    @pytest.fixture
    def other(self, second: Database) -> SqlCoins:
        return SqlCoins(second)
