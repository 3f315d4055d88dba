"""Quotas and usage, checked within the transactions that increase the usage."""

from collections.abc import Callable

from penstock.adapters.sql.conditions import IN_FLIGHT
from penstock.adapters.sql.tx import Look, Row, Tx, within
from penstock.model.faults import QuotaExceeded
from penstock.model.ids import PrincipalId
from penstock.model.principal import OwnQuota, Quota
from penstock.model.quota import Headroom


class Quotas:
    """The quotas in force: `usual`, and users' own."""

    def __init__(self, usual: Quota, clock: Callable[[], float]) -> None:
        self._usual = usual
        self._clock = clock

    async def check_opening(self, tx: Tx, owner: PrincipalId, size: int | None, address: str | None = None) -> None:
        """Raise `QuotaExceeded` or `TooLarge` unless the owner, and an anonymous caller at this `address`, may have one
        more upload of this declared size.
        """
        await self._check_opening(within(tx), owner, await self.lock(tx, owner), size, address)

    async def foresee_opening(
        self, look: Look, owner: PrincipalId, size: int | None, address: str | None = None
    ) -> None:
        """As `check_opening`, for what somebody else may still take."""
        await self._check_opening(look, owner, await self.in_force(look, owner), size, address)

    async def _check_opening(
        self, look: Look, owner: PrincipalId, quota: Quota, size: int | None, address: str | None
    ) -> None:
        await self._check_address(look, owner, quota, address)
        if quota.uploads is not None and (await self._held(look, owner))["uploads"] >= quota.uploads:
            raise QuotaExceeded("uploads", quota.uploads)
        await self._check_bytes(look, owner, quota, size or 0)

    async def check_part(self, tx: Tx, upload: Row, old: int, length: int) -> None:
        """Raise `QuotaExceeded` or `TooLarge` unless a part may be `length` bytes long, in the place of `old` ones."""
        await _lock(tx, upload["owner"], self._own(upload))
        headroom = await self.headroom(within(tx), upload, old)
        if headroom is not None and length > headroom.most:
            raise headroom.refusal(length)

    async def check_file(self, tx: Tx, owner: PrincipalId, size: int) -> None:
        """Raise `QuotaExceeded` or `TooLarge` unless the owner may have one more file, of this size."""
        await self._check_file(tx, owner, size, staged=0, promised=True)

    async def check_sealing(self, tx: Tx, upload: Row, size: int, *, promised: bool) -> None:
        """As `check_file`, for an upload whose own bytes are to become the file's. `promised`: an upload in placing has
        its headroom already.
        """
        await self._check_file(tx, upload["owner"], size, staged=upload["bytes"], promised=promised)

    async def headroom(self, look: Look, upload: Row, old: int, reserved: str | None = None) -> Headroom | None:
        """The headroom for a part of the upload (a row with `OWN_QUOTA`) that replaces `old` bytes and has `reserved`
        ones; None is unlimited.
        """
        quota = self._own(upload)
        return await self._headroom(look, upload["owner"], quota, old, upload["bytes"] - old, reserved)

    async def left(self, look: Look, owner: PrincipalId, reserved: str | None = None) -> Headroom | None:
        """The headroom of an owner, including `reserved` bytes; None is unlimited."""
        return await self._headroom(look, owner, await self.in_force(look, owner), 0, 0, reserved)

    async def lock(self, tx: Tx, owner: PrincipalId) -> Quota:
        """The quota of an owner; what counts against it stays as it is until the transaction ends, but for what this
        one changes. Without a quota nothing is locked.
        """
        quota = await self.in_force(within(tx), owner)
        await _lock(tx, owner, quota)
        return quota

    async def _check_address(self, look: Look, owner: PrincipalId, quota: Quota, address: str | None) -> None:
        if address is None or quota.guest_uploads is None:
            return
        held = await look(_HELD_AT, owner=owner, address=address, now=self._clock())
        assert held is not None  # an aggregate has one row
        if held["uploads"] >= quota.guest_uploads:
            raise QuotaExceeded("uploads", quota.guest_uploads)

    async def _check_file(self, tx: Tx, owner: PrincipalId, size: int, *, staged: int, promised: bool) -> None:
        look, quota = within(tx), await self.lock(tx, owner)
        if quota.files is not None:
            held = await self._held(look, owner)
            if held["files"] + (held["placing"] if promised else 0) >= quota.files:
                raise QuotaExceeded("files", quota.files)
        await self._check_bytes(look, owner, quota, size, staged)

    async def _check_bytes(self, look: Look, owner: PrincipalId, quota: Quota, size: int, old: int = 0) -> None:
        headroom = await self._headroom(look, owner, quota, old)
        if headroom is not None and size > headroom.most:
            raise headroom.refusal(size)

    async def _headroom(
        self,
        look: Look,
        owner: PrincipalId,
        quota: Quota,
        old: int,
        beside: int = 0,
        reserved: str | None = None,
    ) -> Headroom | None:
        if quota.bytes is None:
            return None
        held = await self._held(look, owner, reserved)
        left = max(0, quota.bytes - held["stored"] - held["staged"] - held["reserved"])
        return Headroom(quota.bytes, left + old, beside)

    async def in_force(self, look: Look, owner: PrincipalId) -> Quota:
        """The quota of an owner."""
        row = await look(_QUOTA, owner=owner)
        return self._usual if row is None else self._own(row)

    def _own(self, row: Row) -> Quota:
        """The columns are NULL for an owner without an account, which takes the settings' quota."""
        return read_quota(row).over(self._usual)

    async def _held(self, look: Look, owner: PrincipalId, reserved: str | None = None) -> Row:
        held: Row = await look(_HELD, owner=owner, now=self._clock(), but=reserved)  # an aggregate has one row
        return held


