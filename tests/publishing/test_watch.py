"""What was answered with success comes into a block, whatever the chain forgets."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.chain.transaction import Input, Output, Transaction, parse
from penstock.dialects.metaid.words import worded
from penstock.model.chain import Coin, TxId
from penstock.model.faults import BroadcastFailed
from penstock.model.publication import Method, Publication, PublicationId, Role, Stage
from penstock.ports import Balance, WalletLocked
from penstock.publishing.stages import CHANCES
from tests.support.publishing import (
    DEEP,
    INTERVAL,
    Mood,
    PublishingServer,
    content_of,
    open_publishing_server,
    spend_of,
)

pytestmark = pytest.mark.usefixtures("small_chunks")

CONTENT = content_of(2.5)
BOTH = pytest.mark.parametrize("method", list(Method))


async def published(
    server: PublishingServer, content: bytes = CONTENT, method: Method = Method.CHUNKED, name: str = "a.bin"
) -> Publication:
    """A file that the chain has taken."""
    order = await server.order(content, method=method, name=name)
    if method is Method.DIRECT:
        return await server.publisher.publish(order)
    task = await server.publisher.submit(order)
    await server.work_out(2)
    made = await server.publication(task.id)
    assert made.completed_at is not None
    return made


async def stopped_midway(folder: Path, mood: Mood) -> tuple[PublishingServer, Publication]:
    """A server whose chain took four transactions of a task and was then in this mood."""
    server = open_publishing_server(folder)
    await server.fund()
    task = await server.publisher.submit(await server.order(content_of(3.5)))
    server.chain.moods.extend([Mood.WELL] * 4 + [mood])
    await server.work()
    return server, task


async def txids(server: PublishingServer, publication: PublicationId) -> list[TxId]:
    return [planned.txid for planned, _ in await server.repository.plan(publication)]


async def grow(server: PublishingServer, blocks: int = DEEP) -> None:
    """Blocks come, and the watch sees them."""
    for _ in range(blocks):
        await server.devchain.mine()
        await server.watch.round()
        server.base.clock.advance(INTERVAL)


async def waits(server: PublishingServer, publication: PublicationId) -> bool:
    """Whether the chain has all of it."""
    there = [await server.devchain.transaction(txid) for txid in await txids(server, publication)]
    return all(raw is not None for raw in there)


async def is_buried(server: PublishingServer, publication: PublicationId) -> bool:
    return (await server.publication(publication)).buried_at is not None


async def spend(server: PublishingServer, coin: Coin) -> TxId:
    """Somebody with the wallet's key spends a coin."""
    return await server.devchain.submit(await spend_of(server.wallet, coin.txid, coin.vout, coin.value))


async def inputs(server: PublishingServer, publication: PublicationId, role: Role, number: int = 0) -> Coin:
    """The coin that a transaction of a plan spends."""
    rows = await server.base.database.scan("SELECT * FROM coins")
    plan = [planned for planned, _ in await server.repository.plan(publication, role)]
    [entry, *_] = parse(plan[number].frame).inputs
    [value] = [row["value"] for row in rows if (row["txid"], row["vout"]) == (entry.txid, entry.vout)]
    return Coin(entry.txid, entry.vout, value)


def damage_wallet(path: Path) -> None:
    """The secret cannot be read any more."""
    [secret] = path.rglob("wallet.json")
    secret.write_text("{}")


