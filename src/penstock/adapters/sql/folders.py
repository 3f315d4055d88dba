"""Records of folders (`ports.FolderRepository`)."""

from dataclasses import replace

import msgspec

from penstock.adapters.sql.ended import refuse_ended
from penstock.adapters.sql.files import FILES, file_of, read_file
from penstock.adapters.sql.fragments import add_fragments, drop_fragments, new_number
from penstock.adapters.sql.news import note_file, note_folder
from penstock.adapters.sql.places import ADD_FOLDER, free_name, is_open, lock_tree
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.faults import (
    FileTrashed,
    FileUnknown,
    FolderTrashed,
    FolderUnknown,
    InputInvalid,
    NameTaken,
    Outdated,
    QuotaExceeded,
)
from penstock.model.file import File
from penstock.model.folder import MAX_DEPTH, MAX_FOLDERS, Edit, Folder, Tags
from penstock.model.ids import ROOT, FileId, FolderId, PrincipalId, new_id
from penstock.model.listing import Mark
from penstock.model.names import folded
from penstock.model.news import Topic


class SqlFolders:
    """The port `FolderRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def folder(self, owner: PrincipalId, folder: FolderId) -> Folder | None:
        """See `FolderRepository.folder`."""
        row = await self._database.look(FOLDER, owner=owner, id=folder)
        return folder_of(row) if row is not None else None

    async def path(self, owner: PrincipalId, folder: FolderId) -> list[Folder]:
        """See `FolderRepository.path`."""
        return [folder_of(row) for row in await self._database.scan(_UP, owner=owner, id=folder, most=MAX_DEPTH)][::-1]

    async def folders(
        self, owner: PrincipalId, parent: FolderId, after: Mark | None, count: int
    ) -> tuple[list[Folder], Mark | None]:
        """See `FolderRepository.folders`."""
        mark = after or Mark("", "")
        values = {"owner": owner, "parent": parent, "value": mark.value, "id": mark.id, "count": count}
        rows = await self._database.scan(_LIST, **values)
        more = len(rows) == count
        return [folder_of(row) for row in rows], Mark(rows[-1]["folded"], rows[-1]["id"]) if more else None

    async def is_open(self, owner: PrincipalId, folder: FolderId) -> bool:
        """See `FolderRepository.is_open`."""
        row = await self._database.look(FOLDER, owner=owner, id=folder) if folder != ROOT else None
        return folder == ROOT or (row is not None and row["trashed_at"] is None and row["work"] is None)

    async def make(self, owner: PrincipalId, parent: FolderId, name: str, *, rename: bool) -> Folder:
        """See `FolderRepository.make`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _make(tx, owner, parent, name, now, rename=rename), brief=True)

    async def edit_folder(self, owner: PrincipalId, folder: FolderId, edit: Edit, tags: Tags = None) -> Folder:
        """See `FolderRepository.edit_folder`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _edit_folder(tx, owner, folder, edit, tags, now), brief=True)

    async def edit_file(self, owner: PrincipalId, file: FileId, edit: Edit, tags: Tags = None) -> File:
        """See `FolderRepository.edit_file`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _edit_file(tx, owner, file, edit, tags, now), brief=True)


async def live_folder(tx: Tx, owner: PrincipalId, folder: FolderId, tags: Tags) -> Folder:
    """The folder, which does not lie in the trash. Raises `FolderUnknown`, `FolderTrashed`, `Outdated`."""
    row = await tx.one(FOLDER, {"owner": owner, "id": folder})
    if row is None:
        raise FolderUnknown
    found = folder_of(row)
    if found.trashed_at is not None:
        raise FolderTrashed
    _refuse_outdated(found.tag, tags)
    return found


async def live_file(tx: Tx, owner: PrincipalId, file: FileId, tags: Tags) -> Row:
    """The row of the file, which does not lie in the trash. Raises `FileUnknown`, `FileTrashed`, `Outdated`."""
    row: Row | None = await tx.one(OWN_FILE, {"owner": owner, "id": file})
    if row is None:
        raise FileUnknown
    if row["trashed_at"] is not None:
        raise FileTrashed
    _refuse_outdated(file_of(row).tag, tags)
    return row


async def rename_file(tx: Tx, row: Row, name: str) -> None:
    """Give a file another name, under which it is found from now on."""
    number, owner = row["number"], row["owner"]
    if number is None:
        number = new_number(row["created_at"])
    else:
        await drop_fragments(tx, owner, number, row["folded"])
    values = {"id": row["id"], "name": name, "folded": folded(name), "number": number}
    await tx.run(_RENAME_FILE, values)
    await add_fragments(tx, owner, number, values["folded"])


def folder_of(row: Row) -> Folder:
    """A folder from a row of its table."""
    return Folder(
        FolderId(row["id"]),
        PrincipalId(row["owner"]),
        FolderId(row["parent"]),
        row["name"],
        row["created_at"],
        row["trashed_at"],
        row["trashed_with"],
    )


