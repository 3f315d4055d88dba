"""Facts about the parts of uploads, and the bytes that are on their way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from penstock.model.ids import Md5, PrincipalId, StagedLocation, UploadId
from penstock.model.quota import Headroom
from penstock.model.upload import Part, Upload


@dataclass(frozen=True, slots=True)
class Admission:
    """A part that may come. `taken`: it has a record already. `headroom` is what its owner's byte quota leaves for it,
    what it has now included; None is unlimited.
    """

    taken: bool
    headroom: Headroom | None


class Committed(Enum):
    """What became of a part's record."""

    NEW = auto()
    SAME = auto()
    REPLACED = auto()


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """The upload as it stands after the part, and the part's record. `hashed_by` is the process that hashes its bytes,
    `before` the place that the record named until now.
    """

    committed: Committed
    upload: Upload
    part: Part
    hashed_by: str | None
    before: StagedLocation | None = None


@dataclass(frozen=True, slots=True)
class Reserving:
    """Bytes on their way that count against their owner's quota under a name of their own: those of a `part`, in the
    place of what it has now, or those whose upload is not known yet.
    """

    id: str
    owner: PrincipalId
    upload: UploadId | None = None
    number: int | None = None


class PartRepository(Protocol):
    """Facts about parts. One method, one transaction, one outcome; quotas as `UploadRepository` has them."""

    async def admit(self, upload: UploadId, number: int, reserved: str | None = None) -> Admission:
        """Whether the part of this number may come, as things stand now; what is `reserved` for it is not counted.
        Raises the fault that its state calls for unless the upload is open.
        """

    async def commit_part(
        self, upload: UploadId, part: Part, ttl: float, hashed_by: str, reserved: str | None = None
    ) -> PartOutcome:
        """Record a part, and release what was `reserved` for it. The same length and digest as the row: nothing changes
        but the expiry. Other bytes: the row is replaced and the epoch grows. Raises the fault that its state calls for
        unless the upload is open, `TooLarge` when the sum would pass the limit, and `QuotaExceeded` or `TooLarge` when
        the part is more than is left (`admit`).
        `part.generation` is ignored: the repository counts.
        """

    async def forget_part(self, upload: UploadId, part: Part) -> None:
        """Drop exactly this row (same number, place and generation) while the upload is open or sealing. The epoch
        grows, and the upload is open: what a sealer found no longer holds.
        """

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """The committed part of this number."""

    async def numbers(self, upload: UploadId) -> list[int]:
        """The numbers of all committed parts, ascending."""

    async def md5s(self, upload: UploadId, count: int) -> dict[int, Md5 | None]:
        """The MD5s of the committed parts numbered below `count`; None for one that was not recorded yet."""

    async def record_md5s(self, upload: UploadId, md5s: Sequence[tuple[Part, Md5]]) -> None:
        """Remember the MD5s of parts as they were read; one that was replaced since keeps none."""


class ReservationRepository(Protocol):
    """Bytes on their way that count against their owner's quota before anything records them."""

    async def left(self, owner: PrincipalId) -> Headroom | None:
        """What an owner's byte quota leaves for bytes whose upload is not known yet; None when there is no end."""

    async def reserve(self, reserving: Reserving, wanted: int, ttl: float) -> int:
        """Hold `wanted` bytes in all, or as many as the quota leaves, for `ttl` seconds; returns how many. What a part
        has now is in its place, but for one reservation at a time.
        """

    async def keep_reserved(self, ids: Collection[str], ttl: float) -> None:
        """Hold these reservations for `ttl` seconds more."""

    async def release(self, reserved: str) -> None:
        """The bytes are gone, or counted otherwise. Releasing what is not there is not an error."""
