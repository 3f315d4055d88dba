"""Records of which store has the bytes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.file import Blob
from penstock.model.ids import Location, Sha256, UploadId


@dataclass(frozen=True, slots=True)
class Holding:
    """What there is to be moved: blobs that are not known to be damaged, their bytes, and unfinished uploads."""

    blobs: int
    bytes: int
    unfinished: int


class RelocationRepository(Protocol):
    """The queries of moving every blob to another store."""

    async def store(self) -> str | None:
        """The name of the store that has the bytes; None where nobody noted it yet."""

    async def holding(self) -> Holding:
        """What there is to be moved."""

    async def sound(self, after: Sha256, count: int) -> Sequence[Blob]:
        """The next blobs that are not known to be damaged, by their SHA-256, behind this one."""

    async def brought(self, uploads: Collection[UploadId]) -> set[UploadId]:
        """Those of the uploads that brought a blob."""

    async def move(self, store: str, moved: Callable[[Location], Location], damaged: Collection[Sha256]) -> None:
        """At once: every blob lies where `moved` says, in this store; these are damaged; and unfinished uploads are
        expired, since their parts are not there.
        """