async def _make(tx: Tx, owner: PrincipalId, parent: FolderId, name: str, now: float, *, rename: bool) -> Folder:
    await refuse_ended(tx, owner)
    await lock_tree(tx, owner)
    if (await tx.one(_COUNT, {"owner": owner, "most": MAX_FOLDERS}))["number"] >= MAX_FOLDERS:
        raise QuotaExceeded("folders", MAX_FOLDERS)
    await _refuse_place(tx, owner, parent, None)
    free = await _fitting(tx, owner, parent, name, "", rename=rename)
    made = Folder(FolderId(new_id()), owner, parent, free, now)
    values = {"id": made.id, "owner": owner, "parent": parent, "name": free, "folded": folded(free), "now": now}
    await tx.run(ADD_FOLDER, values)
    await note_folder(tx, Topic.FOLDER_CREATED, made, now)
    return made


async def _edit_folder(tx: Tx, owner: PrincipalId, folder: FolderId, edit: Edit, tags: Tags, now: float) -> Folder:
    await lock_tree(tx, owner)
    found = await live_folder(tx, owner, folder, tags)
    parent, name = found.parent if edit.folder is None else edit.folder, edit.name or found.name
    if (parent, name) == (found.parent, found.name):
        return found
    if parent != found.parent:
        await _refuse_place(tx, owner, parent, folder)
    name = await _fitting(tx, owner, parent, name, folder, rename=edit.rename)
    await tx.run(_EDIT, {"id": folder, "parent": parent, "name": name, "folded": folded(name)})
    changed = replace(found, parent=parent, name=name)
    await note_folder(tx, Topic.FOLDER_CHANGED, changed, now)
    return changed


async def _edit_file(tx: Tx, owner: PrincipalId, file: FileId, edit: Edit, tags: Tags, now: float) -> File:
    await lock_tree(tx, owner)
    row = await live_file(tx, owner, file, tags)
    folder, name = row["folder"] if edit.folder is None else edit.folder, edit.name or row["name"]
    if (folder, name) != (row["folder"], row["name"]):
        if folder != row["folder"]:
            await _refuse_place(tx, owner, folder, None)
        name = await _fitting(tx, owner, folder, name, file, rename=edit.rename)
        if name != row["name"]:
            await rename_file(tx, row, name)
        await tx.run("UPDATE files SET folder = :folder WHERE id = :id", {"id": file, "folder": folder})
    if edit.labels is not None:
        labels = msgspec.json.encode(edit.labels).decode()
        await tx.run("UPDATE files SET labels = :labels WHERE id = :id", {"id": file, "labels": labels})
    changed = await read_file(tx, file)
    if changed.tag != file_of(row).tag:
        await note_file(tx, Topic.FILE_CHANGED, changed, now)
    return changed


async def _fitting(tx: Tx, owner: PrincipalId, folder: FolderId, name: str, but: str, *, rename: bool) -> str:
    """The name for what comes into a folder. Raises `NameTaken`."""
    free = await free_name(tx, owner, folder, name, but)
    if free != name and not rename:
        raise NameTaken(free)
    return free


async def _refuse_place(tx: Tx, owner: PrincipalId, into: FolderId, moved: FolderId | None) -> None:
    """Raise `InputInvalid` unless something may be put into this folder: the folder that is `moved`, or a new one."""
    if not await is_open(tx, owner, into):
        raise InputInvalid("folder", "no folder of yours")
    above = await tx.all(_UP, {"owner": owner, "id": into, "most": MAX_DEPTH})
    if any(row["id"] == moved for row in above):
        raise InputInvalid("folder", "lies in what is moved there")
    if len(above) == MAX_DEPTH:
        raise InputInvalid("folder", f"{MAX_DEPTH} folders deep")


def _refuse_outdated(tag: str, tags: Tags) -> None:
    if tags is not None and tag not in tags:
        raise Outdated


FOLDER = "SELECT * FROM folders WHERE id = :id AND owner = :owner"
OWN_FILE = f"{FILES} WHERE f.id = :id AND f.owner = :owner"
_UP = """
WITH RECURSIVE up (id, parent, depth) AS (
    SELECT id, parent, 1 FROM folders WHERE id = :id AND owner = :owner
    UNION ALL
    SELECT above.id, above.parent, up.depth + 1 FROM up JOIN folders AS above ON above.id = up.parent
    WHERE up.depth < :most
) SELECT folders.* FROM up JOIN folders ON folders.id = up.id ORDER BY up.depth
"""
_LIST = """
SELECT * FROM folders WHERE owner = :owner AND parent = :parent AND trashed_at IS NULL
AND (folded, id) > (:value, :id) ORDER BY folded, id LIMIT :count
"""
_COUNT = """
SELECT count(*) AS number FROM (
    SELECT 1 FROM folders WHERE owner = :owner AND trashed_at IS NULL LIMIT :most
) AS entries
"""
_EDIT = "UPDATE folders SET parent = :parent, name = :name, folded = :folded WHERE id = :id"
_RENAME_FILE = """
UPDATE files SET name = :name, folded = :folded, number = :number,
    bytes = (SELECT blobs.size FROM blobs WHERE blobs.sha256 = files.sha256) WHERE id = :id
"""
