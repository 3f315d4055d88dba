"""Records of zips."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.file import Blob, File
from penstock.model.folder import Folder
from penstock.model.ids import PrincipalId, Sha256
from penstock.model.zips import Zip, ZipEntry


class ZipRepository(Protocol):
    """Records of zips. Each method is one transaction, which touches a bounded number of entries. Several processes may
    do the same steps of one zip: `state` decides, and each step goes on where the last one ended.
    """

    async def make(self, owner: PrincipalId, name: str, items: Sequence[File | Folder]) -> Zip:
        """A new zip of these, and of all that is in them, each under a name of its own. The owner's oldest zips make
        way for it.
        """

    async def zip(self, owner: PrincipalId, zip_id: str) -> Zip | None:
        """The owner's zip of this id, until it expires."""

    async def list_more(self, zip_id: str, count: int) -> bool:
        """List at most `count` more entries; false when there is nothing to be listed any more."""

    async def unchecked(self, zip_id: str) -> Blob | None:
        """Bytes whose CRC nobody knows, the same ones until it is recorded or they are known to be damaged; None, when
        there are none any more.
        """

    async def record_crc32(self, blob: Sha256, crc32: int) -> None:
        """Record the CRC of these bytes."""

    async def note_checked(self, zip_id: str, checked: int) -> None:
        """Record that so many more of the unchecked bytes were read."""

    async def place_more(self, zip_id: str, count: int) -> bool:
        """Give at most `count` more entries their positions; false when all have one, and the zip is ready. What is
        damaged or gone is missing.
        """

    async def entries(self, zip_id: str, start: int, count: int) -> list[ZipEntry]:
        """Entries of a zip that is ready, missing ones too, from this number on."""

    async def number_at(self, zip_id: str, position: int) -> int:
        """The number of the last entry of a zip that is ready that stands at this position, or before it."""

    async def number_recorded_at(self, zip_id: str, position: int) -> int:
        """The same of a position in the records."""

    async def forget_old(self, count: int) -> int:
        """Forget at most about so many records of zips that have expired; returns how many went."""
