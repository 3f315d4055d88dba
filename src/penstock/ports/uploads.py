"""Facts about uploads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from penstock.model.file import File, NewFile
from penstock.model.ids import Location, Md5, PrincipalId, UploadId, Where
from penstock.model.quota import Headroom
from penstock.model.upload import Declared, Digests, Part, Sealing, State, Upload


@dataclass(frozen=True, slots=True)
class Opening:
    """An upload that is about to be. `hashed_by` is the process that will hash its bytes; `address` is where its owner
    calls from, if that has no token.
    """

    upload: Upload
    hashed_by: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Reserving:
    """Bytes on their way that count against their owner's quota under a name of their own: those of a `part`, in the
    place of what it has now, or those whose upload is not known yet.
    """

    id: str
    owner: PrincipalId
    upload: UploadId | None = None
    number: int | None = None


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
    before: Where | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """A part that may come. `taken`: it has a record already. `headroom` is what its owner's byte quota leaves for it,
    what it has now included; None is unlimited.
    """

    taken: bool
    headroom: Headroom | None


@dataclass(frozen=True, slots=True)
class HashLease:
    """Which process hashes the bytes of an upload, and what it found: `digests` of the bytes of epoch `epoch`."""

    upload: Upload
    hashed_by: str | None
    digests: Digests | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """An upload whose rows no longer change, leased to the caller. `state` is sealing, or placing after a crash; then
    `digests` are those decided on. `hashed_by` as in `HashLease`.
    """

    upload: Upload
    parts: list[Part]
    digests: Digests | None
    hashed_by: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """The file that an upload became. `garbage` are the locations whose bytes another blob made superfluous."""

    file: File
    garbage: Sequence[Location]


class UploadRepository(Protocol):
    """Facts about uploads. One method, one transaction, one outcome.

    An owner has what its files and their variants have, what the parts of its live uploads have, an open one whose time
    has run out aside, and what is reserved for bytes on their way; an upload in placing has the place of its file
    already. However many act at once, in however many processes, nobody gets more than its quota: what would grow past
    it raises `QuotaExceeded`, or `TooLarge` with the whole quota for a file that alone is larger, and nothing changes.
    What does not grow is never refused.
    """

    async def open(self, opening: Opening) -> Upload:
        """Record the upload, unless its (owner, dialect, key) names one that is live or cancelled: then return that.
        An open one whose time has run out becomes expired first. Raises `QuotaExceeded` when its owner has as many
        live uploads as it may, and, as `TooLarge`, when the declared size is more than is left.
        """

    async def admit(self, upload: UploadId, number: int, reserved: str | None = None) -> Admission:
        """Whether the part of this number may come, as things stand now; what is `reserved` for it is not counted.
        Raises the fault that its state calls for unless the upload is open.
        """

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

    async def upload(self, upload: UploadId) -> Upload | None:
        """The upload as it stands; None once it has expired or never was."""

    async def newest(self, owner: PrincipalId, dialect: str, key: str) -> Upload | None:
        """The youngest upload under this key that has not expired."""

    async def live_at(self, owner: PrincipalId, dialect: str, key: str, moment: float) -> Upload | None:
        """The upload that was live under this key at a moment (Unix seconds), whatever became of it since; None also
        when its record is gone.
        """

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """The committed part of this number."""

    async def parts(self, upload: UploadId, start: int, count: int) -> list[Part]:
        """At most `count` committed parts numbered `start` and up, ascending."""

    async def numbers(self, upload: UploadId) -> list[int]:
        """The numbers of all committed parts, ascending."""

    async def md5s(self, upload: UploadId, count: int) -> dict[int, Md5 | None]:
        """The MD5s of the committed parts numbered below `count`; None for one that was not recorded yet."""

    async def record_md5s(self, upload: UploadId, found: Sequence[tuple[Part, Md5]]) -> None:
        """Remember the MD5s of parts as they were read; one that was replaced since keeps none."""

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

    async def cancel(self, upload: UploadId) -> None:
        """open → cancelled. Again: nothing. Raises `UploadBusy`, `UploadSealed` or `UploadUnknown`."""

    async def expire(self, upload: UploadId) -> bool:
        """open → expired, whatever the clock says; false when it was not open."""

    async def hash_lease(self, upload: UploadId) -> HashLease | None:
        """Which process hashes the bytes, as far as its lease still runs."""

    async def lease_hashing(self, upload: UploadId, hashed_by: str, ttl: float, digested: int) -> bool:
        """Take or renew the right to hash the bytes, so many of which are `digested`; false while another process has
        it.
        """

    async def sealing(self, upload: UploadId) -> Sealing | None:
        """How far a sealer has come that is at it now; None while none is. What is digested never grows less."""

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, hashed_by: str) -> None:
        """Leave what was hashed where another process's sealer looks for it. Void when the epoch has moved on."""

    async def freeze(
        self, upload: UploadId, declared: Declared, completed_by: int | None, sealer: str, ttl: float
    ) -> Frozen | None:
        """open → sealing, with what the client now says of the file (its `total` is required, and an `md5` makes the
        upload need one), or take over a seal whose lease ran out. None while another sealer is at it. Raises
        `PartsMissing` (nothing changes then), `UploadSealed`, `UploadCancelled`, `UploadUnknown`.
        """

    async def renew(self, upload: UploadId, sealer: str, ttl: float) -> None:
        """Keep the sealer's lease."""

    async def thaw(self, upload: UploadId, sealer: str) -> None:
        """sealing → open, if this sealer still has it."""

    async def decide(self, upload: UploadId, digests: Digests, sealer: str) -> None:
        """sealing → placing: write the digests down and drop rows numbered `total` and up. Raises `UploadBusy` when the
        lease is lost, `QuotaExceeded` or `TooLarge` when there is no place for the file; placing holds that place.
        """

    async def publish(self, upload: UploadId, at: Location, digests: Digests, file: NewFile, sealer: str) -> Published:
        """placing → sealed: blob and file records, in one transaction. Raises `UploadBusy` when the lease is lost,
        `QuotaExceeded` or `TooLarge` when the quota was lowered since `decide`; it can be published once there is room.
        """

    async def reject(self, upload: UploadId, sealer: str) -> None:
        """placing → expired: the bytes must not become a file."""

    async def discarded(self, upload: UploadId) -> None:
        """Its bytes in staging are gone. The record of an expired one goes too."""

    async def count_by_state(self) -> dict[State, int]:
        """How many uploads stand where."""
