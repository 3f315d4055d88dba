"""Leases on hashing uploads, and the digests (`ports.HashingRepository`)."""

from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.upload_rows import (
    UPLOAD,
    digest_columns,
    hashed_by,
    read_digests,
    read_upload,
)
from penstock.model.ids import UploadId
from penstock.model.upload import Digests
from penstock.ports import HashLease


class SqlHashing:
    """The port `HashingRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hash_lease(self, upload: UploadId) -> HashLease | None:
        """See `HashingRepository.hash_lease`."""
        row = await self._database.look(UPLOAD, id=upload)
        if row is None:
            return None
        digests = read_digests(row) if row["found_epoch"] == row["epoch"] else None
        return HashLease(read_upload(row), hashed_by(row, self._database.clock()), digests)

    async def lease_hashing(self, upload: UploadId, hashed_by: str, ttl: float, digested: int) -> bool:
        """See `HashingRepository.lease_hashing`."""
        now = self._database.clock()
        values = {"id": upload, "chaser": hashed_by, "now": now, "until": now + ttl, "digested": digested}
        return bool(await self._database.write(lambda tx: tx.run(_LEASE_HASHING, values)))

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, hashed_by: str) -> None:
        """See `HashingRepository.record_digests`."""
        values = digest_columns(digests) | {"id": upload, "epoch": epoch, "chaser": hashed_by}
        await self._database.write(lambda tx: tx.run(_RECORD_DIGESTS, values))


_LEASE_HASHING = """
UPDATE uploads SET chaser = :chaser, chaser_until = :until,
    found_size = CASE WHEN state = 'sealing' AND found_sha256 IS NULL AND COALESCE(found_size, 0) < :digested
                 THEN :digested ELSE found_size END
WHERE id = :id AND (chaser = :chaser OR chaser_until IS NULL OR chaser_until <= :now)
"""
_RECORD_DIGESTS = """
UPDATE uploads SET found_epoch = epoch, found_size = :size, found_sha256 = :sha256, found_md5 = :md5,
    found_crc32 = :crc32
WHERE id = :id AND epoch = :epoch AND chaser = :chaser AND state = 'sealing'
"""
