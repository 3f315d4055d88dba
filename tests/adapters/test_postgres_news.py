"""Events in PostgreSQL: numbers that are seen out of their order, and nobody who skips one because of that."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from penstock.adapters.sql.folders import SqlFolders
from penstock.adapters.sql.news import note_folder
from penstock.adapters.sql.postgresql import PostgresDatabase, PostgresNews
from penstock.adapters.sql.tx import Tx
from penstock.model.folder import Folder
from penstock.model.ids import ROOT, FolderId, new_id
from penstock.model.news import Topic
from tests.ports.records import ALICE, Clock
from tests.support.databases import EMPTY, opening

EVERYTHING = 1 << 62


@pytest.fixture(params=["postgres", "pgbouncer"])
async def databases(request: pytest.FixtureRequest) -> AsyncIterator[list[PostgresDatabase]]:
    """The same database, as three processes have it."""
    where = request.getfixturevalue(request.param).url(EMPTY)
    async with opening(where, Clock(), pooled=request.param == "pgbouncer") as opened:
        found = [await opened() for _ in "abc"]
        yield [database for database in found if isinstance(database, PostgresDatabase)]


async def change(tx: Tx) -> None:
    """Change something."""
    await tx.run("INSERT INTO about (key, value) VALUES (:key, '')", {"key": new_id()})


async def tell(tx: Tx, name: str) -> None:
    """Note an event of it."""
    await note_folder(tx, Topic.FOLDER_CREATED, Folder(FolderId(name), ALICE, ROOT, name, 1.0), 1.0)


async def seen(news: PostgresNews, position: int) -> list[str]:
    """What follows a position, as far as everything is there."""
    return [event.subject for event in await news.between(position, await news.reach(), 1000)]


@pytest.mark.parametrize("slow_begins", [True, False])
async def test_a_later_number_that_is_seen_first(databases: list[PostgresDatabase], *, slow_begins: bool) -> None:
    """Whoever follows waits for an earlier number that is not seen yet, whichever of the two transactions began first,
    and gets both events in their order.
    """
    news = PostgresNews(databases[2])
    begun, noted, go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx) -> None:
        await change(tx)
        if not slow_begins:
            await begun.wait()
        begun.set()
        await tell(tx, "slow")
        noted.set()
        await go.wait()

    async def quickly(tx: Tx) -> None:
        if slow_begins:
            await begun.wait()
        await change(tx)
        begun.set()
        await noted.wait()
        await tell(tx, "quick")

    slow = asyncio.create_task(databases[0].write(slowly))
    try:
        await databases[1].write(quickly)
        assert [event.subject for event in await news.between(0, EVERYTHING, 10)] == ["quick"]
        for _ in range(5):
            assert await seen(news, 0) == []
    finally:
        go.set()
    await slow
    assert await seen(news, 0) == ["slow", "quick"]


async def test_many_write_and_nobody_skips(databases: list[PostgresDatabase]) -> None:
    """Of hundreds of transactions at once, some slow and some rolled back, whoever follows gets each event once."""
    writers, reader = databases[:2], databases[2]
    done = asyncio.Event()

    async def write(number: int) -> None:
        async def transaction(tx: Tx) -> None:
            await change(tx)
            await asyncio.sleep((number * 37 % 11) / 500)
            await tell(tx, f"{number}")
            await asyncio.sleep((number * 53 % 13) / 500)
            if number % 10 == 0:
                raise KeyError

        await asyncio.gather(writers[number % 2].write(transaction), return_exceptions=True)

    async def follow() -> list[int]:
        found: list[int] = []
        own, position = PostgresNews(reader), 0
        while True:
            over, reach = done.is_set(), await own.reach()
            found += [event.number for event in await own.between(position, reach, 1000)]
            position = max(position, reach)
            if over and position == await own.newest():
                return found
            await asyncio.sleep(0.001)

    following = [asyncio.create_task(follow()) for _ in "abc"]
    await asyncio.gather(*(write(number) for number in range(300)))
    done.set()
    everything = [event.number for event in await PostgresNews(reader).between(0, EVERYTHING, 1000)]
    assert len(everything) == 270
    assert [await each for each in following] == [everything] * 3


async def test_what_goes_on_elsewhere_loses_nothing(databases: list[PostgresDatabase]) -> None:
    """A long transaction that notes nothing holds events up for as long as it takes, and none is lost."""
    news, folders = PostgresNews(databases[2]), SqlFolders(databases[1])
    begun, go = asyncio.Event(), asyncio.Event()

    async def at_length(tx: Tx) -> None:
        await change(tx)
        begun.set()
        await go.wait()

    long = asyncio.create_task(databases[0].write(at_length))
    try:
        await begun.wait()
        made = await folders.make(ALICE, ROOT, "f", rename=False)
        for _ in range(3):
            assert await seen(news, 0) == []
    finally:
        go.set()
    await long
    assert await seen(news, 0) == [made.id]
