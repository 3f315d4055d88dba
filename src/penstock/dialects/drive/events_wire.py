"""The shapes of events, and of who is told of them."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.model.webhook import Delivery, Webhook


class EventShown(msgspec.Struct, frozen=True):
    """An event: its `id` is the same wherever it is told. What `data` are depends on what `kind` says there."""

    id: str
    type: Annotated[str, Meta(description="What happened, such as `file.created`.")]
    time: float
    owner: Annotated[str, Meta(description="The id of the account whose this is.")]
    data: dict[str, Any]


class WebhookShown(msgspec.Struct, frozen=True):
    """A webhook. `events` are the kinds that it is told of, all if there are none; `owner` is whose, everybody's if it
    is null. `why` says why it is disabled where no administrator did that: `gone` is a receiver that answered 410.
    """

    id: str
    url: str
    events: list[str]
    owner: str | None
    enabled: bool
    why: str | None
    created_at: float


class WebhookMade(msgspec.Struct, frozen=True):
    """A webhook, and its secret, which is told once."""

    id: str
    url: str
    events: list[str]
    owner: str | None
    enabled: bool
    why: str | None
    created_at: float
    secret: str


class Webhooks(msgspec.Struct, frozen=True):
    """Every webhook."""

    webhooks: list[WebhookShown]


class NewWebhook(msgspec.Struct):
    """A webhook to be made."""

    url: Annotated[str | None, Meta(description="Where to, `https://…`.")] = None
    events: Annotated[list[str] | None, Meta(description="The kinds that it is told of; absent or null: all.")] = None
    user: Annotated[str | None, Meta(description="Whose events, by name; absent or null: everybody's.")] = None


class WebhookChange(msgspec.Struct):
    """What is named changes."""

    url: Annotated[str | UnsetType, Meta(description="Where to.")] = UNSET
    events: Annotated[list[str] | UnsetType, Meta(description="The kinds that it is told of; none: all.")] = UNSET
    enabled: Annotated[bool | UnsetType, Meta(description="Whether it is told of anything.")] = UNSET


class Replay(msgspec.Struct):
    """What is told once more."""

    since: Annotated[float | None, Meta(description="From when on, in Unix seconds.")] = None


class Sent(msgspec.Struct, frozen=True):
    """What will be delivered, by the id of its delivery."""

    delivery: str


class DeliveryShown(msgspec.Struct, frozen=True):
    """What came of telling a webhook of one event so far: `delivered`, `failed` (it is tried again) or `given_up`.
    `status` is that of the last answer, null where there was none, and `why` what was wrong.
    """

    id: str
    event: str
    type: str
    subject: str
    since: float
    at: float
    tries: int
    outcome: str
    status: int | None
    why: str | None
    seconds: float
    payload: msgspec.Raw


class Deliveries(msgspec.Struct, frozen=True):
    """A page of the log of deliveries."""

    deliveries: list[DeliveryShown]
    next: str | None


def webhook_shown(webhook: Webhook) -> WebhookShown:
    """A webhook as administrators see it."""
    return WebhookShown(
        webhook.id,
        webhook.url,
        list(webhook.topics),
        webhook.owner,
        webhook.enabled,
        webhook.why or None,
        webhook.created_at,
    )


def webhook_made(webhook: Webhook) -> WebhookMade:
    """The same with its secret."""
    return WebhookMade(**msgspec.structs.asdict(webhook_shown(webhook)), secret=webhook.secret)


def delivery_shown(delivery: Delivery) -> DeliveryShown:
    """An entry of the log."""
    return DeliveryShown(
        delivery.id,
        delivery.event,
        delivery.topic,
        delivery.subject,
        delivery.since,
        delivery.at,
        delivery.tries,
        delivery.outcome,
        delivery.status,
        delivery.why or None,
        delivery.seconds,
        msgspec.Raw(delivery.payload.encode()),
    )
