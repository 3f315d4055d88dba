"""Records of what goes to the trash, comes back, or goes for good."""

from typing import Protocol

from penstock.model.file import File
from penstock.model.folder import Folder, Tags
from penstock.model.ids import FileId, FolderId, PrincipalId
from penstock.ports.outbox import TellFile


class TrashRepository(Protocol):
    """What goes to the trash, and comes back.

    A folder goes there, and comes back, with all that is in it. The folder itself does so at once; what is in it
    follows in `steps`, each of them one transaction, and whoever comes finishes what another did not.
    """

    async def put_file(self, owner: PrincipalId, file: FileId, tags: Tags = None) -> File:
        """Put a file into the trash. Raises `FileUnknown`, `FileTrashed`, `Outdated`."""

    async def put_folder(self, owner: PrincipalId, folder: FolderId, tags: Tags = None) -> Folder:
        """Put a folder into the trash. Raises `FolderUnknown`, `FolderTrashed`, `FolderBusy`, `Outdated`."""

    async def restore_file(self, owner: PrincipalId, file: FileId) -> File:
        """Take a file out of the trash, to where it was, or to the root where that is gone; under another name where
        its own is taken. One that is not there stays as it is. Raises `FileUnknown`.
        """

    async def restore_folder(self, owner: PrincipalId, folder: FolderId) -> Folder:
        """As `restore_file`, for a folder that went to the trash itself. Raises `FolderUnknown`, `FolderBusy`, and
        `FolderTrashed` for one that went with another.
        """

    async def purge_folder(self, owner: PrincipalId, folder: FolderId) -> bool:
        """Decide that a folder goes for good that went to the trash itself; false when there is none. Raises
        `FolderBusy`.
        """

    async def purge_older(self, seconds: float) -> int:
        """Decide the same of folders that went there longer ago than this; returns how many."""

    async def step(self, owner: PrincipalId, folder: FolderId, count: int, tell: TellFile | None = None) -> bool:
        """Let at most `count` entries follow what was decided of a folder; false when none was left. What `tell` says
        of removed files is written with their removal.
        """

    async def steps(self, count: int) -> list[tuple[PrincipalId, FolderId]]:
        """At most `count` folders whose contents are still to follow, with their owners."""
