"""Queries of the background work (`ports.UpkeepRepository`)."""

from collections.abc import Collection, Mapping, Sequence

from penstock.adapters.sql.backup import HELD
from penstock.adapters.sql.files import read_blob, read_files, removed_files
from penstock.adapters.sql.news import note_files, note_upload
from penstock.adapters.sql.outbox import announce
from penstock.adapters.sql.quotas import take_usage
from penstock.adapters.sql.tx import Database, Row, Transaction, Tx, among
from penstock.adapters.sql.upload_rows import read_part, read_upload
from penstock.adapters.sql.variants import UNREFERENCED, drop_unowned
from penstock.model.ids import Location, UploadId
from penstock.model.news import Topic
from penstock.ports import KEPT, Finding, Tell

DAY = 86400.0
"""The longest period of a rate limit, in seconds."""

BATCH = 500
"""How many files are thrown away or removed in one transaction: each is told of."""


class SqlUpkeep:
    """The port `UpkeepRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def expire_uploads(self, tell: Tell | None = None) -> int:
        """See `UpkeepRepository.expire_uploads`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _expire(tx, now, tell), frees=True)

    async def finished(self, count: int) -> list[UploadId]:
        """See `UpkeepRepository.finished`."""
        return [UploadId(row["id"]) for row in await self._database.scan(_FINISHED, count=count)]

    async def forget_old(self) -> int:
        """See `UpkeepRepository.forget_old`."""
        await self._change(_FORGET_LAPSED, now=self._database.clock())
        await self._change(_FORGET_COUNTS, before=self._database.clock() - DAY)
        await self._change(_FORGET_LEASES, before=self._database.clock() - DAY)
        await self._change(_FORGET_MESSAGES, before=self._database.clock() - KEPT - DAY)
        return await self._change(_FORGET_OLD, now=self._database.clock())

    async def stalled(self, count: int) -> list[UploadId]:
        """See `UpkeepRepository.stalled`."""
        now = self._database.clock()
        await self._change(_THAW, now=now)
        rows = await self._database.scan(_STALLED, now=now, count=count)
        return [UploadId(row["id"]) for row in rows]

    async def known(self, uploads: Collection[UploadId]) -> set[UploadId]:
        """See `UpkeepRepository.known`."""
        return {UploadId(row["id"]) for row in await among(self._database, _KNOWN, uploads)}

    async def trash_older(self, seconds: float) -> int:
        """See `UpkeepRepository.trash_older`."""
        now = self._database.clock()
        return await self._in_batches(lambda tx: _trash(tx, now, now - seconds))

    async def purge_trash(self, seconds: float) -> int:
        """See `UpkeepRepository.purge_trash`."""
        now = self._database.clock()
        return await self._in_batches(lambda tx: _purge(tx, now, now - seconds))

    async def collect(self, grace: float, count: int) -> list[Location]:
        """See `UpkeepRepository.collect`."""
        now = self._database.clock()
        values = {"now": now, "before": now - grace, "count": count}
        orphaned = [row["sha256"] for row in await self._database.scan(_ORPHANED, count=count)]
        return await self._database.write(lambda tx: _collect(tx, orphaned, values), frees=True)

    async def located(self, locations: Collection[Location]) -> set[Location]:
        """See `UpkeepRepository.located`."""
        return {Location(row["location"]) for row in await among(self._database, _LOCATED, locations)}

    async def volume(self) -> int:
        """See `UpkeepRepository.volume`."""
        [row] = await self._database.scan(_VOLUME)
        return int(row["bytes"])

    async def findings(self, after: str, count: int) -> tuple[str, list[Finding]]:
        """See `UpkeepRepository.findings`: blobs first, then parts. The mark is `b<sha256>` or `p<upload>:<number>`."""
        if not after.startswith("p"):
            rows = await self._database.scan(_BLOBS_AFTER, after=after[1:], count=count)
            if rows:
                findings = [Finding(blob=read_blob(row), damaged=bool(row["damaged"])) for row in rows]
                return f"b{rows[-1]['sha256']}", findings
            after = "p:-1"
        upload, _, number = after[1:].rpartition(":")
        rows = await self._database.scan(_PARTS_AFTER, upload=upload, number=int(number), count=count)
        if not rows:
            return "", []
        return f"p{rows[-1]['upload_id']}:{rows[-1]['number']}", [_staged(row) for row in rows]

    async def _in_batches(self, transaction: Transaction[int]) -> int:
        """How many all of them changed, until one has little to do."""
        count = batch = await self._database.write(transaction, frees=True)
        while batch == BATCH:
            batch = await self._database.write(transaction, frees=True)
            count += batch
        return count

    async def _change(self, sql: str, **values: object) -> int:
        return await self._database.write(lambda tx: tx.run(sql, values), frees=True)


