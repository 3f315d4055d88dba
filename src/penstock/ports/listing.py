"""Lists of an owner's files, whatever their number."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.file import File
from penstock.model.folder import Folder
from penstock.model.ids import PrincipalId
from penstock.model.listing import Listing, Mark


class FileLists(Protocol):
    """Lists of files. One call looks at a bounded number of records, however many files its owner has: a page may have
    fewer than `count` entries, even none, while there is a mark to go on from.
    """

    async def files(
        self, owner: PrincipalId, listing: Listing, after: Mark | None, count: int
    ) -> tuple[list[File], Mark | None]:
        """Files that do not lie in the trash, and where the list goes on; None at its end. Those that older code
        recorded come before all others by name and by size, until `index` has seen them.
        """

    async def search(
        self, owner: PrincipalId, words: Sequence[str], before: int | None, count: int
    ) -> tuple[list[File], int | None]:
        """Files that do not lie in the trash, with every one of these folded words somewhere in their name, newest
        first, and where it goes on.
        """

    async def trash(
        self, owner: PrincipalId, before: Mark | None, count: int
    ) -> tuple[list[File | Folder], Mark | None]:
        """What lies in the trash, what was put there last first; a folder stands for all that went with it."""

    async def index(self, count: int) -> int:
        """Make at most `count` files that older code recorded known to search; returns how many."""

    async def forget_names(self, count: int) -> int:
        """Remove from the index at most `count` names that no file has any more; returns how many."""
