"""What is to be told to others (`ports.OutboxRepository`)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from penstock.adapters.sql.tx import Database, Row, Tx, Values
from penstock.ports import WEBHOOK, Attempt, Backlog, Due, Message

T = TypeVar("T")

DELIVERED, FAILED, GIVEN_UP = "delivered", "failed", "given_up"
"""What came of a try to deliver a message."""


class SqlOutbox:
    """The port `OutboxRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, destination: str, holder: str, ttl: float, count: int) -> list[Due]:
        """See `OutboxRepository.lease`."""
        now = self._database.clock()
        if await self._database.look(_DUE, destination=destination, now=now, count=1) is None:
            return []
        values = {"destination": destination, "now": now, "count": count}
        return await self._database.write(lambda tx: _lease(tx, values, holder, now + ttl))

    async def done(self, message: str, holder: str, attempt: Attempt | None = None, *, given_up: bool = False) -> None:
        """See `OutboxRepository.done`."""
        values, now = {"id": message, "holder": holder}, self._database.clock()
        outcome = GIVEN_UP if given_up else DELIVERED
        await self._database.write(lambda tx: _done(tx, values, attempt, outcome, now), brief=True, frees=True)

    async def postpone(self, message: str, holder: str, seconds: float, attempt: Attempt | None = None) -> None:
        """See `OutboxRepository.postpone`."""
        values, now = {"id": message, "holder": holder}, self._database.clock()
        await self._database.write(
            lambda tx: _postpone(tx, values, attempt, now, now + seconds), brief=True, frees=True
        )

    async def backlog(self) -> Backlog:
        """See `OutboxRepository.backlog`."""
        [row] = await self._database.scan("SELECT count(*) AS number, MIN(since) AS since FROM outbox")
        return Backlog(row["number"], row["since"])


async def announce(tx: Tx, changed: T, now: float, tell: Callable[[T], Sequence[Message]] | None) -> None:
    """Write what is to be told of a change, if anything is, given what it made of an upload or a file."""
    for message in tell(changed) if tell is not None else ():
        await put(tx, message, now)


async def put(tx: Tx, message: Message, now: float) -> None:
    """Let a message wait behind the others of its subject."""
    await tx.run(
        _PUT,
        {
            "id": message.id,
            "destination": message.destination,
            "kind": message.kind,
            "subject": message.subject,
            "merged": f"{message.destination} {message.kind} {message.subject}" if message.merges else None,
            "payload": message.payload,
            "now": now,
        },
    )


async def _lease(tx: Tx, values: Values, holder: str, until: float) -> list[Due]:
    await tx.lock("outbox")  # or two who lease many at once could wait for each other
    due = await tx.all(_DUE, values)
    return [_read(await tx.one(_LEASE, {"id": row["id"], "holder": holder, "until": until})) for row in due]


async def _done(tx: Tx, values: Values, attempt: Attempt | None, outcome: str, now: float) -> None:
    await _log(tx, values, attempt, outcome, now)
    await tx.run(_DONE, values)


async def _postpone(tx: Tx, values: Values, attempt: Attempt | None, now: float, due_at: float) -> None:
    await _log(tx, values, attempt, FAILED, now)
    row = await tx.one(_POSTPONE, {**values, "due_at": due_at})
    if row is not None:
        await tx.run(_LINE_UP, {"destination": row["destination"], "subject": row["subject"], "due_at": due_at})


async def _log(tx: Tx, values: Values, attempt: Attempt | None, outcome: str, now: float) -> None:
    """Write a try down, of a message that is still its holder's."""
    if attempt is not None:
        facts = {"status": attempt.status, "why": attempt.why, "seconds": attempt.seconds, "outcome": outcome}
        await tx.run(_LOG, {**values, **facts, "event": attempt.event, "now": now, "begin": len(WEBHOOK) + 1})


def _read(row: Row) -> Due:
    message = Message(row["id"], row["destination"], row["kind"], row["subject"], row["payload"])
    return Due(message, row["tries"], row["since"])


_PUT = """
INSERT INTO outbox (id, destination, kind, subject, number, merged, payload, since, due_at, tries)
VALUES (:id, :destination, :kind, :subject,
        (SELECT COALESCE(MAX(number), 0) + 1 FROM outbox WHERE subject = :subject), :merged, :payload, :now, :now, 0)
ON CONFLICT (merged) DO UPDATE SET id = excluded.id, payload = excluded.payload, since = excluded.since
"""
_DUE = """
SELECT id FROM outbox WHERE destination = :destination AND due_at <= :now AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier WHERE earlier.subject = outbox.subject
    AND earlier.destination = outbox.destination AND earlier.number < outbox.number
) ORDER BY due_at LIMIT :count
"""
_LEASE = "UPDATE outbox SET holder = :holder, due_at = :until, merged = NULL WHERE id = :id RETURNING *"
_DONE = "DELETE FROM outbox WHERE id = :id AND holder = :holder"
_POSTPONE = """
UPDATE outbox SET tries = tries + 1, holder = NULL, due_at = :due_at WHERE id = :id AND holder = :holder
RETURNING destination, subject
"""
_LINE_UP = """
UPDATE outbox SET due_at = :due_at WHERE destination = :destination AND subject = :subject AND due_at < :due_at
"""
_LOG = """
INSERT INTO deliveries (id, webhook, event, topic, subject, since, at, tries, outcome, status, why, seconds, payload)
SELECT id, SUBSTR(destination, CAST(:begin AS INTEGER)), CAST(:event AS TEXT), kind, subject, since,
    CAST(:now AS DOUBLE PRECISION), 1,
    CAST(:outcome AS TEXT), CAST(:status AS BIGINT), CAST(:why AS TEXT), CAST(:seconds AS DOUBLE PRECISION), payload
FROM outbox WHERE id = :id AND holder = :holder
ON CONFLICT (id) DO UPDATE SET tries = deliveries.tries + 1, at = excluded.at, outcome = excluded.outcome,
    status = excluded.status, why = excluded.why, seconds = excluded.seconds
"""
