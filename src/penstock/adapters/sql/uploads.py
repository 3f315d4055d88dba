"""Facts about uploads and their parts (`ports.UploadRepository`)."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from penstock.adapters.sql.database import Database
from penstock.adapters.sql.files import insert_file, read_file, upsert_blob
from penstock.adapters.sql.quotas import OWN_QUOTA, Quotas
from penstock.adapters.sql.removal import refuse_ended
from penstock.adapters.sql.reservations import keep_reserved, release, reserve
from penstock.adapters.sql.tx import Row, Tx
from penstock.model.faults import PartsMissing, TooLarge, UploadBusy, UploadUnknown
from penstock.model.file import NewFile
from penstock.model.ids import Location, Md5, PrincipalId, Sha256, UploadId, Where
from penstock.model.layout import missing
from penstock.model.principal import Quota
from penstock.model.quota import Headroom
from penstock.model.upload import LIVE, Declared, Digests, Part, Sealing, State, Upload, refuse_unless_open
from penstock.ports import Admission, Committed, Frozen, HashLease, Opening, PartOutcome, Placed, Published, Reserving

HASH_LEASE = 5.0
"""How long, in seconds, a process may follow an upload's bytes without a word."""


class SqlUploads:
    """The port `UploadRepository`."""

    def __init__(self, database: Database, quota: Quota) -> None:
        """`quota` holds for every owner that has none of its own."""
        self._database = database
        self._quotas = Quotas(quota, database.clock)

    async def open(self, opening: Opening) -> Upload:
        """See `UploadRepository.open`."""
        return await self._database.write(lambda tx: self._open(tx, opening), brief=True)

    async def _open(self, tx: Tx, opening: Opening) -> Upload:
        upload, now = opening.upload, self._database.clock()
        held = await tx.one(_NEWEST, _key(upload.owner, upload.dialect, upload.key))
        if held is not None and held["expires_at"] <= now and held["state"] == State.OPEN:
            await tx.run(_EXPIRE, {"id": held["id"], "now": now})
        elif held is not None and (held["state"] in LIVE or _still_cancelled(held, now)):
            return _upload(held)
        await refuse_ended(tx, upload.owner)
        await self._quotas.check_opening(tx, upload.owner, upload.declared.size, opening.address)
        lease = {"now": now, "chaser": opening.hashed_by, "chaser_until": now + HASH_LEASE, "address": opening.address}
        await tx.run(_INSERT, _columns(upload) | lease)
        return upload

    async def upload(self, upload: UploadId) -> Upload | None:
        """See `UploadRepository.upload`."""
        return self._current(await self._database.look(_UPLOAD, id=upload))

    async def newest(self, owner: PrincipalId, dialect: str, key: str) -> Upload | None:
        """See `UploadRepository.newest`."""
        return self._current(await self._database.look(_NEWEST, **_key(owner, dialect, key)))

    async def live_at(self, owner: PrincipalId, dialect: str, key: str, moment: float) -> Upload | None:
        """See `UploadRepository.live_at`."""
        row = await self._database.look(_LIVE_AT, **_key(owner, dialect, key), moment=moment)
        return _upload(row) if row is not None else None

    def _current(self, row: Row | None) -> Upload | None:
        if row is None or row["state"] == State.EXPIRED:
            return None
        over = row["expires_at"] <= self._database.clock() and row["state"] not in {State.SEALING, State.PLACING}
        return None if over else _upload(row)

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """See `UploadRepository.part`."""
        row = await self._database.look(_PART, id=upload, number=number)
        return _part(row) if row else None

    async def parts(self, upload: UploadId, start: int, count: int) -> list[Part]:
        """See `UploadRepository.parts`."""
        return [_part(row) for row in await self._database.scan(_PARTS, id=upload, start=start, count=count)]

    async def numbers(self, upload: UploadId) -> list[int]:
        """See `UploadRepository.numbers`."""
        return [row["number"] for row in await self._database.scan(_NUMBERS, id=upload)]

    async def md5s(self, upload: UploadId, count: int) -> dict[int, Md5 | None]:
        """See `UploadRepository.md5s`."""
        rows = await self._database.scan(_MD5S, id=upload, count=count)
        return {row["number"]: Md5(row["md5"]) if row["md5"] is not None else None for row in rows}

    async def record_md5s(self, upload: UploadId, found: Sequence[tuple[Part, Md5]]) -> None:
        """See `UploadRepository.record_md5s`."""
        values = [
            {"id": upload, "number": part.number, "generation": part.generation, "place": part.where, "md5": md5}
            for part, md5 in found
        ]
        await self._database.write(lambda tx: tx.run_many(_RECORD_MD5, values))

    async def admit(self, upload: UploadId, number: int, reserved: str | None = None) -> Admission:
        """See `UploadRepository.admit`."""
        row = await self._database.look(_UPLOAD_AND_PART, id=upload, number=number)
        row = _refuse_unless_open(row, self._database.clock())
        headroom = await self._quotas.headroom(self._database.look, row, row["part_length"] or 0, reserved)
        return Admission(row["part_length"] is not None, headroom)

    async def left(self, owner: PrincipalId) -> Headroom | None:
        """See `UploadRepository.left`."""
        return await self._quotas.left(self._database.look, owner)

    async def reserve(self, reserving: Reserving, wanted: int, ttl: float) -> int:
        """See `UploadRepository.reserve`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: reserve(tx, self._quotas, reserving, wanted, now, ttl), brief=True)

    async def keep_reserved(self, ids: Collection[str], ttl: float) -> None:
        """See `UploadRepository.keep_reserved`."""
        until = self._database.clock() + ttl
        await self._database.write(lambda tx: keep_reserved(tx, ids, until))

    async def release(self, reserved: str) -> None:
        """See `UploadRepository.release`."""
        await self._database.write(lambda tx: release(tx, reserved), brief=True, frees=True)

    async def commit_part(
        self, upload: UploadId, part: Part, ttl: float, hashed_by: str, reserved: str | None = None
    ) -> PartOutcome:
        """See `UploadRepository.commit_part`."""
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
            await release(tx, reserved)
        held = await _require_open(tx, upload, part.number, now)
        old = _old_part(held, part.number)
        same = old is not None and (old.length, old.digest) == (part.length, part.digest)
        growth = 0 if same else part.length - (old.length if old else 0)
        if held["bytes"] + growth > held["size_limit"]:
            raise TooLarge(held["size_limit"])
        await self._quotas.check_part(tx, held, old.length if old else 0, part.length)
        kept = old if same and old else replace(part, generation=old.generation + 1 if old else 0)
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
        committed = Committed.SAME if same else Committed.REPLACED if old else Committed.NEW
        return PartOutcome(committed, _upload(row), kept, row["chaser"], old.where if old else None)

    async def forget_part(self, upload: UploadId, part: Part) -> None:
        """See `UploadRepository.forget_part`."""
        await self._database.write(lambda tx: _forget_part(tx, upload, part), frees=True)

    async def cancel(self, upload: UploadId) -> None:
        """See `UploadRepository.cancel`."""
        now = self._database.clock()
        await self._database.write(lambda tx: _cancel(tx, upload, now), frees=True)

    async def expire(self, upload: UploadId) -> bool:
        """See `UploadRepository.expire`."""
        values = {"id": upload, "now": self._database.clock()}
        changed = await self._database.write(lambda tx: tx.run(_EXPIRE, values), frees=True)
        return bool(changed)

    async def hash_lease(self, upload: UploadId) -> HashLease | None:
        """See `UploadRepository.hash_lease`."""
        row = await self._database.look(_UPLOAD, id=upload)
        if row is None:
            return None
        digests = _digests(row) if row["found_epoch"] == row["epoch"] else None
        return HashLease(_upload(row), self._hashed_by(row), digests)

    def _hashed_by(self, row: Row) -> str | None:
        return row["chaser"] if (row["chaser_until"] or 0) > self._database.clock() else None

    async def sealing(self, upload: UploadId) -> Sealing | None:
        """See `UploadRepository.sealing`."""
        row = await self._database.look(_SEALED_NOW, id=upload, now=self._database.clock())
        return Sealing(State(row["state"]), row["bytes"], row["found_size"] or 0) if row is not None else None

    async def lease_hashing(self, upload: UploadId, hashed_by: str, ttl: float, digested: int) -> bool:
        """See `UploadRepository.lease_hashing`."""
        now = self._database.clock()
        values = {"id": upload, "chaser": hashed_by, "now": now, "until": now + ttl, "digested": digested}
        return bool(await self._database.write(lambda tx: tx.run(_LEASE_HASHING, values)))

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, hashed_by: str) -> None:
        """See `UploadRepository.record_digests`."""
        values = _digest_columns(digests) | {"id": upload, "epoch": epoch, "chaser": hashed_by}
        await self._database.write(lambda tx: tx.run(_RECORD_DIGESTS, values))

    async def freeze(
        self, upload: UploadId, declared: Declared, completed_by: int | None, sealer: str, ttl: float
    ) -> Frozen | None:
        """See `UploadRepository.freeze`."""
        outcome = await self._database.write(lambda tx: self._freeze(tx, upload, declared, completed_by, sealer, ttl))
        if isinstance(outcome, PartsMissing):
            raise outcome
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
        now, total = self._database.clock(), declared.total or 0
        await tx.run(_THAW_STALLED, {"id": upload, "now": now})
        row = await _require_sealable(tx, upload, now)
        if row["state"] != State.OPEN and row["sealer_until"] > now:
            return None
        lease = {"id": upload, "sealer": sealer, "until": now + ttl}
        parts = [_part(found) for found in await tx.all(_PARTS, {"id": upload, "start": 0, "count": -1})]
        if row["state"] == State.PLACING:
            row = await tx.one(_TAKE_OVER, lease)
            return Frozen(_upload(row), parts, _digests(row), None)
        if gaps := missing([part.number for part in parts], total):
            return PartsMissing(gaps, received=total - len(gaps), total=total)
        row = await tx.one(_FREEZE, lease | _declared_columns(declared) | {"by": completed_by})
        return Frozen(_upload(row), [part for part in parts if part.number < total], None, self._hashed_by(row))

    async def renew(self, upload: UploadId, sealer: str, ttl: float) -> None:
        """See `UploadRepository.renew`."""
        values = {"id": upload, "sealer": sealer, "until": self._database.clock() + ttl}
        await self._database.write(lambda tx: tx.run(_RENEW, values), frees=True)

    async def thaw(self, upload: UploadId, sealer: str) -> None:
        """See `UploadRepository.thaw`."""
        await self._database.write(lambda tx: tx.run(_THAW, {"id": upload, "sealer": sealer}), frees=True)

    async def decide(self, upload: UploadId, digests: Digests, sealer: str) -> None:
        """See `UploadRepository.decide`."""
        await self._database.write(lambda tx: self._decide(tx, upload, digests, sealer))

    async def _decide(self, tx: Tx, upload: UploadId, digests: Digests, sealer: str) -> None:
        row = await tx.one(_SEALING, {"id": upload, "sealer": sealer})
        if row is None:
            raise UploadBusy
        await self._quotas.check_sealing(tx, row, digests.size, promised=True)
        await tx.run(_DECIDE, _digest_columns(digests) | {"id": upload})
        await tx.run(_DROP_SURPLUS, {"id": upload})

    async def publish(self, upload: UploadId, at: Location, digests: Digests, file: NewFile, sealer: str) -> Published:
        """See `UploadRepository.publish`."""
        return await self._database.write(lambda tx: self._publish(tx, upload, at, digests, file, sealer), brief=True)

    async def _publish(
        self,
        tx: Tx,
        upload: UploadId,
        at: Location,
        digests: Digests,
        file: NewFile,
        sealer: str,
    ) -> Published:
        row = await tx.one(_PLACING, {"id": upload, "sealer": sealer})
        if row is None:
            raise UploadBusy
        await self._quotas.check_sealing(tx, row, digests.size, promised=False)
        garbage, now = await upsert_blob(tx, Placed(at, digests)), self._database.clock()
        made = await insert_file(tx, row["owner"], row["dialect"], digests.sha256, file, upload, now)
        await tx.run(_SEALED, {"id": upload, "file": made, "now": now})
        return Published(await read_file(tx, made), garbage)

    async def reject(self, upload: UploadId, sealer: str) -> None:
        """See `UploadRepository.reject`."""
        values = {"id": upload, "sealer": sealer, "now": self._database.clock()}
        await self._database.write(lambda tx: tx.run(_REJECT, values), frees=True)

    async def discarded(self, upload: UploadId) -> None:
        """See `UploadRepository.discarded`."""
        await self._database.write(lambda tx: _discarded(tx, upload), frees=True)

    async def count_by_state(self) -> dict[State, int]:
        """See `UploadRepository.count_by_state`."""
        rows = await self._database.scan("SELECT state, count(*) AS number FROM uploads GROUP BY state")
        return {State(row["state"]): row["number"] for row in rows}


# --- the transactions ------------------------------------------------------------------------------------------------


async def _require_open(tx: Tx, upload: UploadId, number: int, now: float) -> Row:
    """The upload, its part of this number and its owner's quota."""
    values = {"id": upload, "number": number}
    row: Row | None = await tx.one(_UPLOAD_AND_PART, values)
    if row is not None and row["state"] == State.SEALING and row["sealer_until"] <= now:
        await tx.run(_THAW_STALLED, {"id": upload, "now": now})
        row = await tx.one(_UPLOAD_AND_PART, values)
    return _refuse_unless_open(row, now)


