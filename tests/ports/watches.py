"""What every implementation of `WatchRepository` promises."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from penstock.model.chain import Block, Survey, TxId
from penstock.model.file import File
from penstock.model.publication import Publication, Role, Stage
from penstock.ports import CoinRepository, PublicationRepository, Watched, WatchRepository
from tests.ports.publications import NETWORK, ONE, TWO, bury, completed, now, order, plan, prepared
from tests.ports.records import BOB, LEASE, Clock, Uploading, sealed

DEEP = 6


def block(height: int, branch: str = "a") -> Block:
    return Block(height, f"{branch}{height}")


def survey(
    tip: int,
    mined: Iterable[TxId] = (),
    at: int = 10,
    *,
    waiting: Iterable[TxId] = (),
    fork: int = -1,
    branch: str = "a",
) -> Survey:
    """The chain has these in the block at this height."""
    top = block(tip, branch)
    return Survey(top, (top, block(tip - 1, branch)), fork, dict.fromkeys(mined, block(at, branch)), frozenset())


async def look(watches: WatchRepository, found: Survey) -> int | None:
    """Record it, having asked for everything."""
    asked = [entry.txid for entry in await watches.watched(NETWORK)]
    return await watches.surveyed(NETWORK, await watches.trail(NETWORK), asked, found, DEEP)


async def blocks(watches: WatchRepository) -> list[int | None]:
    """In which blocks the transactions are that are watched."""
    return [entry.block.height if entry.block is not None else None for entry in await watches.watched(NETWORK)]


class WatchRepositorySpec:
    """Subclass it with fixtures `clock`, `watches`, `other` (the same records, as another process sees them), and over
    the same records `repository`, `coins` and `uploads`.
    """

    @pytest.fixture
    async def file(self, uploads: Uploading, clock: Clock) -> File:
        return (await sealed(uploads, clock, at="place")).file

    @pytest.fixture
    async def done(self, repository: PublicationRepository, coins: CoinRepository, file: File) -> Publication:
        return await completed(repository, coins, order(file))

    async def test_what_was_offered_is_watched(
        self, repository: PublicationRepository, watches: WatchRepository, coins: CoinRepository, file: File
    ) -> None:
        """From the first offer on each transaction of a plan is watched, in the order of the offers."""
        made = plan(ONE)
        publication = await prepared(repository, coins, order(file), made)
        assert await watches.watched(NETWORK) == []
        await repository.offering(publication.id, "one")
        found = await watches.watched(NETWORK)
        assert [entry.txid for entry in found] == [planned.txid for planned in made.transactions]
        assert found[0] == Watched(
            publication.id, Role.MERGE, made.transactions[0].txid, False, None, True, 0, False, None
        )

    async def test_what_is_deep_is_buried(
        self, repository: PublicationRepository, watches: WatchRepository, done: Publication
    ) -> None:
        """It is watched until the last of its transactions is so many blocks deep; a copy is buried with it."""
        copy, _ = await repository.add(replace(done.order, owner=BOB), None, LEASE)
        txids = [entry.txid for entry in await watches.watched(NETWORK)]
        assert await look(watches, survey(14, txids[:-1])) == 0
        assert await look(watches, survey(20, txids, 16)) == 0
        assert await look(watches, survey(21, txids, 16)) == 1
        assert await watches.watched(NETWORK) == []
        assert (await now(repository, done.id)).buried_at == (await now(repository, copy.id)).buried_at is not None
        assert (await watches.unburied()).count == 0

    async def test_what_is_not_completed_is_not_buried(
        self, repository: PublicationRepository, watches: WatchRepository, coins: CoinRepository, file: File
    ) -> None:
        """However deep its first transactions are."""
        publication = await prepared(repository, coins, order(file), plan(ONE))
        await repository.offering(publication.id, "one")
        await bury(watches)
        assert (await now(repository, publication.id)).buried_at is None

    async def test_a_block_that_leaves_the_chain(self, watches: WatchRepository, done: Publication) -> None:
        """What was in a block above the fork is in none, unless it was mined again; what was below stays."""
        txids = [entry.txid for entry in await watches.watched(NETWORK)]
        await look(watches, survey(12, txids[:2], 10))
        await look(watches, survey(13, txids[2:4], 12, fork=12))
        assert await blocks(watches) == [10, 10, 12, 12, None]
        await look(watches, survey(14, txids[2:3], 13, fork=11, branch="b"))
        assert await blocks(watches) == [10, 10, 13, None, None]

    async def test_of_two_surveys_the_newer_counts(
        self, watches: WatchRepository, other: WatchRepository, done: Publication
    ) -> None:
        """A survey that began before another one was recorded changes nothing."""
        txids = [entry.txid for entry in await watches.watched(NETWORK)]
        before = await watches.trail(NETWORK)
        assert await look(other, survey(12, txids)) == 0
        assert await watches.surveyed(NETWORK, before, txids, survey(13), DEEP) is None
        assert await blocks(watches) == [10] * 5
        assert await watches.trail(NETWORK) == [block(12), block(11)]

    async def test_what_was_offered_meanwhile_is_looked_for_again(
        self,
        repository: PublicationRepository,
        watches: WatchRepository,
        coins: CoinRepository,
        file: File,
        done: Publication,
    ) -> None:
        """New blocks that were read before something was offered may have it: they are read again."""
        await look(watches, survey(12))
        before, asked = await watches.trail(NETWORK), [entry.txid for entry in await watches.watched(NETWORK)]
        await completed(repository, coins, order(file, name="b"), plan(TWO, name="b"))
        assert await watches.surveyed(NETWORK, before, asked, survey(13), DEEP) is None
        assert await watches.surveyed(NETWORK, before, asked, survey(12), DEEP) == 0

    async def test_one_alone_looks_after_it(
        self, watches: WatchRepository, other: WatchRepository, clock: Clock
    ) -> None:
        """One process has the watch until it is silent for too long."""
        assert await watches.lead(NETWORK, "one", 10)
        assert await watches.lead(NETWORK, "one", 10)
        assert not await other.lead(NETWORK, "two", 10)
        clock.advance(10)
        assert await other.lead(NETWORK, "two", 10)
        assert not await watches.lead(NETWORK, "one", 10)

    async def test_pauses_grow(self, watches: WatchRepository, done: Publication, clock: Clock) -> None:
        """What does not come back is left alone for longer each time, up to ten minutes, until it is seen."""
        pauses = []
        for _ in range(7):
            await watches.offered_again(done.id, 30)
            begun = clock()
            while not (await watches.watched(NETWORK))[0].due:
                clock.advance(30)
            pauses.append(clock() - begun)
        assert pauses == [30, 60, 120, 240, 480, 600, 600]
        await watches.seen(done.id)
        [first, *_] = await watches.watched(NETWORK)
        assert (first.due, first.offers) == (True, 0)

    async def test_a_doubt_is_as_old_as_its_first(self, watches: WatchRepository, done: Publication) -> None:
        """Since which block an input is missed is remembered until all is seen."""
        assert [await watches.doubt(done.id, height) for height in (7, 8, 9)] == [7, 7, 7]
        await watches.seen(done.id)
        assert await watches.doubt(done.id, 9) == 9

    async def test_an_overturned_one(
        self, repository: PublicationRepository, watches: WatchRepository, coins: CoinRepository, done: Publication
    ) -> None:
        """It failed and says why, with every copy; what is kept is of its next plan, and its coins are free again."""
        copy, _ = await repository.add(replace(done.order, owner=BOB), None, LEASE)
        merge, funding, chunk, *_ = [planned.txid for planned, _ in await repository.plan(done.id)]
        freed = await watches.overturn(done.id, "a conflict", {merge, funding, chunk})
        assert {(coin.txid, coin.value) for coin in freed} == {(funding, 20), (merge, 30)}
        for name in (done.id, copy.id):
            found = await now(repository, name)
            assert (found.message, found.completed_at, found.live) == ("a conflict", None, False)
        assert (await now(repository, done.id)).stage is Stage.CREATED
        assert [planned.txid for planned, _ in await repository.plan(done.id)] == [merge, funding, chunk]
        assert set(freed) <= set(await coins.free(NETWORK))
        assert [(entry.txid, entry.failed) for entry in await watches.watched(NETWORK)] == [
            (merge, True),
            (funding, True),
            (chunk, True),
        ]

    async def test_the_oldest_that_is_not_buried(
        self, watches: WatchRepository, done: Publication, clock: Clock
    ) -> None:
        """How many were answered with success and are not buried, and since when."""
        found = await watches.unburied()
        assert (found.count, found.since) == (1, done.completed_at)
        await bury(watches)
        found = await watches.unburied()
        assert (found.count, found.since) == (0, None)
