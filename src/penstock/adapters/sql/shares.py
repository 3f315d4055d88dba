"""Records of shares and their tickets (`ports.ShareRepository`)."""

from dataclasses import replace
from typing import Any

from penstock.adapters.sql.ended import refuse_ended
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.faults import DownloadsSpent, Outdated, QuotaExceeded, ShareUnknown
from penstock.model.folder import Tags
from penstock.model.ids import FileId, PrincipalId
from penstock.model.listing import Mark
from penstock.model.share import MAX_SHARES, Changes, Share


class SqlShares:
    """The port `ShareRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, share: Share) -> Share:
        """See `ShareRepository.make`."""
        return await self._database.write(lambda tx: _make(tx, share), brief=True)

    async def share(self, owner: PrincipalId, share: str) -> Share | None:
        """See `ShareRepository.share`."""
        row = await self._database.look(_OWN, owner=owner, id=share)
        return _share(row) if row is not None else None

    async def shares(self, owner: PrincipalId, before: Mark | None, count: int) -> tuple[list[Share], Mark | None]:
        """See `ShareRepository.shares`."""
        mark = before or Mark(1e18, "")
        rows = await self._database.scan(_LIST, owner=owner, value=mark.value, id=mark.id, count=count)
        more = len(rows) == count
        return [_share(row) for row in rows], Mark(rows[-1]["created_at"], rows[-1]["id"]) if more else None

    async def edit(self, owner: PrincipalId, share: str, changes: Changes, tags: Tags = None) -> Share:
        """See `ShareRepository.edit`."""
        return await self._database.write(lambda tx: _edit(tx, owner, share, changes, tags), brief=True)

    async def revoke(self, owner: PrincipalId, share: str) -> Share:
        """See `ShareRepository.revoke`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _revoke(tx, owner, share, now), frees=True)

    async def opened(self, digest: str) -> Share | None:
        """See `ShareRepository.opened`."""
        row = await self._database.look(_OPENED, digest=digest, now=self._database.clock())
        return _share(row) if row is not None else None

    async def begin(self, share: Share, file: FileId, ticket: str, seconds: float) -> None:
        """See `ShareRepository.begin`."""
        now = self._database.clock()
        values = {"id": share.id, "password": share.password, "now": now}
        values |= {"file": file, "ticket": ticket, "until": now + seconds}
        await self._database.write(lambda tx: _begin(tx, values), brief=True)

    async def begun(self, share: str, ticket: str) -> FileId | None:
        """See `ShareRepository.begun`."""
        row = await self._database.look(_BEGUN, share=share, ticket=ticket, now=self._database.clock())
        return FileId(row["file_id"]) if row is not None else None

    async def forget_tickets(self) -> int:
        """See `ShareRepository.forget_tickets`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: tx.run(_FORGET_TICKETS, {"now": now}), frees=True)

    async def forget_ended(self, seconds: float) -> int:
        """See `ShareRepository.forget_ended`."""
        before = self._database.clock() - seconds
        return await self._database.write(lambda tx: tx.run(_FORGET_ENDED, {"before": before}), frees=True)


async def _make(tx: Tx, share: Share) -> Share:
    await refuse_ended(tx, share.owner)
    await tx.lock(f"shares of {share.owner}")
    if (await tx.one(_COUNT, {"owner": share.owner, "most": MAX_SHARES}))["number"] >= MAX_SHARES:
        raise QuotaExceeded("shares", MAX_SHARES)
    await tx.run(_ADD, _columns(share))
    return await _own(tx, share.owner, share.id)


async def _edit(tx: Tx, owner: PrincipalId, share: str, changes: Changes, tags: Tags) -> Share:
    await tx.lock_row("shares", share)
    held = await _own(tx, owner, share)
    if held.revoked_at is not None:
        raise ShareUnknown
    if tags is not None and held.tag not in tags:
        raise Outdated
    named: dict[str, Any] = dict(changes)
    changed = replace(held, **named)
    await tx.run(_EDIT, _columns(changed))
    if changed.password != held.password:
        await tx.run("DELETE FROM tickets WHERE share_id = :id", {"id": share})
    return changed


async def _revoke(tx: Tx, owner: PrincipalId, share: str, now: float) -> Share:
    await tx.run(_REVOKE, {"owner": owner, "id": share, "now": now})
    await tx.run("DELETE FROM tickets WHERE share_id = :id", {"id": share})
    return await _own(tx, owner, share)


async def _begin(tx: Tx, values: dict[str, Any]) -> None:
    if not await tx.run(_COUNT_DOWNLOAD, values):
        raise ShareUnknown if await tx.one(_GOOD, values) is None else DownloadsSpent
    await tx.run(_ADD_TICKET, values)


async def _own(tx: Tx, owner: PrincipalId, share: str) -> Share:
    row = await tx.one(_OWN, {"owner": owner, "id": share})
    if row is None:
        raise ShareUnknown
    return _share(row)


def _share(row: Row) -> Share:
    return Share(
        id=row["id"],
        owner=PrincipalId(row["owner"]),
        item=row["item"],
        of_folder=bool(row["of_folder"]),
        digest=row["digest"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        password=row["password"],
        most=row["most"],
        downloads=row["downloads"],
        revoked_at=row["revoked_at"],
        name=row["name"] or "",
    )


def _columns(share: Share) -> dict[str, object]:
    return {
        "id": share.id,
        "digest": share.digest,
        "owner": share.owner,
        "item": share.item,
        "of_folder": int(share.of_folder),
        "created_at": share.created_at,
        "expires_at": share.expires_at,
        "password": share.password,
        "most": share.most,
    }


_SHARES = """
SELECT s.*, COALESCE(files.name, folders.name) AS name FROM shares s
LEFT JOIN files ON files.id = s.item AND files.owner = s.owner AND s.of_folder = 0
LEFT JOIN folders ON folders.id = s.item AND folders.owner = s.owner AND s.of_folder = 1
"""
_OWN = f"{_SHARES} WHERE s.id = :id AND s.owner = :owner"
_LIST = f"""{_SHARES} WHERE s.owner = :owner AND (s.created_at, s.id) < (:value, :id)
ORDER BY s.created_at DESC, s.id DESC LIMIT :count"""
_OPENED = f"""{_SHARES} JOIN users ON users.id = s.owner AND users.disabled = 0
WHERE s.digest = :digest AND s.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > :now)"""
_COUNT = "SELECT count(*) AS number FROM (SELECT 1 FROM shares WHERE owner = :owner LIMIT :most) AS entries"
_ADD = """
INSERT INTO shares (id, digest, owner, item, of_folder, created_at, expires_at, password, most, downloads)
VALUES (:id, :digest, :owner, :item, :of_folder, :created_at, :expires_at, :password, :most, 0)
"""
_EDIT = "UPDATE shares SET expires_at = :expires_at, password = :password, most = :most WHERE id = :id"
_REVOKE = "UPDATE shares SET revoked_at = :now WHERE id = :id AND owner = :owner AND revoked_at IS NULL"
_WHILE_GOOD = """
id = :id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
AND COALESCE(password, '') = COALESCE(CAST(:password AS TEXT), '')
"""
_GOOD = f"SELECT 1 FROM shares WHERE {_WHILE_GOOD}"  # our own text
_COUNT_DOWNLOAD = (
    f"UPDATE shares SET downloads = downloads + 1 WHERE {_WHILE_GOOD} AND (most IS NULL OR downloads < most)"
)
_ADD_TICKET = "INSERT INTO tickets (digest, share_id, file_id, until) VALUES (:ticket, :id, :file, :until)"
_BEGUN = "SELECT file_id FROM tickets WHERE digest = :ticket AND share_id = :share AND until > :now"
_FORGET_TICKETS = "DELETE FROM tickets WHERE until <= :now"
_FORGET_ENDED = """
DELETE FROM shares WHERE revoked_at <= :before OR expires_at <= :before OR NOT (
    EXISTS (SELECT 1 FROM files WHERE files.id = shares.item AND files.owner = shares.owner)
    OR EXISTS (SELECT 1 FROM folders WHERE folders.id = shares.item AND folders.owner = shares.owner)
)
"""