def _refuse_unless_open(row: Row | None, now: float) -> Row:
    if row is None or (row["state"] == State.OPEN and row["expires_at"] <= now):
        raise UploadUnknown
    refuse_unless_open(State(row["state"]), row["file_id"])
    return row


def _old_part(row: Row, number: int) -> Part | None:
    if row["part_length"] is None:
        return None
    return Part(number, Where(row["part_place"]), row["part_length"], row["part_digest"], row["part_generation"])


async def _require_sealable(tx: Tx, upload: UploadId, now: float) -> Row:
    row: Row | None = await tx.one(_UPLOAD, {"id": upload})
    if row is None or (row["state"] == State.OPEN and row["expires_at"] <= now):
        raise UploadUnknown
    if row["state"] not in {State.SEALING, State.PLACING}:
        refuse_unless_open(State(row["state"]), row["file_id"])
    return row


def _still_cancelled(row: Row, now: float) -> bool:
    return bool(row["state"] == State.CANCELLED and row["expires_at"] > now)


async def _forget_part(tx: Tx, upload: UploadId, part: Part) -> None:
    values = {"id": upload, "number": part.number, "place": part.where, "generation": part.generation}
    if await tx.run(_FORGET_PART, values):
        await tx.run(_COUNT_LOST, {"id": upload, "length": part.length})


