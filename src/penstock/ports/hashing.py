"""Which process hashes the bytes of an upload, and what it found."""

from dataclasses import dataclass
from typing import Protocol

from penstock.model.ids import UploadId
from penstock.model.upload import Digests, Upload


@dataclass(frozen=True, slots=True)
class HashLease:
    """Which process hashes the bytes of an upload, and what it found: `digests` of the bytes of epoch `epoch`."""

    upload: Upload
    hashed_by: str | None
    digests: Digests | None


class HashingRepository(Protocol):
    """The lease on hashing an upload. One method, one transaction, one outcome."""

    async def hash_lease(self, upload: UploadId) -> HashLease | None:
        """Which process hashes the bytes, as far as its lease still runs."""

    async def lease_hashing(self, upload: UploadId, hashed_by: str, ttl: float, digested: int) -> bool:
        """Take or renew the right to hash the bytes, so many of which are `digested`; false while another process has
        it.
        """

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, hashed_by: str) -> None:
        """Leave what was hashed where another process's sealer looks for it. Void when the epoch has moved on."""