@BOTH
async def test_a_success_is_watched_until_it_is_buried(tmp_path: Path, method: Method) -> None:
    """So many blocks long, and no longer; its bytes stay until then."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, method=method)
    await grow(server, DEEP - 1)
    assert not await is_buried(server, made.id)
    [row] = await server.base.database.scan("SELECT pinned FROM publications")
    assert row["pinned"] == made.order.blob
    await grow(server, 1)
    assert await is_buried(server, made.id)
    [row] = await server.base.database.scan("SELECT pinned FROM publications")
    assert row["pinned"] is None
    asked = len(server.chain.surveyed)
    await grow(server, 1)
    assert server.chain.surveyed[asked:] == [0]
    await server.close()


@BOTH
async def test_what_is_forgotten_is_offered_again(tmp_path: Path, method: Method) -> None:
    """Once and again, parents before children; it is paid once, and buried in the end."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, method=method)
    for _ in range(2):
        await server.forget()
        assert not await waits(server, made.id)
        server.base.clock.advance(INTERVAL * 4)
        await server.watch.round()
        assert await waits(server, made.id)
    await grow(server)
    assert await is_buried(server, made.id)
    await server.check_books(1)
    await server.close()


@BOTH
async def test_forgotten_while_nobody_watched(tmp_path: Path, method: Method) -> None:
    """What the chain forgot while the server was down is offered by the next one, though its file was removed."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, method=method)
    await server.base.files.remove(made.order.owner, made.order.file)
    await server.close()
    server = open_publishing_server(tmp_path, server.base.clock)
    await server.forget()
    await server.watch.round()
    assert await waits(server, made.id)
    await grow(server)
    assert await is_buried(server, made.id)
    await server.close()


@pytest.mark.parametrize("keep", [True, False], ids=["into the mempool", "lost"])
@BOTH
async def test_a_chain_that_is_turned(tmp_path: Path, method: Method, keep: bool) -> None:
    """A block that leaves the main chain puts what was in it under watch again."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, method=method)
    await grow(server, 3)
    await server.devchain.reorganise(3, keep=keep)
    await server.watch.round()
    assert await waits(server, made.id)
    await grow(server)
    assert await is_buried(server, made.id)
    await server.check_books(1)
    await server.close()


async def test_another_takes_the_place_of_a_dead_watch(tmp_path: Path) -> None:
    """A watch that was killed is missed for seconds, not for minutes."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, method=Method.DIRECT)
    dead = asyncio.create_task(server.watch.run())
    await asyncio.sleep(0.2)
    dead.cancel()
    await server.forget()
    server.base.clock.advance(20)
    other = asyncio.create_task(replace(server.watch, process="another").run())
    async with asyncio.timeout(5):
        while True:
            if await waits(server, made.id):
                break
            await asyncio.sleep(0.02)
    other.cancel()
    await asyncio.gather(dead, other, return_exceptions=True)
    await server.close()


async def test_what_spends_anothers_change_comes_after_it(tmp_path: Path) -> None:
    """Of publications that were paid with the change of others the first is offered first."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = [await published(server, content_of(0.5, seed), Method.DIRECT, name=str(seed)) for seed in range(5)]
    await server.forget()
    await server.watch.round()
    assert all([await waits(server, one.id) for one in made])
    await server.close()


async def test_change_that_is_forgotten_comes_back(tmp_path: Path) -> None:
    """A coin is not struck out because the transaction of ours that made it is forgotten just now."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    await published(server, content_of(0.5), Method.DIRECT)
    await server.forget()
    server.chain.moods.append(Mood.AWAY)
    with pytest.raises(BroadcastFailed):
        await published(server, content_of(0.5, 1), Method.DIRECT, name="b")
    server.chain.moods.clear()
    await grow(server)
    await server.check_books(1)
    await server.close()


async def test_a_chain_that_is_away_is_asked_later(tmp_path: Path) -> None:
    """What cannot be offered now is offered after a pause, and nothing fails."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server)
    await server.forget()
    server.chain.moods.extend([Mood.WELL, Mood.DEAF, Mood.DEAF])
    await server.watch.round()
    await server.watch.round()
    assert not await waits(server, made.id)
    for _ in range(2):
        server.base.clock.advance(INTERVAL * 2)
        await server.watch.round()
    assert await waits(server, made.id)
    assert (await server.publication(made.id)).completed_at is not None
    await server.close()


