"""Records of uploads (`ports.UploadRepository`)."""

from collections.abc import Mapping

from penstock.adapters.sql.conditions import IN_FLIGHT
from penstock.adapters.sql.ended import refuse_ended
from penstock.adapters.sql.joins import add_sources, cover
from penstock.adapters.sql.news import note_upload
from penstock.adapters.sql.outbox import announce
from penstock.adapters.sql.quotas import Quotas
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.adapters.sql.upload_requests import take_place
from penstock.adapters.sql.upload_rows import UPLOAD, declared_columns, read_upload
from penstock.model.faults import UploadUnknown
from penstock.model.ids import PrincipalId, UploadId
from penstock.model.news import Topic
from penstock.model.principal import Quota
from penstock.model.upload import LIVE, State, Upload, refuse_unless_open
from penstock.ports import Opening, Tell


class SqlUploads:
    """The port `UploadRepository`."""

    def __init__(self, database: Database, quota: Quota) -> None:
        """`quota` is that of owners without one of their own."""
        self._database = database
        self._quotas = Quotas(quota, database.clock)

    async def check(self, opening: Opening) -> None:
        """See `UploadRepository.check`."""
        upload = opening.upload
        await self._quotas.foresee_opening(self._database.look, upload.owner, upload.declared.size, opening.address)

    async def open(self, opening: Opening) -> Upload:
        """See `UploadRepository.open`."""
        return await self._database.write(lambda tx: self._open(tx, opening), brief=True)

    async def _open(self, tx: Tx, opening: Opening) -> Upload:
        upload, now = opening.upload, self._database.clock()
        held = await tx.one(_NEWEST, _key(upload.owner, upload.dialect, upload.key))
        if held is not None and held["expires_at"] <= now and held["state"] == State.OPEN:
            await _expire(tx, held["id"], now, opening.tell_expired)
        elif held is not None and (held["state"] in LIVE or _still_cancelled(held, now)):
            return read_upload(held)
        await refuse_ended(tx, upload.owner)
        covered = bool(opening.sources) and await cover(tx, opening.sources)
        size = None if covered else upload.declared.size
        await self._quotas.check_opening(tx, upload.owner, size, opening.address)
        upload = await take_place(tx, upload, now)
        # Whoever gets the first bytes hashes them: a lease from now on would keep other nodes waiting for this one.
        values = {"now": now, "chaser": opening.hashed_by, "chaser_until": now, "address": opening.address}
        await tx.run(_INSERT, _columns(upload) | values | {"covered": int(covered)})
        await add_sources(tx, upload.id, opening.sources)
        await announce(tx, upload, now, opening.tell)
        return upload

    async def upload(self, upload: UploadId) -> Upload | None:
        """See `UploadRepository.upload`."""
        return self._current(await self._database.look(UPLOAD, id=upload))

    async def rejected(self, upload: UploadId) -> Upload | None:
        """See `UploadRepository.rejected`."""
        row = await self._database.look(_REJECTED, id=upload, now=self._database.clock())
        return read_upload(row) if row is not None else None

    async def live(self, owner: PrincipalId | None, after: str, count: int) -> list[Upload]:
        """See `UploadRepository.live`."""
        values = {"after": after, "count": count, "now": self._database.clock()}
        sql = _EVERY_LIVE if owner is None else _ALL_LIVE
        return [read_upload(row) for row in await self._database.scan(sql, owner=owner, **values)]

    async def newest(self, owner: PrincipalId, dialect: str, key: str) -> Upload | None:
        """See `UploadRepository.newest`."""
        return self._current(await self._database.look(_NEWEST, **_key(owner, dialect, key)))

    async def live_at(self, owner: PrincipalId, dialect: str, key: str, moment: float) -> Upload | None:
        """See `UploadRepository.live_at`."""
        row = await self._database.look(_LIVE_AT, **_key(owner, dialect, key), moment=moment)
        return read_upload(row) if row is not None else None

    def _current(self, row: Row | None) -> Upload | None:
        if row is None or row["state"] == State.EXPIRED:
            return None
        over = row["expires_at"] <= self._database.clock() and row["state"] not in {State.SEALING, State.PLACING}
        return None if over else read_upload(row)

    async def progressed(self, tell: Mapping[UploadId, Tell]) -> None:
        """See `UploadRepository.progressed`."""
        now = self._database.clock()
        await self._database.write(lambda tx: _progressed(tx, tell, now))

    async def cancel(self, upload: UploadId, tell: Tell | None = None) -> None:
        """See `UploadRepository.cancel`."""
        now = self._database.clock()
        await self._database.write(lambda tx: _cancel(tx, upload, now, tell), frees=True)

    async def expire(self, upload: UploadId, tell: Tell | None = None) -> bool:
        """See `UploadRepository.expire`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _expire(tx, upload, now, tell), frees=True)

    async def discarded(self, upload: UploadId) -> None:
        """See `UploadRepository.discarded`."""
        await self._database.write(lambda tx: _discarded(tx, upload), frees=True)

    async def count_by_state(self) -> dict[State, int]:
        """See `UploadRepository.count_by_state`."""
        rows = await self._database.scan("SELECT state, count(*) AS number FROM uploads GROUP BY state")
        return {State(row["state"]): row["number"] for row in rows}


def _still_cancelled(row: Row, now: float) -> bool:
    return bool(row["state"] == State.CANCELLED and row["expires_at"] > now)


async def _progressed(tx: Tx, tell: Mapping[UploadId, Tell], now: float) -> None:
    for upload, words in tell.items():
        row = await tx.one(UPLOAD, {"id": upload})
        if row is not None and row["state"] in LIVE:
            await announce(tx, read_upload(row), now, words)


async def _expire(tx: Tx, upload: UploadId, now: float, tell: Tell | None) -> bool:
    row = await tx.one(_EXPIRE, {"id": upload, "now": now})
    if row is not None:
        await note_upload(tx, Topic.UPLOAD_EXPIRED, read_upload(row), now)
        await announce(tx, read_upload(row), now, tell)
    return row is not None


async def _cancel(tx: Tx, upload: UploadId, now: float, tell: Tell | None) -> None:
    await tx.lock_row("uploads", upload)
    row = await tx.one(UPLOAD, {"id": upload})
    if row is None:
        raise UploadUnknown
    if row["state"] != State.CANCELLED:
        refuse_unless_open(State(row["state"]), row["file_id"])
        await tx.run(_CANCEL, {"id": upload, "now": now})
        await note_upload(tx, Topic.UPLOAD_CANCELLED, read_upload(row), now)
        await announce(tx, read_upload(row), now, tell)


async def _discarded(tx: Tx, upload: UploadId) -> None:
    await tx.run("UPDATE uploads SET discarded = 1 WHERE id = :id", {"id": upload})
    await tx.run("DELETE FROM uploads WHERE id = :id AND state = 'expired' AND rejection IS NULL", {"id": upload})


def _key(owner: PrincipalId, dialect: str, key: str) -> dict[str, str]:
    return {"owner": owner, "dialect": dialect, "key": key}


def _columns(upload: Upload) -> dict[str, object]:
    return declared_columns(upload.declared) | {
        "id": upload.id,
        "owner": upload.owner,
        "dialect": upload.dialect,
        "key": upload.key,
        "size_limit": upload.limit,
        "needs_md5": int(upload.needs_md5),
        "appended": int(upload.appended),
        "told": upload.told,
        "concat": upload.concat,
        "given_name": upload.given_name,
        "given_type": upload.given_type,
        "folder": upload.folder,
        "upload_request": upload.upload_request,
        "expires_at": upload.expires_at,
    }


_NEWEST = """
SELECT * FROM uploads WHERE owner = :owner AND dialect = :dialect AND client_key = :key AND state <> 'expired'
ORDER BY state IN ('open', 'sealing', 'placing') DESC, opened_at DESC LIMIT 1
"""
_EVERY_LIVE = f"""
SELECT * FROM uploads WHERE {IN_FLIGHT} AND id > :after ORDER BY id LIMIT :count
"""
_ALL_LIVE = _EVERY_LIVE.replace("WHERE", "WHERE owner = :owner AND")
_LIVE_AT = """
SELECT * FROM uploads WHERE owner = :owner AND dialect = :dialect AND client_key = :key AND opened_at <= :moment
AND (ended_at > :moment OR (ended_at IS NULL AND (state <> 'open' OR expires_at > :moment)))
ORDER BY opened_at DESC LIMIT 1
"""
_INSERT = """
INSERT INTO uploads (id, owner, dialect, client_key, name, media_type, size, total, part_size, md5, label, size_limit,
                     needs_md5, state, epoch, received, bytes, largest, opened_at, expires_at, discarded, chaser,
                     chaser_until, address, appended, told, concat, covered, given_name, given_type, folder,
                     upload_request)
VALUES (:id, :owner, :dialect, :key, :name, :media_type, :size, :total, :part_size, :md5, :label, :size_limit,
        :needs_md5, 'open', 0, 0, 0, 0, :now, :expires_at, 0, :chaser, :chaser_until, :address,
        :appended, :told, :concat, :covered, :given_name, :given_type, :folder, :upload_request)
"""
_REJECTED = "SELECT * FROM uploads WHERE id = :id AND rejection IS NOT NULL AND expires_at > :now"
_CANCEL = "UPDATE uploads SET state = 'cancelled', ended_at = :now WHERE id = :id"
_EXPIRE = "UPDATE uploads SET state = 'expired', ended_at = :now WHERE id = :id AND state = 'open' RETURNING *"
