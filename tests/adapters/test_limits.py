"""SQLite counts calls for all processes together."""

import asyncio
from pathlib import Path

import pytest

from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.limits import SqlLimiter
from tests.ports.limits import LimiterSpec
from tests.ports.records import Clock
from tests.support.chains.databases import open_database


class TestSqlLimiter(LimiterSpec):
    @pytest.fixture
    def limiter(self, database: SqliteDatabase) -> SqlLimiter:
        return SqlLimiter(database)

    @pytest.fixture
    def other(self, second: SqliteDatabase) -> SqlLimiter:
        return SqlLimiter(second)

    async def test_old_counts_go(self, database: SqliteDatabase, limiter: SqlLimiter, clock: Clock) -> None:
        """Clients that do not come back leave nothing behind once their window is over."""
        await asyncio.gather(*[limiter.hit("b", f"client {number}", 5, 60) for number in range(20)])
        clock.advance(60)
        await limiter.hit("b", "another", 5, 60)
        assert len(await database.scan("SELECT * FROM limits")) == 1

    async def test_counts_outlive_the_process(self, tmp_path: Path, database: SqliteDatabase, clock: Clock) -> None:
        """A restart gives nobody anything back."""
        await SqlLimiter(database).hit("b", "c", 1, 60)
        with open_database(tmp_path / "penstock.db", clock) as restarted:
            assert not (await SqlLimiter(restarted).hit("b", "c", 1, 60)).granted
