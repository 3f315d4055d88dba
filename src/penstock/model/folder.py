"""Folders, and what can be changed of them and of the files in them."""

from dataclasses import dataclass

from penstock.model.file import tag_of
from penstock.model.ids import FolderId, PrincipalId

MAX_DEPTH = 100
"""How many folders deep one may be made, or be moved to."""


MAX_FOLDERS = 100_000
"""How many folders an owner may have, those in the trash aside."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of somebody's; its `parent` is the root or another one. Times are Unix seconds."""

    id: FolderId
    owner: PrincipalId
    parent: FolderId
    name: str
    created_at: float
    trashed_at: float | None = None
    trashed_with: FolderId | None = None

    @property
    def tag(self) -> str:
        """Stands for all of it that can be edited (RFC 9110 §8.8.3)."""
        return tag_of(self.name, self.parent, self.trashed_at)


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be changed, None where nothing is: the name, the folder that it lies in, and the labels of a file.
    Where its name is taken it is refused, or gets another with `rename`.
    """

    name: str | None = None
    folder: FolderId | None = None
    labels: tuple[str, ...] | None = None
    rename: bool = False


Tags = frozenset[str] | None
"""The tags of what the caller has seen, one of which must be the current one; None is any."""