async def _cancel(tx: Tx, upload: UploadId, now: float) -> None:
    row = await tx.one("SELECT state, file_id FROM uploads WHERE id = :id", {"id": upload})
    if row is None:
        raise UploadUnknown
    if row["state"] != State.CANCELLED:
        refuse_unless_open(State(row["state"]), row["file_id"])
        await tx.run(_CANCEL, {"id": upload, "now": now})


async def _discarded(tx: Tx, upload: UploadId) -> None:
    await tx.run("UPDATE uploads SET discarded = 1 WHERE id = :id", {"id": upload})
    await tx.run("DELETE FROM uploads WHERE id = :id AND state = 'expired'", {"id": upload})


# --- rows and dataclasses --------------------------------------------------------------------------------------------


def _key(owner: PrincipalId, dialect: str, key: str) -> dict[str, str]:
    return {"owner": owner, "dialect": dialect, "key": key}


def _columns(upload: Upload) -> dict[str, object]:
    return _declared_columns(upload.declared) | {
        "id": upload.id,
        "owner": upload.owner,
        "dialect": upload.dialect,
        "key": upload.key,
        "size_limit": upload.limit,
        "needs_md5": int(upload.needs_md5),
        "expires_at": upload.expires_at,
    }


def _declared_columns(said: Declared) -> dict[str, object]:
    return {
        "name": said.name,
        "media_type": said.media_type,
        "size": said.size,
        "total": said.total,
        "part_size": said.part_size,
        "md5": said.md5,
        "label": said.label,
    }


