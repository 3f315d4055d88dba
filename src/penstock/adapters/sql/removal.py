"""Removal of an account: its credentials are removed, its files removed or given away, in one transaction."""

from penstock.adapters.sql.conditions import moment_of
from penstock.adapters.sql.places import ADD_FOLDER, free_name, lock_tree
from penstock.adapters.sql.tx import Tx
from penstock.adapters.sql.variants import drop_unowned
from penstock.model.faults import BadToken
from penstock.model.ids import ROOT, PrincipalId, new_id
from penstock.model.names import folded
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
    "UPDATE uploads SET state = 'cancelled', ended_at = :now WHERE owner = :user AND state = 'open'",
    "DELETE FROM tombstones WHERE owner = :user",
    "DELETE FROM folders WHERE owner = :user",
    "UPDATE zips SET expires_at = 0 WHERE owner = :user",
    "DELETE FROM tickets WHERE share_id IN (SELECT id FROM shares WHERE owner = :user)",
    "DELETE FROM shares WHERE owner = :user",
    "DELETE FROM upload_requests WHERE owner = :user",
    "DELETE FROM usage WHERE owner = :user",  # `_HEIR_USAGE` has added it to the heir's
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


async def refuse_ended(tx: Tx, owner: PrincipalId) -> None:
    """Refuse new records of an account that ended after its caller was authenticated. Raises `BadToken`."""
    await tx.lock(_account(owner), shared=True)
    if await tx.one("SELECT 1 FROM about WHERE key = 'ended:' || :owner", {"owner": owner}) is not None:
        raise BadToken


async def remove_user(tx: Tx, name: str, heir: str | None, now: float) -> Heritage | None:
    """End an account and give its files to `heir`, or remove them; None when there is no such account, or no such heir.
    Its publications and audit entries stay under its id.
    """
    user, gets = await _id_of(tx, name), None if heir is None else await _id_of(tx, heir)
    if user is None or (heir is not None and gets is None):
        return None
    await tx.lock(_account(user))
    values: dict[str, object] = {"user": user, "heir": gets, "now": now, "past": now - REMEMBERED}
    values |= {"moment": str(now), "name": name}
    if await tx.one(_UNDER_WAY, values) is not None:
        return Heritage(user, 0, busy=True)
    count = await _give(tx, values) if gets is not None else await _remove_files(tx, user)
    for statement in (*_CREDENTIALS, *_ENDS):
        await tx.run(statement, values)
    return Heritage(user, count)


def _account(owner: PrincipalId) -> str:
    """The lock that new records of an account share, and that its end has alone."""
    return f"account {owner}"


async def _id_of(tx: Tx, name: str) -> PrincipalId | None:
    row = await tx.one("SELECT id FROM users WHERE name = :name", {"name": name})
    return None if row is None else PrincipalId(row["id"])


async def _give(tx: Tx, values: dict[str, object]) -> int:
    """The heir's quota is not checked: the operator decides, and nothing is lost."""
    await tx.run(_HEIR_USAGE, values)
    await _give_folders(tx, values)
    await tx.run("UPDATE variants SET owner = :heir WHERE owner = :user", values)
    return await tx.run("UPDATE files SET owner = :heir WHERE owner = :user", values)


async def _give_folders(tx: Tx, values: dict[str, object]) -> None:
    """Give the folders along, all of them in one new folder of the former owner's name: the heir may have such ones."""
    if await tx.one("SELECT 1 FROM folders WHERE owner = :user AND parent = ''", values) is None:
        return
    heir, name = PrincipalId(str(values["heir"])), str(values["name"])
    await lock_tree(tx, heir)
    free = await free_name(tx, heir, ROOT, name)
    new = {"id": new_id(), "owner": heir, "parent": ROOT, "name": free, "folded": folded(free), "now": values["now"]}
    await tx.run(ADD_FOLDER, new)
    given = {"user": values["user"], "heir": heir, "under": new["id"]}
    await tx.run("UPDATE folders SET parent = :under WHERE owner = :user AND parent = ''", given)
    await tx.run("UPDATE folders SET owner = :heir WHERE owner = :user", given)


async def _remove_files(tx: Tx, user: PrincipalId) -> int:
    gone = await tx.all("DELETE FROM files WHERE owner = :user RETURNING sha256", {"user": user})
    for blob in {row["sha256"] for row in gone}:
        await drop_unowned(tx, user, blob)
    return len(gone)
