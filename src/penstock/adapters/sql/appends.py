"""Records of appends (`ports.AppendRepository`)."""

from collections.abc import Sequence

from penstock.adapters.sql.quotas import OWN_QUOTA, Quotas
from penstock.adapters.sql.reservations import release
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.adapters.sql.upload_rows import HASH_LEASE, THAW_STALLED, read_part, read_upload, require_open
from penstock.model.faults import AppendCutOff, OffsetWrong, SizeConflict, TooLarge, UploadUnknown
from penstock.model.ids import UploadId
from penstock.model.principal import Quota
from penstock.model.upload import Part, State, Upload
from penstock.ports import Admission, Appended, Join


class SqlAppends:
    """The port `AppendRepository`."""

    def __init__(self, database: Database, quota: Quota) -> None:
        """`quota` is that of owners without one of their own."""
        self._database = database
        self._quotas = Quotas(quota, database.clock)

    async def admit_at(self, upload: UploadId, offset: int, turn: int, reserved: str | None = None) -> Admission:
        """See `AppendRepository.admit_at`."""
        row = await self._database.look(_UPLOAD, id=upload)
        row = _refuse(row, offset, turn, self._database.clock())
        return Admission(False, await self._quotas.headroom(self._database.look, row, 0, reserved))

    async def append(
        self,
        upload: UploadId,
        part: Part,
        turn: int,
        ttl: float,
        hashed_by: str,
        join: Join,
        *,
        goes_on: bool,
        reserved: str | None = None,
    ) -> Appended:
        """See `AppendRepository.append`."""
        values = {
            "id": upload,
            "chaser": hashed_by,
            "keeps": int(goes_on),
            "length": part.length,
            "digest": part.digest,
        }
        return await self._database.write(
            lambda tx: self._append(tx, upload, part, turn, ttl, values, join, reserved), brief=True
        )

    async def _append(
        self,
        tx: Tx,
        upload: UploadId,
        part: Part,
        turn: int,
        ttl: float,
        values: dict[str, object],
        join: Join,
        reserved: str | None,
    ) -> Appended:
        now = self._database.clock()
        if reserved is not None:
            await release(tx, reserved)
        row = _refuse(await _locked(tx, upload, now), part.number, turn, now)
        reached = part.number + part.length
        for bound in (row["size_limit"], row["size"]):
            if bound is not None and reached > bound:
                raise TooLarge(bound)
        if not row["covered"]:
            await self._quotas.check_part(tx, row, 0, part.length)
        added = await _put(tx, upload, part, join) if part.length else 0
        times = {"now": now, "until": now + HASH_LEASE, "expires_at": now + ttl}
        grew = await tx.one(_GROW, values | times | {"added": added})
        return Appended(read_upload(grew), grew["chaser"])

    async def set_size(self, upload: UploadId, size: int) -> Upload:
        """See `AppendRepository.set_size`."""
        return await self._database.write(lambda tx: self._set_size(tx, upload, size), brief=True)

    async def _set_size(self, tx: Tx, upload: UploadId, size: int) -> Upload:
        now = self._database.clock()
        row = require_open(await _locked(tx, upload, now), now)
        if size > row["size_limit"]:
            raise TooLarge(row["size_limit"])
        if row["size"] not in {None, size} or size < row["bytes"]:
            raise SizeConflict(row["size"])
        return read_upload(await tx.one(_SET_SIZE, {"id": upload, "size": size}))

    async def tail(self, upload: UploadId, count: int) -> list[Part]:
        """See `AppendRepository.tail`."""
        return [read_part(row) for row in reversed(await self._database.scan(_TAIL, id=upload, count=count))]

    async def regroup(self, upload: UploadId, parts: Sequence[Part], whole: Part) -> bool:
        """See `AppendRepository.regroup`."""
        return await self._database.write(lambda tx: _regroup(tx, upload, parts, whole))

    async def hold(self, upload: UploadId, turn: int, process: str) -> None:
        """See `AppendRepository.hold`."""
        values = {"id": upload, "turn": turn, "process": process}
        await self._database.write(lambda tx: tx.run(_HOLD, values), brief=True)

    async def let_go(self, upload: UploadId, turn: int) -> None:
        """See `AppendRepository.let_go`."""
        await self._database.write(lambda tx: tx.run(_LET_GO, {"id": upload, "turn": turn}), brief=True, frees=True)

    async def ask(self, upload: UploadId, process: str) -> bool:
        """See `AppendRepository.ask`."""
        values = {"id": upload, "process": process}
        if await self._database.look(_HELD, **values) is None:
            return False
        return bool(await self._database.write(lambda tx: tx.run(_ASK, values), brief=True))

    async def asked(self, process: str) -> list[UploadId]:
        """See `AppendRepository.asked`."""
        return [UploadId(row["id"]) for row in await self._database.scan(_ASKED, process=process)]

    async def cut_off(self, upload: UploadId) -> Upload:
        """See `AppendRepository.cut_off`."""
        return await self._database.write(lambda tx: self._cut_off(tx, upload), brief=True)

    async def _cut_off(self, tx: Tx, upload: UploadId) -> Upload:
        now = self._database.clock()
        row = await _locked(tx, upload, now)
        if row is None or row["state"] == State.EXPIRED or (row["state"] == State.OPEN and row["expires_at"] <= now):
            raise UploadUnknown
        return read_upload(await tx.one(_CUT_OFF, {"id": upload}) or row)


