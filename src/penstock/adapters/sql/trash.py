"""What goes to the trash, and comes back (`ports.TrashRepository`).

The contents of a folder follow it in steps, since there may be a million files in it, and one transaction of so many
would keep everybody else waiting. A folder that has `work` to be done is one whose contents still have to follow.
"""

from dataclasses import dataclass, replace

from penstock.adapters.sql.files import file_of, read_file, read_files, remove_file
from penstock.adapters.sql.folders import FOLDER, OWN_FILE, folder_of, live_file, live_folder, rename_file
from penstock.adapters.sql.news import note_file, note_files, note_folder, note_folders
from penstock.adapters.sql.places import free_name, is_open, lock_tree
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.adapters.sql.variants import USUAL_BOUNDS, Bounds
from penstock.model.faults import FileUnknown, FolderBusy, FolderTrashed, FolderUnknown
from penstock.model.file import File
from penstock.model.folder import Folder, Tags
from penstock.model.ids import ROOT, FileId, FolderId, PrincipalId
from penstock.model.names import folded
from penstock.model.news import Topic
from penstock.ports import TellFile

PUT, RESTORE, PURGE = "put", "restore", "purge"
"""What is to be done with what is in a folder."""


class SqlTrash:
    """The port `TrashRepository`."""

    def __init__(self, database: Database, bounds: Bounds = USUAL_BOUNDS) -> None:
        self._database = database
        self._bounds = bounds

    async def put_file(self, owner: PrincipalId, file: FileId, tags: Tags = None) -> File:
        """See `TrashRepository.put_file`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _put_file(tx, owner, file, tags, now), brief=True)

    async def put_folder(self, owner: PrincipalId, folder: FolderId, tags: Tags = None) -> Folder:
        """See `TrashRepository.put_folder`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _put_folder(tx, owner, folder, tags, now), brief=True)

    async def restore_file(self, owner: PrincipalId, file: FileId) -> File:
        """See `TrashRepository.restore_file`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _restore_file(tx, owner, file, now), brief=True)

    async def restore_folder(self, owner: PrincipalId, folder: FolderId) -> Folder:
        """See `TrashRepository.restore_folder`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _restore_folder(tx, owner, folder, now), brief=True)

    async def purge_folder(self, owner: PrincipalId, folder: FolderId) -> bool:
        """See `TrashRepository.purge_folder`."""
        return await self._database.write(lambda tx: _purge_folder(tx, owner, folder), frees=True)

    async def purge_older(self, seconds: float) -> int:
        """See `TrashRepository.purge_older`."""
        before = self._database.clock() - seconds
        return await self._database.write(lambda tx: tx.run(_PURGE_OLDER, {"before": before}), frees=True)

    async def step(self, owner: PrincipalId, folder: FolderId, count: int, tell: TellFile | None = None) -> bool:
        """See `TrashRepository.step`."""
        step = _Step(owner, count, self._database.clock(), self._bounds.tombstones, tell)
        return await self._database.write(lambda tx: step.run(tx, folder), frees=True)

    async def steps(self, count: int) -> list[tuple[PrincipalId, FolderId]]:
        """See `TrashRepository.steps`."""
        rows = await self._database.scan(_AT_WORK, count=count)
        return [(PrincipalId(row["owner"]), FolderId(row["trashed_with"])) for row in rows]


@dataclass(frozen=True, slots=True)
class _Step:
    owner: PrincipalId
    count: int
    now: float
    tombstones: int
    tell: TellFile | None

    async def run(self, tx: Tx, unit: FolderId) -> bool:
        await lock_tree(tx, self.owner)
        row = await tx.one(_NEXT, {"unit": unit, "owner": self.owner})
        if row is None:
            return False
        if row["work"] == PUT and (other := await tx.one(_ENTANGLED, self._values(row))) is not None:
            return await self.run(tx, other["trashed_with"])  # what comes back does so before it goes again
        if not await self._follow(tx, row):
            await tx.run(_DONE[row["work"]], self._values(row))
            if row["work"] == PURGE:
                await note_folder(tx, Topic.FOLDER_REMOVED, folder_of(row), self.now)
        return True

    async def _follow(self, tx: Tx, row: Row) -> int:
        """Let what lies in one folder follow it; how many entries that were."""
        values = self._values(row)
        if row["work"] != PURGE:
            put = row["work"] == PUT
            folders, files = [await tx.all(sql, values) for sql in (_PUT if put else _RESTORE)]
            told = (Topic.FOLDER_TRASHED, Topic.FILE_TRASHED) if put else (Topic.FOLDER_RESTORED, Topic.FILE_RESTORED)
            await note_folders(tx, told[0], map(folder_of, folders), self.now)
            await note_files(tx, told[1], await read_files(tx, files), self.now)
            return len(folders) + len(files)
        files = await tx.all(_GOING, values)
        for file in files:
            await remove_file(tx, self.owner, FileId(file["id"]), self.now, self.tombstones, self.tell)
        return len(files) + await tx.run(_PURGE_FOLDERS, values)

    def _values(self, row: Row) -> dict[str, object]:
        values = {"owner": self.owner, "folder": row["id"], "unit": row["trashed_with"], "at": row["trashed_at"]}
        return values | {"count": self.count}


async def _put_file(tx: Tx, owner: PrincipalId, file: FileId, tags: Tags, now: float) -> File:
    await lock_tree(tx, owner)
    await live_file(tx, owner, file, tags)
    await tx.run("UPDATE files SET trashed_at = :now WHERE id = :id", {"id": file, "now": now})
    put = await read_file(tx, file)
    await note_file(tx, Topic.FILE_TRASHED, put, now)
    return put


