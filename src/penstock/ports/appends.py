"""Records of appends: bytes that come in their order, at an offset that the client names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.ids import UploadId
from penstock.model.upload import Part, Upload
from penstock.ports.parts import Admission

Join = Callable[[Part, Part], Part | None]
"""One part of two, if the second lies right behind the first."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The upload as it stands after an append, and the process that hashes its bytes."""

    upload: Upload
    hashed_by: str | None


class AppendRepository(Protocol):
    """Records of appends. Each method is one transaction; quotas as in `UploadRepository`.

    An append belongs to a turn of its upload. Whoever comes later may cut it off (`cut_off`): nothing that belongs to
    an earlier turn is recorded any more.
    """

    async def admit_at(self, upload: UploadId, offset: int, turn: int, reserved: str | None = None) -> Admission:
        """Whether bytes may be appended at this offset at present; their own reservation is not counted. Raises
        `OffsetWrong`, `AppendCutOff`, and the fault of the upload's state unless it is open.
        """

    async def append(
        self,
        upload: UploadId,
        part: Part,
        turn: int,
        ttl: float,
        hashed_by: str,
        join: Join,
        *,
        goes_on: bool,
        reserved: str | None = None,
    ) -> Appended:
        """Record bytes that lie at the offset `part.number`, joined with those before them if they can be; release what
        was `reserved`, and, unless it `goes_on`, the upload. Nothing but the expiry changes for a part without bytes.
        Raises as `admit_at`, `TooLarge` when the upload would exceed its limit or its size, and `QuotaExceeded` or
        `TooLarge` when the bytes exceed the headroom.
        """

    async def set_size(self, upload: UploadId, size: int) -> Upload:
        """Record the size of the whole, once. Raises `SizeConflict` for another one than was declared and for one below
        the offset, `TooLarge` for one above the limit, and the fault of the upload's state unless it is open.
        """

    async def tail(self, upload: UploadId, count: int) -> list[Part]:
        """The last so many parts, in their order. The generation of an appended part is how often it was regrouped."""

    async def regroup(self, upload: UploadId, parts: Sequence[Part], whole: Part) -> bool:
        """Exchange exactly these parts, which lie in a row, for one with the same bytes; false, and nothing changes, if
        the upload does not take appends or one of them is not as it was.
        """

    async def hold(self, upload: UploadId, turn: int, process: str) -> None:
        """Record that a process appends; nothing, when the turn is over."""

    async def let_go(self, upload: UploadId, turn: int) -> None:
        """Record that nobody appends; nothing, when the turn is over."""

    async def ask(self, upload: UploadId, process: str) -> bool:
        """Ask whoever appends, other than this process, to let go; false when nobody does."""

    async def asked(self, process: str) -> list[UploadId]:
        """The uploads that this process was asked to let go of."""

    async def cut_off(self, upload: UploadId) -> Upload:
        """Begin a new turn: nothing of earlier appends is recorded from now on. Of an upload that takes no more bytes
        nothing changes. Raises `UploadUnknown`.
        """
