"""Webhooks are told of events: what happened is handed to the outbox for each of them, and delivered from there."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec
import structlog

from penstock.engine.outbox import Dispatcher
from penstock.identity.audit import Audit
from penstock.model.audit import Act, Actor
from penstock.model.faults import Fault
from penstock.model.webhook import Webhook
from penstock.ports import (
    WEBHOOK,
    Attempt,
    LeaseRepository,
    Message,
    NewsRepository,
    OutboxRepository,
    Receiver,
    Undelivered,
    WebhookRepository,
)

PACE = 0.5
"""How often, in seconds, a process looks for what happened, and for webhooks that are new, changed or gone."""

LEASE = 5.0
"""For how many seconds one process hands on what happened, after which another may."""

BATCH = 500
"""How many events are handed on in one transaction."""

WAITING = 10_000
"""How many messages of one webhook wait in the outbox at most: what happens after that stays among the events until
there is room, as long as those are kept.
"""

DAY = 86400.0
"""For how many seconds a message is tried."""

DELIVERY = 15.0
"""How long, in seconds, a process has a message for itself: longer than a delivery takes."""

GONE = 410
"""The status of a receiver that wants no more of it (RFC 9110 §15.5.11)."""

_log = structlog.get_logger(__name__)


class Courier:
    """Looks after every webhook, as one process of several."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        news: NewsRepository,
        outbox: OutboxRepository,
        receiver: Receiver,
        leases: LeaseRepository,
        audit: Audit,
        process: str,
        clock: Callable[[], float],
        on_outcome: Callable[[str], object],
    ) -> None:
        """`on_outcome` is that of `Dispatcher`."""
        self._webhooks = webhooks
        self._news = news
        self._outbox = outbox
        self._receiver = receiver
        self._leases = leases
        self._audit = audit
        self._process = process
        self._clock = clock
        self._on_outcome = on_outcome
        self._dispatching: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Hand on and deliver, until cancelled."""
        try:
            while True:
                try:
                    await self.once()
                except Fault as fault:
                    _log.warning("webhooks_stalled", fault=repr(fault))
                except Exception:
                    _log.exception("webhooks_stalled")  # a defect must not end the background work
                await asyncio.sleep(PACE)
        finally:
            await self._end(list(self._dispatching))

    async def once(self) -> None:
        """See to the webhooks that there are now."""
        enabled = [webhook for webhook in await self._webhooks.webhooks() if webhook.enabled]
        ids = {webhook.id for webhook in enabled}
        await self._end([webhook for webhook in self._dispatching if webhook not in ids])
        for webhook in ids - self._dispatching.keys():
            self._dispatching[webhook] = asyncio.create_task(self._dispatcher(webhook).run())
        if enabled:
            await self.hand_on(enabled)

    async def hand_on(self, enabled: list[Webhook]) -> None:
        """Hand on what happened, for each of these that has not got it, unless another process does."""
        reach = await self._news.reach()
        behind = [webhook for webhook in enabled if webhook.position < reach]
        if not behind or not await self._leases.take("webhooks", self._process, LEASE):
            return
        forgotten = await self._news.forgotten()
        for webhook in behind:
            if webhook.position < forgotten:
                _log.warning("events_missed", webhook=webhook.id, since=webhook.position, until=forgotten)
            await self._hand_on(webhook, reach)

    async def _hand_on(self, webhook: Webhook, reach: int) -> None:
        while webhook.position < reach:
            events = await self._news.between(webhook.position, reach, BATCH, webhook.owner)
            position = events[-1].number if len(events) == BATCH else reach
            wanted = [event for event in events if not webhook.topics or event.topic in webhook.topics]
            if not await self._webhooks.hand_on(webhook, position, wanted, WAITING):
                return
            webhook = replace(webhook, position=position)

    def _dispatcher(self, webhook: str) -> Dispatcher:
        address = _Address(webhook, self._webhooks, self._receiver, self._audit, self._clock)
        destinations = {f"{WEBHOOK}{webhook}": address}
        return Dispatcher(self._outbox, destinations, self._process, DELIVERY, self._clock, self._on_outcome, DAY)

    async def _end(self, webhooks: list[str]) -> None:
        tasks = [self._dispatching.pop(webhook) for webhook in webhooks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Named(msgspec.Struct):
    """What is read of a payload."""

    id: str


class _Address:
    """The port `Destination`: a webhook as it is at the moment."""

    def __init__(
        self, webhook: str, webhooks: WebhookRepository, receiver: Receiver, audit: Audit, clock: Callable[[], float]
    ) -> None:
        self._id = webhook
        self._webhooks = webhooks
        self._receiver = receiver
        self._audit = audit
        self._clock = clock

    async def deliver(self, message: Message) -> Attempt:
        """See `Destination.deliver`."""
        webhook = await self._webhooks.webhook(self._id)
        if webhook is None or not webhook.enabled:
            raise Undelivered("it is disabled")
        event = msgspec.json.decode(message.payload, type=_Named).id
        begun, status, why = time.monotonic(), None, ""
        try:
            secrets = webhook.secrets(self._clock())
            status = await self._receiver.post(webhook.url, secrets, event, message.payload.encode())
        except Undelivered as failure:
            why = str(failure)
        else:
            why = _why(status)
        attempt = Attempt(event, status, round(time.monotonic() - begun, 3), why)
        if status == GONE and await self._webhooks.disable(webhook.id, "gone"):
            await self._audit.note(RECEIVER, Act.WEBHOOK_DISABLED, webhook.id, "it answered 410")
        if why:
            raise Undelivered(why, attempt)
        return attempt


RECEIVER = Actor("receiver", "its answer")
"""The receiver of a webhook, as the cause of an act."""


def _why(status: int) -> str:
    """What is wrong with an answer of this status, if anything is."""
    if 200 <= status < 300:
        return ""
    return f"it answered {status}" + (", and redirects are not followed" if 300 <= status < 400 else "")