async def _locked(tx: Tx, upload: UploadId, now: float) -> Row | None:
    """The upload, which nobody else changes meanwhile; a seal that was given up is none."""
    await tx.lock_row("uploads", upload)
    row: Row | None = await tx.one(_UPLOAD, {"id": upload})
    if row is not None and row["state"] == State.SEALING and row["sealer_until"] <= now:
        await tx.run(THAW_STALLED, {"id": upload, "now": now})
        row = await tx.one(_UPLOAD, {"id": upload})
    return row


def _refuse(row: Row | None, offset: int, turn: int, now: float) -> Row:
    row = require_open(row, now)
    if row["turn"] != turn:
        raise AppendCutOff
    if row["bytes"] != offset:
        raise OffsetWrong(row["bytes"], offset)
    return row


async def _put(tx: Tx, upload: UploadId, part: Part, join: Join) -> int:
    """Record a part, in a row of its own or in that of the one before it; returns how many rows there are more."""
    before = await tx.one(_LAST_PART, {"id": upload})
    whole = join(read_part(before), part) if before is not None else None
    if whole is not None:
        await tx.run(_JOIN_PART, {"id": upload, **_columns(whole)})
        return 0
    await tx.run(_ADD_PART, {"id": upload, "generation": 0, **_columns(part)})
    return 1


async def _regroup(tx: Tx, upload: UploadId, parts: Sequence[Part], whole: Part) -> bool:
    await tx.lock_row("uploads", upload)
    values = {"id": upload, "first": parts[0].number, "last": parts[-1].number}
    if await tx.one(_OPEN, {"id": upload}) is None:
        return False
    if [read_part(row) for row in await tx.all(_BETWEEN, values)] != list(parts):
        return False
    await tx.run(_DROP_BETWEEN, values)
    await tx.run(_ADD_PART, {"id": upload, "generation": whole.generation, **_columns(whole)})
    await tx.run(_COUNT_FEWER, {"id": upload, "fewer": len(parts) - 1})
    return True


def _columns(part: Part) -> dict[str, object]:
    return {"number": part.number, "place": part.location, "length": part.length, "digest": part.digest}


_UPLOAD = f"SELECT u.*, {OWN_QUOTA} FROM uploads u LEFT JOIN users ON users.id = u.owner WHERE u.id = :id"
_LAST_PART = "SELECT * FROM parts WHERE upload_id = :id ORDER BY number DESC LIMIT 1"
_ADD_PART = """
INSERT INTO parts (upload_id, number, place, length, digest, generation)
VALUES (:id, :number, :place, :length, :digest, :generation)
"""
_JOIN_PART = """
UPDATE parts SET place = :place, length = :length, digest = :digest WHERE upload_id = :id AND number = :number
"""
_TAIL = "SELECT * FROM parts WHERE upload_id = :id ORDER BY number DESC LIMIT :count"
_OPEN = "SELECT 1 FROM uploads WHERE id = :id AND state = 'open' AND appended = 1"
_BETWEEN = "SELECT * FROM parts WHERE upload_id = :id AND number BETWEEN :first AND :last ORDER BY number"
_DROP_BETWEEN = "DELETE FROM parts WHERE upload_id = :id AND number BETWEEN :first AND :last"
_COUNT_FEWER = "UPDATE uploads SET received = received - :fewer WHERE id = :id"
_GROW = """
UPDATE uploads SET received = received + :added, bytes = bytes + :length, expires_at = :expires_at,
    last = CASE WHEN :length = 0 THEN last ELSE bytes END,
    last_digest = CASE WHEN :length = 0 THEN last_digest ELSE :digest END,
    holder = CASE WHEN :keeps = 1 THEN holder ELSE NULL END, wished = CASE WHEN :keeps = 1 THEN wished ELSE NULL END,
    chaser_until = CASE WHEN chaser = :chaser OR chaser_until <= :now THEN :until ELSE chaser_until END,
    chaser = CASE WHEN chaser = :chaser OR chaser_until <= :now THEN :chaser ELSE chaser END
WHERE id = :id RETURNING *
"""
_SET_SIZE = "UPDATE uploads SET size = :size WHERE id = :id RETURNING *"
_HOLD = "UPDATE uploads SET holder = :process WHERE id = :id AND turn = :turn AND state = 'open'"
_LET_GO = "UPDATE uploads SET holder = NULL, wished = NULL WHERE id = :id AND turn = :turn"
_HELD = "SELECT 1 FROM uploads WHERE id = :id AND holder <> :process"
_ASK = "UPDATE uploads SET wished = 1 WHERE id = :id AND holder <> :process"
_ASKED = "SELECT id FROM uploads WHERE holder = :process AND wished IS NOT NULL"
_CUT_OFF = """
UPDATE uploads SET turn = turn + 1, holder = NULL, wished = NULL WHERE id = :id AND state = 'open' RETURNING *
"""
