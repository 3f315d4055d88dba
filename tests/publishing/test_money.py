"""Money: what is spent once, given back, waited for, and never touched again."""

import asyncio
from pathlib import Path

import pytest

from penstock.adapters.sql.coins import SqlCoins
from penstock.chain.addresses import p2pkh
from penstock.chain.keys import WalletKey, new_secret
from penstock.chain.transaction import Input, Output, Transaction, parse
from penstock.dialects.metaid.words import worded
from penstock.model.chain import Coin, Holdings, Network, TxId
from penstock.model.faults import BroadcastFailed, FundsMissing, StorageFailed
from penstock.model.publication import Method, Operation, Role, Stage
from penstock.publishing import publisher, runner
from penstock.publishing.plans import MAX_COINS, direct_plan
from tests.support.plans import order
from tests.support.publishing import Mood, PublishingServer, content_of, open_publishing_server

pytestmark = pytest.mark.usefixtures("small_chunks")

CONTENT = content_of(0.5)


async def spend_elsewhere(server: PublishingServer) -> None:
    """Somebody else with the wallet's key spends every coin of it."""
    key, address = await server.wallet.key(), await server.wallet.address()
    nobody = p2pkh(bytes(20))
    for coin in (await server.devchain.coins(address, ())).ripe:
        unsigned = Transaction((Input(coin.txid, coin.vout),), (Output(coin.value - 10_000, nobody),))
        await server.devchain.submit(key.sign(unsigned, [Output(coin.value, address.script)]).serialised())


async def test_a_coinbase_that_is_too_young_is_no_change(tmp_path: Path) -> None:
    """Nobody waits for what comes in a hundred blocks: it is said at once what is missing."""
    server = open_publishing_server(tmp_path)
    young = Holdings(unripe=(Coin(TxId("ab" * 32), 0, 10**9),))
    await SqlCoins(server.base.database).learn(Network.EMBEDDED_MAINNET, young)
    async with asyncio.timeout(5):
        with pytest.raises(FundsMissing):
            await server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT))
    await server.close()


async def test_a_refusal_at_once_gives_the_coins_back(tmp_path: Path) -> None:
    """What was never offered before and is refused will never be taken: the coins are free, and it is planned anew."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    server.chain.moods.append(Mood.STERN)
    with pytest.raises(BroadcastFailed, match=r".*") as refused:
        await server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT))
    assert "min fee" in refused.value.reason
    assert not refused.value.pending
    await server.check_books(1)
    await server.close()


@pytest.mark.parametrize("method", list(Method))
async def test_a_refusal_after_a_lost_answer_keeps_the_coins(tmp_path: Path, method: Method) -> None:
    """An offer whose answer was lost may still arrive: a refusal of the next one lets no coin go, whatever comes."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    order = await server.order(CONTENT, method=method)
    server.chain.moods.extend([Mood.DEAF, *[Mood.STERN] * 9])
    if method is Method.DIRECT:
        with pytest.raises(BroadcastFailed) as lost:
            await server.publisher.publish(order)
        assert lost.value.pending
    else:
        await server.publisher.submit(order)
    await server.work_out(9)
    balance = await server.wallet.balance()
    assert balance.free == 0
    assert balance.held == 100 * 10**8
    server.chain.moods.clear()
    await server.work_out(3)
    paths = await server.count()
    assert paths["/file" if method is Method.DIRECT else "/file/index"] == 1
    await server.check_books(1)
    await server.close()


async def test_a_coin_that_somebody_else_has_spent(tmp_path: Path) -> None:
    """When a coin is spent elsewhere the plan is void for certain: after some patience others pay, if there are any."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    server.chain.moods.append(Mood.DEAF)
    publication = await server.publisher.submit(await server.order(CONTENT))
    await server.work()
    await spend_elsewhere(server)
    await server.work_out(8)
    now = await server.publication(publication.id)
    assert now.failed_at is not None
    assert "balance" in worded(now.message)
    assert (await server.wallet.balance()).free == 0
    await server.fund()
    await server.publisher.submit(await server.order(CONTENT))
    await server.work_out(3)
    assert (await server.publication(publication.id)).completed_at is not None
    await server.close()


async def test_waiting_for_change_keeps_the_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A direct upload that waits for change for longer than a lease is never taken over, and is paid once."""
    monkeypatch.setattr(publisher, "PATIENCE", 60.0)
    for module in (publisher, runner):
        monkeypatch.setattr(module, "LEASE", 0.3)
    server = open_publishing_server(tmp_path)
    await server.fund()
    server.chain.moods.append(Mood.DEAF)
    await server.publisher.submit(await server.order(content_of(1.5)))
    await server.work()
    waiting = asyncio.create_task(server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT)))
    for _ in range(10):
        await asyncio.sleep(0.1)
        server.base.clock.advance(0.1)
        rows = await server.base.database.scan("SELECT worker_until FROM publications WHERE method = 'direct'")
        assert all(row["worker_until"] > server.base.clock() - 0.1 for row in rows)
        assert not waiting.done()
    await server.work()
    assert (await waiting).completed_at is not None
    await server.check_books(1)
    await server.close()


