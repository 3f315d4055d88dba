"""Removal of an account: its credentials are removed, its files removed or given away, in one transaction."""

from penstock.adapters.sql.conditions import moment_of
from penstock.adapters.sql.ended import account_of
from penstock.adapters.sql.files import read_files, removed_files
from penstock.adapters.sql.folders import folder_of
from penstock.adapters.sql.news import note_files, note_folder, note_folders, note_upload
from penstock.adapters.sql.places import ADD_FOLDER, free_name, lock_tree
from penstock.adapters.sql.tx import Tx
from penstock.adapters.sql.upload_rows import read_upload
from penstock.adapters.sql.variants import drop_unowned
from penstock.model.folder import Folder
from penstock.model.ids import ROOT, FolderId, PrincipalId, new_id
from penstock.model.names import folded
from penstock.model.news import Topic
from penstock.model.principal import Heritage

_CREDENTIALS = (
    "DELETE FROM tokens WHERE user_id = :user",
    "DELETE FROM sessions WHERE user_id = :user",
    "DELETE FROM clients WHERE user_id = :user",
    "DELETE FROM proofs WHERE user_id = :user",
    "DELETE FROM factors WHERE user_id = :user",
)
"""Tokens before the sessions that they came from; refreshes and recovery codes go with what they belong to."""

_ENDS = (
    "DELETE FROM tombstones WHERE owner = :user",
    "UPDATE zips SET expires_at = 0 WHERE owner = :user",
    "DELETE FROM tickets WHERE share_id IN (SELECT id FROM shares WHERE owner = :user)",
    "DELETE FROM shares WHERE owner = :user",
    "DELETE FROM upload_requests WHERE owner = :user",
    "DELETE FROM usage WHERE owner = :user",  # `_HEIR_USAGE` has added it to the heir's
    "DELETE FROM outbox WHERE destination IN (SELECT 'webhook ' || id FROM webhooks WHERE owner = :user)",
    "DELETE FROM deliveries WHERE webhook IN (SELECT id FROM webhooks WHERE owner = :user)",
    "DELETE FROM webhooks WHERE owner = :user",
    "DELETE FROM users WHERE id = :user",
    f"DELETE FROM about WHERE {moment_of('ended')} <= :past",
    "INSERT INTO about (key, value) VALUES ('ended:' || :user, :moment)",
)

_UNDER_WAY = "SELECT 1 FROM uploads WHERE owner = :user AND state IN ('sealing', 'placing')"
_HEIR_USAGE = """
INSERT INTO usage (owner, bytes, files) SELECT :heir, bytes, files FROM usage WHERE owner = :user
ON CONFLICT (owner) DO UPDATE SET bytes = usage.bytes + excluded.bytes, files = usage.files + excluded.files
"""


REMEMBERED = 7 * 86400.0
"""For how many seconds an ended account is remembered: longer than any request takes."""


async def remove_user(tx: Tx, name: str, heir: str | None, now: float) -> Heritage | None:
    """End an account and give its files to `heir`, or remove them; None when there is no such account, or no such heir.
    Its publications and audit entries stay under its id.
    """
    user, gets = await _id_of(tx, name), None if heir is None else await _id_of(tx, heir)
    if user is None or (heir is not None and gets is None):
        return None
    await tx.lock(account_of(user))
    values: dict[str, object] = {"user": user, "heir": gets, "now": now, "past": now - REMEMBERED}
    values |= {"moment": str(now), "name": name}
    if await tx.one(_UNDER_WAY, values) is not None:
        return Heritage(user, 0, busy=True)
    count = await _give(tx, values) if gets is not None else await _remove_files(tx, values)
    await _end_uploads(tx, values)
    for statement in (*_CREDENTIALS, *_ENDS):
        await tx.run(statement, values)
    return Heritage(user, count)


async def _id_of(tx: Tx, name: str) -> PrincipalId | None:
    row = await tx.one("SELECT id FROM users WHERE name = :name", {"name": name})
    return None if row is None else PrincipalId(row["id"])


async def _give(tx: Tx, values: dict[str, object]) -> int:
    """The heir's quota is not checked: the operator decides, and nothing is lost."""
    await tx.run(_HEIR_USAGE, values)
    await _give_folders(tx, values)
    await tx.run("UPDATE variants SET owner = :heir WHERE owner = :user", values)
    count = 0
    while given := await tx.all(_GIVE, values):
        await note_files(tx, Topic.FILE_CHANGED, await read_files(tx, given), float(str(values["now"])))
        count += len(given)
    return count


async def _give_folders(tx: Tx, values: dict[str, object]) -> None:
    """Give the folders along, all of them in one new folder of the former owner's name: the heir may have such ones."""
    if await tx.one("SELECT 1 FROM folders WHERE owner = :user AND parent = ''", values) is None:
        return
    heir, name = PrincipalId(str(values["heir"])), str(values["name"])
    await lock_tree(tx, heir)
    free = await free_name(tx, heir, ROOT, name)
    new = {"id": new_id(), "owner": heir, "parent": ROOT, "name": free, "folded": folded(free), "now": values["now"]}
    await tx.run(ADD_FOLDER, new)
    now = float(str(values["now"]))
    await note_folder(tx, Topic.FOLDER_CREATED, Folder(FolderId(str(new["id"])), heir, ROOT, free, now), now)
    given = {"user": values["user"], "heir": heir, "under": new["id"]}
    await tx.run("UPDATE folders SET parent = :under WHERE owner = :user AND parent = ''", given)
    rows = await tx.all("UPDATE folders SET owner = :heir WHERE owner = :user RETURNING *", given)
    await note_folders(tx, Topic.FOLDER_CHANGED, map(folder_of, rows), now)


async def _remove_files(tx: Tx, values: dict[str, object]) -> int:
    user, now, blobs, count = PrincipalId(str(values["user"])), float(str(values["now"])), set(), 0
    while gone := await tx.all(_REMOVE, values):
        await note_files(tx, Topic.FILE_REMOVED, await removed_files(tx, gone), now)
        blobs |= {row["sha256"] for row in gone}
        count += len(gone)
    for blob in blobs:
        await drop_unowned(tx, user, blob)
    folders = await tx.all("DELETE FROM folders WHERE owner = :user RETURNING *", values)
    await note_folders(tx, Topic.FOLDER_REMOVED, map(folder_of, folders), now)
    return count


async def _end_uploads(tx: Tx, values: dict[str, object]) -> None:
    for row in await tx.all(_END_UPLOADS, values):
        await note_upload(tx, Topic.UPLOAD_CANCELLED, read_upload(row), float(str(values["now"])))


_GIVE = """
UPDATE files SET owner = :heir WHERE id IN (SELECT id FROM files WHERE owner = :user LIMIT 500) RETURNING id
"""
_REMOVE = "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE owner = :user LIMIT 500) RETURNING *"
_END_UPLOADS = """
UPDATE uploads SET state = 'cancelled', ended_at = :now WHERE owner = :user AND state = 'open' RETURNING *
"""
