"""Leases on hashing uploads, and the digests."""

from dataclasses import dataclass
from typing import Protocol

from penstock.model.ids import UploadId
from penstock.model.upload import Digests, Upload


@dataclass(frozen=True, slots=True)
class HashLease:
    """An upload, the process that hashes its bytes (None without a lease that runs), and the digests recorded for its
    present epoch.
    """

    upload: Upload
    hashed_by: str | None
    digests: Digests | None


class HashingRepository(Protocol):
    """Leases on hashing uploads. Each method is one transaction."""

    async def hash_lease(self, upload: UploadId) -> HashLease | None:
        """The upload's lease and digests; None when there is no such upload."""

    async def lease_hashing(self, upload: UploadId, hashed_by: str, ttl: float, digested: int) -> bool:
        """Take or renew the lease, and record how many bytes are `digested`; false while another process has it."""

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, hashed_by: str) -> None:
        """Record the digests for sealers in other processes. Ignored when the epoch has changed, while the
        upload is not sealing, and from a process without the lease.
        """
