"""Events are followed: each once, in order, from any process; and webhooks get theirs, whoever dies."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from penstock.adapters.sql.outbox import SqlOutbox
from penstock.engine.courier import BATCH, DAY, LEASE, Courier
from penstock.engine.feed import STREAMS, Feed
from penstock.model.faults import RateLimited, StorageFailed
from penstock.model.ids import PrincipalId
from penstock.model.news import News
from penstock.model.webhook import Webhook, WebhookEdit
from penstock.ports import Undelivered
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.ports.webhooks import webhook
from tests.support.engine import ALICE, BOB, EngineServer
from tests.support.waiting import eventually, settled


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    for name in ("feed.PACE", "courier.PACE", "outbox.IDLE"):
        monkeypatch.setattr(f"penstock.engine.{name}", 0.01)


async def follow(feed: Feed, owner: PrincipalId | None, found: list[News], position: int = 0) -> None:
    async with feed.following(owner or ALICE.id):
        while True:
            events, position = await feed.after(position, owner)
            found += events
            if not events:
                await feed.more(0.01)


def following(feed: Feed, owner: PrincipalId | None, position: int = 0) -> tuple[list[News], asyncio.Task[None]]:
    found: list[News] = []
    return found, asyncio.create_task(follow(feed, owner, found, position))


async def test_each_once_whoever_brings_it(server: EngineServer, another: Opener) -> None:
    """What happens in any process comes to whoever follows in any, each event once and in order: what happened before,
    and while they follow.
    """
    await server.store(b"before")
    feeds = [Feed(server.storage.news), Feed(another("two").storage.news)]
    all_found = [following(feed, ALICE.id) for feed in feeds]
    for number in range(30):
        await server.store(f"{number}".encode())
        await server.store(f"bob's {number}".encode(), principal=BOB)
    for found, task in all_found:
        await eventually(lambda found=found: len(found) == 31)  # type: ignore[misc]
        numbers = [event.number for event in found]
        assert numbers == sorted(set(numbers))
        assert {event.owner for event in found} == {ALICE.id}
        await settled(task)


async def test_few_are_in_memory(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far somebody is behind, nothing is left out, and no more is in memory than a few."""
    monkeypatch.setattr("penstock.engine.feed.RECENT", 5)
    monkeypatch.setattr("penstock.engine.feed.PAGE", 3)
    feed = Feed(server.storage.news)
    late, task = following(feed, None)
    for number in range(20):
        await server.store(f"{number}".encode())
    await eventually(lambda: len(late) == 20)
    behind, other = following(feed, None)
    await eventually(lambda: len(behind) == 20)
    assert [event.number for event in behind] == [event.number for event in late]
    assert len(feed._recent) <= 5
    await settled(task, other)