async def test_a_locked_wallet_keeps_nothing_from_being_offered_again(tmp_path: Path) -> None:
    """What is signed already needs no key, and comes before the wallet's own books."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server)
    await server.forget()
    await server.fund()
    await server.devchain.mine()
    await server.close()
    damage_wallet(tmp_path)
    server = open_publishing_server(tmp_path, server.base.clock)
    server.base.clock.advance(INTERVAL * 4)
    with pytest.raises(WalletLocked):
        await server.watch.round()
    assert await waits(server, made.id)
    await server.close()


async def test_a_task_is_completed_when_all_of_it_is_there(tmp_path: Path) -> None:
    """Chunks that are forgotten while the last are sent are sent again before the task says that it is completed."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    task = await server.publisher.submit(await server.order(CONTENT))
    await server.runner.take_up()
    offer = server.devchain.offer

    async def forgetful(raw: bytes) -> object:
        answer = await offer(raw)
        if "/file/index" in str(raw):
            await server.forget(*[planned.txid for planned, _ in await server.repository.plan(task.id, Role.CHUNK)][:2])
        return answer

    server.devchain.offer = forgetful  # type: ignore[assignment,method-assign]
    await server.runner.finish()
    await server.work_out(3)
    assert (await server.publication(task.id)).completed_at is not None
    assert await waits(server, task.id)
    assert await server.content(f"{(await server.publication(task.id)).result}i0") == CONTENT
    await server.close()


# --- conflicts -------------------------------------------------------------------------------------------------------


@BOTH
async def test_a_conflict_that_is_buried_is_a_failure(tmp_path: Path, method: Method) -> None:
    """When something else has spent what a publication spends, and is buried, that is said; a retry pays anew."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    told: list[str] = []

    async def hear(publication: Publication, reason: str) -> None:
        told.append(publication.id)

    server.watch.on_overturned = hear
    made = await published(server, method=method)
    coin = await inputs(server, made.id, Role.PIN if method is Method.DIRECT else Role.MERGE)
    await server.forget()
    await spend(server, coin)
    await grow(server, 1)
    for _ in range(DEEP - 1):
        assert (await server.publication(made.id)).completed_at is not None
        await grow(server, 1)
        server.base.clock.advance(1000)
    await grow(server, 2)
    now = await server.publication(made.id)
    assert (now.completed_at, now.failed_at is not None, now.stage) == (None, True, Stage.CREATED)
    assert "is spent by another transaction" in now.message
    assert told == [made.id]
    assert (await server.wallet.balance()).held == 0
    await server.wallet.refresh()
    await server.repository.retry(made.id)
    await server.work_out(3)
    assert (await server.publication(made.id)).completed_at is not None
    await grow(server)
    assert await is_buried(server, made.id)
    await server.close()


async def test_a_conflict_in_the_middle_of_a_task(tmp_path: Path) -> None:
    """It goes on waiting until that is certain, then fails, and a retry names nothing that is not there."""
    server, task = await stopped_midway(tmp_path, Mood.AWAY)
    coin = await inputs(server, task.id, Role.MERGE)
    await server.forget()
    await spend(server, coin)
    server.chain.moods.clear()
    await server.work_out(8)
    assert (await server.publication(task.id)).live
    for _ in range(DEEP):
        assert (await server.publication(task.id)).live
        server.base.clock.advance(1000)
        await grow(server, 1)
    server.base.clock.advance(1000)
    await server.watch.round()
    failed = await server.publication(task.id)
    assert "is spent by another transaction" in failed.message
    await server.fund()
    await server.repository.retry(task.id)
    await server.work_out(8)
    again = await server.publication(task.id)
    assert again.completed_at is not None
    assert await server.content(f"{again.result}i0") == content_of(3.5)
    await grow(server)
    assert await is_buried(server, task.id)
    await server.close()


async def test_a_conflict_that_was_buried_meanwhile(tmp_path: Path) -> None:
    """It is judged by its own depth, whenever it is noticed; and with it fails what was paid for with its change."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, method=Method.DIRECT)
    heirs = [
        await published(server, content_of(1.5, seed), method, name=str(seed)) for seed, method in enumerate(Method)
    ]
    coin = await inputs(server, made.id, Role.PIN)
    await server.forget()
    spender = await spend(server, coin)
    for _ in range(DEEP):
        await server.devchain.mine()
    await server.watch.round()
    now = await server.publication(made.id)
    assert now.failed_at is not None
    assert spender in now.message
    for heir in heirs:
        message = (await server.publication(heir.id)).message
        assert message == f"It spends the change of a publication that failed. {now.message}"
    await server.fund()
    for failed in (made, *heirs):
        await server.repository.retry(failed.id)
    await server.work_out(3)
    await grow(server)
    assert all([await is_buried(server, one.id) for one in (made, *heirs)])
    await server.close()


