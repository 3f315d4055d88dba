"""A queue in which the lines take turns."""

import asyncio
from collections.abc import Callable

import pytest

from penstock.adapters.pictures.turns import QueueFull, Turns


class Hall:
    """Jobs that wait for their turns, and end when they are told to."""

    def __init__(self, slots: int, waiting: int) -> None:
        self.turns = Turns(slots, waiting)
        self.begun: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    async def come(self, *names: str) -> list["asyncio.Task[None]"]:
        """Jobs, each of whoever its name begins with; where they stand when this returns, they stay."""
        tasks = [asyncio.create_task(self._job(name)) for name in names]
        await quiet()
        return tasks

    async def _job(self, name: str) -> None:
        async with self.turns.turn(name[0]):
            self.begun.append(name)
            self._ends[name] = asyncio.Event()
            await self._ends[name].wait()

    async def end(self, name: str) -> None:
        """The job ends."""
        self._ends[name].set()
        await quiet()

    async def drain(self) -> list[str]:
        """End every job as it comes; the order in which they began."""
        for name in self.begun:  # which grows meanwhile
            await self.end(name)
        return self.begun


async def quiet() -> None:
    """Let everything happen that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_lines_take_turns() -> None:
    """Whoever comes last with one job waits for those under way, and not for all that somebody else has waiting."""
    hall = Hall(1, 64)
    await hall.come("a0", "a1", "a2", "a3", "b0", "b1", "c0")
    assert await hall.drain() == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


async def test_whoever_has_the_fewest_under_way_goes_first() -> None:
    """With two places one of them is soon somebody else's."""
    hall = Hall(2, 64)
    await hall.come("a0", "a1", "a2", "a3", "b0", "b1")
    await hall.end("a0")
    assert hall.begun == ["a0", "a1", "b0"]
    await hall.end("a1")
    assert hall.begun[3] == "a2"
    await hall.end("a2")
    assert hall.begun[4] == "a3"


async def test_a_full_queue_refuses_its_longest_line() -> None:
    """Nobody fills the queue alone: the newest job of the longest line gives way to somebody with fewer."""
    hall = Hall(1, 4)
    await hall.come("a0")
    waiting = await hall.come("a1", "a2", "a3", "a4")
    [refused] = await hall.come("a5")
    assert isinstance(refused.exception(), QueueFull)
    await hall.come("b0")
    assert isinstance(waiting[-1].exception(), QueueFull)
    await hall.come("b1")
    assert isinstance(waiting[-2].exception(), QueueFull)
    [refused] = await hall.come("b2")
    assert isinstance(refused.exception(), QueueFull)
    assert sorted(await hall.drain()) == ["a0", "a1", "a2", "b0", "b1"]


async def test_without_a_queue() -> None:
    """With no place to wait in, whoever finds no place is refused."""
    hall = Hall(1, 0)
    _, refused = await hall.come("a0", "b0")
    assert isinstance(refused.exception(), QueueFull)
    await hall.end("a0")
    await hall.come("b1")
    assert hall.begun == ["a0", "b1"]


@pytest.mark.parametrize("when", ["while waiting", "as its turn comes", "before its turn comes"])
async def test_whoever_gives_up_takes_no_turn(when: str) -> None:
    """A job that is given up, even in the moment of its turn, loses nobody a place."""
    hall = Hall(1, 64)
    await hall.come("a0")
    waiting, _ = await hall.come("b0", "c0")
    steps: dict[str, list[Callable[[], object]]] = {
        "while waiting": [waiting.cancel, quiet],
        "as its turn comes": [hall._ends["a0"].set, waiting.cancel],
        "before its turn comes": [waiting.cancel, hall._ends["a0"].set],
    }
    for step in steps[when]:
        outcome = step()
        if asyncio.iscoroutine(outcome):
            await outcome
    await hall.end("a0")
    assert hall.begun == ["a0", "c0"]
    await hall.end("c0")
    await hall.come("d0", "d1")
    assert hall.begun == ["a0", "c0", "d0"]
