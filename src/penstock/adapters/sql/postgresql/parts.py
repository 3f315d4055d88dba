"""A part's record in one round trip."""

from penstock.adapters.sql.parts import SqlParts, next_part, outcome_of, read_old_part
from penstock.adapters.sql.postgresql.database import PostgresDatabase
from penstock.adapters.sql.upload_rows import HASH_LEASE
from penstock.model.ids import UploadId
from penstock.model.principal import Quota
from penstock.model.upload import Part
from penstock.ports import PartOutcome


class PostgresParts(SqlParts):
    """The port `PartRepository`, with a function in the database for the usual part."""

    def __init__(self, database: PostgresDatabase, quota: Quota) -> None:
        """`quota` is that of owners without one of their own."""
        super().__init__(database, quota)
        self._postgres = database
        self._unlimited = quota.bytes is None

    async def commit_part(
        self, upload: UploadId, part: Part, ttl: float, hashed_by: str, reserved: str | None = None
    ) -> PartOutcome:
        """See `PartRepository.commit_part`."""
        if not self._unlimited or reserved is not None:
            return await super().commit_part(upload, part, ttl, hashed_by, reserved)
        now = self._database.clock()
        values = {
            "id": upload,
            "number": part.number,
            "place": part.location,
            "length": part.length,
            "digest": part.digest,
            "hashed_by": hashed_by,
            "now": now,
            "expires_at": now + ttl,
            "until": now + HASH_LEASE,
        }
        row = await self._postgres.change(_COMMIT, values)
        if row is None:
            return await super().commit_part(upload, part, ttl, hashed_by, reserved)
        old = read_old_part(row, part.number)
        return outcome_of(row, old, next_part(old, part))


_COMMIT = """
SELECT * FROM commit_part_11(:id, :number, :place, :length, :digest, :hashed_by, :now, :expires_at, :until)
"""