async def test_a_parent_that_nobody_sends_again_is_no_conflict(tmp_path: Path) -> None:
    """What was paid for with a coin that somebody else sent, and that the chain has forgotten, is a success still."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    [gift] = await server.wallet.free()
    key = await server.wallet.key()
    lock = key.address(server.wallet.network).script
    unsigned = Transaction((Input(gift.txid, gift.vout),), (Output(gift.value - 500, lock),))
    sent = key.sign(unsigned, [Output(gift.value, lock)])
    await server.devchain.submit(sent.serialised())
    await server.wallet.check([gift])
    assert await server.wallet.receive(sent.txid()) == 1
    made = await published(server, method=Method.DIRECT)
    await server.forget()
    for _ in range(DEEP + 2):
        await server.fund()  # without anything in it no block comes
        await grow(server, 1)
        server.base.clock.advance(1000)
    assert (await server.publication(made.id)).completed_at is not None
    await server.devchain.submit(sent.serialised())
    server.base.clock.advance(1000)
    await grow(server, DEEP + 1)
    assert await is_buried(server, made.id)
    await server.close()


async def test_a_retry_pays_for_what_is_missing(tmp_path: Path) -> None:
    """Chunks that are on the chain stay there when another one is undone: only that one and the index are new."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await published(server, content_of(4.5))
    chunks = [planned.txid for planned, _ in await server.repository.plan(made.id, Role.CHUNK)]
    coin = await inputs(server, made.id, Role.CHUNK, 2)
    await server.forget(chunks[2])
    await spend(server, coin)
    for _ in range(DEEP + 3):
        await grow(server, 1)
        server.base.clock.advance(1000)
    assert (await server.publication(made.id)).failed_at is not None
    await server.repository.retry(made.id)
    await server.work_out(3)
    again = await server.publication(made.id)
    assert again.completed_at is not None
    new = await server.publisher.chunks(again)
    assert [old == one for old, one in zip(chunks, new, strict=True)] == [True, True, False, True, True]
    assert await server.content(f"{again.result}i0") == content_of(4.5)
    assert (await server.count())["/file/_chunk"] == 5
    await grow(server)
    assert await is_buried(server, made.id)
    await server.close()


async def test_what_a_failed_task_has_on_the_chain_is_followed(tmp_path: Path) -> None:
    """Blocks come and go while a task has failed; what it has in them is known when it is taken up again."""
    server, task = await stopped_midway(tmp_path, Mood.STERN)
    await grow(server, DEEP + 2)
    await server.repository.retry(task.id)
    await server.work_out(3)
    server.chain.offered.clear()
    await grow(server)
    assert await is_buried(server, task.id)
    assert not server.chain.offered
    await server.close()


