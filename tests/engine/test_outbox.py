"""What waits in the outbox is delivered, whatever fails and whoever dies."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from penstock.adapters.sql.outbox import SqlOutbox
from penstock.engine.outbox import ABREAST, BACK_OFF, DEAF, Dispatcher, pause_after
from penstock.ports import KEPT, Message, Opening, Undelivered
from tests.engine.conftest import Opener
from tests.ports.outbox import message
from tests.ports.records import Clock, upload_at
from tests.support.engine import EngineServer
from tests.support.waiting import eventually, settled

LEASE = 15.0


class Listener:
    """Somebody who is told things: of each kind as often in vain as `deaf` says."""

    def __init__(self, **deaf: int) -> None:
        self.heard: list[str] = []
        self.tries: Counter[str] = Counter()
        self.ids: set[str] = set()
        self._deaf = Counter(deaf)

    async def deliver(self, message: Message) -> None:
        """See `Destination.deliver`."""
        self.tries[message.kind] += 1
        if self._deaf[message.kind] > 0:
            self._deaf[message.kind] -= 1
            raise Undelivered("not listening")
        self.heard.append(message.kind)
        self.ids.add(message.id)


class Outcomes(Counter[str]):
    """How often each came about."""

    def __call__(self, outcome: str) -> None:
        self[outcome] += 1


def dispatcher(
    server: EngineServer, listener: Listener, outcomes: Outcomes | None = None, holder: str = "one"
) -> Dispatcher:
    outbox, count = SqlOutbox(server.database), Outcomes() if outcomes is None else outcomes
    return Dispatcher(outbox, {"here": listener}, holder, LEASE, server.clock, count)


async def put(server: EngineServer, *messages: Message) -> None:
    await server.uploads.open(Opening(upload_at(server.clock()), "one", tell=lambda _: messages))


async def test_everything_is_delivered_once(server: EngineServer) -> None:
    """Of many messages each is heard, those of one subject in order, and nothing waits afterwards."""
    kinds = [f"{number}" for number in range(40)]
    await put(server, *(message(kind, "one") for kind in kinds), *(message("other", kind) for kind in kinds))
    listener, outcomes = Listener(), Outcomes()
    sending = dispatcher(server, listener, outcomes)
    while await sending.once():
        pass
    assert [kind for kind in listener.heard if kind != "other"] == kinds
    assert len(listener.ids) == 80
    assert outcomes == {"delivered": 80}
    assert (await SqlOutbox(server.database).backlog()).count == 0


async def test_what_fails_is_tried_after_pauses_that_grow(server: EngineServer, clock: Clock) -> None:
    """It is tried again after at most twice the pause before, and what is behind it is heard after it."""
    await put(server, message("first", "one"), message("second", "one"), message("third", "two"))
    listener, outcomes = Listener(first=5), Outcomes()
    sending = dispatcher(server, listener, outcomes)
    waits = []
    while "second" not in listener.heard:
        before = listener.tries["first"]
        begun = clock()
        while not (listener.tries["first"] > before or "first" in listener.heard):
            await sending.once()
            clock.advance(0.25)
        waits.append(clock() - begun)
        await sending.once()
    assert listener.heard == ["third", "first", "second"]
    assert outcomes == {"failed": 5, "delivered": 3}
    assert waits[5] > waits[2] > waits[0]


async def test_it_is_given_up_in_the_end(server: EngineServer, clock: Clock) -> None:
    """After days of trying a message is let go, which is counted, and the next one of its subject is tried."""
    await put(server, message("lost", "one"))
    clock.advance(KEPT / 2)
    await put(server, message("next", "one"))
    listener, outcomes = Listener(lost=1 << 20), Outcomes()
    sending = dispatcher(server, listener, outcomes)
    await sending.once()
    assert outcomes == {"failed": 1}
    clock.advance(KEPT / 2)
    await sending.once()
    assert outcomes["given_up"] == 1
    await sending.once()
    assert listener.heard == ["next"]


async def test_a_process_that_dies_is_followed_by_another(server: EngineServer, another: Opener, clock: Clock) -> None:
    """What one process leased and did not deliver is delivered by another when the lease has run out; under the same
    id, should it have been delivered after all.
    """
    await put(server, message("told", "one"))
    listener = Listener()

    class Dies(Listener):
        async def deliver(self, message: Message) -> None:
            await listener.deliver(message)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await dispatcher(server, Dies()).once()
    following = dispatcher(another("two"), listener, holder="two")
    await following.once()
    assert listener.heard == ["told"]
    clock.advance(LEASE)
    await following.once()
    assert listener.heard == ["told", "told"]
    assert len(listener.ids) == 1


async def test_several_processes_deliver_side_by_side(server: EngineServer, another: Opener) -> None:
    """However many processes deliver, each message is heard once."""
    await put(server, *(message("told", f"{number}") for number in range(60)))
    listener = Listener()
    sending = [dispatcher(each, listener, holder=name) for each, name in ((server, "one"), (another("two"), "two"))]
    running = [asyncio.create_task(each.run()) for each in sending]
    await eventually(lambda: len(listener.heard) >= 60)
    await asyncio.sleep(0.05)
    await settled(*running)
    assert len(listener.ids) == len(listener.heard) == 60


async def test_a_defect_ends_nothing(server: EngineServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a delivery raises, the others go on, and it is tried again."""
    monkeypatch.setattr("penstock.engine.outbox.IDLE", 0.01)
    broken = iter([True])

    class Breaks(Listener):
        async def deliver(self, message: Message) -> None:
            if message.kind == "bad" and next(broken, False):
                raise RuntimeError("a defect")
            await super().deliver(message)

    listener = Breaks()
    await put(server, message("bad", "one"), message("good", "two"))
    running = asyncio.create_task(dispatcher(server, listener).run())
    await eventually(lambda: listener.heard == ["good"])
    clock.advance(LEASE)
    await eventually(lambda: listener.heard == ["good", "bad"])
    await settled(running)


