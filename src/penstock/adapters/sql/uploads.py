"""Facts about uploads and their parts (`ports.UploadRepository`)."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace

from penstock.adapters.sql.database import Database
from penstock.adapters.sql.files import insert_file, read_file, upsert_blob
from penstock.adapters.sql.quotas import Quotas
from penstock.adapters.sql.removal import refuse_ended
from penstock.adapters.sql.reservations import keep_reserved, release, reserve
from penstock.model.faults import PartsMissing, TooLarge, UploadBusy, UploadUnknown
from penstock.model.file import NewFile
from penstock.model.ids import Location, Md5, PrincipalId, Sha256, UploadId, Where
from penstock.model.layout import missing
from penstock.model.principal import Quota
from penstock.model.quota import Headroom
from penstock.model.upload import LIVE, Declared, Digests, Part, Sealing, State, Upload, refuse_unless_open
from penstock.ports import Committed, Frozen, HashLease, Opening, PartOutcome, Placed, Published, Reserving

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
        return await self._database.write(lambda connection: self._open(connection, opening), brief=True)

    def _open(self, connection: sqlite3.Connection, opening: Opening) -> Upload:
        upload, now = opening.upload, self._database.clock()
        held = connection.execute(_NEWEST, _key(upload.owner, upload.dialect, upload.key)).fetchone()
        if held is not None and held["expires_at"] <= now and held["state"] == State.OPEN:
            connection.execute(_EXPIRE, {"id": held["id"], "now": now})
        elif held is not None and (held["state"] in LIVE or _still_cancelled(held, now)):
            return _upload(held)
        refuse_ended(connection, upload.owner)
        self._quotas.check_opening(connection, upload.owner, upload.declared.size, opening.address)
        lease = {"now": now, "chaser": opening.hashed_by, "chaser_until": now + HASH_LEASE, "address": opening.address}
        connection.execute(_INSERT, _columns(upload) | lease)
        return upload

    async def upload(self, upload: UploadId) -> Upload | None:
        """See `UploadRepository.upload`."""
        return self._current(self._database.look(_UPLOAD, id=upload))

    async def newest(self, owner: PrincipalId, dialect: str, key: str) -> Upload | None:
        """See `UploadRepository.newest`."""
        return self._current(self._database.look(_NEWEST, **_key(owner, dialect, key)))

    async def live_at(self, owner: PrincipalId, dialect: str, key: str, moment: float) -> Upload | None:
        """See `UploadRepository.live_at`."""
        row = self._database.look(_LIVE_AT, **_key(owner, dialect, key), moment=moment)
        return _upload(row) if row is not None else None

    def _current(self, row: sqlite3.Row | None) -> Upload | None:
        if row is None or row["state"] == State.EXPIRED:
            return None
        over = row["expires_at"] <= self._database.clock() and row["state"] not in {State.SEALING, State.PLACING}
        return None if over else _upload(row)

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """See `UploadRepository.part`."""
        row = self._database.look(_PART, id=upload, number=number)
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
        await self._database.write(lambda connection: connection.executemany(_RECORD_MD5, values).rowcount)

    async def headroom(self, upload: UploadId, number: int, reserved: str | None = None) -> Headroom | None:
        """See `UploadRepository.headroom`."""
        held = self._database.look(_HELD, id=upload, number=number)
        return self._quotas.headroom(self._database.look, held, held["old"], reserved) if held is not None else None

    async def left(self, owner: PrincipalId) -> Headroom | None:
        """See `UploadRepository.left`."""
        return self._quotas.left(self._database.look, owner)

    async def reserve(self, reserving: Reserving, wanted: int, ttl: float) -> int:
        """See `UploadRepository.reserve`."""
        now = self._database.clock()
        return await self._database.write(
            lambda connection: reserve(connection, self._quotas, reserving, wanted, now, ttl), brief=True
        )

    async def keep_reserved(self, ids: Collection[str], ttl: float) -> None:
        """See `UploadRepository.keep_reserved`."""
        until = self._database.clock() + ttl
        await self._database.write(lambda connection: keep_reserved(connection, ids, until))

    async def release(self, reserved: str) -> None:
        """See `UploadRepository.release`."""
        await self._database.write(lambda connection: release(connection, reserved), brief=True, frees=True)

    async def commit_part(
        self, upload: UploadId, part: Part, ttl: float, hashed_by: str, reserved: str | None = None
    ) -> PartOutcome:
        """See `UploadRepository.commit_part`."""
        return await self._database.write(
            lambda connection: self._commit_part(connection, upload, part, ttl, hashed_by, reserved), brief=True
        )

    def _commit_part(
        self,
        connection: sqlite3.Connection,
        upload: UploadId,
        part: Part,
        ttl: float,
        hashed_by: str,
        reserved: str | None,
    ) -> PartOutcome:
        now = self._database.clock()
        if reserved is not None:
            release(connection, reserved)
        held = _require_open(connection, upload, now)
        old = connection.execute(_PART, {"id": upload, "number": part.number}).fetchone()
        same = old is not None and (old["length"], old["digest"]) == (part.length, part.digest)
        growth = 0 if same else part.length - (old["length"] if old else 0)
        if held["bytes"] + growth > held["size_limit"]:
            raise TooLarge(held["size_limit"])
        self._quotas.check_part(connection, held, old["length"] if old else 0, part.length)
        kept = _part(old) if same else replace(part, generation=old["generation"] + 1 if old else 0)
        if not same:
            connection.execute(_PUT_PART, _part_columns(upload, kept))
        row = connection.execute(
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
        ).fetchone()
        committed = Committed.SAME if same else Committed.REPLACED if old else Committed.NEW
        return PartOutcome(committed, _upload(row), kept, row["chaser"], Where(old["place"]) if old else None)

    async def forget_part(self, upload: UploadId, part: Part) -> None:
        """See `UploadRepository.forget_part`."""
        await self._database.write(lambda connection: _forget_part(connection, upload, part), frees=True)

    async def cancel(self, upload: UploadId) -> None:
        """See `UploadRepository.cancel`."""
        now = self._database.clock()
        await self._database.write(lambda connection: _cancel(connection, upload, now), frees=True)

    async def expire(self, upload: UploadId) -> bool:
        """See `UploadRepository.expire`."""
        values = {"id": upload, "now": self._database.clock()}
        changed = await self._database.write(
            lambda connection: connection.execute(_EXPIRE, values).rowcount, frees=True
        )
        return bool(changed)

    async def hash_lease(self, upload: UploadId) -> HashLease | None:
        """See `UploadRepository.hash_lease`."""
        row = self._database.look(_UPLOAD, id=upload)
        if row is None:
            return None
        digests = _digests(row) if row["found_epoch"] == row["epoch"] else None
        return HashLease(_upload(row), self._hashed_by(row), digests)

    def _hashed_by(self, row: sqlite3.Row) -> str | None:
        return row["chaser"] if (row["chaser_until"] or 0) > self._database.clock() else None

    async def sealing(self, upload: UploadId) -> Sealing | None:
        """See `UploadRepository.sealing`."""
        row = self._database.look(_SEALED_NOW, id=upload, now=self._database.clock())
        return Sealing(State(row["state"]), row["bytes"], row["found_size"] or 0) if row is not None else None

    async def lease_hashing(self, upload: UploadId, hashed_by: str, ttl: float, digested: int) -> bool:
        """See `UploadRepository.lease_hashing`."""
        now = self._database.clock()
        values = {"id": upload, "chaser": hashed_by, "now": now, "until": now + ttl, "digested": digested}
        return bool(await self._database.write(lambda connection: connection.execute(_LEASE_HASHING, values).rowcount))

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, hashed_by: str) -> None:
        """See `UploadRepository.record_digests`."""
        values = _digest_columns(digests) | {"id": upload, "epoch": epoch, "chaser": hashed_by}
        await self._database.write(lambda connection: connection.execute(_RECORD_DIGESTS, values).rowcount)

    async def freeze(
        self, upload: UploadId, declared: Declared, completed_by: int | None, sealer: str, ttl: float
    ) -> Frozen | None:
        """See `UploadRepository.freeze`."""
        outcome = await self._database.write(
            lambda connection: self._freeze(connection, upload, declared, completed_by, sealer, ttl)
        )
        if isinstance(outcome, PartsMissing):
            raise outcome
        return outcome

    def _freeze(
        self,
        connection: sqlite3.Connection,
        upload: UploadId,
        declared: Declared,
        completed_by: int | None,
        sealer: str,
        ttl: float,
    ) -> Frozen | PartsMissing | None:
        now, total = self._database.clock(), declared.total or 0
        connection.execute(_THAW_STALLED, {"id": upload, "now": now})
        row = _require_sealable(connection, upload, now)
        if row["state"] != State.OPEN and row["sealer_until"] > now:
            return None
        lease = {"id": upload, "sealer": sealer, "until": now + ttl}
        parts = [_part(found) for found in connection.execute(_PARTS, {"id": upload, "start": 0, "count": -1})]
        if row["state"] == State.PLACING:
            row = connection.execute(_TAKE_OVER, lease).fetchone()
            return Frozen(_upload(row), parts, _digests(row), None)
        if gaps := missing([part.number for part in parts], total):
            return PartsMissing(gaps, received=total - len(gaps), total=total)
        row = connection.execute(_FREEZE, lease | _declared_columns(declared) | {"by": completed_by}).fetchone()
        return Frozen(_upload(row), [part for part in parts if part.number < total], None, self._hashed_by(row))

    async def renew(self, upload: UploadId, sealer: str, ttl: float) -> None:
        """See `UploadRepository.renew`."""
        values = {"id": upload, "sealer": sealer, "until": self._database.clock() + ttl}
        await self._database.write(lambda connection: connection.execute(_RENEW, values).rowcount, frees=True)

    async def thaw(self, upload: UploadId, sealer: str) -> None:
        """See `UploadRepository.thaw`."""
        await self._database.write(
            lambda connection: connection.execute(_THAW, {"id": upload, "sealer": sealer}).rowcount, frees=True
        )

    async def decide(self, upload: UploadId, digests: Digests, sealer: str) -> None:
        """See `UploadRepository.decide`."""
        await self._database.write(lambda connection: self._decide(connection, upload, digests, sealer))

    def _decide(self, connection: sqlite3.Connection, upload: UploadId, digests: Digests, sealer: str) -> None:
        row = connection.execute(_SEALING, {"id": upload, "sealer": sealer}).fetchone()
        if row is None:
            raise UploadBusy
        self._quotas.check_sealing(connection, row, digests.size, promised=True)
        connection.execute(_DECIDE, _digest_columns(digests) | {"id": upload})
        connection.execute(_DROP_SURPLUS, {"id": upload})

    async def publish(self, upload: UploadId, at: Location, digests: Digests, file: NewFile, sealer: str) -> Published:
        """See `UploadRepository.publish`."""
        return await self._database.write(
            lambda connection: self._publish(connection, upload, at, digests, file, sealer), brief=True
        )

    def _publish(
        self,
        connection: sqlite3.Connection,
        upload: UploadId,
        at: Location,
        digests: Digests,
        file: NewFile,
        sealer: str,
    ) -> Published:
        row = connection.execute(_PLACING, {"id": upload, "sealer": sealer}).fetchone()
        if row is None:
            raise UploadBusy
        self._quotas.check_sealing(connection, row, digests.size, promised=False)
        garbage, now = upsert_blob(connection, Placed(at, digests)), self._database.clock()
        made = insert_file(connection, row["owner"], row["dialect"], digests.sha256, file, upload, now)
        connection.execute(_SEALED, {"id": upload, "file": made, "now": now})
        return Published(read_file(connection, made), garbage)

    async def reject(self, upload: UploadId, sealer: str) -> None:
        """See `UploadRepository.reject`."""
        values = {"id": upload, "sealer": sealer, "now": self._database.clock()}
        await self._database.write(lambda connection: connection.execute(_REJECT, values).rowcount, frees=True)

    async def discarded(self, upload: UploadId) -> None:
        """See `UploadRepository.discarded`."""
        await self._database.write(lambda connection: _discarded(connection, upload), frees=True)

    async def count_by_state(self) -> dict[State, int]:
        """See `UploadRepository.count_by_state`."""
        rows = await self._database.scan("SELECT state, count(*) AS number FROM uploads GROUP BY state")
        return {State(row["state"]): row["number"] for row in rows}


# --- the transactions ------------------------------------------------------------------------------------------------


def _require_open(connection: sqlite3.Connection, upload: UploadId, now: float) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(_UPLOAD, {"id": upload}).fetchone()
    if row is not None and row["state"] == State.SEALING and row["sealer_until"] <= now:
        connection.execute(_THAW_STALLED, {"id": upload, "now": now})
        row = connection.execute(_UPLOAD, {"id": upload}).fetchone()
    if row is None or (row["state"] == State.OPEN and row["expires_at"] <= now):
        raise UploadUnknown
    refuse_unless_open(State(row["state"]), row["file_id"])
    return row


def _require_sealable(connection: sqlite3.Connection, upload: UploadId, now: float) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(_UPLOAD, {"id": upload}).fetchone()
    if row is None or (row["state"] == State.OPEN and row["expires_at"] <= now):
        raise UploadUnknown
    if row["state"] not in {State.SEALING, State.PLACING}:
        refuse_unless_open(State(row["state"]), row["file_id"])
    return row


def _still_cancelled(row: sqlite3.Row, now: float) -> bool:
    return bool(row["state"] == State.CANCELLED and row["expires_at"] > now)


def _forget_part(connection: sqlite3.Connection, upload: UploadId, part: Part) -> None:
    values = {"id": upload, "number": part.number, "place": part.where, "generation": part.generation}
    if connection.execute(_FORGET_PART, values).rowcount:
        connection.execute(_COUNT_LOST, {"id": upload, "length": part.length})


def _cancel(connection: sqlite3.Connection, upload: UploadId, now: float) -> None:
    row = connection.execute("SELECT state, file_id FROM uploads WHERE id = :id", {"id": upload}).fetchone()
    if row is None:
        raise UploadUnknown
    if row["state"] != State.CANCELLED:
        refuse_unless_open(State(row["state"]), row["file_id"])
        connection.execute(_CANCEL, {"id": upload, "now": now})


def _discarded(connection: sqlite3.Connection, upload: UploadId) -> None:
    connection.execute("UPDATE uploads SET discarded = 1 WHERE id = :id", {"id": upload})
    connection.execute("DELETE FROM uploads WHERE id = :id AND state = 'expired'", {"id": upload})


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


def _upload(row: sqlite3.Row) -> Upload:
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


def _part(row: sqlite3.Row) -> Part:
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


def _digests(row: sqlite3.Row) -> Digests | None:
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
_HELD = """
SELECT owner, bytes, COALESCE((SELECT length FROM parts WHERE upload_id = :id AND number = :number), 0) AS old
FROM uploads WHERE id = :id AND state = 'open'
"""
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