async def test_a_fee_that_has_risen_in_the_middle(tmp_path: Path) -> None:
    """The task says what rate would do; at that rate only what the chain has not taken is built anew."""
    server, task = await stopped_midway(tmp_path, Mood.STERN)
    now = await server.publication(task.id)
    assert now.failed_at is not None
    assert worded(now.message).endswith("retry with a feeRate of at least 1")
    taken = [planned.txid for planned, accepted in await server.repository.plan(task.id, Role.CHUNK) if accepted]
    assert len(taken) == 2
    await server.repository.retry(task.id, 2)
    await server.work_out(3)
    again = await server.publication(task.id)
    assert (again.order.fee_rate, again.completed_at is not None) == (2, True)
    assert set(taken) < set(await server.publisher.chunks(again))
    assert await server.content(f"{again.result}i0") == content_of(3.5)
    assert (await server.count())["/file/_chunk"] == 4
    await server.check_books(1)
    await server.close()


# --- coins that are not there ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mined", [True, False], ids=["in a block", "in the mempool"])
async def test_a_coin_that_is_gone_is_struck_out(tmp_path: Path, mined: bool) -> None:
    """Within the call others are chosen: nobody hears of it."""
    server = open_publishing_server(tmp_path)
    for _ in range(CHANCES + 1):
        await server.fund()
    for coin in (await server.wallet.free())[:CHANCES]:
        await spend(server, coin)
    if mined:
        await server.devchain.mine()
    made = await published(server, method=Method.DIRECT)
    assert made.completed_at is not None
    balance = await server.wallet.balance()
    assert isinstance(balance, Balance)
    assert balance.held == 0
    await server.close()


async def test_an_answer_that_was_lost_is_looked_up(tmp_path: Path) -> None:
    """What arrived although nobody said so is a success within the call."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    server.chain.moods.append(Mood.MUTE)
    assert (await published(server, method=Method.DIRECT)).completed_at is not None
    await server.check_books(1)
    await server.close()


# --- costs -----------------------------------------------------------------------------------------------------------


async def test_the_watch_asks_for_what_is_not_buried(tmp_path: Path) -> None:
    """Of a hundred thousand publications fifty are not buried: fifty are asked for."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    for number in range(50):
        await published(server, content_of(0.1, number), Method.DIRECT, name=str(number))
    await server.base.database.write(lambda tx: tx.run(MANY))
    server.chain.surveyed.clear()
    await server.watch.round()
    assert server.chain.surveyed == [50]
    await server.close()


MANY = """
INSERT INTO publications SELECT 'old' || n.value || publications.id, owner, client, network, address, operation, path,
    content_type, 'old' || n.value, fee_rate, method, sha256, size, file_id, NULL, stage, progress, message, cost,
    prepared_at, offered_at, tries, 'old' || n.value || publications.id, worker, worker_until, created_at, updated_at,
    completed_at, failed_at, watched_at, created_at, offers, offer_at, conflict_height
FROM publications JOIN (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2000)
    SELECT value FROM n) AS n
"""


# --- ending ----------------------------------------------------------------------------------------------------------


async def test_a_watch_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """Whatever it is doing just then, also while it lets go of its lease."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    await published(server, content_of(0.1), Method.DIRECT)
    for steps in range(60):
        watching = asyncio.create_task(server.watch.run())
        for _ in range(steps):
            await asyncio.sleep(0)
        watching.cancel()
        done, _ = await asyncio.wait({watching}, timeout=5)
        assert done, steps
    await server.close()


async def test_a_lease_is_let_go_of_when_its_holder_ends(tmp_path: Path) -> None:
    """A worker that is cancelled while it lets go of a lease ends."""
    server = open_publishing_server(tmp_path)

    async def hold() -> None:
        for _ in range(1000):
            async with server.runner.leased(PublicationId("none"), "one"):
                await asyncio.sleep(0)

    for steps in range(20):
        holding = asyncio.create_task(hold())
        for _ in range(steps):
            await asyncio.sleep(0)
        holding.cancel()
        await asyncio.wait({holding})
        assert holding.cancelled(), steps
    await server.close()
