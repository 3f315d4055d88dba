"""From parts to a file (`ports.SealingRepository`)."""

from collections.abc import Mapping
from dataclasses import replace

from penstock.adapters.sql.files import insert_file, read_file, upsert_blob
from penstock.adapters.sql.joins import spend_sources
from penstock.adapters.sql.news import note_file, note_upload
from penstock.adapters.sql.outbox import announce
from penstock.adapters.sql.quotas import Quotas
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.adapters.sql.upload_requests import count_file
from penstock.adapters.sql.upload_rows import (
    THAW_STALLED,
    UPLOAD,
    declared_columns,
    digest_columns,
    hashed_by,
    read_digests,
    read_part,
    read_upload,
    write_rejection,
)
from penstock.model.concat import Concat
from penstock.model.faults import PartsMissing, SizeWrong, UploadBusy, UploadUnknown
from penstock.model.file import NewFile
from penstock.model.ids import Location, UploadId
from penstock.model.layout import missing
from penstock.model.news import Topic
from penstock.model.principal import Quota
from penstock.model.upload import Declared, Digests, Rejection, Sealing, State, refuse_unless_open
from penstock.ports import Frozen, Placed, Published, Tell, TellFile


class SqlSealing:
    """The port `SealingRepository`."""

    def __init__(self, database: Database, quota: Quota) -> None:
        """`quota` is that of owners without one of their own."""
        self._database = database
        self._quotas = Quotas(quota, database.clock)

    async def sealing(self, upload: UploadId) -> Sealing | None:
        """See `SealingRepository.sealing`."""
        row = await self._database.look(_SEALED_NOW, id=upload, now=self._database.clock())
        return Sealing(State(row["state"]), row["bytes"], row["found_size"] or 0) if row is not None else None

    async def freeze(
        self, upload: UploadId, declared: Declared, completed_by: int | None, sealer: str, ttl: float
    ) -> Frozen | None:
        """See `SealingRepository.freeze`."""
        outcome = await self._database.write(lambda tx: self._freeze(tx, upload, declared, completed_by, sealer, ttl))
        if isinstance(outcome, PartsMissing):
            raise outcome  # not within the transaction: that would undo the thaw of a stalled seal
        return outcome

    async def _freeze(
        self,
        tx: Tx,
        upload: UploadId,
        declared: Declared,
        completed_by: int | None,
        sealer: str,
        ttl: float,
    ) -> Frozen | PartsMissing | None:
        await tx.lock_row("uploads", upload)
        now, total = self._database.clock(), declared.total or 0
        await tx.run(THAW_STALLED, {"id": upload, "now": now})
        row = await _require_sealable(tx, upload, now)
        if row["state"] != State.OPEN and row["sealer_until"] > now:
            return None
        lease = {"id": upload, "sealer": sealer, "until": now + ttl}
        parts = [read_part(entry) for entry in await tx.all(_PARTS, {"id": upload})]
        if row["state"] == State.PLACING:
            row = await tx.one(_TAKE_OVER, lease)
            return Frozen(read_upload(row), parts, read_digests(row), None)
        if row["appended"]:
            _refuse_another_size(row, declared)
            row = await tx.one(_FREEZE, lease | declared_columns(replace(declared, size=row["bytes"])) | {"by": None})
            return Frozen(read_upload(row), parts, None, hashed_by(row, now))
        if gaps := missing([part.number for part in parts], total):
            return PartsMissing(gaps, received=total - len(gaps), total=total)
        row = await tx.one(_FREEZE, lease | declared_columns(declared) | {"by": completed_by})
        return Frozen(
            read_upload(row),
            [part for part in parts if part.number < total],
            None,
            hashed_by(row, now),
        )

    async def renew(self, upload: UploadId, sealer: str, ttl: float) -> None:
        """See `SealingRepository.renew`."""
        values = {"id": upload, "sealer": sealer, "until": self._database.clock() + ttl}
        await self._database.write(lambda tx: tx.run(_RENEW, values), frees=True)

    async def thaw(self, upload: UploadId, sealer: str) -> None:
        """See `SealingRepository.thaw`."""
        await self._database.write(lambda tx: tx.run(_THAW, {"id": upload, "sealer": sealer}), frees=True)

    async def decide(self, upload: UploadId, digests: Digests, sealer: str) -> None:
        """See `SealingRepository.decide`."""
        await self._database.write(lambda tx: self._decide(tx, upload, digests, sealer))

    async def _decide(self, tx: Tx, upload: UploadId, digests: Digests, sealer: str) -> None:
        await tx.lock_row("uploads", upload)
        row = await tx.one(_SEALING, {"id": upload, "sealer": sealer})
        if row is None:
            raise UploadBusy
        if row["concat"] == Concat.FINAL:
            await spend_sources(tx, upload, self._database.clock())
        await self._quotas.check_sealing(tx, row, digests.size, promised=True)
        await tx.run(_DECIDE, digest_columns(digests) | {"id": upload})
        await tx.run(_DROP_SURPLUS, {"id": upload})

    async def approve(self, upload: UploadId, sealer: str) -> None:
        """See `SealingRepository.approve`."""
        await self._database.write(lambda tx: tx.run(_APPROVE, {"id": upload, "sealer": sealer}), brief=True)

    async def publish(
        self,
        upload: UploadId,
        location: Location,
        digests: Digests,
        file: NewFile,
        sealer: str,
        tell: TellFile | None = None,
    ) -> Published:
        """See `SealingRepository.publish`."""
        return await self._database.write(
            lambda tx: self._publish(tx, upload, location, digests, file, sealer, tell), brief=True
        )

    async def _publish(
        self,
        tx: Tx,
        upload: UploadId,
        location: Location,
        digests: Digests,
        file: NewFile,
        sealer: str,
        tell: TellFile | None,
    ) -> Published:
        await tx.lock_row("uploads", upload)
        row = await tx.one(_PLACING, {"id": upload, "sealer": sealer})
        if row is None:
            raise UploadBusy
        await self._quotas.check_sealing(tx, row, digests.size, promised=False)
        garbage, now = await upsert_blob(tx, Placed(location, digests)), self._database.clock()
        file_id = await insert_file(tx, row["owner"], row["dialect"], digests.sha256, file, upload, now)
        await tx.run(_SEALED, {"id": upload, "file": file_id, "now": now})
        await count_file(tx, row["upload_request"], digests.size)
        published = await read_file(tx, file_id)
        await note_file(tx, Topic.FILE_CREATED, published, now)
        await announce(tx, published, now, tell)
        return Published(published, garbage)

    async def reject(self, upload: UploadId, sealer: str, why: Rejection, tell: Tell | None = None) -> None:
        """See `SealingRepository.reject`."""
        now = self._database.clock()
        values = {"id": upload, "sealer": sealer, "now": now, "why": write_rejection(why)}
        await self._database.write(lambda tx: _reject(tx, values, now, tell), frees=True)


