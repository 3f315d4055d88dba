"""What is to be told to others (`ports.OutboxRepository`)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from penstock.adapters.sql.tx import Database, Row, Tx, Values
from penstock.ports import Backlog, Due, Message

T = TypeVar("T")


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

    async def done(self, message: str, holder: str) -> None:
        """See `OutboxRepository.done`."""
        values = {"id": message, "holder": holder}
        await self._database.write(lambda tx: tx.run(_DONE, values), brief=True, frees=True)

    async def postpone(self, message: str, holder: str, seconds: float) -> None:
        """See `OutboxRepository.postpone`."""
        due_at = self._database.clock() + seconds
        await self._database.write(lambda tx: _postpone(tx, message, holder, due_at), brief=True, frees=True)

    async def backlog(self) -> Backlog:
        """See `OutboxRepository.backlog`."""
        [row] = await self._database.scan("SELECT count(*) AS number, MIN(since) AS since FROM outbox")
        return Backlog(row["number"], row["since"])


async def announce(tx: Tx, changed: T, now: float, tell: Callable[[T], Sequence[Message]] | None) -> None:
    """Write what is to be told of a change, if anything is, given what it made of an upload or a file."""
    for message in tell(changed) if tell is not None else ():
        values = {
            "id": message.id,
            "destination": message.destination,
            "kind": message.kind,
            "subject": message.subject,
            "merged": f"{message.destination} {message.kind} {message.subject}" if message.merges else None,
            "payload": message.payload,
            "now": now,
        }
        await tx.run(_PUT, values)


async def _lease(tx: Tx, values: Values, holder: str, until: float) -> list[Due]:
    await tx.lock("outbox")  # or two who lease many at once could wait for each other
    due = await tx.all(_DUE, values)
    return [_read(await tx.one(_LEASE, {"id": row["id"], "holder": holder, "until": until})) for row in due]


async def _postpone(tx: Tx, message: str, holder: str, due_at: float) -> None:
    row = await tx.one(_POSTPONE, {"id": message, "holder": holder, "due_at": due_at})
    if row is not None:
        # Those behind it cannot go before it, and would be looked at in vain each time that something is due.
        await tx.run(_LINE_UP, {"destination": row["destination"], "subject": row["subject"], "due_at": due_at})


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
