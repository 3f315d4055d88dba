"""Records of the parts of uploads, and reservations for bytes that are arriving."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from penstock.model.ids import Md5, PrincipalId, StagedLocation, UploadId
from penstock.model.quota import Headroom
from penstock.model.upload import Part, Upload


@dataclass(frozen=True, slots=True)
class Admission:
    """An admitted part. `taken`: it has a record already. `headroom` is what its owner's byte quota leaves for it, its
    recorded bytes included; None is unlimited.
    """

    taken: bool
    headroom: Headroom | None


class Committed(Enum):
    """The outcome of recording a part."""

    NEW = auto()
    SAME = auto()
    REPLACED = auto()


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """The upload as it stands after the part, and the part's record. `hashed_by` is the process that hashes its bytes,
    `before` the location in the replaced record.
    """

    committed: Committed
    upload: Upload
    part: Part
    hashed_by: str | None
    before: StagedLocation | None = None


@dataclass(frozen=True, slots=True)
class Reserving:
    """A reservation against the owner's quota, by its `id`: for the bytes of a `part`, which replace its recorded ones,
    or for bytes whose upload is not known yet.
    """

    id: str
    owner: PrincipalId
    upload: UploadId | None = None
    number: int | None = None


class PartRepository(Protocol):
    """Records of parts. Each method is one transaction; quotas as in `UploadRepository`."""

    async def admit(self, upload: UploadId, number: int, reserved: str | None = None) -> Admission:
        """Whether the part of this number may be written at present; its own reservation `reserved` is not counted.
        Raises the fault of the upload's state unless it is open.
        """

    async def commit_part(
        self, upload: UploadId, part: Part, ttl: float, hashed_by: str, reserved: str | None = None
    ) -> PartOutcome:
        """Record a part, and release what was `reserved` for it. The same length and digest as the row: nothing changes
        but the expiry. Other bytes: the row is replaced and the epoch grows. Raises the fault of the upload's state
        unless it is open, `TooLarge` when the sum would exceed the limit, and `QuotaExceeded` or `TooLarge` when the
        part exceeds the headroom (`admit`). `part.generation` is ignored: the repository counts.
        """

    async def forget_part(self, upload: UploadId, part: Part) -> None:
        """Drop exactly this row (same number, location and generation) while the upload is open or sealing. The epoch
        grows and the upload is open again, so a sealer's digests are void; an appended one has expired,
        since its client was told of these bytes and need not have them any more.
        """

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """The committed part of this number."""

    async def part_at(self, upload: UploadId, offset: int) -> Part | None:
        """The part of an appended upload that has the byte at this offset."""

    async def numbers(self, upload: UploadId) -> list[int]:
        """The numbers of all committed parts, ascending."""

    async def locations(self, upload: UploadId) -> dict[int, StagedLocation]:
        """Where every committed part lies, by its number."""

    async def md5s(self, upload: UploadId, count: int) -> dict[int, Md5 | None]:
        """The MD5s of the committed parts numbered below `count`; None for one that is not recorded yet."""

    async def record_md5s(self, upload: UploadId, md5s: Sequence[tuple[Part, Md5]]) -> None:
        """Record the MD5s of these parts; a part that was replaced since is skipped."""


class ReservationRepository(Protocol):
    """Reservations: arriving bytes that count against their owner's quota before they are recorded."""

    async def left(self, owner: PrincipalId) -> Headroom | None:
        """What an owner's byte quota leaves for bytes whose upload is not known yet; None is unlimited."""

    async def reserve(self, reserving: Reserving, wanted: int, ttl: float) -> int:
        """Reserve `wanted` bytes in all, or as many as the quota leaves, for `ttl` seconds; returns how many. A part's
        recorded bytes are credited, to one reservation at a time.
        """

    async def keep_reserved(self, ids: Collection[str], ttl: float) -> None:
        """Renew these reservations for `ttl` seconds."""

    async def release(self, reserved: str) -> None:
        """Release a reservation. Releasing an unknown one is not an error."""
