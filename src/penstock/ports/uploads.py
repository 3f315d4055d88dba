"""Records of uploads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.ids import PrincipalId, UploadId
from penstock.model.upload import State, Upload
from penstock.ports.outbox import Tell


@dataclass(frozen=True, slots=True)
class Opening:
    """An upload to be recorded. `hashed_by` is the process that opens it; `address` is that of an anonymous caller. A
    final one is made of `sources`. `tell` is of this upload, and `tell_expired` of one of its key whose time has run
    out.
    """

    upload: Upload
    hashed_by: str
    address: str | None = None
    sources: Sequence[UploadId] = ()
    tell: Tell | None = None
    tell_expired: Tell | None = None


class UploadRepository(Protocol):
    """Records of uploads. Each method is one transaction.

    An owner has what its files and their variants have, what the parts of its live uploads have, an open one whose time
    has run out aside, and what is reserved for bytes on their way; an upload in placing has the place of its file
    already. However many act at once, in however many processes, nobody gets more than its quota: what would grow past
    it raises `QuotaExceeded`, or `TooLarge` with the whole quota for a file that alone is larger, and nothing changes.
    What does not grow is never refused.

    Of a final upload not its own bytes count while it is open, but those of its sources, if each is in it once and in
    no other; once it is placed, they count no more, and not as uploads either.

    What `tell` says of an upload is written into the outbox with the change that it tells of, and only with it.
    """

    async def check(self, opening: Opening) -> None:
        """Raise what `open` would at present, and record nothing."""

    async def open(self, opening: Opening) -> Upload:
        """Record the upload, unless its (owner, dialect, key) names one that is live or cancelled: then return that.
        An open one whose time has run out becomes expired first. Raises `QuotaExceeded` when its owner has as many
        live uploads as it may, and, as `TooLarge`, when the declared size is more than is left.
        """

    async def upload(self, upload: UploadId) -> Upload | None:
        """The upload; None when it has expired or is unknown."""

    async def rejected(self, upload: UploadId) -> Upload | None:
        """The upload, if it ended by a `rejection` and its time has not run out."""

    async def live(self, owner: PrincipalId | None, after: str, count: int) -> list[Upload]:
        """At most `count` of the owner's uploads, or of everybody's (None), that may still become files, by their ids,
        from behind this one on.
        """

    async def newest(self, owner: PrincipalId, dialect: str, key: str) -> Upload | None:
        """The youngest upload under this key that has not expired."""

    async def live_at(self, owner: PrincipalId, dialect: str, key: str, moment: float) -> Upload | None:
        """The upload that was live under this key at a moment (Unix seconds), whatever its state is now; None also when
        its record is gone.
        """

    async def progressed(self, tell: Mapping[UploadId, Tell]) -> None:
        """Record that bytes of these came. Nothing is told of one that is not live any more."""

    async def cancel(self, upload: UploadId, tell: Tell | None = None) -> None:
        """open → cancelled. Again: nothing. Raises `UploadBusy`, `UploadSealed` or `UploadUnknown`."""

    async def expire(self, upload: UploadId, tell: Tell | None = None) -> bool:
        """open → expired, whatever the clock says; false when it was not open."""

    async def discarded(self, upload: UploadId) -> None:
        """Record that its bytes in staging are deleted. The record of an expired upload is removed, too, unless its
        `rejection` is remembered there until its time has run out.
        """

    async def count_by_state(self) -> dict[State, int]:
        """How many uploads each state has."""
