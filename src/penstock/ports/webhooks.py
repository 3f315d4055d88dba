"""Webhooks: whom to tell of events, what came of it, and how they are told."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.news import News
from penstock.model.webhook import Delivery, Webhook, WebhookEdit

WEBHOOK = "webhook "
"""What the destination of a webhook's messages begins with; its id follows."""


class WebhookRepository(Protocol):
    """Webhooks, and the log of their deliveries."""

    async def add(self, webhook: Webhook, most: int) -> None:
        """Record it, unless there are as many as there may be. Raises `QuotaExceeded`."""

    async def webhook(self, webhook: str) -> Webhook | None:
        """The one of this id."""

    async def webhooks(self) -> list[Webhook]:
        """All of them, the oldest first."""

    async def edit(self, webhook: str, edit: WebhookEdit, secret: str, until: float) -> Webhook | None:
        """Change it; None where there is none. A new secret is `secret`, and the one before signs `until` then."""

    async def disable(self, webhook: str, why: str) -> bool:
        """Disable it, for this reason; false where it was."""

    async def remove(self, webhook: str) -> bool:
        """Remove it with its log and what waits for it; false where there is none."""

    async def hand_on(self, webhook: Webhook, position: int, events: Sequence[News], most: int) -> bool:
        """Put these events into the outbox for an enabled webhook, and move its position; false, and nothing, where it
        changed meanwhile, or while as many messages as this wait for it.
        """

    async def rewind(self, webhook: str, position: int) -> None:
        """Let it be told again of everything behind this position."""

    async def send(self, webhook: str, event: str, topic: str, subject: str, payload: str) -> str:
        """Put one message into the outbox, told again or for a test; returns its id there."""

    async def deliveries(self, webhook: str, before: tuple[float, str] | None, count: int) -> list[Delivery]:
        """A page of the log, what was put into the outbox last first: what is `before` the time and the id of one."""

    async def delivery(self, webhook: str, delivery: str) -> Delivery | None:
        """The entry of this id."""

    async def forget_deliveries(self, seconds: float, kept: int) -> int:
        """Forget what was put into the outbox longer ago than this, and of each webhook all but so many; returns how
        many those were.
        """


class Receiver(Protocol):
    """Sends webhooks to where they are wanted."""

    async def post(self, url: str, secrets: Sequence[str], event: str, body: bytes) -> int:
        """Send the body, signed with each of the secrets, under the id of its event; returns the status of the answer.
        No redirect is followed, and no address is connected to that is none of the public internet, unless the operator
        allows that. Raises `Undelivered` where there is no answer.
        """

    async def close(self) -> None:
        """Close connections."""
