"""Reservations of arriving bytes (`ports.ReservationRepository`)."""

from collections.abc import Collection

from penstock.adapters.sql.quotas import Quotas
from penstock.adapters.sql.tx import Database, Tx, within
from penstock.model.ids import PrincipalId
from penstock.model.principal import Quota
from penstock.model.quota import Headroom
from penstock.ports import Reserving


class SqlReservations:
    """The port `ReservationRepository`."""

    def __init__(self, database: Database, quota: Quota) -> None:
        """`quota` is that of owners without one of their own."""
        self._database = database
        self._quotas = Quotas(quota, database.clock)

    async def left(self, owner: PrincipalId) -> Headroom | None:
        """See `ReservationRepository.left`."""
        return await self._quotas.left(self._database.look, owner)

    async def reserve(self, reserving: Reserving, wanted: int, ttl: float) -> int:
        """See `ReservationRepository.reserve`."""
        now = self._database.clock()
        return await self._database.write(
            lambda tx: _reserve(tx, self._quotas, reserving, wanted, now, ttl), brief=True
        )

    async def keep_reserved(self, ids: Collection[str], ttl: float) -> None:
        """See `ReservationRepository.keep_reserved`."""
        until = self._database.clock() + ttl
        await self._database.write(lambda tx: _keep_reserved(tx, ids, until))

    async def release(self, reserved: str) -> None:
        """See `ReservationRepository.release`."""
        await self._database.write(lambda tx: release(tx, reserved), brief=True, frees=True)


async def _reserve(tx: Tx, quotas: Quotas, reserving: Reserving, wanted: int, now: float, ttl: float) -> int:
    """Reserve as many of the `wanted` bytes as the headroom allows; returns how many."""
    values = {
        "id": reserving.id,
        "owner": reserving.owner,
        "upload": reserving.upload,
        "number": reserving.number,
        "now": now,
    }
    await quotas.lock(tx, reserving.owner)
    await tx.run(_FORGET_LAPSED, values)
    credit: int = (await tx.one(_CREDIT, values))["credit"]
    headroom = await quotas.left(within(tx), reserving.owner, reserving.id)
    held = wanted if headroom is None else min(wanted, headroom.most + credit)
    await tx.run(_PUT, {**values, "bytes": held, "credit": min(credit, held), "until": now + ttl})
    return held


async def _keep_reserved(tx: Tx, ids: Collection[str], until: float) -> None:
    """Renew these reservations."""
    await tx.run_many(_KEEP, [{"id": reserved, "until": until} for reserved in ids])


async def release(tx: Tx, reserved: str) -> None:
    """Release this reservation."""
    await tx.run(_RELEASE, {"id": reserved})


_FORGET_LAPSED = "DELETE FROM reservations WHERE owner = :owner AND until <= :now"
_CREDIT = """
SELECT COALESCE((
    SELECT length FROM parts WHERE upload_id = :upload AND number = :number AND NOT EXISTS (
        SELECT 1 FROM reservations r
        WHERE r.owner = :owner AND r.upload_id = :upload AND r.number = :number AND r.id <> :id AND r.credit > 0
    )
), 0) AS credit
"""
_PUT = """
INSERT INTO reservations (id, owner, upload_id, number, bytes, credit, until)
VALUES (:id, :owner, :upload, :number, :bytes, :credit, :until)
ON CONFLICT (id) DO UPDATE SET upload_id = excluded.upload_id, number = excluded.number, bytes = excluded.bytes,
    credit = excluded.credit, until = excluded.until
"""
_KEEP = "UPDATE reservations SET until = :until WHERE id = :id"
_RELEASE = "DELETE FROM reservations WHERE id = :id"
