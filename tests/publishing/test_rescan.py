"""Books that are older than the chain."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from penstock.adapters.sql.tx import Tx
from penstock.model.publication import Method, Publication
from penstock.publishing.rescan import Rescan
from tests.support.publishing import DEEP, Shop, content_of, open_shop

pytestmark = pytest.mark.usefixtures("small_chunks")

TABLES = ("plans", "coins", "publications", "watches")
BOTH = pytest.mark.parametrize("method", list(Method))


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def rescan(shop: Shop) -> Rescan:
    made = shop.yard.container.publishing.rescan
    made.chain, made.wallet, made.deep = shop.chain, shop.wallet, DEEP
    return made


async def publish(shop: Shop, content: bytes, method: Method) -> Publication:
    order = await shop.order(content, method=method)
    if method is Method.DIRECT:
        return await shop.publisher.publish(order)
    task = await shop.publisher.submit(order)
    await shop.work_out(2)
    return await shop.publication(task.id)


async def go_back(shop: Shop) -> None:
    """The books are as they were before anything was published; the chain is as it is."""

    async def act(tx: Tx) -> int:
        return sum([await tx.run(f"DELETE FROM {table}") for table in TABLES])

    await shop.yard.database.write(act)


@pytest.mark.parametrize("blocks", [0, 1, DEEP + 1], ids=["in the mempool", "in a block", "deep"])
@BOTH
async def test_what_was_paid_for_is_not_paid_again(tmp_path: Path, method: Method, blocks: int) -> None:
    """Coins and publications are found; the same upload again answers the same transaction and pays nothing."""
    shop = open_shop(tmp_path)
    await shop.fund()
    made = await publish(shop, content_of(2.5), method)
    before, chunks = await shop.wallet.balance(), await shop.publisher.chunks(made)
    for _ in range(blocks):
        await shop.devchain.mine()
    await go_back(shop)
    result = await rescan(shop).run(None, lambda done, total: None)
    assert (result.publications, await shop.wallet.balance()) == (1, before)
    again = await publish(shop, content_of(2.5), method)
    assert (again.result, again.id != made.id) == (made.result, True)
    assert await shop.publisher.chunks(again) == chunks
    assert await shop.wallet.balance() == before
    for _ in range(DEEP + 1):
        await shop.devchain.mine()
        await shop.watch.round()
    assert (await shop.publication(again.id)).buried_at is not None
    assert (await rescan(shop).run(None, lambda done, total: None)).publications == 0
    await shop.close()


@pytest.mark.parametrize("failed", [True, False], ids=["failed", "waiting"])
@BOTH
async def test_what_was_asked_for_already(tmp_path: Path, method: Method, failed: bool) -> None:
    """A publication that the books have without a plan, since they are older than that, is the one that is found."""
    shop = open_shop(tmp_path)
    task = await shop.publisher.submit(await shop.order(content_of(2.5), method=method))
    if failed:
        await shop.work()
        assert (await shop.publication(task.id)).failed_at is not None
    old = await shop.yard.database.scan("SELECT * FROM publications")
    await shop.fund()
    await shop.repository.retry(task.id)
    await shop.work_out(2)
    made, before = await shop.publication(task.id), await shop.wallet.balance()
    assert made.completed_at is not None
    await go_back(shop)

    async def bring_back(tx: Tx) -> int:
        columns = old[0].keys()
        named = ", ".join(f":{name}" for name in columns)
        sql = f"INSERT INTO publications ({', '.join(columns)}) VALUES ({named})"
        return await tx.run(sql, dict(old[0]))

    await shop.yard.database.write(bring_back)
    await rescan(shop).run(None, lambda done, total: None)
    await shop.work_out(2)
    now = await shop.publication(task.id)
    assert (now.completed_at is not None, now.failed_at, now.progress, now.result) == (True, None, 100, made.result)
    assert await shop.wallet.balance() == before
    assert (await publish(shop, content_of(2.5), method)).id == task.id
    for _ in range(DEEP + 1):
        await shop.devchain.mine()
        await shop.watch.round()
    assert (await shop.publication(task.id)).buried_at is not None
    await shop.close()


async def test_what_is_forgotten_after_it_was_found(tmp_path: Path) -> None:
    """A publication that was found in the mempool is offered again like any other."""
    shop = open_shop(tmp_path)
    await shop.fund()
    made = await publish(shop, content_of(0.5), Method.DIRECT)
    await go_back(shop)
    await rescan(shop).run(None, lambda done, total: None)
    await shop.forget()
    await shop.watch.round()
    assert made.result is not None
    assert await shop.devchain.transaction(made.result) is not None
    await shop.close()


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """What is broken off is not begun anew, and in the end the books are right."""
    shop = open_shop(tmp_path)
    for number in range(3):
        await shop.fund()
        await publish(shop, content_of(0.3, number), Method.DIRECT)
        await shop.devchain.mine()
    before = await shop.wallet.balance()
    await go_back(shop)
    seen: list[int] = []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if done >= 3:
            raise Stopped

    with pytest.raises(Stopped):
        await rescan(shop).run(None, stop)
    assert await shop.yard.container.publishing.rescan.repository.reached(shop.wallet.network) == 3
    await rescan(shop).run(None, lambda done, total: seen.append(done))
    assert await shop.wallet.balance() == before
    assert await shop.yard.container.publishing.rescan.repository.reached(shop.wallet.network) == -1
    await shop.close()


async def test_a_start_may_be_named(tmp_path: Path) -> None:
    """From a height on, older blocks are not read."""
    shop = open_shop(tmp_path)
    await shop.fund()
    await shop.fund()
    await go_back(shop)
    assert (await rescan(shop).run(2, lambda done, total: None)).coins == 1
    await shop.close()


async def test_books_that_are_older_are_noticed(tmp_path: Path) -> None:
    """A server tells that coins on record are spent by something that it does not know, once; and that no more after
    the chain was read.
    """
    shop = open_shop(tmp_path)
    await shop.fund()
    await publish(shop, content_of(0.5), Method.DIRECT)
    await shop.yard.database.write(lambda tx: tx.run("UPDATE coins SET state = 'free', publication_id = NULL"))
    with capture_logs() as logs:
        await shop.watch.round()
        await shop.devchain.mine()
        await shop.watch.round()
    assert [entry["what_to_do"] for entry in logs if entry["event"] == "coins_spent_elsewhere"] == [
        "penstock wallet rescan"
    ]
    await rescan(shop).run(0, lambda done, total: None)
    with capture_logs() as logs:
        await shop.devchain.fund(await shop.wallet.address())
        await shop.watch.round()
    assert not [entry for entry in logs if entry["event"] == "coins_spent_elsewhere"]
    await shop.close()
