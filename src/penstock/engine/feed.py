"""Events as they happen, for those who follow them: whatever process they happened in, each once, in their order."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from penstock.model.faults import Fault, RateLimited
from penstock.model.ids import PrincipalId
from penstock.model.news import News
from penstock.ports import NewsRepository

PACE = 0.5
"""How often, in seconds, a process looks whether something happened, while anybody follows."""

RECENT = 2000
"""How many events are in memory, for those who are not far behind."""

PAGE = 500
"""How many events are read at once."""

TRIES = 10
"""How often is looked within that time whether what is seen is all there."""

STREAMS = 8
"""How many of one principal's may follow at once, in each process."""


class Feed:
    """The events of all, read once for all who follow in this process."""

    def __init__(self, news: NewsRepository) -> None:
        self._news = news
        self._followers: Counter[PrincipalId] = Counter()
        self._reading: asyncio.Task[None] | None = None
        self._more = asyncio.Event()
        self._recent: list[News] = []
        self._begin = self._reach = 0
        """`recent` has all events from behind the one number up to the other."""

    async def begin(self, position: int | None) -> tuple[int, bool]:
        """Behind which number somebody goes on who knows the events up to this one, or none; and whether anything is
        missed, because it is forgotten, or because the number is none of ours.
        """
        newest, forgotten = await self._news.newest(), await self._news.forgotten()
        if position is None or forgotten <= position <= newest:
            return newest if position is None else position, False
        return forgotten if position < forgotten else newest, True

    @asynccontextmanager
    async def following(self, principal: PrincipalId) -> AsyncIterator[None]:
        """Follow while the context lasts. Raises `RateLimited` for one too many."""
        if self._followers[principal] >= STREAMS:
            raise RateLimited(int(10 * PACE))
        self._followers[principal] += 1
        try:
            if self._reading is None:
                self._reading = asyncio.create_task(self._read())
            yield
        finally:
            self._followers[principal] -= 1
            if not self._followers[principal]:
                del self._followers[principal]
            if not self._followers:
                await self.close()

    async def after(self, position: int, owner: PrincipalId | None) -> tuple[list[News], int]:
        """Some events behind a position, of one owner or of all; and the position behind them, which moves on also
        where none of them is wanted.
        """
        reach = self._reach  # which moves on while the store is read
        if position >= reach:
            return [], position
        if position >= self._begin:
            found = [event for event in self._recent if event.number > position and owner in {None, event.owner}]
            return found, reach
        found = await self._news.between(position, reach, PAGE, owner)
        return found, found[-1].number if len(found) == PAGE else reach

    async def what_there_is(self, position: int, owner: PrincipalId | None) -> tuple[list[News], int]:
        """The same for somebody who does not follow."""
        newest, reach = await self._news.newest(), await self._news.reach()
        for _ in range(TRIES):
            if reach >= newest:
                break
            await asyncio.sleep(PACE / TRIES)
            reach = await self._news.reach()
        if position < reach:
            found = await self._news.between(position, reach, PAGE, owner)
            return found, found[-1].number if len(found) == PAGE else reach
        return [], position

    async def more(self, seconds: float) -> None:
        """Wait until something happened, or for so long."""
        waiting = self._more
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting.wait(), seconds)

    async def close(self) -> None:
        """Stop reading."""
        reading, self._reading = self._reading, None
        self._recent, self._begin, self._reach = [], 0, 0
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        begun = False
        while True:
            try:
                if begun:
                    await self._look()
                else:
                    begun = await self._start()
            except Fault as fault:
                _log.warning("feed_stalled", fault=repr(fault))
            except Exception:
                _log.exception("feed_stalled")  # a defect must not end it for those who follow
            await asyncio.sleep(PACE)

    async def _start(self) -> bool:
        """Begin where everything is there; false while it is not known where that is."""
        self._begin = self._reach = await self._news.reach()
        return bool(self._reach) or not await self._news.newest()

    async def _look(self) -> None:
        reach = await self._news.reach()
        while self._reach < reach:
            found = await self._news.between(self._reach, reach, PAGE)
            self._recent += found
            if len(self._recent) > RECENT:
                self._begin = self._recent[-RECENT - 1].number
                self._recent = self._recent[-RECENT:]
            self._reach = found[-1].number if len(found) == PAGE else reach
            woken, self._more = self._more, asyncio.Event()
            woken.set()


_log = structlog.get_logger(__name__)
