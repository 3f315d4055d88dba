"""A process may die between any two steps of a publication: the next one goes on and pays once."""

from contextlib import suppress
from pathlib import Path

import pytest

from penstock.model.chain import Network
from penstock.model.publication import Method, Order, Publication
from penstock.ports import LeaseLost
from penstock.publishing.runner import LEASE
from tests.ports.records import Clock
from tests.support.doubles import CrashPlan
from tests.support.publishing import DEEP, PublishingServer, content_of, died, open_publishing_server

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("small_chunks")]

WATCHED = frozenset(
    {"chain.offer"} | {f"repository.{name}" for name in ("add", "claim", "prepare", "offering", "accepted", "advance")}
)
LOOKED_AFTER = frozenset({"chain.survey", "watches.surveyed", "watches.offered_again", "watches.seen"})
CONTENT = content_of(2.5)


async def publish(server: PublishingServer, method: Method) -> None:
    """Pay the wallet, and publish."""
    await server.fund()
    order = await server.order(CONTENT, method=method)
    if method is Method.DIRECT:
        await server.publisher.publish(order)
    else:
        await server.publisher.submit(order)
        await server.work()


async def first_life(path: Path, clock: Clock, plan: CrashPlan, method: Method) -> None:
    """Publish until the process dies, or to the end."""
    server = open_publishing_server(path, clock, plan=plan)
    with suppress(Exception):
        await publish(server, method)
    await server.close()


async def calls_of(path: Path, method: Method) -> list[str]:
    plan = CrashPlan(WATCHED, None)
    await first_life(path, Clock(), plan, method)
    return plan.calls


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", list(Method))
async def test_dying_at_any_step(tmp_path: Path, method: Method, before: bool) -> None:
    """Wherever the process dies, afterwards every transaction is on the chain once, the wallet's coins add up to the
    satoshi, and the same order again pays nothing.
    """
    calls = await calls_of(tmp_path / "whole", method)
    assert {"chain.offer", "repository.prepare", "repository.accepted"} <= set(calls)
    for fatal in range(len(calls)):
        clock, path = Clock(), tmp_path / f"{method}-{fatal}"
        await first_life(path, clock, CrashPlan(WATCHED, fatal, before=before), method)
        died(clock)
        server = open_publishing_server(path, clock)
        await server.work_out(3)
        order = await server.order(CONTENT, method=method)
        publication = await again(server, order)
        assert publication.result is not None, calls[fatal]
        assert await server.content(f"{publication.result}i0") == CONTENT
        paths = {"/file": 1} if method is Method.DIRECT else {"/file/_chunk": 3, "/file/index": 1}
        assert await server.count() == paths, calls[fatal]
        await server.check_books(1)
        await server.close()


async def watched_life(path: Path, clock: Clock, plan: CrashPlan, method: Method) -> None:
    """Publish, let the chain forget it, and watch until the process dies."""
    server = open_publishing_server(path, clock, plan=plan)
    with suppress(Exception):
        await publish(server, method)
        for _ in range(DEEP + 1):
            await server.forget()
            await server.watch.round()
            await server.devchain.mine()
            clock.advance(100)
            await server.watch.round()
    await server.close()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", list(Method))
async def test_dying_while_it_watches(tmp_path: Path, method: Method, before: bool) -> None:
    """Wherever the watch dies, the next one goes on: everything is buried in the end, and paid once."""
    plan = CrashPlan(LOOKED_AFTER, None)
    await watched_life(tmp_path / "whole", Clock(), plan, method)
    assert set(plan.calls) >= {"chain.survey", "watches.surveyed", "watches.offered_again"}
    for fatal in range(len(plan.calls)):
        clock, path = Clock(), tmp_path / f"{method}-{fatal}"
        await watched_life(path, clock, CrashPlan(LOOKED_AFTER, fatal, before=before), method)
        clock.advance(1000)
        server = open_publishing_server(path, clock)
        await server.work_out(3)
        for _ in range(DEEP + 2):
            await server.watch.round()
            await server.devchain.mine()
            clock.advance(1000)
        assert (await server.watch.repository.unburied()).count == 0, plan.calls[fatal]
        await server.check_books(1)
        await server.close()


async def again(server: PublishingServer, order: Order) -> Publication:
    """The same order once more; its client got no answer."""
    if order.method is Method.DIRECT:
        return await server.publisher.publish(order)
    publication = await server.publisher.submit(order)
    await server.work_out(3)
    return await server.publication(publication.id)


async def test_a_lease_that_was_lost_changes_nothing_any_more(tmp_path: Path) -> None:
    """A worker that was thought dead and comes back stops at its next step; the other one's work stands."""
    clock = Clock()
    one = open_publishing_server(tmp_path, clock)
    await one.fund()
    publication = await one.publisher.submit(await one.order(CONTENT))
    claimed = await one.repository.claim(Network.EMBEDDED_MAINNET, "zombie", LEASE)
    assert claimed is not None
    died(clock)
    other = await one.repository.claim(Network.EMBEDDED_MAINNET, "another", LEASE)
    assert other is not None
    with pytest.raises(LeaseLost):
        await one.runner.complete(claimed, "zombie")
    assert await one.publication(publication.id) == other
    await one.runner.complete(other, "another")
    assert (await one.count())["/file/index"] == 1
    await one.check_books(1)
    await one.close()