def _upload(row: Row) -> Upload:
    said = Declared(
        row["name"], row["media_type"], row["size"], row["total"], row["part_size"], row["md5"], row["label"]
    )
    return Upload(
        id=UploadId(row["id"]),
        owner=PrincipalId(row["owner"]),
        dialect=row["dialect"],
        key=row["client_key"],
        declared=said,
        limit=row["size_limit"],
        needs_md5=bool(row["needs_md5"]),
        state=State(row["state"]),
        epoch=row["epoch"],
        received=row["received"],
        bytes=row["bytes"],
        largest=row["largest"],
        expires_at=row["expires_at"],
        file=row["file_id"],
        completed_by=row["completed_by"],
    )


def _part(row: Row) -> Part:
    return Part(row["number"], Where(row["place"]), row["length"], row["digest"], row["generation"])


def _part_columns(upload: UploadId, part: Part) -> dict[str, object]:
    return {
        "id": upload,
        "number": part.number,
        "place": part.where,
        "length": part.length,
        "digest": part.digest,
        "generation": part.generation,
    }


def _digests(row: Row) -> Digests | None:
    if row["found_sha256"] is None:
        return None
    return Digests(row["found_size"], Sha256(row["found_sha256"]), Md5(row["found_md5"]) if row["found_md5"] else None)


