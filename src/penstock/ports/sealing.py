"""Records of sealing: leases, and the decided digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.file import File, NewFile
from penstock.model.ids import Location, UploadId
from penstock.model.upload import Declared, Digests, Part, Rejection, Sealing, Upload
from penstock.ports.outbox import Tell, TellFile


@dataclass(frozen=True, slots=True)
class Frozen:
    """An upload whose rows no longer change, leased to the caller. `state` is sealing, or placing after a crash; then
    `digests` are the decided ones. `hashed_by` as in `HashLease`.
    """

    upload: Upload
    parts: list[Part]
    digests: Digests | None
    hashed_by: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """The file that an upload became. `garbage` are the locations whose bytes became superfluous."""

    file: File
    garbage: Sequence[Location]


class SealingRepository(Protocol):
    """How uploads become files. Each method is one transaction; quotas and what is told as in
    `UploadRepository`.
    """

    async def sealing(self, upload: UploadId) -> Sealing | None:
        """The progress of the current sealer; None without one. The digested count never decreases."""

    async def freeze(
        self, upload: UploadId, declared: Declared, completed_by: int | None, sealer: str, ttl: float
    ) -> Frozen | None:
        """open → sealing, with what the client now says of the file (its `total` is required, but of an appended
        upload; an `md5` makes the upload need one), or take over a seal whose lease ran out. None while another sealer
        has the lease. Raises `SizeWrong` for an appended upload of another size, `PartsMissing` (the upload is open
        then, also when it was a seal whose lease had run out), `UploadSealed`, `UploadCancelled`, `UploadUnknown`, and
        the `rejection` of one that ended by it.
        """

    async def renew(self, upload: UploadId, sealer: str, ttl: float) -> None:
        """Keep the sealer's lease for another `ttl` seconds; 0 lets go of it. Nothing, if another sealer has it."""

    async def thaw(self, upload: UploadId, sealer: str) -> None:
        """sealing → open, if this sealer still has it."""

    async def decide(self, upload: UploadId, digests: Digests, sealer: str) -> None:
        """sealing → placing: write the digests down and drop rows numbered `total` and up. Raises `UploadBusy` when
        another sealer has taken the lease (one that ran out and that nobody took is good), `QuotaExceeded` or
        `TooLarge` when the quota has no headroom for the file; placing holds that headroom.
        """

    async def approve(self, upload: UploadId, sealer: str) -> None:
        """Record that a hook let it pass, if this sealer still has it: nobody asks again."""

    async def publish(
        self,
        upload: UploadId,
        location: Location,
        digests: Digests,
        file: NewFile,
        sealer: str,
        tell: TellFile | None = None,
    ) -> Published:
        """placing → sealed: blob and file records, in one transaction. Raises `UploadBusy` as `decide`,
        `QuotaExceeded` or `TooLarge` when the quota was lowered since `decide`; it can be published once there is
        headroom.
        """

    async def reject(self, upload: UploadId, sealer: str, why: Rejection, tell: Tell | None = None) -> None:
        """placing → expired: the bytes must not become a file. Raises `UploadBusy` as `decide`."""