async def _put_folder(tx: Tx, owner: PrincipalId, folder: FolderId, tags: Tags, now: float) -> Folder:
    await lock_tree(tx, owner)
    found = await live_folder(tx, owner, folder, tags)
    if found.trashed_with is not None:
        raise FolderBusy
    await tx.run(_PUT_FOLDER, {"id": folder, "now": now})
    put = replace(found, trashed_at=now, trashed_with=folder)
    await note_folder(tx, Topic.FOLDER_TRASHED, put, now)
    return put


async def _restore_file(tx: Tx, owner: PrincipalId, file: FileId, now: float) -> File:
    await lock_tree(tx, owner)
    row = await tx.one(OWN_FILE, {"owner": owner, "id": file})
    if row is None:
        raise FileUnknown
    if row["trashed_at"] is None:
        return file_of(row)
    folder = FolderId(row["folder"]) if await is_open(tx, owner, row["folder"]) else ROOT
    name = await free_name(tx, owner, folder, row["name"], file)
    if name != row["name"]:
        await rename_file(tx, row, name)
    await tx.run(_RESTORE_FILE, {"id": file, "folder": folder})
    restored = await read_file(tx, file)
    await note_file(tx, Topic.FILE_RESTORED, restored, now)
    return restored


async def _restore_folder(tx: Tx, owner: PrincipalId, folder: FolderId, now: float) -> Folder:
    await lock_tree(tx, owner)
    row = await tx.one(FOLDER, {"owner": owner, "id": folder})
    if row is None or row["work"] == PURGE:
        raise FolderUnknown
    found = folder_of(row)
    if found.trashed_at is None:
        return found
    if found.trashed_with != folder:
        raise FolderTrashed
    await _refuse_busy(tx, owner, folder)
    parent = found.parent if await is_open(tx, owner, found.parent) else ROOT
    name = await free_name(tx, owner, parent, found.name, folder)
    await tx.run(_RESTORE_FOLDER, {"id": folder, "parent": parent, "name": name, "folded": folded(name)})
    restored = replace(found, parent=parent, name=name, trashed_at=None, trashed_with=None)
    await note_folder(tx, Topic.FOLDER_RESTORED, restored, now)
    return restored


async def _purge_folder(tx: Tx, owner: PrincipalId, folder: FolderId) -> bool:
    await lock_tree(tx, owner)
    row = await tx.one(FOLDER, {"owner": owner, "id": folder})
    if row is None or row["trashed_at"] is None or row["trashed_with"] != folder:
        return False
    if row["work"] != PURGE:
        await _refuse_busy(tx, owner, folder)
        await tx.run("UPDATE folders SET work = 'purge' WHERE id = :id", {"id": folder})
    return True


async def _refuse_busy(tx: Tx, owner: PrincipalId, unit: FolderId) -> None:
    if await tx.one(_NEXT, {"unit": unit, "owner": owner}) is not None:
        raise FolderBusy


_PUT_FOLDER = "UPDATE folders SET trashed_at = :now, trashed_with = id, work = 'put' WHERE id = :id"
_RESTORE_FILE = "UPDATE files SET trashed_at = NULL, trashed_with = NULL, folder = :folder WHERE id = :id"
_RESTORE_FOLDER = """
UPDATE folders SET trashed_at = NULL, work = 'restore', parent = :parent, name = :name, folded = :folded WHERE id = :id
"""
_PURGE_OLDER = """
UPDATE folders SET work = 'purge' WHERE trashed_at <= :before AND trashed_with = id AND work IS NULL
AND NOT EXISTS (SELECT 1 FROM folders AS other WHERE other.trashed_with = folders.id AND other.work IS NOT NULL)
"""
_AT_WORK = "SELECT DISTINCT owner, trashed_with FROM folders WHERE work IS NOT NULL LIMIT :count"
_NEXT = "SELECT * FROM folders WHERE trashed_with = :unit AND work IS NOT NULL AND owner = :owner ORDER BY id LIMIT 1"
_ENTANGLED = """
SELECT trashed_with FROM folders
WHERE owner = :owner AND parent = :folder AND trashed_at IS NULL AND work IS NOT NULL LIMIT 1
"""
_PUT = (
    """
    UPDATE folders SET trashed_at = :at, trashed_with = :unit, work = 'put' WHERE id IN (
        SELECT id FROM folders WHERE owner = :owner AND parent = :folder AND trashed_at IS NULL LIMIT :count)
    RETURNING *
    """,
    """
    UPDATE files SET trashed_at = :at, trashed_with = :unit WHERE id IN (
        SELECT id FROM files WHERE owner = :owner AND folder = :folder AND trashed_at IS NULL LIMIT :count)
    RETURNING id
    """,
)
_RESTORE = (
    """
    UPDATE folders SET trashed_at = NULL, work = 'restore' WHERE id IN (
        SELECT id FROM folders WHERE trashed_with = :unit AND parent = :folder AND trashed_at IS NOT NULL LIMIT :count)
    RETURNING *
    """,
    """
    UPDATE files SET trashed_at = NULL, trashed_with = NULL WHERE id IN (
        SELECT id FROM files WHERE trashed_with = :unit AND folder = :folder LIMIT :count)
    RETURNING id
    """,
)
_GOING = "SELECT id FROM files WHERE trashed_with = :unit AND folder = :folder LIMIT :count"
_PURGE_FOLDERS = """
UPDATE folders SET work = 'purge' WHERE id IN (
    SELECT id FROM folders WHERE trashed_with = :unit AND parent = :folder AND work IS NULL LIMIT :count)
"""
_DONE = {
    PUT: "UPDATE folders SET work = NULL WHERE id = :folder",
    RESTORE: "UPDATE folders SET work = NULL, trashed_with = NULL WHERE id = :folder",
    PURGE: "DELETE FROM folders WHERE id = :folder",
}