def _digest_columns(digests: Digests) -> dict[str, object]:
    return {"size": digests.size, "sha256": digests.sha256, "md5": digests.md5}


# --- statements ------------------------------------------------------------------------------------------------------

_NEWEST = """
SELECT * FROM uploads WHERE owner = :owner AND dialect = :dialect AND client_key = :key AND state <> 'expired'
ORDER BY state IN ('open', 'sealing', 'placing') DESC, opened_at DESC LIMIT 1
"""
_LIVE_AT = """
SELECT * FROM uploads WHERE owner = :owner AND dialect = :dialect AND client_key = :key AND opened_at <= :moment
AND (ended_at > :moment OR (ended_at IS NULL AND (state <> 'open' OR expires_at > :moment)))
ORDER BY opened_at DESC LIMIT 1
"""
_INSERT = """
INSERT INTO uploads (id, owner, dialect, client_key, name, media_type, size, total, part_size, md5, label, size_limit,
                     needs_md5, state, epoch, received, bytes, largest, opened_at, expires_at, discarded, chaser,
                     chaser_until, address)
VALUES (:id, :owner, :dialect, :key, :name, :media_type, :size, :total, :part_size, :md5, :label, :size_limit,
        :needs_md5, 'open', 0, 0, 0, 0, :now, :expires_at, 0, :chaser, :chaser_until, :address)
"""
_UPLOAD = "SELECT * FROM uploads WHERE id = :id"
_UPLOAD_AND_PART = f"""
SELECT u.*, p.length AS part_length, p.digest AS part_digest, p.place AS part_place, p.generation AS part_generation,
    {OWN_QUOTA}
FROM uploads u LEFT JOIN parts p ON p.upload_id = u.id AND p.number = :number LEFT JOIN users ON users.id = u.owner
WHERE u.id = :id
"""
"""All that decides about a part, in one statement: a part costs as many round trips as it asks questions."""
_PART = "SELECT * FROM parts WHERE upload_id = :id AND number = :number"
_PARTS = "SELECT * FROM parts WHERE upload_id = :id AND number >= :start ORDER BY number LIMIT :count"
_NUMBERS = "SELECT number FROM parts WHERE upload_id = :id ORDER BY number"
_PUT_PART = """
INSERT INTO parts (upload_id, number, place, length, digest, generation)
VALUES (:id, :number, :place, :length, :digest, :generation)
ON CONFLICT (upload_id, number) DO UPDATE SET place = excluded.place, length = excluded.length,
    digest = excluded.digest, generation = excluded.generation, md5 = NULL
"""
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
_COUNT_LOST = """
UPDATE uploads SET state = 'open', epoch = epoch + 1, received = received - 1, bytes = bytes - :length WHERE id = :id
"""
_CANCEL = "UPDATE uploads SET state = 'cancelled', ended_at = :now WHERE id = :id"
_EXPIRE = "UPDATE uploads SET state = 'expired', ended_at = :now WHERE id = :id AND state = 'open'"
_SEALED_NOW = """
SELECT state, bytes, found_size FROM uploads
WHERE id = :id AND state IN ('sealing', 'placing') AND sealer_until > :now
"""
_LEASE_HASHING = """
UPDATE uploads SET chaser = :chaser, chaser_until = :until,
    found_size = CASE WHEN state = 'sealing' AND found_sha256 IS NULL AND COALESCE(found_size, 0) < :digested
                 THEN :digested ELSE found_size END
WHERE id = :id AND (chaser = :chaser OR chaser_until IS NULL OR chaser_until <= :now)
"""
_RECORD_DIGESTS = """
UPDATE uploads SET found_epoch = epoch, found_size = :size, found_sha256 = :sha256, found_md5 = :md5
WHERE id = :id AND epoch = :epoch AND chaser = :chaser AND state = 'sealing'
"""
_FREEZE = """
UPDATE uploads SET state = 'sealing', sealer = :sealer, sealer_until = :until, completed_by = :by, name = :name,
    media_type = :media_type, size = :size, total = :total, part_size = :part_size, md5 = :md5, label = :label,
    found_size = CASE WHEN found_sha256 IS NULL THEN NULL ELSE found_size END,
    needs_md5 = CASE WHEN :md5 IS NULL THEN needs_md5 ELSE 1 END
WHERE id = :id RETURNING *
"""
_TAKE_OVER = "UPDATE uploads SET sealer = :sealer, sealer_until = :until WHERE id = :id RETURNING *"
_RENEW = "UPDATE uploads SET sealer_until = :until WHERE id = :id AND sealer = :sealer"
_THAW = "UPDATE uploads SET state = 'open' WHERE id = :id AND sealer = :sealer AND state = 'sealing'"
_THAW_STALLED = "UPDATE uploads SET state = 'open' WHERE id = :id AND state = 'sealing' AND sealer_until <= :now"
_SEALING = "SELECT owner, bytes FROM uploads WHERE id = :id AND sealer = :sealer AND state = 'sealing'"
_DECIDE = """
UPDATE uploads SET state = 'placing', found_epoch = epoch, found_size = :size, found_sha256 = :sha256, found_md5 = :md5
WHERE id = :id
"""
_REJECT = """
UPDATE uploads SET state = 'expired', ended_at = :now WHERE id = :id AND sealer = :sealer AND state = 'placing'
"""
_DROP_SURPLUS = """
DELETE FROM parts WHERE upload_id = :id AND number >= (SELECT total FROM uploads WHERE id = :id)
"""
_PLACING = "SELECT owner, dialect, bytes FROM uploads WHERE id = :id AND state = 'placing' AND sealer = :sealer"
_SEALED = "UPDATE uploads SET state = 'sealed', ended_at = :now, file_id = :file, sealer = NULL WHERE id = :id"
