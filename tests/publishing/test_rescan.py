"""Books that are older than the chain."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from penstock.adapters.sql.tx import Tx
from penstock.model.publication import Method, Publication
from penstock.publishing.rescan import Rescan
from tests.support.publishing import DEEP, PublishingServer, content_of, open_publishing_server

pytestmark = pytest.mark.usefixtures("small_chunks")

TABLES = ("plans", "coins", "publications", "watches")
BOTH = pytest.mark.parametrize("method", list(Method))


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def rescan(server: PublishingServer) -> Rescan:
    made = server.base.container.publishing.rescan
    made.chain, made.wallet, made.deep = server.chain, server.wallet, DEEP
    return made


async def publish(server: PublishingServer, content: bytes, method: Method) -> Publication:
    order = await server.order(content, method=method)
    if method is Method.DIRECT:
        return await server.publisher.publish(order)
    task = await server.publisher.submit(order)
    await server.work_out(2)
    return await server.publication(task.id)


async def go_back(server: PublishingServer) -> None:
    """The books are as they were before anything was published; the chain is as it is."""

    async def act(tx: Tx) -> int:
        return sum([await tx.run(f"DELETE FROM {table}") for table in TABLES])

    await server.base.database.write(act)


@pytest.mark.parametrize("blocks", [0, 1, DEEP + 1], ids=["in the mempool", "in a block", "deep"])
@BOTH
async def test_what_was_paid_for_is_not_paid_again(tmp_path: Path, method: Method, blocks: int) -> None:
    """Coins and publications are found; the same upload again answers the same transaction and pays nothing."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await publish(server, content_of(2.5), method)
    before, chunks = await server.wallet.balance(), await server.publisher.chunks(made)
    for _ in range(blocks):
        await server.devchain.mine()
    await go_back(server)
    result = await rescan(server).run(None, lambda done, total: None)
    assert (result.publications, await server.wallet.balance()) == (1, before)
    again = await publish(server, content_of(2.5), method)
    assert (again.result, again.id != made.id) == (made.result, True)
    assert await server.publisher.chunks(again) == chunks
    assert await server.wallet.balance() == before
    for _ in range(DEEP + 1):
        await server.devchain.mine()
        await server.watch.round()
    assert (await server.publication(again.id)).buried_at is not None
    assert (await rescan(server).run(None, lambda done, total: None)).publications == 0
    await server.close()


@pytest.mark.parametrize("failed", [True, False], ids=["failed", "waiting"])
@BOTH
async def test_what_was_asked_for_already(tmp_path: Path, method: Method, failed: bool) -> None:
    """A publication that the books have without a plan, since they are older than that, is the one that is found."""
    server = open_publishing_server(tmp_path)
    task = await server.publisher.submit(await server.order(content_of(2.5), method=method))
    if failed:
        await server.work()
        assert (await server.publication(task.id)).failed_at is not None
    old = await server.base.database.scan("SELECT * FROM publications")
    await server.fund()
    await server.repository.retry(task.id)
    await server.work_out(2)
    made, before = await server.publication(task.id), await server.wallet.balance()
    assert made.completed_at is not None
    await go_back(server)

    async def bring_back(tx: Tx) -> int:
        columns = old[0].keys()
        named = ", ".join(f":{name}" for name in columns)
        sql = f"INSERT INTO publications ({', '.join(columns)}) VALUES ({named})"
        return await tx.run(sql, dict(old[0]))

    await server.base.database.write(bring_back)
    await rescan(server).run(None, lambda done, total: None)
    await server.work_out(2)
    now = await server.publication(task.id)
    assert (now.completed_at is not None, now.failed_at, now.progress, now.result) == (True, None, 100, made.result)
    assert await server.wallet.balance() == before
    assert (await publish(server, content_of(2.5), method)).id == task.id
    for _ in range(DEEP + 1):
        await server.devchain.mine()
        await server.watch.round()
    assert (await server.publication(task.id)).buried_at is not None
    await server.close()


async def test_what_is_forgotten_after_it_was_found(tmp_path: Path) -> None:
    """A publication that was found in the mempool is offered again like any other."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    made = await publish(server, content_of(0.5), Method.DIRECT)
    await go_back(server)
    await rescan(server).run(None, lambda done, total: None)
    await server.forget()
    await server.watch.round()
    assert made.result is not None
    assert await server.devchain.transaction(made.result) is not None
    await server.close()


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """What is broken off is not begun anew, and in the end the books are right."""
    server = open_publishing_server(tmp_path)
    for number in range(3):
        await server.fund()
        await publish(server, content_of(0.3, number), Method.DIRECT)
        await server.devchain.mine()
    before = await server.wallet.balance()
    await go_back(server)
    seen: list[int] = []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if done >= 3:
            raise Stopped

    with pytest.raises(Stopped):
        await rescan(server).run(None, stop)
    assert await server.base.container.publishing.rescan.repository.reached(server.wallet.network) == 3
    await rescan(server).run(None, lambda done, total: seen.append(done))
    assert await server.wallet.balance() == before
    assert await server.base.container.publishing.rescan.repository.reached(server.wallet.network) == -1
    await server.close()


async def test_a_start_may_be_named(tmp_path: Path) -> None:
    """From a height on, older blocks are not read."""
    server = open_publishing_server(tmp_path)
    await server.fund()
    await server.fund()
    await go_back(server)
    assert (await rescan(server).run(2, lambda done, total: None)).coins == 1
    await server.close()


async def test_books_that_are_older_are_noticed(tmp_path: Path) -> None:
    """A server tells that coins on record are spent by something that it does not know, once; and that no more after
    the chain was read.
    """
    server = open_publishing_server(tmp_path)
    await server.fund()
    await publish(server, content_of(0.5), Method.DIRECT)
    await server.base.database.write(lambda tx: tx.run("UPDATE coins SET state = 'free', publication_id = NULL"))
    with capture_logs() as logs:
        await server.watch.round()
        await server.devchain.mine()
        await server.watch.round()
    assert [entry["what_to_do"] for entry in logs if entry["event"] == "coins_spent_elsewhere"] == [
        "penstock wallet rescan"
    ]
    await rescan(server).run(0, lambda done, total: None)
    with capture_logs() as logs:
        await server.devchain.fund(await server.wallet.address())
        await server.watch.round()
    assert not [entry for entry in logs if entry["event"] == "coins_spent_elsewhere"]
    await server.close()
