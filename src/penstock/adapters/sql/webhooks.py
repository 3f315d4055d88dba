"""Records of webhooks, and of what came of telling them (`ports.WebhookRepository`)."""

from collections.abc import Mapping, Sequence

import msgspec

from penstock.adapters.sql.news import NEWEST
from penstock.adapters.sql.outbox import put
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.faults import QuotaExceeded
from penstock.model.ids import PrincipalId, new_id
from penstock.model.news import News, told
from penstock.model.webhook import Delivery, Webhook, WebhookEdit
from penstock.ports import WEBHOOK, Message


class SqlWebhooks:
    """The port `WebhookRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, webhook: Webhook, most: int) -> None:
        """See `WebhookRepository.add`."""
        await self._database.write(lambda tx: _add(tx, webhook, most))

    async def webhook(self, webhook: str) -> Webhook | None:
        """See `WebhookRepository.webhook`."""
        row = await self._database.look(_ONE, id=webhook)
        return _webhook(row) if row is not None else None

    async def webhooks(self) -> list[Webhook]:
        """See `WebhookRepository.webhooks`."""
        if await self._database.look(_ANY) is None:
            return []  # mostly: every process asks, again and again
        return [_webhook(row) for row in await self._database.scan(_ALL)]

    async def edit(self, webhook: str, edit: WebhookEdit, secret: str, until: float) -> Webhook | None:
        """See `WebhookRepository.edit`."""
        values = {
            "id": webhook,
            "url": edit.url,
            "topics": _written(edit.topics) if edit.topics is not None else None,
            "enabled": None if edit.enabled is None else int(edit.enabled),
            "rotate": int(edit.rotate),
            "secret": secret,
            "until": until,
        }
        row = await self._database.write(lambda tx: tx.one(_EDIT, values))
        return _webhook(row) if row is not None else None

    async def disable(self, webhook: str, why: str) -> bool:
        """See `WebhookRepository.disable`."""
        return bool(await self._database.write(lambda tx: tx.run(_DISABLE, {"id": webhook, "why": why}), frees=True))

    async def remove(self, webhook: str) -> bool:
        """See `WebhookRepository.remove`."""
        return await self._database.write(lambda tx: _remove(tx, webhook), frees=True)

    async def hand_on(self, webhook: Webhook, position: int, events: Sequence[News], most: int) -> bool:
        """See `WebhookRepository.hand_on`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _hand_on(tx, webhook, position, events, most, now))

    async def rewind(self, webhook: str, position: int) -> None:
        """See `WebhookRepository.rewind`."""
        await self._database.write(lambda tx: tx.run(_REWIND, {"id": webhook, "position": position}))

    async def send(self, webhook: str, event: str, topic: str, subject: str, payload: str) -> str:
        """See `WebhookRepository.send`."""
        now, message = self._database.clock(), Message(new_id(), f"{WEBHOOK}{webhook}", topic, subject, payload)
        await self._database.write(lambda tx: put(tx, message, now), brief=True)
        return message.id

    async def deliveries(self, webhook: str, before: tuple[float, str] | None, count: int) -> list[Delivery]:
        """See `WebhookRepository.deliveries`."""
        since, identifier = before or (1e300, "")
        values = {"webhook": webhook, "since": since, "id": identifier, "count": count}
        return [_delivery(row) for row in await self._database.scan(_DELIVERIES, **values)]

    async def delivery(self, webhook: str, delivery: str) -> Delivery | None:
        """See `WebhookRepository.delivery`."""
        row = await self._database.look(_DELIVERY, webhook=webhook, id=delivery)
        return _delivery(row) if row is not None else None

    async def forget_deliveries(self, seconds: float, kept: int) -> int:
        """See `WebhookRepository.forget_deliveries`."""
        before, count = self._database.clock() - seconds, 0
        for row in await self._database.scan("SELECT DISTINCT webhook FROM deliveries"):
            values = {"webhook": row["webhook"], "before": before, "kept": kept}
            count += await self._database.write(lambda tx: tx.run(_FORGET, values), frees=True)  # noqa: B023  # awaited
        return count


async def _add(tx: Tx, webhook: Webhook, most: int) -> None:
    await tx.lock("webhooks")
    if (await tx.one("SELECT count(*) AS number FROM webhooks"))["number"] >= most:
        raise QuotaExceeded("webhooks", most)
    await tx.run(_ADD, _columns(webhook))


