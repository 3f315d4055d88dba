"""Many publications, a chain behind a bad line, processes that die: whatever happens, everybody is served once."""

import asyncio
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from penstock.model.faults import BroadcastFailed, ChainUnavailable, FundsMissing
from penstock.model.publication import Method, Order, Publication, PublicationId, Stage, transitions
from tests.ports.records import Clock
from tests.publishing.test_crash import WATCHED
from tests.support.doubles import CrashPlan
from tests.support.publishing import DEEP, Mood, PublishingServer, content_of, died, open_publishing_server

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("small_chunks")]

FILES = st.integers(0, 3)
MOODS = st.lists(st.sampled_from([Mood.WELL, Mood.AWAY, Mood.MUTE, Mood.DEAF]), max_size=6)


def reachable(method: Method, state: str) -> set[str]:
    """What may follow, at once or later, and the state itself."""
    found, table = [state], transitions(method)
    for here in found:
        found += table[here].difference(found)
    return set(found)


class Publishing(RuleBasedStateMachine):
    """The model: which files were asked for, and what each task was seen at."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="publishing")
        self.clock = Clock()
        self.funded = 0
        self.tasks: dict[int, PublicationId] = {}
        self.asked: set[int] = set()
        self.seen: dict[PublicationId, int] = {}
        self.states: dict[PublicationId, str] = {}
        self.server: PublishingServer = self.run(self.opened())

    def run(self, work: Any) -> Any:
        """Run a coroutine to its end."""
        return self.loop.run(work)

    async def opened(self, plan: CrashPlan | None = None) -> PublishingServer:
        """A process."""
        return open_publishing_server(Path(self.folder.name) / "data", self.clock, plan=plan)

    @rule()
    def fund(self) -> None:
        """Somebody pays the wallet."""
        if self.funded < 5:
            self.funded += 1
            self.run(self.server.fund())

    @rule(file=FILES)
    def submit(self, file: int) -> None:
        """A client wants a file published in chunks, perhaps again."""

        async def act() -> Publication:
            return await self.server.publisher.submit(await self.server.order(content_of(1.5 + file, file)))

        self.tasks[file] = self.run(act()).id

    @rule(file=FILES, moods=MOODS)
    def publish(self, file: int, moods: list[Mood]) -> None:
        """A client wants a file published at once, perhaps again."""

        async def act() -> None:
            order = await self.server.order(content_of(0.5, file), method=Method.DIRECT, name=f"{file}")
            self.server.chain.moods.extend(moods)
            try:
                await self.server.publisher.publish(order)
            except (BroadcastFailed, FundsMissing):
                pass
            finally:
                self.server.chain.moods.clear()

        self.asked.add(file)
        self.run(act())

    @rule(moods=MOODS)
    def work(self, moods: list[Mood]) -> None:
        """The background works on a bad line."""
        self.server.chain.moods.extend(moods)
        self.run(self.server.work())
        self.server.chain.moods.clear()

    @rule(fatal=st.integers(0, 12), before=st.booleans(), moods=MOODS)
    def die(self, fatal: int, before: bool, moods: list[Mood]) -> None:
        """The process is replaced by one that dies in the middle of its work, and that by another."""
        self.run(self.server.close())
        doomed = self.run(self.opened(CrashPlan(WATCHED, fatal, before=before)))
        doomed.chain.moods.extend(moods)
        self.run(asyncio.wait_for(_without_fuss(doomed), 30))
        self.run(doomed.close())
        died(self.clock)
        self.server = self.run(self.opened())

    @rule(seconds=st.floats(0.1, 100))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    @rule()
    def mine(self) -> None:
        """A block is found."""
        self.run(self.server.devchain.mine())

    @rule(moods=MOODS)
    def watch(self, moods: list[Mood]) -> None:
        """What is not buried is looked after, on a bad line."""
        self.server.chain.moods.extend(moods)
        with suppress(ChainUnavailable):
            self.run(self.server.watch.round())
        self.server.chain.moods.clear()

    @rule()
    def forget(self) -> None:
        """The chain loses its mempool."""
        self.run(self.server.devchain.forget())

    @rule(depth=st.integers(1, 3), keep=st.booleans())
    def turn(self, depth: int, keep: bool) -> None:
        """Another branch wins."""
        self.run(self.server.devchain.reorganise(depth, keep=keep))

    @invariant()
    def progress_never_falls(self) -> None:
        """What a client was told of a task's progress stays true."""
        for task in self.tasks.values():
            progress = self.run(self.server.publication(task)).progress
            assert progress >= self.seen.get(task, 0)
            self.seen[task] = progress

    @invariant()
    def one_state_follows_another(self) -> None:
        """How a publication stands is what the table of transitions lets follow, in one step or in several."""
        for found in self.run(self.server.repository.listed(unburied=False)):
            before = self.states.get(found.id, Stage.CREATED)
            assert found.state in reachable(found.order.method, before), (before, found.state)
            self.states[found.id] = found.state

    @invariant()
    def nothing_is_there_twice(self) -> None:
        """No file has two PINs of its own, no task two indexes."""
        paths: Counter[str] = self.run(self.server.count())
        assert paths["/file"] <= len(self.asked)
        assert paths["/file/index"] <= len(self.tasks)

    def teardown(self) -> None:
        """In the end everything that was asked for is there once, and the books are right."""
        try:
            self.run(self.finish())
            self.run(self.server.close())
        finally:
            self.loop.close()
            self.folder.cleanup()

    async def finish(self) -> None:
        """Ask for everything again, on a good line, with money."""
        await self.server.fund()
        for file in self.tasks:
            await self.server.publisher.submit(await self.server.order(content_of(1.5 + file, file)))
        await self.server.work_out(6)
        for file in self.asked:
            order: Order = await self.server.order(content_of(0.5, file), method=Method.DIRECT, name=f"{file}")
            assert (await self.server.publisher.publish(order)).result is not None
        for _ in range(DEEP + 2):
            self.clock.advance(1000)
            await self.server.watch.round()
            await self.server.devchain.mine()
        await self.server.watch.round()
        assert (await self.server.watch.repository.unburied()).count == 0
        paths = await self.server.count()
        assert paths["/file"] == len(self.asked)
        assert paths["/file/index"] == len(self.tasks)
        assert paths["/file/_chunk"] == sum(file + 2 for file in self.tasks)
        for file, task in self.tasks.items():
            done = await self.server.publication(task)
            assert await self.server.content(f"{done.result}i0") == content_of(1.5 + file, file)
        await self.server.check_books(self.funded + 1)


async def _without_fuss(server: PublishingServer) -> None:
    """It dies, and the next one looks at what it left."""
    with suppress(Exception):
        await server.work()


TestPublishing = Publishing.TestCase
TestPublishing.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
