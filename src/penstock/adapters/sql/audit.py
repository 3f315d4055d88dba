"""The audit log (`ports.AuditRepository`)."""

from penstock.adapters.sql.conditions import FAILURE
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.audit import Act, Actor, Entry, Sought
from penstock.model.ids import new_id
from penstock.model.listing import Mark

FREEING = frozenset(
    {
        Act.FILE_DELETED,
        Act.TOKEN_REVOKED,
        Act.SESSION_REVOKED,
        Act.CLIENT_REMOVED,
        Act.USER_CHANGED,
        Act.SHARE_REVOKED,
        Act.REQUEST_REVOKED,
    }
)
"""The acts that are recorded on a full disk too, because they are performed there."""


class SqlAudit:
    """The port `AuditRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: Entry) -> None:
        """See `AuditRepository.record`."""
        values = {
            "id": new_id(),
            "at": entry.at,
            "who": entry.actor.name,
            "origin": entry.actor.origin,
            "act": entry.act,
            "about": entry.about,
            "outcome": entry.outcome,
        }
        frees = entry.act in FREEING
        await self._database.write(lambda tx: tx.run(_RECORD, values), frees=frees)

    async def last(self, count: int, name: str | None) -> list[Entry]:
        """See `AuditRepository.last`."""
        return [_entry(row) for row in await self._database.scan(_LAST, count=count, name=name)]

    async def page(self, sought: Sought, before: Mark | None, count: int) -> tuple[list[Entry], Mark | None]:
        """See `AuditRepository.page`."""
        mark = before or Mark(1e18, "")
        values = {"name": sought.name, "act": sought.act, "outcome": sought.outcome, "at": mark.value, "id": mark.id}
        values |= {"since": sought.since or 0.0, "until": sought.until if sought.until is not None else 1e18}
        rows = await self._database.scan(_PAGE, count=count, **values)
        return [_entry(row) for row in rows], Mark(rows[-1]["at"], rows[-1]["id"]) if len(rows) == count else None

    async def forget_old(self, seconds: float) -> int:
        """See `AuditRepository.forget_old`."""
        before = {"before": self._database.clock() - seconds}
        return await self._database.write(lambda tx: tx.run(_FORGET_OLD, before), frees=True)

    async def trim(self, failures: int, most: int) -> int:
        """See `AuditRepository.trim`."""
        return await self._database.write(lambda tx: _trim(tx, failures, most), frees=True)


async def _trim(tx: Tx, failures: int, most: int) -> int:
    surplus = await tx.run(_TRIM_FAILURES, {"kept": failures})
    return surplus + await tx.run(_TRIM, {"kept": most})


def _entry(row: Row) -> Entry:
    return Entry(row["at"], Actor(row["who"], row["origin"]), Act(row["act"]), row["about"], row["outcome"])


_RECORD = """
INSERT INTO audit (id, at, who, origin, act, about, outcome) VALUES (:id, :at, :who, :origin, :act, :about, :outcome)
"""
_LAST = """
SELECT * FROM audit WHERE CAST(:name AS TEXT) IS NULL OR who = :name OR about = :name ORDER BY at DESC, id LIMIT :count
"""
_PAGE = """
SELECT * FROM audit WHERE (at, id) < (:at, :id) AND at >= :since AND at < :until
AND (CAST(:name AS TEXT) IS NULL OR who = :name OR about = :name)
AND (CAST(:act AS TEXT) IS NULL OR act = :act) AND (CAST(:outcome AS TEXT) IS NULL OR outcome = :outcome)
ORDER BY at DESC, id DESC LIMIT :count
"""
_TRIM_FAILURES = f"""
DELETE FROM audit WHERE {FAILURE}
AND at <= (SELECT at FROM audit WHERE {FAILURE} ORDER BY at DESC LIMIT 1 OFFSET :kept)
"""
_TRIM = "DELETE FROM audit WHERE at <= (SELECT at FROM audit ORDER BY at DESC LIMIT 1 OFFSET :kept)"
_FORGET_OLD = "DELETE FROM audit WHERE at <= :before"
