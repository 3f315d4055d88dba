"""What every implementation of `PublicationRepository` and `CoinRepository` promises."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

import pytest

from penstock.chain.transaction import Input, Output, Transaction
from penstock.model.chain import Block, Coin, Holdings, Network, Survey, TxId
from penstock.model.faults import FundsMissing, RateLimited
from penstock.model.file import File
from penstock.model.publication import (
    Method,
    Operation,
    Order,
    Phase,
    Plan,
    Planned,
    Publication,
    PublicationId,
    Role,
    Stage,
)
from penstock.ports import (
    Balance,
    Budgets,
    CoinRepository,
    CoinTaken,
    FileRepository,
    LeaseLost,
    PublicationRepository,
    Step,
    UpkeepRepository,
    WatchRepository,
)
from tests.ports.records import ALICE, BOB, LEASE, Clock, Uploading, sealed

NETWORK = Network.TESTNET
UNBOUND = Budgets()
PREPARED = Step(Stage.PREPARED, 10, "prepared")
MERGED = Step(Stage.MERGE_BROADCAST, 15, "merged")
FUNDED = Step(Stage.FUNDING_BROADCAST, 20, "funded")
COMPLETED = Step(Stage.COMPLETED, 100, "done")
ONE, TWO, THREE = (Coin(TxId(str(number) * 64), number, number * 1000) for number in (1, 2, 3))
DAY = 86400


def ripe(coins: Iterable[Coin]) -> Holdings:
    """Coins that can be spent."""
    return Holdings(tuple(coins))


def order(file: File, **changes: Any) -> Order:
    """An order to publish a file in chunks."""
    wanted = Order(
        owner=ALICE,
        client="192.0.2.1",
        network=NETWORK,
        address="an address",
        operation=Operation.CREATE,
        path="/file",
        content_type="text/plain",
        name="a.txt",
        fee_rate=1,
        method=Method.CHUNKED,
        blob=file.blob.sha256,
        size=file.blob.size,
        file=file.id,
    )
    return replace(wanted, **changes)


def plan(*spends: Coin, cost: int = 100, name: str = "a") -> Plan:
    """A chunked plan that spends these coins and gives back all but its cost."""
    merge, funding, chunk, other_chunk, index = (TxId(f"{name}{5 - number}".ljust(64, "0")) for number in range(5))
    for_funding, for_index = Coin(merge, 0, 60), Coin(merge, 1, 30)
    for_chunk, for_other = Coin(funding, 0, 30), Coin(funding, 1, 20)
    total = sum(coin.value for coin in spends)
    return Plan(
        transactions=(
            Planned(Role.MERGE, merge, frame(*spends)),
            Planned(Role.FUNDING, funding, frame(for_funding)),
            Planned(Role.CHUNK, chunk, frame(for_chunk), 0, 0, 6),
            Planned(Role.CHUNK, other_chunk, frame(for_other), 0, 6, 10),
            Planned(Role.INDEX, index, frame(for_index)),
        ),
        spends=spends,
        change=Coin(merge, 2, total - cost) if total > cost else None,
        inner=(for_funding, for_index, for_chunk, for_other),
    )


def frame(*spends: Coin) -> bytes:
    """A transaction that spends these coins."""
    return Transaction(tuple(Input(coin.txid, coin.vout) for coin in spends), (Output(1, b""),)).serialised()


async def added(repository: PublicationRepository, wanted: Order, worker: str | None = "one") -> Publication:
    """A new publication, leased to this worker."""
    publication, new = await repository.add(wanted, worker, LEASE)
    assert new
    return publication


async def prepared(
    repository: PublicationRepository, coins: CoinRepository, wanted: Order, made: Plan, budgets: Budgets = UNBOUND
) -> Publication:
    """A publication with this plan, leased to "one"; the wallet has the coins that it spends."""
    await coins.learn(NETWORK, ripe(made.spends))
    publication = await added(repository, wanted)
    return await repository.prepare(publication.id, made, budgets, PREPARED, "one")


async def completed(
    repository: PublicationRepository, coins: CoinRepository, wanted: Order, made: Plan | None = None
) -> Publication:
    """A publication that is on the chain."""
    made = made or plan(ONE)
    publication = await prepared(repository, coins, wanted, made)
    await repository.offering(publication.id, "one")
    for planned in made.transactions:
        await repository.accepted(publication.id, planned.txid, MERGED, "one")
    return await repository.advance(publication.id, COMPLETED, "one")


async def bury(watches: WatchRepository) -> None:
    """Everything that was offered is deep in the chain."""
    block, tip = Block(10, "a block"), Block(100, "the tip")
    asked = {entry.txid for entry in await watches.watched(NETWORK)}
    survey = Survey(tip, (tip,), 0, dict.fromkeys(asked, block), frozenset())
    assert await watches.surveyed(NETWORK, await watches.trail(NETWORK), asked, survey, 6) is not None


async def failed(
    repository: PublicationRepository, wanted: Order, *, keep: Collection[TxId] | None = ()
) -> Publication:
    """A publication that was given up."""
    publication = await added(repository, wanted)
    await repository.fail(publication.id, "why", "one", keep=keep)
    return await now(repository, publication.id)


async def now(repository: PublicationRepository, publication: PublicationId) -> Publication:
    """A publication as it stands."""
    found = await repository.publication(publication)
    assert found is not None
    return found


NEEDS_THE_LEASE: dict[str, Callable[[PublicationRepository, PublicationId, str], Awaitable[object]]] = {
    "renew": lambda repository, publication, worker: repository.renew(publication, worker, LEASE),
    "prepare": lambda repository, publication, worker: repository.prepare(
        publication, plan(TWO), UNBOUND, PREPARED, worker
    ),
    "offering": lambda repository, publication, worker: repository.offering(publication, worker),
    "withdrawn": lambda repository, publication, worker: repository.withdrawn(publication, worker),
    "accepted": lambda repository, publication, worker: repository.accepted(
        publication, plan(ONE).transactions[0].txid, MERGED, worker
    ),
    "advance": lambda repository, publication, worker: repository.advance(publication, COMPLETED, worker),
    "postpone": lambda repository, publication, worker: repository.postpone(publication, 1, "later", worker),
    "fail": lambda repository, publication, worker: repository.fail(publication, "no", worker, keep=()),
    "unplan": lambda repository, publication, worker: repository.unplan(publication, worker),
    "fail, keeping": lambda repository, publication, worker: repository.fail(publication, "no", worker, keep=None),
}
needs_the_lease = pytest.mark.parametrize("act", NEEDS_THE_LEASE.values(), ids=NEEDS_THE_LEASE)

ANOTHER_ORDER: dict[str, dict[str, object]] = {
    "network": {"network": Network.MAINNET},
    "address": {"address": "another address"},
    "operation": {"operation": Operation.MODIFY},
    "path": {"path": "@pin"},
    "content type": {"content_type": "text/html"},
    "name": {"name": "b.txt"},
    "method": {"method": Method.DIRECT},
}


class PublicationRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (the same records, as another process sees them), and
    over the same records `watches`, `coins`, `uploads`, `upkeep` and `files`.
    """

    @pytest.fixture
    async def file(self, uploads: Uploading, clock: Clock) -> File:
        return (await sealed(uploads, clock, at="place")).file

    @pytest.fixture
    async def second_file(self, uploads: Uploading, clock: Clock) -> File:
        return (await sealed(uploads, clock, "other content")).file

    # --- add ---------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("worker", ["one", None])
    async def test_a_new_one(
        self,
        repository: PublicationRepository,
        other: PublicationRepository,
        file: File,
        clock: Clock,
        worker: str | None,
    ) -> None:
        """A new publication is what was ordered, at its very beginning."""
        made, new = await repository.add(order(file), worker, LEASE)
        assert new
        assert made == Publication(
            id=made.id,
            order=order(file),
            stage=Stage.CREATED,
            progress=0,
            message="",
            cost=None,
            offered=False,
            tries=0,
            plan_of=made.id,
            result=None,
            created_at=clock(),
            updated_at=clock(),
            completed_at=None,
            failed_at=None,
            buried_at=None,
        )
        assert await other.publication(made.id) == made
        assert await repository.plan(made.id) == []
        assert await repository.publication(PublicationId("never")) is None

    @pytest.mark.parametrize("method", Method)
    @pytest.mark.parametrize("operation", Operation)
    async def test_an_equal_one_that_is_live_is_joined(
        self,
        repository: PublicationRepository,
        other: PublicationRepository,
        file: File,
        method: Method,
        operation: Operation,
    ) -> None:
        """The same order again is the same publication while it is under way, and does not take its lease."""
        wanted = order(file, method=method, operation=operation)
        made = await added(repository, wanted)
        assert await other.add(wanted, "two", LEASE) == (made, False)
        await repository.renew(made.id, "one", LEASE)

    async def test_orders_at_once_are_one(
        self, repository: PublicationRepository, other: PublicationRepository, file: File
    ) -> None:
        """Of equal orders at the same time one makes the publication and all have it."""
        found = await asyncio.gather(*[which.add(order(file), None, LEASE) for which in [repository, other] * 8])
        assert sum(new for _, new in found) == 1
        assert len({publication.id for publication, _ in found}) == 1

    @pytest.mark.parametrize("changes", ANOTHER_ORDER.values(), ids=ANOTHER_ORDER)
    async def test_another_order_is_another_publication(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, changes: dict[str, object]
    ) -> None:
        """What differs in anything that will be on the chain is published, beside one under way and after it."""
        first = await added(repository, order(file))
        assert (await repository.add(order(file, **changes), "one", LEASE))[1]
        await repository.advance(first.id, COMPLETED, "one")
        assert (await repository.add(order(file, owner=BOB, **changes), "one", LEASE))[1]

    async def test_other_bytes_are_another_publication(
        self, repository: PublicationRepository, file: File, second_file: File
    ) -> None:
        """Two files under the same name are two publications."""
        first = await added(repository, order(file))
        assert (await added(repository, order(second_file))).id != first.id

    @pytest.mark.parametrize("changes", [{"fee_rate": 7}, {"client": "192.0.2.2"}], ids=["fee rate", "client"])
    async def test_what_is_not_on_the_chain_makes_no_difference(
        self, repository: PublicationRepository, file: File, changes: dict[str, object]
    ) -> None:
        """The same file for another price, or asked for from elsewhere, is the same publication."""
        first = await added(repository, order(file))
        assert await repository.add(order(file, **changes), "two", LEASE) == (first, False)

    @pytest.mark.parametrize("method", Method)
    async def test_a_completed_create_is_answered(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, method: Method
    ) -> None:
        """What is on the chain is not paid for twice."""
        done = await completed(repository, coins, order(file, method=method))
        assert await repository.add(order(file, method=method), "two", LEASE) == (done, False)

    @pytest.mark.parametrize("operation", [Operation.MODIFY, Operation.REVOKE])
    async def test_a_completed_change_is_made_again(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, operation: Operation
    ) -> None:
        """A change may have been changed back since, so it is made anew, for its owner and for others."""
        wanted = order(file, operation=operation)
        done = await completed(repository, coins, wanted)
        again, new = await repository.add(wanted, "one", LEASE)
        assert new
        assert again.id != done.id
        foreign, new = await repository.add(replace(wanted, owner=BOB), "one", LEASE)
        assert new
        assert foreign.live

    async def test_a_failed_direct_one_is_ordered_anew(self, repository: PublicationRepository, file: File) -> None:
        """A direct publication that failed stays failed; the order makes another one."""
        first = await failed(repository, order(file, method=Method.DIRECT))
        again = await added(repository, order(file, method=Method.DIRECT), "two")
        assert again.id != first.id
        assert not (await now(repository, first.id)).live

    async def test_a_failed_chunked_one_is_live_again(
        self, repository: PublicationRepository, files: FileRepository, upkeep: UpkeepRepository, file: File
    ) -> None:
        """The same order takes a chunked publication up where it failed, its bytes are pinned again, and a worker can
        have it.
        """
        first = await failed(repository, order(file))
        again, new = await repository.add(order(file), None, LEASE)
        assert (again.id, new, again.live) == (first.id, False, True)
        await files.remove(ALICE, file.id)
        assert await upkeep.collect(0, 10) == []
        claimed = await repository.claim(NETWORK, "two", LEASE)
        assert claimed is not None
        assert claimed.id == first.id

    async def test_anothers_completed_one_is_copied(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """What another owner has put on the chain is completed at once for everybody, with the same transactions, and
        costs nothing.
        """
        done = await completed(repository, coins, order(file))
        clock.advance(10)
        spent = await coins.balance(NETWORK)
        copy, new = await repository.add(order(file, owner=BOB), "two", LEASE)
        assert not new
        assert copy.id != done.id
        assert (copy.order.owner, copy.stage, copy.progress, copy.live) == (BOB, Stage.COMPLETED, 100, False)
        assert copy.completed_at == clock()
        assert copy.result == done.result is not None
        assert copy.cost is None
        assert await repository.plan(copy.id) == await repository.plan(done.id)
        assert await coins.balance(NETWORK) == spent
        assert await repository.add(order(file, owner=BOB), None, LEASE) == (copy, False)
        assert await repository.claim(NETWORK, "three", LEASE) is None

    async def test_a_copy_holds_no_bytes(
        self,
        repository: PublicationRepository,
        watches: WatchRepository,
        coins: CoinRepository,
        files: FileRepository,
        upkeep: UpkeepRepository,
        file: File,
    ) -> None:
        """Once nothing is to be sent any more the bytes are not kept for it."""
        await completed(repository, coins, order(file))
        await bury(watches)
        copy, _ = await repository.add(order(file, owner=BOB), None, LEASE)
        assert copy.buried_at is not None
        await files.remove(ALICE, file.id)
        await upkeep.collect(0, 0)
        assert await upkeep.collect(0, 10) == ["place"]

    @pytest.mark.parametrize("ended", [False, True], ids=["live", "failed"])
    async def test_anothers_unfinished_one_is_not_joined(
        self, repository: PublicationRepository, file: File, ended: bool
    ) -> None:
        """What another owner has not finished is no business of ours."""
        await (failed if ended else added)(repository, order(file))
        mine, new = await repository.add(order(file, owner=BOB), "two", LEASE)
        assert new
        assert mine.live

    # --- leases ------------------------------------------------------------------------------------------------------

    async def test_the_oldest_is_claimed_first(
        self, repository: PublicationRepository, other: PublicationRepository, file: File, clock: Clock
    ) -> None:
        """Whoever came first is served first, once; then there is nothing."""
        made = []
        for name in ("b", "a", "c"):
            made.append((await added(repository, order(file, name=name), None)).id)
            clock.advance(1)
        claimed = [await which.claim(NETWORK, "one", LEASE) for which in (repository, other, repository, other)]
        assert [publication.id if publication else None for publication in claimed] == [*made, None]

    async def test_each_network_has_its_own_work(
        self, repository: PublicationRepository, file: File, clock: Clock
    ) -> None:
        """Whoever works for one network is not given what is to go on another."""
        await added(repository, order(file), None)
        clock.advance(1)
        foreign = await added(repository, order(file, network=Network.MAINNET), None)
        claimed = [await repository.claim(Network.MAINNET, "one", LEASE) for _ in range(2)]
        assert [publication.id if publication else None for publication in claimed] == [foreign.id, None]

    async def test_only_one_claims(
        self, repository: PublicationRepository, other: PublicationRepository, file: File
    ) -> None:
        """Of many who want the same one, one gets it."""
        for name in "abc":
            await added(repository, order(file, name=name), None)
        wanted = [which.claim(NETWORK, f"worker {n}", LEASE) for n, which in enumerate([repository, other] * 8)]
        claimed = [publication.id for publication in await asyncio.gather(*wanted) if publication is not None]
        assert len(claimed) == len(set(claimed)) == 3

    async def test_a_lease_runs_out(
        self, repository: PublicationRepository, other: PublicationRepository, file: File, clock: Clock
    ) -> None:
        """What a silent worker has is nobody else's until its lease runs out, and then the next one's."""
        made = await added(repository, order(file))
        clock.advance(LEASE - 1)
        assert await other.claim(NETWORK, "two", LEASE) is None
        clock.advance(1)
        claimed = await other.claim(NETWORK, "two", LEASE)
        assert claimed is not None
        assert claimed.id == made.id

    async def test_a_lease_is_kept(
        self, repository: PublicationRepository, other: PublicationRepository, file: File, clock: Clock
    ) -> None:
        """A worker that renews its lease keeps the publication, however long it takes."""
        made = await added(repository, order(file))
        for _ in range(3):
            clock.advance(LEASE - 1)
            await repository.renew(made.id, "one", LEASE)
        assert await other.claim(NETWORK, "two", LEASE) is None

    @needs_the_lease
    async def test_whoever_lost_the_lease_changes_nothing(
        self,
        repository: PublicationRepository,
        other: PublicationRepository,
        coins: CoinRepository,
        file: File,
        clock: Clock,
        act: Callable[[PublicationRepository, PublicationId, str], Awaitable[object]],
    ) -> None:
        """A worker whose publication was taken over is told, and neither facts nor coins have moved."""
        made = await prepared(repository, coins, order(file), plan(ONE))
        await coins.learn(NETWORK, ripe([TWO]))
        clock.advance(LEASE)
        await other.claim(NETWORK, "two", LEASE)
        before = await self.facts(repository, coins, made.id)
        with pytest.raises(LeaseLost):
            await act(repository, made.id, "one")
        assert await self.facts(repository, coins, made.id) == before
        await other.renew(made.id, "two", LEASE)

    @needs_the_lease
    @pytest.mark.parametrize("end", ["completed", "failed", "postponed", "never was"])
    async def test_nobody_has_a_lease_on_what_is_over(
        self,
        repository: PublicationRepository,
        coins: CoinRepository,
        file: File,
        act: Callable[[PublicationRepository, PublicationId, str], Awaitable[object]],
        end: str,
    ) -> None:
        """Once it is completed, failed or given back, not even its own worker changes a publication."""
        made = await prepared(repository, coins, order(file), plan(ONE))
        await coins.learn(NETWORK, ripe([TWO]))
        if end == "completed":
            await repository.advance(made.id, COMPLETED, "one")
        elif end == "failed":
            await repository.fail(made.id, "why", "one", keep=None)
        elif end == "postponed":
            await repository.postpone(made.id, 10, "later", "one")
        before = await self.facts(repository, coins, made.id)
        with pytest.raises(LeaseLost):
            await act(repository, PublicationId("never") if end == "never was" else made.id, "one")
        assert await self.facts(repository, coins, made.id) == before

    async def test_what_is_over_is_not_claimed(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """Neither what is completed nor what failed is anybody's to do."""
        await completed(repository, coins, order(file, name="a"))
        await failed(repository, order(file, name="b"))
        clock.advance(10 * LEASE)
        assert await repository.claim(NETWORK, "two", LEASE) is None

    async def test_postponed(
        self, repository: PublicationRepository, other: PublicationRepository, file: File, clock: Clock
    ) -> None:
        """A postponed publication says why, counts the tries, and is claimed when its time has come and no sooner."""
        made = await added(repository, order(file))
        for tries in (1, 2, 3):
            await repository.postpone(made.id, 60, f"reason {tries}", "one")
            waiting = await now(repository, made.id)
            assert (waiting.tries, waiting.message, waiting.live) == (tries, f"reason {tries}", True)
            clock.advance(59)
            assert await other.claim(NETWORK, "two", LEASE) is None
            clock.advance(1)
            claimed = await other.claim(NETWORK, "one", LEASE)
            assert claimed is not None
            assert claimed.tries == tries

    # --- prepare -----------------------------------------------------------------------------------------------------

    async def test_prepare(
        self,
        repository: PublicationRepository,
        other: PublicationRepository,
        coins: CoinRepository,
        file: File,
        clock: Clock,
    ) -> None:
        """The plan is written down as it was made, its coins are held, and its change is under way."""
        await coins.learn(NETWORK, ripe([ONE, TWO, THREE]))
        made = await added(repository, order(file))
        clock.advance(1)
        wanted = plan(ONE, THREE)
        done = await repository.prepare(made.id, wanted, UNBOUND, PREPARED, "one")
        assert done == await other.publication(made.id)
        assert (done.stage, done.progress, done.message) == (Stage.PREPARED, 10, "prepared")
        assert (done.cost, done.offered, done.updated_at) == (100, False, clock())
        assert done.result == wanted.transactions[-1].txid
        assert await other.plan(made.id) == [(planned, False) for planned in wanted.transactions]
        assert await other.plan(made.id, Role.CHUNK) == [(planned, False) for planned in wanted.transactions[2:4]]
        assert set(await coins.held(made.id)) == {ONE, THREE}
        assert await coins.free(NETWORK) == [TWO]
        assert await coins.balance(NETWORK) == Balance(free=2000, held=4000, pending=3900)

    async def test_a_plan_without_change(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """A plan may use its coins up."""
        made = await prepared(repository, coins, order(file), plan(ONE, cost=1000))
        assert made.cost == 1000
        assert await coins.balance(NETWORK) == Balance(0, 1000, 0)

    async def test_a_direct_plan(self, repository: PublicationRepository, coins: CoinRepository, file: File) -> None:
        """The result of one transaction is that transaction."""
        pin = Planned(Role.PIN, TxId("f" * 64), b"\x00\x6a", 1, 0, 10)
        made = await prepared(repository, coins, order(file, method=Method.DIRECT), Plan((pin,), (ONE,), None, ()))
        assert made.result == pin.txid
        assert await repository.plan(made.id) == [(pin, False)]

    async def test_a_plan_is_made_once(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """What is prepared is not prepared again, by its own worker either."""
        made = await prepared(repository, coins, order(file), plan(ONE))
        await coins.learn(NETWORK, ripe([TWO]))
        before = await self.facts(repository, coins, made.id)
        with pytest.raises(LeaseLost):
            await repository.prepare(made.id, plan(TWO, name="b"), UNBOUND, PREPARED, "one")
        assert await self.facts(repository, coins, made.id) == before

    @pytest.mark.parametrize("fate", ["held", "spent", "lost", "unknown"])
    async def test_a_coin_that_is_not_free(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, fate: str
    ) -> None:
        """When one coin of several is not free, nothing is held and nothing is written down."""
        if fate == "spent":
            await completed(repository, coins, order(file, name="b"), plan(THREE, name="b"))
        elif fate == "held":
            await prepared(repository, coins, order(file, name="b"), plan(THREE, name="b"))
        elif fate == "lost":
            await coins.learn(NETWORK, ripe([THREE]))
            await coins.lose(NETWORK, [THREE])
        await coins.learn(NETWORK, ripe([ONE, TWO]))
        made = await added(repository, order(file))
        before = await self.facts(repository, coins, made.id)
        with pytest.raises(CoinTaken):
            await repository.prepare(made.id, plan(ONE, THREE, TWO), UNBOUND, PREPARED, "one")
        assert await self.facts(repository, coins, made.id) == before
        await repository.prepare(made.id, plan(ONE, TWO), UNBOUND, PREPARED, "one")

    async def test_a_coin_is_held_by_one(
        self, repository: PublicationRepository, other: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """Of many plans at once that spend a coin, one has it."""
        await coins.learn(NETWORK, ripe([ONE]))
        made = [await added(repository, order(file, name=str(number))) for number in range(8)]
        outcomes = await asyncio.gather(
            *[
                (repository if number % 2 else other).prepare(
                    publication.id, plan(ONE, name=str(number)), UNBOUND, PREPARED, "one"
                )
                for number, publication in enumerate(made)
            ],
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Publication) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, CoinTaken) for outcome in outcomes) == 7

    async def test_coins_of_another_network_are_not_touched(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """A plan spends coins of its own network alone."""
        await coins.learn(Network.MAINNET, ripe([ONE]))
        made = await added(repository, order(file))
        with pytest.raises(CoinTaken):
            await repository.prepare(made.id, plan(ONE), UNBOUND, PREPARED, "one")

    # --- budgets -----------------------------------------------------------------------------------------------------

    async def test_a_clients_budget(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """A client spends its budget to the last satoshi, and then waits for the next day, while others go on."""
        clock.now = 20_000.0 * DAY + 10
        budgets = Budgets(client=200)
        await prepared(repository, coins, order(file, name="a"), plan(ONE, name="a"), budgets)
        await prepared(repository, coins, order(file, name="b"), plan(TWO, name="b"), budgets)
        await coins.learn(NETWORK, ripe([THREE]))
        made = await added(repository, order(file, name="c"))
        before = await self.facts(repository, coins, made.id)
        with pytest.raises(RateLimited) as refusal:
            await repository.prepare(made.id, plan(THREE, cost=1, name="c"), budgets, PREPARED, "one")
        assert DAY - 10 <= refusal.value.retry_after <= DAY - 9
        assert await self.facts(repository, coins, made.id) == before
        others = await added(repository, order(file, name="d", client="192.0.2.2"))
        await repository.prepare(others.id, plan(THREE, name="d"), budgets, PREPARED, "one")

    async def test_a_client_has_one_budget_as_different_owners(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """A budget is the client's, whoever owns what is published."""
        await prepared(repository, coins, order(file), plan(ONE), Budgets(client=100))
        with pytest.raises(RateLimited):
            await prepared(repository, coins, order(file, owner=BOB), plan(TWO, name="b"), Budgets(client=199))

    async def test_the_budget_of_all(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """All together spend no more than the budget of all, and are told what is left of it."""
        budgets = Budgets(client=150, total=250)
        await prepared(repository, coins, order(file, name="a"), plan(ONE, name="a", cost=150), budgets)
        await coins.learn(NETWORK, ripe([TWO]))
        made = await added(repository, order(file, name="b", client="192.0.2.2"))
        before = await self.facts(repository, coins, made.id)
        with pytest.raises(FundsMissing) as refusal:
            await repository.prepare(made.id, plan(TWO, cost=101, name="b"), budgets, PREPARED, "one")
        assert (refusal.value.needed, refusal.value.available) == (101, 100)
        assert await self.facts(repository, coins, made.id) == before
        await repository.prepare(made.id, plan(TWO, cost=100, name="b"), budgets, PREPARED, "one")

    async def test_budgets_hold_for_all_at_once(
        self, repository: PublicationRepository, other: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """However many prepare at the same time, no more is spent than the budget."""
        spent = [Coin(TxId(f"{number:064}"), 0, 1000) for number in range(10)]
        await coins.learn(NETWORK, ripe(spent))
        made = [await added(repository, order(file, name=str(number))) for number in range(10)]
        outcomes = await asyncio.gather(
            *[
                (repository if number % 2 else other).prepare(
                    publication.id, plan(spent[number], name=f"e{number}"), Budgets(total=399), PREPARED, "one"
                )
                for number, publication in enumerate(made)
            ],
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Publication) for outcome in outcomes) == 3

    async def test_a_new_day_has_a_new_budget(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """At midnight (UTC) budgets are whole again."""
        clock.now = 20_000.0 * DAY - 1
        budgets = Budgets(client=100, total=100)
        await prepared(repository, coins, order(file, name="a"), plan(ONE, name="a"), budgets)
        clock.advance(1)
        await prepared(repository, coins, order(file, name="b"), plan(TWO, name="b"), budgets)
        clock.advance(DAY - 1)
        with pytest.raises((RateLimited, FundsMissing)):
            await prepared(repository, coins, order(file, name="c"), plan(THREE, name="c"), budgets)

    @pytest.mark.parametrize("keep", [(), None])
    async def test_what_is_released_costs_nothing(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, keep: Collection[TxId] | None
    ) -> None:
        """A plan that nobody was offered is given back to the budget; one that may be on the chain is not."""
        budgets = Budgets(client=100)
        made = await prepared(repository, coins, order(file, name="a"), plan(ONE, name="a"), budgets)
        await repository.fail(made.id, "why", "one", keep=keep)
        if keep is not None:
            await prepared(repository, coins, order(file, name="b"), plan(TWO, name="b"), budgets)
        else:
            with pytest.raises(RateLimited):
                await prepared(repository, coins, order(file, name="b"), plan(TWO, name="b"), budgets)

    async def test_what_is_on_the_chain_was_paid(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """A plan that is taken apart goes on counting with what it paid for the transactions that are kept."""
        wanted = plan(ONE)
        made = await prepared(repository, coins, order(file, name="a"), wanted, Budgets(client=100))
        merge = wanted.transactions[0].txid
        await repository.offering(made.id, "one")
        await repository.accepted(made.id, merge, MERGED, "one")
        await repository.fail(made.id, "why", "one", keep={merge})
        paid = (await now(repository, made.id)).cost
        assert paid
        await coins.learn(NETWORK, ripe([TWO]))
        others = await added(repository, order(file, name="b"))
        with pytest.raises(RateLimited):
            await repository.prepare(
                others.id, plan(TWO, cost=101 - paid, name="b"), Budgets(client=100), PREPARED, "one"
            )

    # --- on the chain ------------------------------------------------------------------------------------------------

    async def test_offering(self, repository: PublicationRepository, coins: CoinRepository, file: File) -> None:
        """The first offer is told from the others, and one that was not sent after all does not count."""
        made = await prepared(repository, coins, order(file), plan(ONE))
        for _ in range(2):
            assert await repository.offering(made.id, "one")
            assert (await now(repository, made.id)).offered
            assert not await repository.offering(made.id, "one")
            await repository.withdrawn(made.id, "one")
            assert not (await now(repository, made.id)).offered

    async def test_the_first_acceptance_spends(
        self, repository: PublicationRepository, other: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """With the first transaction that the chain takes the plan's coins are spent and its change is free."""
        wanted = plan(ONE, TWO)
        made = await prepared(repository, coins, order(file), wanted)
        merge, *_, index = [planned.txid for planned in wanted.transactions]
        done = await repository.accepted(made.id, merge, MERGED, "one")
        assert (done.stage, done.progress, done.message) == (Stage.MERGE_BROADCAST, 15, "merged")
        assert done == await other.publication(made.id)
        assert [accepted for _, accepted in await other.plan(made.id)] == [True, False, False, False, False]
        assert await coins.held(made.id) == []
        assert await coins.free(NETWORK) == [wanted.change]
        assert await coins.balance(NETWORK) == Balance(2900, 0, 0)
        await repository.accepted(made.id, index, MERGED, "one")
        assert [accepted for _, accepted in await other.plan(made.id)] == [True, False, False, False, True]
        assert await coins.balance(NETWORK) == Balance(2900, 0, 0)

    async def test_change_that_was_spent_stays_spent(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """Change that another publication holds already is not freed by a later acceptance."""
        wanted = plan(ONE)
        made = await prepared(repository, coins, order(file), wanted)
        for planned in wanted.transactions[:2]:
            await repository.accepted(made.id, planned.txid, MERGED, "one")
        assert wanted.change is not None
        second = await added(repository, order(file, name="b"))
        await repository.prepare(second.id, plan(wanted.change, name="b"), UNBOUND, PREPARED, "one")
        await repository.accepted(made.id, wanted.transactions[2].txid, FUNDED, "one")
        assert await coins.held(second.id) == [wanted.change]
        assert await coins.free(NETWORK) == []

    async def test_a_plans_own_coins_are_never_free(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """Outputs that pay for a plan's own transactions are not the wallet's, whoever tells of them."""
        wanted = plan(ONE)
        made = await prepared(repository, coins, order(file), wanted)
        assert await coins.learn(NETWORK, ripe(wanted.inner)) == 0
        await repository.accepted(made.id, wanted.transactions[0].txid, MERGED, "one")
        assert await coins.learn(NETWORK, ripe(wanted.inner)) == 0
        assert await coins.free(NETWORK) == [wanted.change]

    async def test_the_acceptance_of_the_last_one_completes(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """A direct publication is completed with the transaction that carries it."""
        pin = Planned(Role.PIN, TxId("f" * 64), b"\x00\x6a", 1, 0, 10)
        change = Coin(pin.txid, 2, 900)
        made = await prepared(repository, coins, order(file, method=Method.DIRECT), Plan((pin,), (ONE,), change, ()))
        done = await repository.accepted(made.id, pin.txid, COMPLETED, "one")
        assert (done.stage, done.progress, done.live, done.completed_at) == (Stage.COMPLETED, 100, False, clock())
        assert await coins.free(NETWORK) == [change]

    async def test_progress_never_falls(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """A step that says less than what was reached leaves the progress where it is."""
        made = await prepared(repository, coins, order(file), plan(ONE))
        seen = [
            (await repository.advance(made.id, Step(Stage.FUNDING_BROADCAST, progress, ""), "one")).progress
            for progress in (30, 20, 55, 10)
        ]
        last = await repository.accepted(
            made.id, plan(ONE).transactions[2].txid, Step(Stage.FUNDING_BROADCAST, 1, ""), "one"
        )
        assert [*seen, last.progress] == [30, 30, 55, 55, 55]

    async def test_completed(
        self,
        repository: PublicationRepository,
        other: PublicationRepository,
        coins: CoinRepository,
        file: File,
        clock: Clock,
    ) -> None:
        """A completed publication says since when, and stays as it is."""
        made = await completed(repository, coins, order(file))
        assert (made.stage, made.progress, made.completed_at, made.live) == (Stage.COMPLETED, 100, clock(), False)
        clock.advance(10 * LEASE)
        await other.retry(made.id)
        assert await other.publication(made.id) == made

    # --- bytes -------------------------------------------------------------------------------------------------------

    async def test_bytes_are_kept_until_it_is_buried(
        self,
        repository: PublicationRepository,
        watches: WatchRepository,
        coins: CoinRepository,
        files: FileRepository,
        upkeep: UpkeepRepository,
        file: File,
    ) -> None:
        """A blob that may have to be sent, or sent again, is not collected though its last file is gone; one whose
        transactions are deep in the chain is.
        """
        await completed(repository, coins, order(file))
        await files.remove(ALICE, file.id)
        for _ in range(3):
            assert await upkeep.collect(0, 10) == []
        await bury(watches)
        await upkeep.collect(0, 0)
        assert await upkeep.collect(0, 10) == ["place"]

    async def test_bytes_of_a_failed_one_are_kept_for_a_while(
        self,
        repository: PublicationRepository,
        files: FileRepository,
        upkeep: UpkeepRepository,
        file: File,
        clock: Clock,
    ) -> None:
        """What failed may be retried for a time; then its bytes are let go of, once."""
        await failed(repository, order(file))
        await added(repository, order(file, name="live"), None)
        await files.remove(ALICE, file.id)
        clock.advance(99)
        assert await repository.forget_old(100) == 0
        clock.advance(1)
        assert await repository.forget_old(100) == 1
        assert await repository.forget_old(100) == 0
        assert await upkeep.collect(0, 10) == []

    async def test_a_forgotten_one_is_gone(
        self, repository: PublicationRepository, files: FileRepository, upkeep: UpkeepRepository, file: File
    ) -> None:
        """Once a failed publication is forgotten there is none, and bytes that it alone kept are collected."""
        made = await failed(repository, order(file))
        await files.remove(ALICE, file.id)
        assert await upkeep.collect(0, 10) == []
        await repository.forget_old(0)
        assert await repository.publication(made.id) is None
        await upkeep.collect(0, 0)
        assert await upkeep.collect(0, 10) == ["place"]

    # --- failing and retrying ----------------------------------------------------------------------------------------

    async def test_a_failure_that_releases(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """When nothing of a plan is on the chain its coins are free again, its change never comes, and it is planned
        anew.
        """
        made = await prepared(repository, coins, order(file), plan(ONE, TWO))
        await repository.offering(made.id, "one")
        clock.advance(1)
        await repository.fail(made.id, "why", "one", keep=())
        over = await now(repository, made.id)
        assert (over.stage, over.message, over.failed_at, over.live) == (Stage.CREATED, "why", clock(), False)
        assert (over.cost, over.offered, over.result) == (None, False, None)
        assert await repository.plan(made.id) == []
        assert await coins.held(made.id) == []
        assert await coins.balance(NETWORK) == Balance(3000, 0, 0)
        await repository.retry(made.id)
        claimed = await repository.claim(NETWORK, "two", LEASE)
        assert claimed is not None
        again = await repository.prepare(made.id, plan(ONE, TWO), UNBOUND, PREPARED, "two")
        assert (again.stage, again.cost) == (Stage.PREPARED, 100)
        assert await coins.balance(NETWORK) == Balance(0, 3000, 2900)

    async def test_a_failure_that_keeps(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """When something of a plan may be on the chain its coins stay held, and a retry goes on with the same plan."""
        wanted = plan(ONE)
        made = await prepared(repository, coins, order(file), wanted)
        await repository.offering(made.id, "one")
        await repository.fail(made.id, "why", "one", keep=None)
        over = await now(repository, made.id)
        assert (over.stage, over.message, over.failed_at, over.live) == (Stage.PREPARED, "why", clock(), False)
        assert (over.cost, over.offered, over.result) == (100, True, wanted.transactions[-1].txid)
        assert await coins.held(made.id) == [ONE]
        assert await coins.balance(NETWORK) == Balance(0, 1000, 0)
        await repository.retry(made.id)
        claimed = await repository.claim(NETWORK, "two", LEASE)
        assert claimed is not None
        assert (claimed.stage, claimed.offered) == (Stage.PREPARED, True)
        assert [planned for planned, _ in await repository.plan(made.id)] == list(wanted.transactions)

    async def test_a_retry_goes_on_where_it_stood(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """What the chain has taken is not forgotten by a failure, and a retried one can be claimed at once."""
        wanted = plan(ONE)
        made = await prepared(repository, coins, order(file), wanted)
        await repository.accepted(made.id, wanted.transactions[0].txid, MERGED, "one")
        await repository.postpone(made.id, 1000, "later", "one")
        await repository.retry(made.id)
        assert (await now(repository, made.id)).message == "later"
        assert await repository.claim(NETWORK, "two", LEASE) is None
        clock.advance(1000)
        assert await repository.claim(NETWORK, "two", LEASE) is not None
        await repository.fail(made.id, "why", "two", keep=None)
        await repository.retry(made.id)
        again = await repository.claim(NETWORK, "three", LEASE)
        assert again is not None
        assert (again.stage, again.progress, again.tries, again.live) == (Stage.MERGE_BROADCAST, 15, 0, True)
        assert [accepted for _, accepted in await repository.plan(made.id)] == [True, False, False, False, False]

    async def test_retrying_what_is_live_changes_nothing(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """A retry of what is under way takes nobody's lease; one of what never was is no error."""
        made = await prepared(repository, coins, order(file), plan(ONE))
        clock.advance(1)
        await repository.retry(made.id)
        await repository.retry(PublicationId("never"))
        assert await repository.publication(made.id) == made
        assert await repository.claim(NETWORK, "two", LEASE) is None
        await repository.renew(made.id, "one", LEASE)

    # --- pages -------------------------------------------------------------------------------------------------------

    async def test_pages(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """A page shows the owner's chunked publications for an address, in whatever state, the newest first."""
        mine: list[PublicationId] = []
        for name, make in (("a", added), ("b", failed), ("c", added), ("d", added)):
            mine.insert(0, (await make(repository, order(file, name=name))).id)
            clock.advance(1)
        await repository.advance(mine[0], COMPLETED, "one")
        for changes in (
            {"owner": BOB},
            {"address": "another"},
            {"network": Network.MAINNET},
            {"method": Method.DIRECT},
        ):
            await added(repository, order(file, **changes))

        async def page(start: int, count: int) -> list[PublicationId]:
            return [found.id for found in await repository.page(ALICE, NETWORK, "an address", start, count)]

        assert await page(0, 10) == mine
        assert await page(0, 3) == mine[:3]
        assert await page(3, 3) == mine[3:]
        assert await page(4, 3) == []
        assert (await repository.page(ALICE, NETWORK, "an address", 0, 1)) == [await now(repository, mine[0])]

    async def test_lists_of_ones_own(
        self, repository: PublicationRepository, coins: CoinRepository, file: File, clock: Clock
    ) -> None:
        """A list has the owner's publications by every method and for every address, the newest first, in pages that
        miss none where times are equal; of one phase, if wanted.
        """
        mine = [await failed(repository, order(file, name="a"))]
        mine += [await added(repository, order(file, name=name)) for name in ("b", "c")]
        clock.advance(1)
        mine.append(await added(repository, order(file, method=Method.DIRECT, address="another")))
        for changes in ({"owner": BOB}, {"network": Network.MAINNET}):
            await added(repository, order(file, **changes))
        await repository.advance(mine[1].id, COMPLETED, "one")
        newest = sorted(mine, key=lambda made: (made.created_at, made.id), reverse=True)

        async def walked(phase: Phase | None, count: int) -> list[PublicationId]:
            found, mark = await repository.own(ALICE, NETWORK, phase, None, count)
            while mark is not None:
                more, mark = await repository.own(ALICE, NETWORK, phase, mark, count)
                found += more
            return [each.id for each in found]

        for count in (1, 2, 3, 10):
            assert await walked(None, count) == [made.id for made in newest], count
        assert await walked(Phase.FAILED, 1) == [mine[0].id]
        assert await walked(Phase.COMPLETED, 10) == [mine[1].id]
        assert set(await walked(Phase.PUBLISHING, 1)) == {mine[2].id, mine[3].id}
        assert await walked(Phase.BURIED, 10) == []

    async def test_how_transactions_stand(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """Each transaction of a plan is told in its order, accepted or not; in no block before somebody looked."""
        wanted = plan(ONE)
        made = await prepared(repository, coins, order(file), wanted)
        await repository.offering(made.id, "one")
        await repository.accepted(made.id, wanted.transactions[0].txid, MERGED, "one")
        standing = await repository.standing(made.id)
        assert [(each.role, each.txid) for each in standing] == [
            (planned.role, planned.txid) for planned in wanted.transactions
        ]
        assert [each.accepted for each in standing] == [True, False, False, False, False]
        assert {each.height for each in standing} == {None}
        assert await repository.standing(PublicationId("never")) == []

    async def test_a_retry_leaves_what_was_sent_anew(
        self, repository: PublicationRepository, coins: CoinRepository, file: File
    ) -> None:
        """A direct publication that failed is not retried while its equal is under way, and is afterwards."""
        wanted = order(file, method=Method.DIRECT)
        old = await failed(repository, wanted)
        new = await added(repository, wanted)
        assert old.id != new.id
        await repository.retry(old.id)
        assert (await now(repository, old.id)).failed_at is not None
        await repository.advance(new.id, COMPLETED, "one")
        await repository.retry(old.id)
        assert (await now(repository, old.id)).failed_at is None

    # -----------------------------------------------------------------------------------------------------------------

    async def facts(
        self, repository: PublicationRepository, coins: CoinRepository, publication: PublicationId
    ) -> tuple[object, ...]:
        """Everything that is on record about a publication and the coins."""
        return (
            await repository.publication(publication),
            await repository.plan(publication),
            await coins.held(publication),
            set(await coins.free(NETWORK)),
            await coins.balance(NETWORK),
        )


class CoinRepositorySpec:
    """Subclass it with fixtures `coins` and `other` (the same records, as another process sees them)."""

    async def test_learn(self, coins: CoinRepository, other: CoinRepository) -> None:
        """Coins that come are free, each once, however often the chain tells of them."""
        assert await coins.learn(NETWORK, ripe([])) == 0
        assert await coins.learn(NETWORK, ripe([ONE, TWO])) == 2
        assert await other.learn(NETWORK, ripe([TWO, THREE, TWO])) == 1
        assert set(await coins.free(NETWORK)) == {ONE, TWO, THREE}
        assert await coins.balance(NETWORK) == Balance(6000, 0, 0)

    async def test_young_coins(self, coins: CoinRepository) -> None:
        """What is too young is pending, and is no change; it is free once the chain calls it ripe."""
        assert await coins.learn(NETWORK, Holdings(unripe=(ONE,))) == 1
        assert await coins.free(NETWORK) == []
        balance = await coins.balance(NETWORK)
        assert (balance, balance.change) == (Balance(0, 0, 1000, unripe=1000), 0)
        assert await coins.learn(NETWORK, ripe([ONE])) == 1
        assert await coins.balance(NETWORK) == Balance(1000, 0, 0)

    async def test_networks_are_apart(self, coins: CoinRepository) -> None:
        """Each network has its own coins."""
        await coins.learn(Network.MAINNET, ripe([ONE]))
        assert await coins.free(Network.TESTNET) == []
        assert await coins.balance(Network.TESTNET) == Balance(0, 0, 0)
        assert await coins.learn(Network.TESTNET, ripe([ONE])) == 1
        await coins.lose(Network.TESTNET, [ONE])
        assert await coins.free(Network.MAINNET) == [ONE]

    async def test_outputs_of_one_transaction_are_apart(self, coins: CoinRepository) -> None:
        """Two outputs of a transaction are two coins."""
        pair = [Coin(ONE.txid, 0, 5), Coin(ONE.txid, 1, 5)]
        assert await coins.learn(NETWORK, ripe(pair)) == 2
        await coins.lose(NETWORK, pair[:1])
        assert await coins.free(NETWORK) == pair[1:]

    async def test_lose(self, coins: CoinRepository, other: CoinRepository) -> None:
        """A coin that somebody else spent is not chosen again, until the chain tells of it once more."""
        await coins.learn(NETWORK, ripe([ONE, TWO]))
        for gone in ([], [ONE, THREE], [ONE]):
            await coins.lose(NETWORK, gone)
        assert (await other.free(NETWORK), await other.lost(NETWORK)) == ([TWO], [ONE])
        assert await coins.balance(NETWORK) == Balance(2000, 0, 0)
        assert await coins.learn(NETWORK, ripe([ONE, TWO])) == 1
        assert set(await other.free(NETWORK)) == {ONE, TWO}

    async def test_held_of_nobody(self, coins: CoinRepository) -> None:
        """A publication that never was holds nothing."""
        await coins.learn(NETWORK, ripe([ONE]))
        assert await coins.held(PublicationId("never")) == []


class CoinsUnderWaySpec:
    """What publications hold, change and spend is not the chain's to say. Subclass it as the other specification."""

    async def test_coins_on_record_stay_as_they_are(
        self, repository: PublicationRepository, coins: CoinRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Whatever the chain tells of a coin that is held, spent, or coming back as change, it stays so."""
        file = (await sealed(uploads, clock)).file
        wanted = plan(ONE)
        assert wanted.change is not None
        made = await prepared(repository, coins, order(file), wanted)
        everything = [ONE, wanted.change, *wanted.inner]
        assert await coins.learn(NETWORK, ripe(everything)) == 0
        await coins.lose(NETWORK, everything)
        assert await coins.held(made.id) == [ONE]
        assert await coins.balance(NETWORK) == Balance(0, 1000, 900)
        await repository.accepted(made.id, wanted.transactions[0].txid, MERGED, "one")
        assert await coins.learn(NETWORK, ripe(everything)) == 0
        assert await coins.free(NETWORK) == [wanted.change]
