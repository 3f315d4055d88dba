"""Answers to requests that may come twice (`ports.ReplyRepository`)."""

import msgspec

from penstock.adapters.sql.tx import Database, Tx
from penstock.model.faults import KeyInUse, KeyReused
from penstock.model.ids import PrincipalId
from penstock.model.reply import KeptReply

DAY, PATIENCE = 86400.0, 60.0
"""How long a key is remembered, and how long a request may be under way."""

KEPT = 1000
"""How many keys of one owner are remembered."""


class SqlReplies:
    """The port `ReplyRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, owner: PrincipalId, key: str, request: str) -> KeptReply | None:
        """See `ReplyRepository.begin`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _begin(tx, owner, key, request, now), brief=True)

    async def finish(self, owner: PrincipalId, key: str, reply: KeptReply) -> None:
        """See `ReplyRepository.finish`."""
        answer = msgspec.json.encode(reply).decode()
        values = {"owner": owner, "key": key, "status": reply.status, "answer": answer}
        await self._database.write(lambda tx: tx.run(_FINISH, values), brief=True)

    async def drop(self, owner: PrincipalId, key: str) -> None:
        """See `ReplyRepository.drop`."""
        values = {"owner": owner, "key": key}
        await self._database.write(lambda tx: tx.run(_DROP, values), frees=True)

    async def forget_old(self) -> int:
        """See `ReplyRepository.forget_old`."""
        values = {"before": self._database.clock() - DAY}
        return await self._database.write(lambda tx: tx.run(_FORGET, values), frees=True)


async def _begin(tx: Tx, owner: PrincipalId, key: str, request: str, now: float) -> KeptReply | None:
    values = {"owner": owner, "key": key, "request": request, "now": now}
    await tx.run(_FORGET_KEY, values | {"before": now - DAY, "dead": now - PATIENCE})
    if await tx.run(_BEGIN, values):
        await tx.run(_TRIM, {"owner": owner, "kept": KEPT})
        return None
    row = await tx.one(_ROW, values)
    if row["request"] != request:
        raise KeyReused
    if row["status"] is None:
        raise KeyInUse
    return msgspec.json.decode(row["answer"], type=KeptReply)


_ROW = "SELECT * FROM replies WHERE owner = :owner AND key = :key"
_BEGIN = """
INSERT INTO replies (owner, key, request, since) VALUES (:owner, :key, :request, :now) ON CONFLICT DO NOTHING
"""
_FORGET_KEY = """
DELETE FROM replies WHERE owner = :owner AND key = :key AND (since <= :before OR (status IS NULL AND since <= :dead))
"""
_TRIM = """
DELETE FROM replies WHERE owner = :owner AND since <= (
    SELECT since FROM replies WHERE owner = :owner ORDER BY since DESC LIMIT 1 OFFSET :kept
)
"""
_FINISH = "UPDATE replies SET status = :status, answer = :answer WHERE owner = :owner AND key = :key"
_DROP = "DELETE FROM replies WHERE owner = :owner AND key = :key AND status IS NULL"
_FORGET = "DELETE FROM replies WHERE since <= :before"