async def _reject(tx: Tx, values: Mapping[str, object], now: float, tell: Tell | None) -> None:
    row = await tx.one(_REJECT, values)
    if row is None:
        raise UploadBusy
    await note_upload(tx, Topic.UPLOAD_REFUSED, read_upload(row), now)
    await announce(tx, read_upload(row), now, tell)


def _refuse_another_size(row: Row, declared: Declared) -> None:
    """Raise `SizeWrong` unless as many bytes of an appended upload are here as are declared of it, if any are."""
    size = declared.size if declared.size is not None else row["size"]
    if size not in {None, row["bytes"]}:
        raise SizeWrong(size, row["bytes"])


async def _require_sealable(tx: Tx, upload: UploadId, now: float) -> Row:
    row: Row | None = await tx.one(UPLOAD, {"id": upload})
    if row is None or (row["state"] == State.OPEN and row["expires_at"] <= now):
        raise UploadUnknown
    if (rejection := read_upload(row).rejection) is not None:
        raise rejection
    if row["state"] not in {State.SEALING, State.PLACING}:
        refuse_unless_open(State(row["state"]), row["file_id"])
    return row


_PARTS = "SELECT * FROM parts WHERE upload_id = :id ORDER BY number"
_SEALED_NOW = """
SELECT state, bytes, found_size FROM uploads
WHERE id = :id AND state IN ('sealing', 'placing') AND sealer_until > :now
"""
_FREEZE = """
UPDATE uploads SET state = 'sealing', sealer = :sealer, sealer_until = :until, completed_by = :by, name = :name,
    media_type = :media_type, size = :size, total = :total, part_size = :part_size, md5 = :md5, label = :label,
    found_size = CASE WHEN found_sha256 IS NULL THEN NULL ELSE found_size END,
    needs_md5 = CASE WHEN CAST(:md5 AS TEXT) IS NULL THEN needs_md5 ELSE 1 END
WHERE id = :id RETURNING *
"""
_TAKE_OVER = "UPDATE uploads SET sealer = :sealer, sealer_until = :until WHERE id = :id RETURNING *"
_RENEW = "UPDATE uploads SET sealer_until = :until WHERE id = :id AND sealer = :sealer"
_THAW = "UPDATE uploads SET state = 'open' WHERE id = :id AND sealer = :sealer AND state = 'sealing'"
_SEALING = "SELECT owner, bytes, concat FROM uploads WHERE id = :id AND sealer = :sealer AND state = 'sealing'"
_DECIDE = """
UPDATE uploads SET state = 'placing', found_epoch = epoch, found_size = :size, found_sha256 = :sha256, found_md5 = :md5,
    found_crc32 = :crc32
WHERE id = :id
"""
_APPROVE = "UPDATE uploads SET approved = 1 WHERE id = :id AND sealer = :sealer AND state = 'placing'"
_REJECT = """
UPDATE uploads SET state = 'expired', ended_at = :now, rejection = :why
WHERE id = :id AND sealer = :sealer AND state = 'placing' RETURNING *
"""
_DROP_SURPLUS = """
DELETE FROM parts WHERE upload_id = :id AND number >= (SELECT total FROM uploads WHERE id = :id)
"""
_PLACING = """
SELECT owner, dialect, bytes, upload_request FROM uploads WHERE id = :id AND state = 'placing' AND sealer = :sealer
"""
_SEALED = "UPDATE uploads SET state = 'sealed', ended_at = :now, file_id = :file, sealer = NULL WHERE id = :id"
