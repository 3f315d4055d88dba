"""Where a file or a folder lies, and under which name: in one folder drive gives no name twice."""

from penstock.adapters.sql.tx import Tx
from penstock.model.file import NewFile
from penstock.model.ids import ROOT, FolderId, PrincipalId
from penstock.model.names import folded, numbered


async def lock_tree(tx: Tx, owner: PrincipalId) -> None:
    """Nobody else changes the owner's folders, or what lies in them, until this transaction ends."""
    await tx.lock(f"folders of {owner}")


async def place(tx: Tx, owner: PrincipalId, file: NewFile) -> tuple[FolderId, str]:
    """The folder and the name of a file that comes. Where its folder is gone meanwhile, it is the root: nobody's bytes
    are lost because of that.
    """
    if file.folder is None:
        return ROOT, file.name
    await lock_tree(tx, owner)
    folder = file.folder if await is_open(tx, owner, file.folder) else ROOT
    return folder, await free_name(tx, owner, folder, file.name)


async def is_open(tx: Tx, owner: PrincipalId, folder: FolderId) -> bool:
    """Whether something may be put into this folder."""
    return folder == ROOT or await tx.one(_OPEN, {"owner": owner, "id": folder}) is not None


async def free_name(tx: Tx, owner: PrincipalId, folder: FolderId, name: str, but: str = "") -> str:
    """The name, or one like it that nothing in the folder has; what has the id `but` does not count. Of a thousand that
    are called alike it asks for a few.
    """

    async def taken(number: int) -> bool:
        values = {"owner": owner, "folder": folder, "but": but, "folded": folded(numbered(name, number))}
        return await tx.one(_TAKEN, values) is not None

    low, high = 0, 1
    while await taken(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if await taken(middle) else (low, middle)
    return numbered(name, high)


ADD_FOLDER = """
INSERT INTO folders (id, owner, parent, name, folded, created_at)
VALUES (:id, :owner, :parent, :name, :folded, :now)
"""
_OPEN = "SELECT 1 FROM folders WHERE id = :id AND owner = :owner AND trashed_at IS NULL AND work IS NULL"
_TAKEN = """
SELECT 1 FROM files
WHERE owner = :owner AND folder = :folder AND folded = :folded AND trashed_at IS NULL AND id <> :but
UNION ALL
SELECT 1 FROM folders
WHERE owner = :owner AND parent = :folder AND folded = :folded AND trashed_at IS NULL AND id <> :but
LIMIT 1
"""