async def _expire(tx: Tx, now: float, tell: Tell | None) -> int:
    expired = await tx.all(f"{_EXPIRE} RETURNING *", {"now": now})
    for row in expired:
        if not row["spent"]:  # a file was made of it
            await note_upload(tx, Topic.UPLOAD_EXPIRED, read_upload(row), now)
        await announce(tx, read_upload(row), now, tell)
    return len(expired)


async def _trash(tx: Tx, now: float, before: float) -> int:
    rows = await tx.all(_TRASH, {"now": now, "before": before, "count": BATCH})
    await note_files(tx, Topic.FILE_TRASHED, await read_files(tx, rows), now)
    return len(rows)


async def _purge(tx: Tx, now: float, before: float) -> int:
    rows = await tx.all(_PURGE, {"before": before, "count": BATCH})
    for row in sorted(rows, key=lambda row: str(row["owner"])):
        await take_usage(tx, row["owner"], row["sha256"])
    for owner, blob in {(row["owner"], row["sha256"]) for row in rows}:
        await drop_unowned(tx, owner, blob)
    await note_files(tx, Topic.FILE_REMOVED, await removed_files(tx, rows), now)
    return len(rows)


async def _collect(tx: Tx, orphaned: Sequence[str], values: Mapping[str, object]) -> list[Location]:
    """The search for orphans reads everything and runs outside the writer; each candidate is checked again here."""
    for sha256 in orphaned:
        await tx.run(_CONDEMN, {**values, "sha256": sha256})
    return [Location(row["location"]) for row in await tx.all(_COLLECT, values)]


def _staged(row: Row) -> Finding:
    return Finding(upload=UploadId(row["upload_id"]), part=read_part(row))


_EXPIRE = "UPDATE uploads SET state = 'expired', ended_at = :now WHERE state = 'open' AND expires_at <= :now"
_FINISHED = """
SELECT id FROM uploads WHERE state IN ('sealed', 'cancelled', 'expired') AND discarded = 0 LIMIT :count
"""
_FORGET_OLD = """
DELETE FROM uploads WHERE state IN ('sealed', 'cancelled', 'expired') AND discarded = 1 AND expires_at <= :now
"""
_FORGET_LAPSED = "DELETE FROM reservations WHERE until <= :now"
_FORGET_LEASES = "DELETE FROM leases WHERE until <= :before"
_FORGET_MESSAGES = "DELETE FROM outbox WHERE since <= :before"
_FORGET_COUNTS = "DELETE FROM limits WHERE since <= :before"
_THAW = "UPDATE uploads SET state = 'open' WHERE state = 'sealing' AND sealer_until <= :now"
_STALLED = "SELECT id FROM uploads WHERE state = 'placing' AND sealer_until <= :now ORDER BY sealer_until LIMIT :count"
_TRASH = """
UPDATE files SET trashed_at = :now WHERE id IN (
    SELECT id FROM files WHERE trashed_at IS NULL AND created_at <= :before LIMIT :count
) AND trashed_at IS NULL RETURNING id
"""
_PURGE = """
DELETE FROM files WHERE id IN (SELECT id FROM files WHERE trashed_at <= :before LIMIT :count)
AND trashed_at <= :before RETURNING *
"""
_ORPHANED = f"SELECT sha256 FROM blobs WHERE condemned_at IS NULL AND {UNREFERENCED} LIMIT :count"
_CONDEMN = f"""
UPDATE blobs SET condemned_at = :now WHERE sha256 = :sha256 AND condemned_at IS NULL AND {UNREFERENCED}
"""
_COLLECT = f"""
DELETE FROM blobs WHERE sha256 IN (
    SELECT sha256 FROM blobs WHERE condemned_at <= :before AND {UNREFERENCED} LIMIT :count
) AND condemned_at <= :before AND {UNREFERENCED} AND NOT {HELD} RETURNING location
"""
_KNOWN = "SELECT id FROM uploads WHERE id IN ({})"
_LOCATED = "SELECT location FROM blobs WHERE location IN ({})"
_VOLUME = """
SELECT (SELECT COALESCE(SUM(size), 0) FROM blobs WHERE damaged = 0) + (
    SELECT COALESCE(SUM(bytes), 0) FROM uploads WHERE state IN ('open', 'sealing', 'placing')
) AS bytes
"""
_BLOBS_AFTER = "SELECT * FROM blobs WHERE sha256 > :after ORDER BY sha256 LIMIT :count"
_PARTS_AFTER = """
SELECT parts.* FROM parts JOIN uploads ON uploads.id = parts.upload_id
WHERE uploads.state IN ('open', 'sealing', 'placing') AND (upload_id, number) > (:upload, :number)
ORDER BY upload_id, number LIMIT :count
"""
