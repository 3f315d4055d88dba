"""Delivers what waits in the outbox: at least once, in the order of each subject, after pauses that grow."""

import asyncio
import random
from collections.abc import Callable, Mapping

import structlog

from penstock.model.faults import Fault
from penstock.ports import KEPT, Destination, Due, OutboxRepository, Undelivered

ABREAST = 16
"""How many messages a process delivers to one destination at once."""

IDLE = 0.5
"""How often, in seconds, a process looks whether something waits."""

BACK_OFF = (1.0, 300.0)
"""The first and the longest pause, in seconds, before a message is tried again; each doubles, and of all a part is left
to chance, so that those that failed together do not come together.
"""

DEAF, REST = 2 * ABREAST, 30.0
"""After how many failures in a row a destination is left alone for a while, and for how long at most, in seconds: one
that does not answer at all would be asked for each subject.
"""

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Delivers messages, as one process of several. No destination waits for another, and no subject for another."""

    def __init__(
        self,
        outbox: OutboxRepository,
        destinations: Mapping[str, Destination],
        process: str,
        lease: float,
        clock: Callable[[], float],
        on_outcome: Callable[[str], object],
        kept: float = KEPT,
    ) -> None:
        """`lease` is longer, in seconds, than a delivery may take; for `kept` seconds a message is tried. `on_outcome`
        is called with "delivered", "failed" or "given_up".
        """
        self._outbox = outbox
        self._destinations = destinations
        self._process = process
        self._lease = lease
        self._clock = clock
        self._on_outcome = on_outcome
        self._kept = kept
        self._failures = dict.fromkeys(destinations, 0)

    async def run(self) -> None:
        """Deliver what is due, until cancelled."""
        await asyncio.gather(*(self._run(name) for name in self._destinations))

    async def once(self) -> int:
        """Try what is due, as many as go at once; returns how many were."""
        count = 0
        for name in self._destinations:
            due = await self._outbox.lease(name, self._process, self._lease, ABREAST)
            await asyncio.gather(*(self._deliver(name, one) for one in due))
            count += len(due)
        return count

    async def _run(self, name: str) -> None:
        """Keep so many deliveries under way: whichever ends makes room for the next."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                begun = await self._begin(name, under_way)
                if self._failures[name] >= DEAF:
                    await asyncio.sleep(random.uniform(0.5, 1.0) * min(REST, self._failures[name] / ABREAST))
                if not begun or len(under_way) == ABREAST:
                    await _first_of(under_way)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _begin(self, name: str, under_way: set[asyncio.Task[None]]) -> int:
        """Begin what is due, as many as there is room for; how many that were."""
        room = (1 if self._failures[name] >= DEAF else ABREAST) - len(under_way)
        due: list[Due] = []
        try:
            due = await self._outbox.lease(name, self._process, self._lease, room) if room > 0 else []
        except Fault as fault:
            _log.warning("outbox_stalled", fault=repr(fault))
        except Exception:
            _log.exception("outbox_stalled")  # a defect must not end the background work
        for one in due:
            task = asyncio.create_task(self._safely(name, one))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        return len(due)

    async def _safely(self, name: str, due: Due) -> None:
        try:
            await self._deliver(name, due)
        except Fault as fault:
            _log.warning("outbox_stalled", fault=repr(fault))
        except Exception:
            _log.exception("outbox_stalled")

    async def _deliver(self, name: str, due: Due) -> None:
        message = due.message
        try:
            attempt = await self._destinations[name].deliver(message)
        except Undelivered as failure:
            self._failures[name] += 1
            await self._fail(due, failure)
        else:
            self._failures[name] = 0
            self._on_outcome("delivered")
            await self._outbox.done(message.id, self._process, attempt)

    async def _fail(self, due: Due, failure: Undelivered) -> None:
        message, given_up = due.message, self._clock() - due.since >= self._kept
        self._on_outcome("given_up" if given_up else "failed")
        _log.warning(
            "message_given_up" if given_up else "message_failed",
            message=message.id,
            kind=message.kind,
            about=message.subject,
            tries=due.tries + 1,
            why=str(failure),
        )
        if given_up:
            await self._outbox.done(message.id, self._process, failure.attempt, given_up=True)
        else:
            await self._outbox.postpone(message.id, self._process, pause_after(due.tries), failure.attempt)


async def _first_of(tasks: set[asyncio.Task[None]]) -> None:
    """Wait until one of them ends, or for a while."""
    if not tasks:
        await asyncio.sleep(IDLE)
        return
    await asyncio.wait(set(tasks), timeout=IDLE, return_when=asyncio.FIRST_COMPLETED)


def pause_after(tries: int) -> float:
    """How long to wait after so many failures before this one, in seconds."""
    first, longest = BACK_OFF
    return min(longest, first * 2.0 ** min(tries, 20)) * random.uniform(0.5, 1.0)
