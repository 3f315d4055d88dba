"""Records of the background work."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from penstock.model.file import Blob
from penstock.model.ids import Location, UploadId
from penstock.model.upload import Part
from penstock.ports.outbox import Tell


@dataclass(frozen=True, slots=True)
class Finding:
    """A record to be checked against its bytes: `upload` and `part`, or `blob`."""

    upload: UploadId | None = None
    part: Part | None = None
    blob: Blob | None = None
    damaged: bool = False


class LeaseRepository(Protocol):
    """Records of whose turn a work is that one process of all should do at a time."""

    async def take(self, name: str, holder: str, ttl: float) -> bool:
        """Have the work of this name for the next `ttl` seconds, unless another holder has it by then."""

    async def let_go(self, name: str, holder: str) -> None:
        """Leave the work of this name to whoever comes. Nothing, if another holder has it."""


class UpkeepRepository(Protocol):
    """The queries of the background work. Repeating any of them is harmless."""

    async def expire_uploads(self, tell: Tell | None = None) -> int:
        """Expire every open upload past its expiry; returns how many. What is told of them is written with it."""

    async def finished(self, count: int) -> list[UploadId]:
        """At most `count` uploads whose bytes in staging are no longer needed: sealed, cancelled or expired, not yet
        marked discarded.
        """

    async def forget_old(self) -> int:
        """Remove the records of final uploads past their expiry whose bytes are gone; returns how many. What lapsed
        otherwise goes, too: reservations, counts, leases, and messages that nobody delivers any more.
        """

    async def stalled(self, count: int) -> list[UploadId]:
        """Uploads whose sealer's lease ran out: all those in sealing become open again, at most `count` of those in
        placing are returned.
        """

    async def known(self, uploads: Collection[UploadId]) -> set[UploadId]:
        """Those of the uploads that have a record at all."""

    async def trash_older(self, seconds: float) -> int:
        """Files created longer ago than this go to the trash; returns how many."""

    async def purge_trash(self, seconds: float) -> int:
        """Files trashed longer ago than this are removed; returns how many."""

    async def collect(self, grace: float, count: int) -> list[Location]:
        """Condemn every unreferenced blob, and delete the records of those condemned longer ago than `grace` seconds
        that are still unreferenced. The caller removes their bytes.
        """

    async def located(self, locations: Collection[Location]) -> set[Location]:
        """Those of the locations that a blob record names."""

    async def volume(self) -> int:
        """How many bytes all `findings` are about."""

    async def findings(self, after: str, count: int) -> tuple[str, list[Finding]]:
        """The next records to check, and the mark to continue from; "" at the end."""
