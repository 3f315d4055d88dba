"""Records of upload requests (`ports.UploadRequestRepository`)."""

from dataclasses import replace
from typing import Any

from penstock.adapters.sql.accounts import read_user
from penstock.adapters.sql.ended import refuse_ended
from penstock.adapters.sql.places import is_open
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.faults import BadToken, Outdated, QuotaExceeded, UploadRequestUnknown
from penstock.model.folder import Tags
from penstock.model.ids import FolderId, PrincipalId
from penstock.model.listing import Mark
from penstock.model.principal import User
from penstock.model.upload import Upload
from penstock.model.upload_request import MAX_UPLOAD_REQUESTS, Changes, UploadRequest


class SqlUploadRequests:
    """The port `UploadRequestRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, upload_request: UploadRequest) -> UploadRequest:
        """See `UploadRequestRepository.make`."""
        return await self._database.write(lambda tx: _make(tx, upload_request), brief=True)

    async def upload_request(self, owner: PrincipalId, upload_request: str) -> UploadRequest | None:
        """See `UploadRequestRepository.upload_request`."""
        row = await self._database.look(_OWN, owner=owner, id=upload_request)
        return _read(row) if row is not None else None

    async def upload_requests(
        self, owner: PrincipalId, before: Mark | None, count: int
    ) -> tuple[list[UploadRequest], Mark | None]:
        """See `UploadRequestRepository.upload_requests`."""
        mark = before or Mark(1e18, "")
        rows = await self._database.scan(_LIST, owner=owner, value=mark.value, id=mark.id, count=count)
        more = len(rows) == count
        return [_read(row) for row in rows], Mark(rows[-1]["created_at"], rows[-1]["id"]) if more else None

    async def edit(self, owner: PrincipalId, upload_request: str, changes: Changes, tags: Tags = None) -> UploadRequest:
        """See `UploadRequestRepository.edit`."""
        return await self._database.write(lambda tx: _edit(tx, owner, upload_request, changes, tags), brief=True)

    async def revoke(self, owner: PrincipalId, upload_request: str) -> UploadRequest:
        """See `UploadRequestRepository.revoke`."""
        values = {"owner": owner, "id": upload_request, "now": self._database.clock()}
        return await self._database.write(lambda tx: _revoke(tx, values), frees=True)

    async def opened(self, digest: str) -> tuple[UploadRequest, User] | None:
        """See `UploadRequestRepository.opened`."""
        row = await self._database.look(_OPENED, digest=digest, now=self._database.clock())
        owner = await self._database.look(_ENABLED, id=row["owner"]) if row is not None else None
        return (_read(row), read_user(owner)) if row is not None and owner is not None else None

    async def forget_ended(self, seconds: float) -> int:
        """See `UploadRequestRepository.forget_ended`."""
        before = self._database.clock() - seconds
        return await self._database.write(lambda tx: tx.run(_FORGET_ENDED, {"before": before}), frees=True)


async def take_place(tx: Tx, upload: Upload, now: float) -> Upload:
    """The upload, which is about to be recorded, with no more room than its upload request leaves. Raises `BadToken`
    once that, or its folder, has ended, and `QuotaExceeded`.
    """
    if upload.upload_request is None:
        return upload
    await tx.lock_row("upload_requests", upload.upload_request)
    row = await tx.one(_GOOD, {"id": upload.upload_request, "owner": upload.owner, "now": now})
    if row is None or not await is_open(tx, upload.owner, row["folder"]):
        raise BadToken
    found, held = _read(row), await tx.one(_HELD, {"id": upload.upload_request, "now": now})
    if found.most_files is not None and found.files + held["uploads"] >= found.most_files:
        raise QuotaExceeded("files", found.most_files)
    if found.most_bytes is None:
        return upload
    left = found.most_bytes - found.bytes - int(held["bytes"])
    if left < (upload.declared.size if upload.declared.size is not None else 1):
        raise QuotaExceeded("bytes", found.most_bytes)
    return replace(upload, limit=min(upload.limit, left))


async def count_file(tx: Tx, upload_request: str | None, size: int) -> None:
    """Count a file that came by this upload request, if it came by any."""
    if upload_request is not None:
        await tx.run(_COUNT_FILE, {"id": upload_request, "size": size})


async def _make(tx: Tx, new: UploadRequest) -> UploadRequest:
    await refuse_ended(tx, new.owner)
    await tx.lock(f"upload requests of {new.owner}")
    if (await tx.one(_COUNT, {"owner": new.owner, "most": MAX_UPLOAD_REQUESTS}))["number"] >= MAX_UPLOAD_REQUESTS:
        raise QuotaExceeded("upload requests", MAX_UPLOAD_REQUESTS)
    await tx.run(_ADD, _columns(new))
    return new


async def _edit(tx: Tx, owner: PrincipalId, upload_request: str, changes: Changes, tags: Tags) -> UploadRequest:
    await tx.lock_row("upload_requests", upload_request)
    held = await _own(tx, owner, upload_request)
    if held.revoked_at is not None:
        raise UploadRequestUnknown
    if tags is not None and held.tag not in tags:
        raise Outdated
    named: dict[str, Any] = dict(changes)
    changed = replace(held, **named)
    await tx.run(_EDIT, _columns(changed))
    return changed


async def _revoke(tx: Tx, values: dict[str, Any]) -> UploadRequest:
    await tx.run(_REVOKE, values)
    return await _own(tx, values["owner"], values["id"])


async def _own(tx: Tx, owner: PrincipalId, upload_request: str) -> UploadRequest:
    row = await tx.one(_OWN, {"owner": owner, "id": upload_request})
    if row is None:
        raise UploadRequestUnknown
    return _read(row)


def _read(row: Row) -> UploadRequest:
    return UploadRequest(
        id=row["id"],
        owner=PrincipalId(row["owner"]),
        folder=FolderId(row["folder"]),
        digest=row["digest"],
        created_at=row["created_at"],
        title=row["title"],
        expires_at=row["expires_at"],
        most_bytes=row["most_bytes"],
        most_files=row["most_files"],
        largest=row["largest"],
        bytes=row["bytes"],
        files=row["files"],
        revoked_at=row["revoked_at"],
    )


def _columns(upload_request: UploadRequest) -> dict[str, object]:
    return {
        "id": upload_request.id,
        "digest": upload_request.digest,
        "owner": upload_request.owner,
        "folder": upload_request.folder,
        "title": upload_request.title,
        "created_at": upload_request.created_at,
        "expires_at": upload_request.expires_at,
        "most_bytes": upload_request.most_bytes,
        "most_files": upload_request.most_files,
        "largest": upload_request.largest,
    }


_OWN = "SELECT * FROM upload_requests WHERE id = :id AND owner = :owner"
_LIST = """
SELECT * FROM upload_requests WHERE owner = :owner AND (created_at, id) < (:value, :id)
ORDER BY created_at DESC, id DESC LIMIT :count
"""
_OPENED = """
SELECT * FROM upload_requests
WHERE digest = :digest AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
"""
_GOOD = """
SELECT * FROM upload_requests
WHERE id = :id AND owner = :owner AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
"""
_ENABLED = "SELECT * FROM users WHERE id = :id AND disabled = 0"
_HELD = """
SELECT count(*) AS uploads, COALESCE(SUM(COALESCE(size, size_limit)), 0) AS bytes FROM uploads
WHERE upload_request = :id AND state IN ('open', 'sealing', 'placing') AND (state <> 'open' OR expires_at > :now)
"""
_COUNT = "SELECT count(*) AS number FROM (SELECT 1 FROM upload_requests WHERE owner = :owner LIMIT :most) AS entries"
_COUNT_FILE = "UPDATE upload_requests SET files = files + 1, bytes = bytes + :size WHERE id = :id"
_ADD = """
INSERT INTO upload_requests (id, digest, owner, folder, title, created_at, expires_at, most_bytes, most_files, largest,
                             bytes, files)
VALUES (:id, :digest, :owner, :folder, :title, :created_at, :expires_at, :most_bytes, :most_files, :largest, 0, 0)
"""
_EDIT = """
UPDATE upload_requests SET title = :title, expires_at = :expires_at, most_bytes = :most_bytes,
    most_files = :most_files, largest = :largest WHERE id = :id
"""
_REVOKE = "UPDATE upload_requests SET revoked_at = :now WHERE id = :id AND owner = :owner AND revoked_at IS NULL"
_FORGET_ENDED = """
DELETE FROM upload_requests WHERE revoked_at <= :before OR expires_at <= :before
OR NOT EXISTS (
    SELECT 1 FROM folders WHERE folders.id = upload_requests.folder AND folders.owner = upload_requests.owner
)
"""
