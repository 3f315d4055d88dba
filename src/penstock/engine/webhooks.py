"""What administrators do with webhooks."""

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from penstock.identity.access import Access
from penstock.identity.audit import Audit
from penstock.identity.sudo import Sudo
from penstock.model.audit import Act, Actor
from penstock.model.faults import AdminRequired, DeliveryUnknown, InputInvalid, Outdated, WebhookUnknown
from penstock.model.folder import Tags
from penstock.model.ids import PrincipalId, new_id
from penstock.model.news import News, Topic, told
from penstock.model.principal import Principal
from penstock.model.sudo import Sensitive
from penstock.model.webhook import MAX_WEBHOOKS, SECRET_KEPT, Delivery, Webhook, WebhookEdit, check_url
from penstock.ports import NewsRepository, WebhookRepository

KEY = 32
"""How many bytes a secret has."""


class Webhooks:
    """Webhooks, for administrators alone. What changes them takes a sudo token, and is written down."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        news: NewsRepository,
        access: Access,
        sudo: Sudo,
        audit: Audit,
        clock: Callable[[], float],
        *,
        private: bool,
    ) -> None:
        """`private`: the operator allows private addresses."""
        self._webhooks = webhooks
        self._news = news
        self._access = access
        self._sudo = sudo
        self._audit = audit
        self._clock = clock
        self._private = private

    async def all(self, principal: Principal) -> list[Webhook]:
        """Every webhook, the oldest first. Raises `AdminRequired`, as everything here."""
        _refuse_others(principal)
        return await self._webhooks.webhooks()

    async def one(self, principal: Principal, webhook: str) -> Webhook:
        """One of them. Raises `WebhookUnknown`."""
        _refuse_others(principal)
        found = await self._webhooks.webhook(webhook)
        if found is None:
            raise WebhookUnknown
        return found

    async def add(
        self, principal: Principal, url: str, topics: Sequence[str], user: str | None, sudo: str | None, origin: str
    ) -> Webhook:
        """A new one, for events of one user or of everybody's, from now on. Raises `SudoRequired`, `InputInvalid`,
        `AccountUnknown`, `QuotaExceeded`.
        """
        by = await self._may(principal, sudo, origin)
        checked = check_url(url, private=self._private)
        owner: PrincipalId | None = (await self._access.user(user)).id if user is not None else None
        new, now = new_id(), self._clock()
        webhook = Webhook(new, checked, _checked(topics), owner, True, "", _secret(), None, 0.0, 0, now)
        await self._webhooks.add(webhook, MAX_WEBHOOKS)
        await self._audit.note(by, Act.WEBHOOK_ADDED, new)
        return webhook

    async def edit(
        self, principal: Principal, webhook: str, edit: WebhookEdit, tags: Tags, sudo: str | None, origin: str
    ) -> Webhook:
        """Change it. One that is enabled again goes on where it stopped, as far as events are kept. Raises
        `SudoRequired`, `WebhookUnknown`, `Outdated`, `InputInvalid`.
        """
        by = await self._may(principal, sudo, origin)
        found = await self.one(principal, webhook)
        if tags is not None and found.tag not in tags:
            raise Outdated
        if edit.url is not None:
            check_url(edit.url, private=self._private)
        if edit.topics is not None:
            edit = replace(edit, topics=_checked(edit.topics))
        changed = await self._webhooks.edit(webhook, edit, _secret(), self._clock() + SECRET_KEPT)
        if changed is None:
            raise WebhookUnknown
        await self._audit.note(by, Act.WEBHOOK_CHANGED, webhook)
        return changed

    async def remove(self, principal: Principal, webhook: str, sudo: str | None, origin: str) -> None:
        """Remove it; what waits for it is not told. Raises `SudoRequired`, `WebhookUnknown`."""
        by = await self._may(principal, sudo, origin)
        if not await self._webhooks.remove(webhook):
            raise WebhookUnknown
        await self._audit.note(by, Act.WEBHOOK_REMOVED, webhook)

    async def deliveries(
        self, principal: Principal, webhook: str, before: tuple[float, str] | None, count: int
    ) -> list[Delivery]:
        """A page of the log of its deliveries, the newest first. Raises `WebhookUnknown`."""
        await self.one(principal, webhook)
        return await self._webhooks.deliveries(webhook, before, count)

    async def repeat(self, principal: Principal, webhook: str, delivery: str) -> str:
        """Tell it once more of what one delivery told; returns the id of the new delivery. Raises `WebhookUnknown`,
        `DeliveryUnknown`.
        """
        await self.one(principal, webhook)
        found = await self._webhooks.delivery(webhook, delivery)
        if found is None:
            raise DeliveryUnknown
        return await self._webhooks.send(webhook, found.event, found.topic, found.subject, found.payload)

    async def replay(self, principal: Principal, webhook: str, moment: float) -> None:
        """Tell it once more of all that happened at a time (Unix seconds) or later. Raises `WebhookUnknown`."""
        await self.one(principal, webhook)
        await self._webhooks.rewind(webhook, await self._news.since(moment))

    async def test(self, principal: Principal, webhook: str) -> str:
        """Tell it that this is a test; returns the id of the delivery. Raises `WebhookUnknown`."""
        found = await self.one(principal, webhook)
        data = json.dumps({"kind": "test", "webhook": webhook})
        event = News(0, new_id(), Topic.TEST, found.owner or PrincipalId(""), webhook, self._clock(), data)
        return await self._webhooks.send(webhook, event.id, Topic.TEST, webhook, told(event))

    async def _may(self, principal: Principal, sudo: str | None, origin: str) -> Actor:
        _refuse_others(principal)
        await self._sudo.check(principal, Sensitive.ADMINISTER, sudo)
        return Actor(principal.name, origin)


def _refuse_others(principal: Principal) -> None:
    if not principal.admin:
        raise AdminRequired


def _checked(topics: Sequence[str]) -> tuple[str, ...]:
    """Each kind of event once. Raises `InputInvalid` for what is none."""
    for topic in topics:
        if topic not in set(Topic):
            raise InputInvalid("events", "no kind of event")
    return tuple(dict.fromkeys(topics))


def _secret() -> str:
    """A fresh secret, as Standard Webhooks writes one."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(KEY)).decode()
