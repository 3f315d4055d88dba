"""Records of folders, and what is changed of the files in them."""

from typing import Protocol

from penstock.model.file import File
from penstock.model.folder import Edit, Folder, Tags
from penstock.model.ids import FileId, FolderId, PrincipalId
from penstock.model.listing import Mark


class FolderRepository(Protocol):
    """Records of folders. Each method is one transaction, as long for a folder with a million files as for an empty
    one.

    What is made, renamed or moved here gets no name that something else in its folder has, in whatever case and form
    its characters are written: it raises `NameTaken`, or takes a free one. However many act at once, no folder comes to
    lie in itself. A folder that does not exist, lies in the trash, or would be deeper than `MAX_DEPTH` is refused as
    `InputInvalid` where something is to be put into it. Of what its caller has seen otherwise, `Outdated` is raised.
    """

    async def folder(self, owner: PrincipalId, folder: FolderId) -> Folder | None:
        """The owner's folder of this id, in the trash or not."""

    async def path(self, owner: PrincipalId, folder: FolderId) -> list[Folder]:
        """The folders from the root down to this one, which is the last; at most the `MAX_DEPTH` lowest of them."""

    async def folders(
        self, owner: PrincipalId, parent: FolderId, after: Mark | None, count: int
    ) -> tuple[list[Folder], Mark | None]:
        """The folders in a folder by name, and where the list goes on; None at its end."""

    async def is_open(self, owner: PrincipalId, folder: FolderId) -> bool:
        """Whether something may be put into this folder. The root is always open."""

    async def make(self, owner: PrincipalId, parent: FolderId, name: str, *, rename: bool) -> Folder:
        """A new folder. Raises `QuotaExceeded` beyond `MAX_FOLDERS`."""

    async def edit_folder(self, owner: PrincipalId, folder: FolderId, edit: Edit, tags: Tags = None) -> Folder:
        """Change a folder. Raises `FolderUnknown`, `FolderTrashed`."""

    async def edit_file(self, owner: PrincipalId, file: FileId, edit: Edit, tags: Tags = None) -> File:
        """Change a file. Raises `FileUnknown`, `FileTrashed`."""