async def test_what_happens_while_the_store_is_read(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who comes back, and is told what there is, misses nothing of what happens just then."""
    files = [(await server.store(b"before")).id]
    news, feed = server.storage.news, Feed(server.storage.news)
    first, task = following(feed, ALICE.id, await news.newest())
    await eventually(lambda: feed._reach)
    between = news.between

    async def slowly(after: int, until: int, count: int, owner: PrincipalId | None = None) -> list[News]:
        found = await between(after, until, count, owner)
        if owner is not None:
            files.append((await server.store(b"meanwhile")).id)
            await eventually(lambda: first)
        return found

    monkeypatch.setattr(news, "between", slowly)
    found, late = following(feed, ALICE.id)
    await eventually(lambda: len(found) == 2)
    assert [event.subject for event in found] == files
    await settled(task, late)


async def test_so_many_follow(server: EngineServer) -> None:
    """One principal has so many streams, and others theirs; who leaves makes room, and with the last reading ends."""
    feed = Feed(server.storage.news)
    tasks = [following(feed, ALICE.id)[1] for _ in range(STREAMS)]
    await asyncio.sleep(0.02)
    with pytest.raises(RateLimited):
        await follow(feed, ALICE.id, [])
    others = following(feed, BOB.id)[1]
    await settled(tasks.pop())
    tasks.append(following(feed, ALICE.id)[1])
    await asyncio.sleep(0.02)
    assert not any(task.done() for task in (*tasks, others))
    await settled(*tasks, others)
    assert feed._reading is None


async def test_a_store_that_is_away(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream goes on when the store is back."""
    feed = Feed(server.storage.news)
    found, task = following(feed, ALICE.id)
    await asyncio.sleep(0.02)

    async def away() -> int:
        raise StorageFailed

    with monkeypatch.context() as patched:
        patched.setattr(server.storage.news, "reach", away)
        await server.store(b"one")
        await asyncio.sleep(0.05)
        assert found == []
    await eventually(lambda: len(found) == 1)
    await settled(task)


# --- webhooks --------------------------------------------------------------------------------------------------------


class Receiving:
    """The port `Receiver`: what was received, and what is answered."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status: int | None = 204

    async def post(self, url: str, secrets: Sequence[str], event: str, body: bytes) -> int:
        """See `Receiver.post`."""
        if self.status is None:
            raise Undelivered("nobody there")
        self.heard.append(json.loads(body) | {"url": url})
        return self.status

    async def close(self) -> None:
        """See `Receiver.close`."""

    @property
    def files(self) -> list[str]:
        return [heard["data"]["id"] for heard in self.heard]


def courier(server: EngineServer, receiver: Receiving, process: str = "one") -> Courier:
    storage = server.storage
    audit = server.engine.audit
    outbox = SqlOutbox(server.database)
    return Courier(
        storage.webhooks, storage.news, outbox, receiver, storage.leases, audit, process, server.clock, lambda _: None
    )


async def hooked(server: EngineServer, **wanted: Any) -> Webhook:
    made = webhook(server.clock(), **wanted)
    await server.storage.webhooks.add(made, 10)
    return made


async def test_two_processes_hand_on_each_once(server: EngineServer, another: Opener, clock: Clock) -> None:
    """However many processes look after a webhook, each event is delivered once, however many there are."""
    await hooked(server)
    files = [(await server.store(f"{number}".encode())).id for number in range(40)]
    receiver = Receiving()
    running = [
        asyncio.create_task(courier(each, receiver, name).run())
        for each, name in ((server, "one"), (another("two"), "two"))
    ]
    await eventually(lambda: len(receiver.heard) >= 40)
    await asyncio.sleep(0.1)
    assert sorted(receiver.files) == sorted(files)
    await settled(*running)


async def test_whoever_hands_on_may_die(server: EngineServer, another: Opener, clock: Clock) -> None:
    """Another process goes on when its turn has run out."""
    made = await hooked(server)
    await server.storage.leases.take("webhooks", "dead", LEASE)
    await server.store(b"one")
    receiver = Receiving()
    living = courier(another("two"), receiver, "two")
    await living.once()
    [row] = await server.database.scan("SELECT position FROM webhooks WHERE id = :id", id=made.id)
    assert row["position"] == 0
    clock.advance(LEASE)
    await living.once()
    await eventually(lambda: len(receiver.heard) == 1)
    await living._end(list(living._dispatching))


async def test_a_webhook_for_little_keeps_up(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does not want is passed over, and does not lie in its way."""
    monkeypatch.setattr("penstock.engine.courier.BATCH", 3)
    assert BATCH > 3
    await hooked(server, topics=("file.trashed",))
    await hooked(server, owner=BOB.id)
    for number in range(10):
        await server.store(f"{number}".encode())
    theirs = await server.store(b"theirs", principal=BOB)
    thrown = await server.store(b"thrown")
    await server.storage.trash.put_file(ALICE.id, thrown.id)
    receiver = Receiving()
    running = asyncio.create_task(courier(server, receiver).run())
    await eventually(lambda: len(receiver.heard) == 2)
    assert set(receiver.files) == {theirs.id, thrown.id}
    await settled(running)


async def test_what_waits_is_bounded(server: EngineServer, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Of a webhook that is down so many messages wait; the rest stays where it is, and comes when there is room."""
    monkeypatch.setattr("penstock.engine.courier.WAITING", 5)
    monkeypatch.setattr("penstock.engine.courier.BATCH", 2)
    monkeypatch.setattr("penstock.engine.outbox.REST", 0.01)
    await hooked(server)
    files = [(await server.store(f"{number}".encode())).id for number in range(20)]
    receiver = Receiving()
    receiver.status = None
    running = asyncio.create_task(courier(server, receiver).run())
    await asyncio.sleep(0.3)
    assert 5 <= (await SqlOutbox(server.database).backlog()).count <= 6
    receiver.status = 204
    clock.advance(600)
    await eventually(lambda: len(receiver.heard) == 20)
    assert sorted(receiver.files) == sorted(files)
    await settled(running)


async def test_down_for_an_hour_and_for_days(server: EngineServer, clock: Clock) -> None:
    """After an hour everything is heard; what nobody heard for a day is given up, and the log says so."""
    made = await hooked(server)
    receiver = Receiving()
    receiver.status = None
    running = asyncio.create_task(courier(server, receiver).run())
    await server.store(b"one")

    async def outcomes() -> list[tuple[str, int]]:
        entries = await server.storage.webhooks.deliveries(made.id, None, 10)
        return [(entry.outcome, entry.tries) for entry in entries]

    for tries in range(1, 13):
        await eventually(lambda tries=tries: _is(outcomes(), [("failed", tries)]))  # type: ignore[misc]
        clock.advance(300)
    receiver.status = 204
    await eventually(lambda: len(receiver.heard) == 1)
    receiver.status = None
    await server.store(b"two")
    await eventually(lambda: _first_is(outcomes(), "failed"))
    clock.advance(DAY)
    await eventually(lambda: _first_is(outcomes(), "given_up"))
    assert (await SqlOutbox(server.database).backlog()).count == 0
    await settled(running)


async def _is(outcomes: Any, expected: Any) -> bool:
    found = await outcomes
    return bool(found and found[0][1] >= expected[0][1])


async def _first_is(outcomes: Any, expected: str) -> bool:
    found = await outcomes
    return bool(found and found[0][0] == expected)


async def test_another_address_counts_at_once(server: EngineServer) -> None:
    """What waits goes to where the webhook leads when it is delivered, and nowhere while it is disabled."""
    made = await hooked(server)
    receiver = Receiving()
    one = courier(server, receiver)
    await one.hand_on([made])
    await server.store(b"one")
    await one.hand_on([made])
    await server.storage.webhooks.edit(made.id, WebhookEdit(url="https://b.example/"), "", 0)
    running = asyncio.create_task(one.run())
    await eventually(lambda: len(receiver.heard) == 1)
    assert receiver.heard[0]["url"] == "https://b.example/"
    await settled(running)
