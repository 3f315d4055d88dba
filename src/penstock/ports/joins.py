"""Records of uploads that are put together from others. `UploadRepository.open` makes them."""

from typing import Protocol

from penstock.model.ids import UploadId
from penstock.model.upload import Upload


class JoinRepository(Protocol):
    """Which partial uploads a final one is made of. Each method is one transaction."""

    async def sources(self, final: UploadId) -> list[Upload] | None:
        """What it is made of, in order, as often as it is there; None once one of them takes no more bytes."""

    async def made_of(self, source: UploadId) -> list[UploadId]:
        """The open final uploads that are made of this one, among others."""

    async def due(self, count: int) -> list[UploadId]:
        """So many of the open final uploads whose sources are whole, or one of them gone, and which no process hashes.
        All that are waited for, and whoever waits, live on as long as the one of them that lives longest.
        """