def test_pauses_are_bounded() -> None:
    """A pause doubles from a second to five minutes, less a part that is left to chance."""
    random.seed(1)
    pauses: Sequence[float] = [pause_after(tries) for tries in range(100)]
    assert all(first / 2 <= pause <= last for pause in pauses for first, last in [BACK_OFF])
    assert all(min(300, 2**tries) / 2 <= pause <= min(300, 2**tries) for tries, pause in enumerate(pauses))
    assert len(set(pauses[20:])) > 70


async def test_nobody_waits_for_another(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes its time keeps neither another destination waiting, nor another subject."""
    monkeypatch.setattr("penstock.engine.outbox.IDLE", 0.01)
    gate = asyncio.Event()

    class Slow(Listener):
        async def deliver(self, message: Message) -> None:
            if message.subject == "slow":
                await gate.wait()
            await super().deliver(message)

    here, there = Slow(), Listener()
    others = [message(f"{number}", f"{number}") for number in range(3 * ABREAST)]
    await put(server, message("late", "slow"), *others, message("there", "slow", "there"))
    sending = Dispatcher(
        SqlOutbox(server.database), {"here": here, "there": there}, "one", LEASE, server.clock, Outcomes()
    )
    running = asyncio.create_task(sending.run())
    await eventually(lambda: len(here.heard) == len(others))
    assert there.heard == ["there"]
    gate.set()
    await eventually(lambda: "late" in here.heard)
    await settled(running)


async def test_whoever_hears_nothing_is_left_alone(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A destination that fails at everything is not asked for each subject, one after the other; once it hears one, it
    hears all.
    """
    monkeypatch.setattr("penstock.engine.outbox.IDLE", 0.01)
    monkeypatch.setattr("penstock.engine.outbox.REST", 0.05)
    deaf = True

    class Deaf(Listener):
        async def deliver(self, message: Message) -> None:
            self.tries[message.kind] += 1
            if deaf:
                raise Undelivered("not listening")
            self.heard.append(message.kind)

    listener = Deaf()
    count = DEAF + 200
    await put(server, *(message("told", f"{number}") for number in range(count)))
    running = asyncio.create_task(dispatcher(server, listener).run())
    await eventually(lambda: listener.tries["told"] >= DEAF)
    await asyncio.sleep(0.3)
    assert listener.tries["told"] < DEAF + ABREAST + 20
    deaf = False
    await eventually(lambda: len(listener.heard) > count - DEAF - ABREAST - 20)
    await settled(running)
