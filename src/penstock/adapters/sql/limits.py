"""Rate limits (`ports.Limiter`), counted over all processes."""

from collections.abc import Mapping

from penstock.adapters.sql.tx import Database, Tx
from penstock.ports import Allowance


class SqlLimiter:
    """The port `Limiter`: fixed windows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hit(self, bucket: str, client: str, limit: int, period: int) -> Allowance:
        """See `Limiter.hit`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: count_hit(tx, bucket, client, limit, period, now))


async def count_hit(tx: Tx, bucket: str, client: str, limit: int, period: int, now: float) -> Allowance:
    """As `Limiter.hit`, within a transaction: counted when that commits."""
    since = now - now % period
    hits = await _hit(tx, {"bucket": bucket, "client": client, "since": since})
    return Allowance(limit, max(0, limit - hits), int(since) + period, hits <= limit)


async def _hit(tx: Tx, values: Mapping[str, object]) -> int:
    hits: int = (await tx.one(_HIT, values))["hits"]
    if hits == 1:
        await tx.run("DELETE FROM limits WHERE since < :since AND bucket = :bucket", values)
    return hits


_HIT = """
INSERT INTO limits (bucket, client, since, hits) VALUES (:bucket, :client, :since, 1)
ON CONFLICT (bucket, client) DO UPDATE SET
    hits = CASE WHEN limits.since >= excluded.since THEN limits.hits + 1 ELSE 1 END,
    since = CASE WHEN limits.since >= excluded.since THEN limits.since ELSE excluded.since END
RETURNING hits
"""
