"""A fair queue: one line per caller, and the lines take turns."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class QueueFull(Exception):
    """The queue is full, or the place went to a caller with fewer waiting jobs."""


class Turns:
    """Runs `slots` jobs at once. Of the waiting callers, the one with the fewest running jobs goes first, and among
    equals the lines take turns (round robin): however many jobs one caller has, another waits only for running ones.

    At most `waiting` jobs wait: beyond that the newest of the longest line is dropped, so that no caller fills the
    queue alone.
    """

    def __init__(self, slots: int, waiting: int) -> None:
        self._free = slots
        self._waiting = waiting
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._under_way = Counter[str]()

    @asynccontextmanager
    async def turn(self, whose: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it. Raises `QueueFull`."""
        if self._free:
            self._free -= 1
            self._under_way[whose] += 1
        else:
            await self._wait(whose)
        try:
            yield
        finally:
            self._leave(whose)

    async def _wait(self, whose: str) -> None:
        if sum(map(len, self._lines.values())) >= self._waiting:
            self._make_room(whose)
        place = asyncio.get_running_loop().create_future()
        self._lines.setdefault(whose, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self._leave(whose)  # its turn had just begun
            else:
                self._drop(whose, place)
            raise

    def _make_room(self, whose: str) -> None:
        """Raise `QueueFull` to the caller if its line is the longest; else to the newest of the longest line."""
        longest = max(self._lines, key=lambda line: len(self._lines[line]), default=whose)
        if len(self._lines.get(longest, ())) <= len(self._lines.get(whose, ())) + 1:
            raise QueueFull
        place = self._lines[longest][-1]
        self._drop(longest, place)
        if not place.done():
            place.set_exception(QueueFull())

    def _leave(self, whose: str) -> None:
        """Pass the slot to the next in turn."""
        self._under_way[whose] -= 1
        if not self._under_way[whose]:
            del self._under_way[whose]
        if whose in self._lines:
            self._lines.move_to_end(whose)  # its turn is over
        while self._lines:
            following = min(self._lines, key=lambda line: self._under_way[line])
            place = self._lines[following][0]
            self._drop(following, place)
            if not place.done():  # otherwise the waiter has just given up
                self._under_way[following] += 1
                place.set_result(None)
                return
        self._free += 1

    def _drop(self, whose: str, place: asyncio.Future[None]) -> None:
        line = self._lines.get(whose, deque())
        if place in line:
            line.remove(place)
        if not line:
            self._lines.pop(whose, None)
