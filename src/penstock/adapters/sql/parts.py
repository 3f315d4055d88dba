"""Records of the parts of uploads (`ports.PartRepository`)."""

from collections.abc import Sequence
from dataclasses import replace

from penstock.adapters.sql.news import note_upload
from penstock.adapters.sql.quotas import OWN_QUOTA, Quotas
from penstock.adapters.sql.reservations import release
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.adapters.sql.upload_rows import (
    HASH_LEASE,
    THAW_STALLED,
    read_part,
    read_upload,
    require_open,
)
from penstock.model.faults import TooLarge
from penstock.model.ids import Md5, StagedLocation, UploadId
from penstock.model.news import Topic
from penstock.model.principal import Quota
from penstock.model.upload import Part, State
from penstock.ports import Admission, Committed, PartOutcome


class SqlParts:
    """The port `PartRepository`."""

    def __init__(self, database: Database, quota: Quota) -> None:
        """`quota` is that of owners without one of their own."""
        self._database = database
        self._quotas = Quotas(quota, database.clock)

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """See `PartRepository.part`."""
        row = await self._database.look(_PART, id=upload, number=number)
        return read_part(row) if row else None

    async def part_at(self, upload: UploadId, offset: int) -> Part | None:
        """See `PartRepository.part_at`."""
        row = await self._database.look(_PART_AT, id=upload, offset=offset)
        part = read_part(row) if row else None
        return part if part is not None and offset < part.number + part.length else None

    async def numbers(self, upload: UploadId) -> list[int]:
        """See `PartRepository.numbers`."""
        return [row["number"] for row in await self._database.scan(_NUMBERS, id=upload)]

    async def locations(self, upload: UploadId) -> dict[int, StagedLocation]:
        """See `PartRepository.locations`."""
        return {row["number"]: row["place"] for row in await self._database.scan(_LOCATIONS, id=upload)}

    async def md5s(self, upload: UploadId, count: int) -> dict[int, Md5 | None]:
        """See `PartRepository.md5s`."""
        rows = await self._database.scan(_MD5S, id=upload, count=count)
        return {row["number"]: Md5(row["md5"]) if row["md5"] is not None else None for row in rows}

    async def record_md5s(self, upload: UploadId, md5s: Sequence[tuple[Part, Md5]]) -> None:
        """See `PartRepository.record_md5s`."""
        values = [
            {"id": upload, "number": part.number, "generation": part.generation, "place": part.location, "md5": md5}
            for part, md5 in md5s
        ]
        await self._database.write(lambda tx: tx.run_many(_RECORD_MD5, values))

    async def admit(self, upload: UploadId, number: int, reserved: str | None = None) -> Admission:
        """See `PartRepository.admit`."""
        row = await self._database.look(_UPLOAD_AND_PART, id=upload, number=number)
        row = require_open(row, self._database.clock())
        headroom = await self._quotas.headroom(self._database.look, row, row["part_length"] or 0, reserved)
        return Admission(row["part_length"] is not None, headroom)

    async def commit_part(
        self, upload: UploadId, part: Part, ttl: float, hashed_by: str, reserved: str | None = None
    ) -> PartOutcome:
        """See `PartRepository.commit_part`."""
        return await self._database.write(
            lambda tx: self._commit_part(tx, upload, part, ttl, hashed_by, reserved), brief=True
        )

    async def _commit_part(
        self,
        tx: Tx,
        upload: UploadId,
        part: Part,
        ttl: float,
        hashed_by: str,
        reserved: str | None,
    ) -> PartOutcome:
        now = self._database.clock()
        if reserved is not None:
            await release(tx, reserved)  # before the quota is asked, or the part's bytes would count twice
        held = await _require_open(tx, upload, part.number, now)
        old = read_old_part(held, part.number)
        kept = next_part(old, part)
        same = kept is old
        growth = 0 if same else part.length - (old.length if old else 0)
        if held["bytes"] + growth > held["size_limit"]:
            raise TooLarge(held["size_limit"])
        await self._quotas.check_part(tx, held, old.length if old else 0, part.length)
        if not same:
            await tx.run(_PUT_PART, _part_columns(upload, kept))
        row = await tx.one(
            _COUNT_PART,
            {
                "id": upload,
                "epoch": 1 if old and not same else 0,
                "received": 0 if old else 1,
                "growth": growth,
                "length": part.length,
                "expires_at": now + ttl,
                "chaser": hashed_by,
                "now": now,
                "until": now + HASH_LEASE,
            },
        )
        return outcome_of(row, old, kept)

    async def forget_part(self, upload: UploadId, part: Part) -> None:
        """See `PartRepository.forget_part`."""
        await self._database.write(lambda tx: _forget_part(tx, upload, part, self._database.clock()), frees=True)


