"""Records of uploads that are put together from others (`ports.JoinRepository`)."""

from collections.abc import Sequence

from penstock.adapters.sql.tx import Database, Tx
from penstock.adapters.sql.upload_rows import read_upload
from penstock.model.ids import UploadId
from penstock.model.upload import State, Upload

SPENT = 3600.0
"""How long, in seconds, a partial upload stays after a file was made of it."""


class SqlJoins:
    """The port `JoinRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sources(self, final: UploadId) -> list[Upload] | None:
        """See `JoinRepository.sources`."""
        now = self._database.clock()
        rows = await self._database.scan(_SOURCES, id=final)
        gone = any(row["id"] is None or row["state"] != State.OPEN or row["expires_at"] <= now for row in rows)
        return None if gone else [read_upload(row) for row in rows]

    async def made_of(self, source: UploadId) -> list[UploadId]:
        """See `JoinRepository.made_of`."""
        rows = await self._database.scan(_MADE_OF, source=source, now=self._database.clock())
        return [UploadId(row["id"]) for row in rows]

    async def due(self, count: int) -> list[UploadId]:
        """See `JoinRepository.due`."""
        now = self._database.clock()
        if await self._database.look(_ANY) is None:
            return []
        await self._database.write(lambda tx: _keep(tx, now), brief=True)
        return [UploadId(row["id"]) for row in await self._database.scan(_DUE, now=now, count=count)]


async def cover(tx: Tx, sources: Sequence[UploadId]) -> bool:
    """Whether the bytes of these partial uploads count for what is made of them: each is in it once, and in no other
    upload of which that is said.
    """
    if len(set(sources)) < len(sources):
        return False
    for source in sources:
        if await tx.one(_COVERING, {"source": source}) is not None:
            return False
    return True


async def add_sources(tx: Tx, final: UploadId, sources: Sequence[UploadId]) -> None:
    """Record what a final upload is made of."""
    if sources:
        rows = [{"id": final, "position": position, "source": source} for position, source in enumerate(sources)]
        await tx.run_many(_ADD, rows)


async def spend_sources(tx: Tx, final: UploadId, now: float) -> None:
    """A file is made of the upload: its own bytes count from now on, and those of its sources no longer."""
    await tx.run(_SPEND, {"id": final, "until": now + SPENT})
    await tx.run(_UNCOVER, {"id": final})


async def _keep(tx: Tx, now: float) -> None:
    """Let whatever belongs together live as long as what of it lives longest."""
    for row in await tx.all(_GROUPS, {"now": now}):
        values = {"id": row["id"], "until": row["until"]}
        await tx.run(_KEEP_FINAL, values)
        await tx.run(_KEEP_SOURCES, values)


_SOURCES = """
SELECT uploads.* FROM joins LEFT JOIN uploads ON uploads.id = joins.source
WHERE joins.upload_id = :id ORDER BY joins.position
"""
_OPEN = "f.concat = 'final' AND f.state = 'open'"
_MADE_OF = f"""
SELECT DISTINCT f.id FROM joins JOIN uploads f ON f.id = joins.upload_id
WHERE joins.source = :source AND {_OPEN} AND f.expires_at > :now
"""
_ANY = f"SELECT 1 FROM uploads f WHERE {_OPEN} LIMIT 1"
_DUE = f"""
SELECT f.id FROM uploads f
WHERE {_OPEN} AND f.expires_at > :now AND (f.chaser_until IS NULL OR f.chaser_until <= :now) AND (
    NOT EXISTS (
        SELECT 1 FROM joins JOIN uploads s ON s.id = joins.source
        WHERE joins.upload_id = f.id AND (s.size IS NULL OR s.bytes < s.size)
    ) OR EXISTS (
        SELECT 1 FROM joins LEFT JOIN uploads s ON s.id = joins.source
        WHERE joins.upload_id = f.id AND (s.id IS NULL OR s.state <> 'open' OR s.expires_at <= :now)
    )
) LIMIT :count
"""
_COVERING = """
SELECT 1 FROM joins JOIN uploads f ON f.id = joins.upload_id
WHERE joins.source = :source AND f.covered = 1 AND f.state IN ('open', 'sealing') LIMIT 1
"""
_ADD = "INSERT INTO joins (upload_id, position, source) VALUES (:id, :position, :source)"
_SPEND = """
UPDATE uploads SET spent = 1, expires_at = CASE WHEN expires_at < :until THEN expires_at ELSE :until END
WHERE state = 'open' AND spent = 0 AND id IN (SELECT source FROM joins WHERE upload_id = :id)
"""
_UNCOVER = "UPDATE uploads SET covered = 0 WHERE id = :id"
_GROUPS = f"""
SELECT f.id, MAX(CASE WHEN s.expires_at > f.expires_at THEN s.expires_at ELSE f.expires_at END) AS until
FROM uploads f JOIN joins ON joins.upload_id = f.id JOIN uploads s ON s.id = joins.source
WHERE {_OPEN} AND f.expires_at > :now AND s.state = 'open' AND s.spent = 0 AND s.expires_at > :now
GROUP BY f.id HAVING MIN(s.expires_at) <> MAX(s.expires_at) OR MAX(s.expires_at) <> MAX(f.expires_at)
"""
_KEEP_FINAL = "UPDATE uploads SET expires_at = :until WHERE id = :id AND expires_at < :until"
_KEEP_SOURCES = """
UPDATE uploads SET expires_at = :until WHERE expires_at < :until AND state = 'open' AND spent = 0
AND id IN (SELECT source FROM joins WHERE upload_id = :id)
"""
