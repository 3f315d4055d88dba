"""Delivers what waits in the outbox: at least once, in the order of each subject, after pauses that grow."""

import asyncio
import random
from collections.abc import Callable, Mapping

import structlog

from penstock.model.faults import Fault
from penstock.ports import KEPT, Destination, Due, OutboxRepository, Undelivered

ABREAST = 16
"""How many messages a process delivers at once."""

IDLE = 0.5
"""How often, in seconds, a process looks whether something waits."""

BACK_OFF = (1.0, 300.0)
"""The first and the longest pause, in seconds, before a message is tried again; each doubles, and of all a part is left
to chance, so that those that failed together do not come together.
"""

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Delivers messages, as one process of several."""

    def __init__(
        self,
        outbox: OutboxRepository,
        destinations: Mapping[str, Destination],
        process: str,
        lease: float,
        clock: Callable[[], float],
        on_outcome: Callable[[str], object],
    ) -> None:
        """`lease` is longer, in seconds, than a delivery may take. `on_outcome` is called with "delivered",
        "failed" or "given_up".
        """
        self._outbox = outbox
        self._destinations = destinations
        self._process = process
        self._lease = lease
        self._clock = clock
        self._on_outcome = on_outcome

    async def run(self) -> None:
        """Deliver what is due, until cancelled."""
        while True:
            try:
                while await self.once():
                    pass
            except Fault as fault:
                _log.warning("outbox_stalled", fault=repr(fault))
            except Exception:
                _log.exception("outbox_stalled")  # a defect must not end the background work
            await asyncio.sleep(IDLE)

    async def once(self) -> int:
        """Try what is due, as many as go at once; returns how many were."""
        count = 0
        for name, destination in self._destinations.items():
            due = await self._outbox.lease(name, self._process, self._lease, ABREAST)
            await asyncio.gather(*(self._deliver(destination, one) for one in due))
            count += len(due)
        return count

    async def _deliver(self, destination: Destination, due: Due) -> None:
        message = due.message
        try:
            await destination.deliver(message)
        except Undelivered as failure:
            await self._fail(due, str(failure))
        else:
            self._on_outcome("delivered")
            await self._outbox.done(message.id, self._process)

    async def _fail(self, due: Due, why: str) -> None:
        message, given_up = due.message, self._clock() - due.since >= KEPT
        self._on_outcome("given_up" if given_up else "failed")
        _log.warning(
            "message_given_up" if given_up else "message_failed",
            message=message.id,
            kind=message.kind,
            about=message.subject,
            tries=due.tries + 1,
            why=why,
        )
        if given_up:
            await self._outbox.done(message.id, self._process)
        else:
            await self._outbox.postpone(message.id, self._process, pause_after(due.tries))


def pause_after(tries: int) -> float:
    """How long to wait after so many failures before this one, in seconds."""
    first, longest = BACK_OFF
    return min(longest, first * 2.0 ** min(tries, 20)) * random.uniform(0.5, 1.0)
