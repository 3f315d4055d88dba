"""Whose turn a work is (`ports.LeaseRepository`)."""

from penstock.adapters.sql.tx import Database


class SqlLeases:
    """The port `LeaseRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, holder: str, ttl: float) -> bool:
        """See `LeaseRepository.take`."""
        now = self._database.clock()
        values = {"name": name, "holder": holder, "now": now, "until": now + ttl}
        return bool(await self._database.write(lambda tx: tx.run(_TAKE, values)))

    async def let_go(self, name: str, holder: str) -> None:
        """See `LeaseRepository.let_go`."""
        await self._database.write(lambda tx: tx.run(_LET_GO, {"name": name, "holder": holder}), frees=True)


_TAKE = """
INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = excluded.holder OR leases.until <= :now
"""
_LET_GO = "DELETE FROM leases WHERE name = :name AND holder = :holder"
