"""An owner's files and folders: listed, searched, changed, thrown away and brought back."""

import asyncio

from penstock.engine.catalog import Catalog
from penstock.engine.events import Events
from penstock.identity.audit import Audit
from penstock.identity.sudo import Sudo
from penstock.model.audit import Act, Actor
from penstock.model.faults import FileUnknown, FolderUnknown, InputInvalid
from penstock.model.file import File, NewFile
from penstock.model.folder import Edit, Folder, Tags
from penstock.model.ids import ROOT, FileId, FolderId, Md5, PrincipalId, new_id
from penstock.model.listing import Listing, Mark
from penstock.model.names import folded
from penstock.model.principal import Principal
from penstock.model.sudo import Sensitive
from penstock.ports import FileLists, FolderRepository, TrashRepository

PATIENCE = 1.0
"""How long, in seconds, whoever moves a folder to the trash or back waits for what is in it."""

BATCH = 500
"""How many entries follow their folder in one transaction, and how many names are brought into the index."""


class Drive:
    """Files and folders as their owners see them. Others' are unknown. What an id stands for is found out here."""

    def __init__(
        self,
        lists: FileLists,
        folders: FolderRepository,
        trash: TrashRepository,
        catalog: Catalog,
        events: Events,
        sudo: Sudo,
        audit: Audit,
    ) -> None:
        self._lists = lists
        self._folders = folders
        self._trash = trash
        self._catalog = catalog
        self._events = events
        self._sudo = sudo
        self._audit = audit
        self._at_work: set[asyncio.Task[None]] = set()

    async def files(
        self, principal: Principal, listing: Listing, after: Mark | None, count: int
    ) -> tuple[list[File], Mark | None]:
        """A page of files, and where the list goes on. Raises `FolderUnknown`."""
        await self._refuse_closed(principal, listing.folder)
        return await self._lists.files(principal.id, listing, after, count)

    async def search(
        self, principal: Principal, text: str, before: int | None, count: int
    ) -> tuple[list[File], int | None]:
        """A page of the files that have every word of the text in their name, newest first. Raises `InputInvalid`."""
        words = folded(text).split()
        if not words:
            raise InputInvalid("q", "no word")
        return await self._lists.search(principal.id, words, before, count)

    async def folders(
        self, principal: Principal, parent: FolderId, after: Mark | None, count: int
    ) -> tuple[list[Folder], Mark | None]:
        """A page of the folders in a folder, by name. Raises `FolderUnknown`."""
        await self._refuse_closed(principal, parent)
        return await self._folders.folders(principal.id, parent, after, count)

    async def folder(self, principal: Principal, folder: FolderId) -> tuple[Folder, list[Folder]]:
        """A folder, and the path to it, of which it is the last. Raises `FolderUnknown`."""
        found = await self._folders.folder(principal.id, folder)
        if found is None:
            raise FolderUnknown
        return found, await self._folders.path(principal.id, folder)

    async def make(self, principal: Principal, parent: FolderId, name: str, *, rename: bool) -> Folder:
        """A new folder. Raises as `FolderRepository.make`."""
        return await self._folders.make(principal.id, parent, name, rename=rename)

    async def place(self, principal: Principal, folder: str | None) -> FolderId | None:
        """The folder that an upload names. Raises `InputInvalid` unless something may be put into it."""
        if folder is None:
            return None
        if folder == ROOT or not await self._folders.is_open(principal.id, FolderId(folder)):
            raise InputInvalid("folder", "no folder of yours")
        return FolderId(folder)

    async def claim(
        self, principal: Principal, dialect: str, md5: Md5, size: int, name: str, folder: FolderId
    ) -> tuple[File | None, File | None]:
        """The file that is made of stored bytes; else None, and one with these bytes that lies in the caller's trash,
        if there is any. Raises as `Catalog.claim`, and `InputInvalid`.
        """
        if not await self._folders.is_open(principal.id, folder):
            raise InputInvalid("folder", "no folder of yours")
        made = await self._catalog.claim(principal, dialect, md5, size, NewFile(name, "", new_id(), folder=folder))
        return made, None if made is not None else await self._catalog.trashed(principal, md5, size)

    async def edit_file(self, principal: Principal, file: FileId, edit: Edit, tags: Tags = None) -> File:
        """Change a file. Raises as `FolderRepository.edit_file`."""
        return await self._folders.edit_file(principal.id, file, edit, tags)

    async def edit_folder(self, principal: Principal, folder: FolderId, edit: Edit, tags: Tags = None) -> Folder:
        """Change a folder. Raises as `FolderRepository.edit_folder`."""
        return await self._folders.edit_folder(principal.id, folder, edit, tags)

    async def edit(self, principal: Principal, item: str, edit: Edit) -> File | Folder:
        """Change either. Labels are of files alone."""
        if not await self._is_folder(principal, item):
            return await self.edit_file(principal, FileId(item), edit)
        if edit.labels is not None:
            raise InputInvalid("labels", "not of folders")
        return await self.edit_folder(principal, FolderId(item), edit)

    async def trash(
        self, principal: Principal, before: Mark | None, count: int
    ) -> tuple[list[File | Folder], Mark | None]:
        """A page of what lies in the trash, what was put there last first."""
        return await self._lists.trash(principal.id, before, count)

    async def put_file(self, principal: Principal, file: FileId, tags: Tags = None) -> File:
        """Put a file into the trash. Raises as `TrashRepository.put_file`."""
        return await self._trash.put_file(principal.id, file, tags)

    async def put_folder(self, principal: Principal, folder: FolderId, tags: Tags = None) -> tuple[Folder, bool]:
        """Put a folder with all that is in it into the trash, and whether all of it is there by now. Raises as
        `TrashRepository.put_folder`.
        """
        await self._settle(principal.id, folder)
        put = await self._trash.put_folder(principal.id, folder, tags)
        return put, await self._settle(principal.id, folder)

    async def put(self, principal: Principal, item: str) -> tuple[File | Folder, bool]:
        """Put either into the trash."""
        if await self._is_folder(principal, item):
            return await self.put_folder(principal, FolderId(item))
        return await self.put_file(principal, FileId(item)), True

    async def restore(self, principal: Principal, item: str) -> tuple[File | Folder, bool]:
        """Take it out of the trash, and whether all of it is back by now. Raises as `TrashRepository.restore_file`."""
        if not await self._is_folder(principal, item):
            return await self._trash.restore_file(principal.id, FileId(item)), True
        await self._settle(principal.id, FolderId(item))
        folder = await self._trash.restore_folder(principal.id, FolderId(item))
        return folder, await self._settle(principal.id, folder.id)

    async def purge(self, principal: Principal, item: str, sudo: str | None, address: str) -> None:
        """Remove for good what lies in the trash. Raises `FileUnknown`, also for what does not, and `SudoRequired`."""
        is_folder = await self._is_folder(principal, item)
        if not is_folder and (await self._catalog.file(principal, FileId(item))).trashed_at is None:
            raise FileUnknown
        await self._sudo.check(principal, Sensitive.DELETE_FILE, sudo)
        if is_folder:
            await self._settle(principal.id, FolderId(item))
            if not await self._trash.purge_folder(principal.id, FolderId(item)):
                raise FolderUnknown
            await self._settle(principal.id, FolderId(item))
        else:
            await self._catalog.remove(principal, item)
        await self._audit.note(Actor(principal.name, address), Act.FILE_DELETED, item)

    async def tidy(self, trash: float) -> None:
        """Finish what is decided of folders, remove those that lie in the trash longer than this (seconds), and see to
        the index of names.
        """
        await self._trash.purge_older(trash)
        while due := await self._trash.steps(BATCH):
            for owner, folder in due:
                await self._follow(owner, folder)
        while await self._lists.index(BATCH):
            pass
        while await self._lists.forget_names(BATCH):
            pass

    async def close(self) -> None:
        """End the work under way; upkeep goes on with it."""
        tasks = list(self._at_work)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _settle(self, owner: PrincipalId, folder: FolderId) -> bool:
        """Let what is in a folder follow it, also when the caller has been answered; whether it has by now."""
        task = asyncio.create_task(self._follow(owner, folder))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        done, _ = await asyncio.wait([task], timeout=PATIENCE)
        if done:
            await task
        return bool(done)

    async def _follow(self, owner: PrincipalId, folder: FolderId) -> None:
        while await self._trash.step(owner, folder, BATCH, self._events.removed()):
            pass

    async def _is_folder(self, principal: Principal, item: str) -> bool:
        return await self._folders.folder(principal.id, FolderId(item)) is not None

    async def _refuse_closed(self, principal: Principal, folder: FolderId | None) -> None:
        if folder is not None and not await self._folders.is_open(principal.id, folder):
            raise FolderUnknown