async def _require_open(tx: Tx, upload: UploadId, number: int, now: float) -> Row:
    """The upload, its part of this number and its owner's quota."""
    await tx.lock_row("uploads", upload)
    values = {"id": upload, "number": number}
    row: Row | None = await tx.one(_UPLOAD_AND_PART, values)
    if row is not None and row["state"] == State.SEALING and row["sealer_until"] <= now:
        await tx.run(THAW_STALLED, {"id": upload, "now": now})
        row = await tx.one(_UPLOAD_AND_PART, values)
    return require_open(row, now)


def read_old_part(row: Row, number: int) -> Part | None:
    """The part that a row of an upload and its part of this number tells of; None when there is none."""
    if row["part_length"] is None:
        return None
    return Part(
        number, StagedLocation(row["part_place"]), row["part_length"], row["part_digest"], row["part_generation"]
    )


def next_part(old: Part | None, part: Part) -> Part:
    """The record of a part that follows `old`, which stays when its bytes are the same."""
    if old is not None and (old.length, old.digest) == (part.length, part.digest):
        return old
    return replace(part, generation=old.generation + 1 if old else 0)


def outcome_of(row: Row, old: Part | None, kept: Part) -> PartOutcome:
    """The outcome of a part that is recorded as `kept` in the place of `old`; the row is its upload's."""
    committed = Committed.SAME if kept is old else Committed.REPLACED if old is not None else Committed.NEW
    return PartOutcome(committed, read_upload(row), kept, row["chaser"], old.location if old is not None else None)


async def _forget_part(tx: Tx, upload: UploadId, part: Part, now: float) -> None:
    await tx.lock_row("uploads", upload)
    values = {"id": upload, "number": part.number, "place": part.location, "generation": part.generation}
    if await tx.run(_FORGET_PART, values):
        await tx.run(_COUNT_LOST, {"id": upload, "length": part.length})
        ended = await tx.one(_END_APPENDED, {"id": upload, "now": now})
        if ended is not None:
            await note_upload(tx, Topic.UPLOAD_EXPIRED, read_upload(ended), now)


def _part_columns(upload: UploadId, part: Part) -> dict[str, object]:
    return {
        "id": upload,
        "number": part.number,
        "place": part.location,
        "length": part.length,
        "digest": part.digest,
        "generation": part.generation,
    }


_UPLOAD_AND_PART = f"""
SELECT u.*, p.length AS part_length, p.digest AS part_digest, p.place AS part_place, p.generation AS part_generation,
    {OWN_QUOTA}
FROM uploads u LEFT JOIN parts p ON p.upload_id = u.id AND p.number = :number LEFT JOIN users ON users.id = u.owner
WHERE u.id = :id
"""
"""Everything that decides about a part, in one statement: each further query would cost every part a round trip."""
_PART = "SELECT * FROM parts WHERE upload_id = :id AND number = :number"
_PART_AT = "SELECT * FROM parts WHERE upload_id = :id AND number <= :offset ORDER BY number DESC LIMIT 1"
_NUMBERS = "SELECT number FROM parts WHERE upload_id = :id ORDER BY number"
_PUT_PART = """
INSERT INTO parts (upload_id, number, place, length, digest, generation)
VALUES (:id, :number, :place, :length, :digest, :generation)
ON CONFLICT (upload_id, number) DO UPDATE SET place = excluded.place, length = excluded.length,
    digest = excluded.digest, generation = excluded.generation, md5 = NULL
"""
_LOCATIONS = "SELECT number, place FROM parts WHERE upload_id = :id"
_MD5S = "SELECT number, md5 FROM parts WHERE upload_id = :id AND number < :count ORDER BY number"
_RECORD_MD5 = """
UPDATE parts SET md5 = :md5 WHERE upload_id = :id AND number = :number AND generation = :generation AND place = :place
"""
_COUNT_PART = """
UPDATE uploads SET epoch = epoch + :epoch, received = received + :received, bytes = bytes + :growth,
    largest = CASE WHEN largest < :length THEN :length ELSE largest END, expires_at = :expires_at,
    chaser_until = CASE WHEN chaser = :chaser OR chaser_until <= :now THEN :until ELSE chaser_until END,
    chaser = CASE WHEN chaser = :chaser OR chaser_until <= :now THEN :chaser ELSE chaser END
WHERE id = :id RETURNING *
"""
_FORGET_PART = """
DELETE FROM parts WHERE upload_id = :id AND number = :number AND place = :place AND generation = :generation
AND EXISTS (SELECT 1 FROM uploads WHERE id = :id AND state IN ('open', 'sealing'))
"""
_END_APPENDED = "UPDATE uploads SET state = 'expired', ended_at = :now WHERE id = :id AND appended = 1 RETURNING *"
_COUNT_LOST = """
UPDATE uploads SET state = 'open', epoch = epoch + 1, received = received - 1, bytes = bytes - :length WHERE id = :id
"""