async def _remove(tx: Tx, webhook: str) -> bool:
    removed = await tx.run("DELETE FROM webhooks WHERE id = :id", {"id": webhook})
    await tx.run("DELETE FROM deliveries WHERE webhook = :id", {"id": webhook})
    await tx.run("DELETE FROM outbox WHERE destination = :destination", {"destination": f"{WEBHOOK}{webhook}"})
    return bool(removed)


async def _hand_on(tx: Tx, webhook: Webhook, position: int, events: Sequence[News], most: int, now: float) -> bool:
    values = {"id": webhook.id, "from": webhook.position, "position": position, "topics": _written(webhook.topics)}
    destination = f"{WEBHOOK}{webhook.id}"
    if await tx.one(_WAITING, {"destination": destination, "most": most}) is not None or not await tx.run(
        _MOVE, values
    ):
        return False
    for number, event in enumerate(events):
        message = Message(new_id(), destination, event.topic, event.subject, told(event))
        await put(tx, message, now - (len(events) - number) * 1e-6)  # so that the log has them in their order
    return True


def _columns(webhook: Webhook) -> Mapping[str, object]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "topics": _written(webhook.topics),
        "owner": webhook.owner,
        "secret": webhook.secret,
        "now": webhook.created_at,
    }


def _written(topics: Sequence[str]) -> str:
    return msgspec.json.encode(topics).decode()


def _webhook(row: Row) -> Webhook:
    return Webhook(
        row["id"],
        row["url"],
        tuple(msgspec.json.decode(row["topics"])),
        PrincipalId(row["owner"]) if row["owner"] is not None else None,
        bool(row["enabled"]),
        row["why"],
        row["secret"],
        row["former"],
        row["former_until"],
        row["position"],
        row["created_at"],
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        row["id"],
        row["webhook"],
        row["event"],
        row["topic"],
        row["subject"],
        row["since"],
        row["at"],
        row["tries"],
        row["outcome"],
        row["status"],
        row["why"],
        row["seconds"],
        row["payload"],
    )


_ONE = "SELECT * FROM webhooks WHERE id = :id"
_ANY = "SELECT 1 FROM webhooks LIMIT 1"
_ALL = "SELECT * FROM webhooks ORDER BY created_at, id"
_ADD = f"""
INSERT INTO webhooks (id, url, topics, owner, enabled, why, secret, former, former_until, position, created_at)
VALUES (:id, :url, :topics, :owner, 1, '', :secret, NULL, 0, ({NEWEST}), :now)
"""
_EDIT = """
UPDATE webhooks SET url = COALESCE(CAST(:url AS TEXT), url), topics = COALESCE(CAST(:topics AS TEXT), topics),
    why = CASE WHEN CAST(:enabled AS BIGINT) IS NULL THEN why ELSE '' END,
    enabled = COALESCE(CAST(:enabled AS BIGINT), enabled),
    former = CASE WHEN CAST(:rotate AS BIGINT) = 1 THEN secret ELSE former END,
    former_until = CASE WHEN CAST(:rotate AS BIGINT) = 1 THEN CAST(:until AS DOUBLE PRECISION) ELSE former_until END,
    secret = CASE WHEN CAST(:rotate AS BIGINT) = 1 THEN CAST(:secret AS TEXT) ELSE secret END
WHERE id = :id RETURNING *
"""
_DISABLE = "UPDATE webhooks SET enabled = 0, why = :why WHERE id = :id AND enabled = 1"
_REWIND = "UPDATE webhooks SET position = :position WHERE id = :id AND position > :position"
_MOVE = """
UPDATE webhooks SET position = :position
WHERE id = :id AND position = :from AND enabled = 1 AND topics = :topics
"""
_WAITING = "SELECT 1 FROM outbox WHERE destination = :destination LIMIT 1 OFFSET :most - 1"
_DELIVERIES = """
SELECT * FROM deliveries WHERE webhook = :webhook AND (since, id) < (:since, :id)
ORDER BY since DESC, id DESC LIMIT :count
"""
_DELIVERY = "SELECT * FROM deliveries WHERE webhook = :webhook AND id = :id"
_FORGET = """
DELETE FROM deliveries WHERE webhook = :webhook AND (since <= :before OR since < (
    SELECT since FROM deliveries WHERE webhook = :webhook ORDER BY since DESC LIMIT 1 OFFSET :kept
))
"""