async def test_no_money_is_said_at_once(tmp_path: Path) -> None:
    """With change under way that would not do either, an upload fails at once instead of waiting."""
    server = open_publishing_server(tmp_path)
    with pytest.raises(FundsMissing):
        await server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT))
    await server.close()


async def test_what_the_chain_has_forgotten(tmp_path: Path) -> None:
    """When the chain has lost what a coin comes from, the ancestors are sent again before their children."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    first = await server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT))
    task = await server.publisher.submit(await server.order(content_of(2.5)))
    await server.work_out(2)
    [(merge, _)] = await server.repository.plan(task.id, Role.MERGE)
    assert first.result is not None
    await server.forget(merge.txid, first.result)
    third = await server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT, name="third"))
    assert third.result is not None
    for txid in (first.result, merge.txid, third.result):
        assert await server.devchain.transaction(txid) is not None
    await server.close()


async def test_another_key_spends_nothing_of_the_old_one(tmp_path: Path) -> None:
    """After the wallet was changed the old one's coins are not counted; with the old key they are there again."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    old = tmp_path / "wallet.json"
    kept = old.read_bytes()
    await server.close()
    old.unlink()
    server = open_publishing_server(tmp_path)
    await server.wallet.address()
    assert (await server.wallet.balance()).free == 0
    with pytest.raises(FundsMissing):
        await server.publisher.publish(await server.order(CONTENT, method=Method.DIRECT))
    await server.close()
    old.write_bytes(kept)
    server = open_publishing_server(tmp_path)
    await server.wallet.refresh()
    assert (await server.wallet.balance()).free == 100 * 10**8
    await server.close()


async def test_a_higher_fee_may_be_asked_for(tmp_path: Path) -> None:
    """A task that failed before it was planned takes the fee of the request that takes it up again."""
    server = open_publishing_server(tmp_path)
    task = await server.publisher.submit(await server.order(CONTENT))
    await server.work()
    await server.fund()
    again = await server.publisher.submit(await server.order(CONTENT, fee_rate=3))
    assert (again.id, again.order.fee_rate) == (task.id, 3)
    await server.work_out(2)
    assert (await server.publication(task.id)).completed_at is not None
    await server.close()


async def test_what_failed_for_good_is_forgotten_and_its_money_found(tmp_path: Path) -> None:
    """Long after a task failed in the middle its record goes, and what it had paid to itself is free again."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    task = await server.publisher.submit(await server.order(content_of(2.5)))
    server.chain.moods.extend([Mood.WELL, Mood.STERN])
    await server.work()
    now = await server.publication(task.id)
    assert (now.stage, now.failed_at is not None) == (Stage.CREATED, True)
    assert "retry with a feeRate of at least 1" in worded(now.message)
    server.base.clock.advance(1000)
    assert await server.repository.forget_old(100) == 1
    assert await server.repository.publication(task.id) is None
    await server.wallet.refresh()
    there = (await server.devchain.coins(await server.wallet.address(), ())).ripe
    assert (await server.wallet.balance()).free == sum(coin.value for coin in there)
    assert len(there) == 3
    await server.close()


async def test_coins_of_completed_ones_are_forgotten(tmp_path: Path) -> None:
    """Long after a task was completed nothing but its free change is on record."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    await server.publisher.submit(await server.order(content_of(2.5)))
    await server.work_out(2)
    await server.repository.forget_old(10)
    assert [row["state"] for row in await server.base.database.scan("SELECT state FROM coins")] == ["free"]
    await server.check_books(1)
    await server.close()


async def test_a_change_twice_at_once_is_one(tmp_path: Path) -> None:
    """Equal changes at the same time are one publication, one after the other two."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    order = await server.order(CONTENT, method=Method.DIRECT, operation=Operation.MODIFY)
    first, second = await asyncio.gather(server.publisher.publish(order), server.publisher.publish(order))
    assert first.id == second.id
    assert (await server.publisher.publish(order)).id != first.id
    await server.close()


async def test_bytes_that_rot_are_not_published(tmp_path: Path) -> None:
    """A file whose stored bytes have changed is refused before anything is paid."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    order = await server.order(CONTENT, method=Method.DIRECT)
    [blob] = server.base.blob_files()
    blob.chmod(0o600)
    blob.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    with pytest.raises((BroadcastFailed, StorageFailed)):
        await server.publisher.publish(order)
    await server.check_books(1)
    await server.close()


def test_many_small_coins_do_not_make_one_huge_transaction() -> None:
    """A plan takes 500 coins at most."""
    coins = [Coin(TxId(f"{number:064x}"), 0, 700) for number in range(MAX_COINS + 100)]
    plan = direct_plan(order(10_000), bytes(10_000), coins, WalletKey(new_secret()))
    assert len(plan.spends) <= MAX_COINS
    with pytest.raises(FundsMissing):
        direct_plan(order(400_000), bytes(400_000), coins, WalletKey(new_secret()))
    assert parse(plan.transactions[0].frame).inputs
