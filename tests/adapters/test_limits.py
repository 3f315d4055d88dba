"""Every database counts calls for all processes together."""

import asyncio

import pytest

from penstock.adapters.sql.limits import SqlLimiter
from penstock.adapters.sql.tx import Database
from tests.ports.limits import LimiterSpec
from tests.ports.records import Clock
from tests.support.databases import Open


class TestSqlLimiter(LimiterSpec):
    @pytest.fixture
    def limiter(self, database: Database) -> SqlLimiter:
        return SqlLimiter(database)

    @pytest.fixture
    def other(self, second: Database) -> SqlLimiter:
        return SqlLimiter(second)

    async def test_old_counts_go(self, database: Database, limiter: SqlLimiter, clock: Clock) -> None:
        """Clients that do not come back leave nothing behind once their window is over."""
        await asyncio.gather(*[limiter.hit("b", f"client {number}", 5, 60) for number in range(20)])
        clock.advance(60)
        await limiter.hit("b", "another", 5, 60)
        assert len(await database.scan("SELECT * FROM limits")) == 1

    async def test_counts_outlive_the_process(self, database: Database, opened: Open) -> None:
        """A restart gives nobody anything back."""
        await SqlLimiter(database).hit("b", "c", 1, 60)
        assert not (await SqlLimiter(await opened()).hit("b", "c", 1, 60)).granted