async def _lock(tx: Tx, owner: PrincipalId, quota: Quota) -> None:
    if quota != _UNLIMITED:
        await tx.lock(f"quota of {owner}")


def read_quota(row: Row) -> OwnQuota:
    """A user's own quota from a row of the table of users."""
    return OwnQuota(row["quota_bytes"], row["quota_files"], row["quota_uploads"])


async def add_usage(tx: Tx, owner: PrincipalId, blob: str) -> None:
    """Count a file record that was made on this blob."""
    await tx.run(_ADD, {"owner": owner, "blob": blob})


async def take_usage(tx: Tx, owner: PrincipalId, blob: str) -> None:
    """Count a file record that was removed from this blob."""
    await tx.run(_TAKE, {"owner": owner, "blob": blob})


_UNLIMITED = Quota()

OWN_QUOTA = "users.quota_bytes, users.quota_files, users.quota_uploads"
"""The columns that `read_quota` reads."""

_QUOTA = f"SELECT {OWN_QUOTA} FROM users WHERE id = :owner"
_HELD = f"""
SELECT count(*) AS uploads, COALESCE(SUM(CASE WHEN covered = 1 THEN 0 ELSE bytes END), 0) AS staged,
    COALESCE(SUM(CASE WHEN state = 'placing' THEN 1 ELSE 0 END), 0) AS placing,
    COALESCE((SELECT usage.bytes FROM usage WHERE usage.owner = :owner), 0) AS stored,
    COALESCE((SELECT usage.files FROM usage WHERE usage.owner = :owner), 0) AS files,
    COALESCE((SELECT SUM(r.bytes - r.credit) FROM reservations r
              WHERE r.owner = :owner AND r.until > :now
              AND (CAST(:but AS TEXT) IS NULL OR r.id <> :but)), 0) AS reserved
FROM uploads WHERE owner = :owner AND {IN_FLIGHT}
"""
_HELD_AT = f"""
SELECT count(*) AS uploads FROM uploads
WHERE owner = :owner AND address = :address AND {IN_FLIGHT}
"""
_ADD = """
INSERT INTO usage (owner, bytes, files) VALUES (:owner, (SELECT size FROM blobs WHERE sha256 = :blob), 1)
ON CONFLICT (owner) DO UPDATE SET bytes = usage.bytes + excluded.bytes, files = usage.files + 1
"""
_TAKE = """
UPDATE usage SET bytes = bytes - (SELECT size FROM blobs WHERE sha256 = :blob), files = files - 1 WHERE owner = :owner
"""
