"""An upload, its states, and what can be declared about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from penstock.model.concat import Concat
from penstock.model.faults import (
    ContentRefused,
    UploadBusy,
    UploadCancelled,
    UploadRefused,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.ids import FileId, FolderId, Md5, PrincipalId, Sha256, StagedLocation, UploadId


class State(StrEnum):
    """The state of an upload."""

    OPEN = "open"
    SEALING = "sealing"
    PLACING = "placing"
    SEALED = "sealed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.SEALING, State.CANCELLED, State.EXPIRED}),
    State.SEALING: frozenset({State.OPEN, State.PLACING}),
    State.PLACING: frozenset({State.SEALED, State.EXPIRED}),
    State.SEALED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
"""Every step an upload may take. `placing` never goes back: its digests are decided and its bytes may have moved; it
ends as `expired` when a scanner or a hook refuses the content.
"""


LIVE = frozenset({State.OPEN, State.SEALING, State.PLACING})
"""The states in which an upload still holds its client's key."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a client declares of a file before all bytes have arrived. Sizes in bytes; None is undeclared. `sha256` is
    held against the bytes by the seal that it is declared to, and not recorded.
    """

    name: str
    media_type: str | None = None
    size: int | None = None
    total: int | None = None
    part_size: int | None = None
    md5: Md5 | None = None
    label: str | None = None
    """The client's own note of whose file this is (`user_id` of `instant`); it grants nothing."""
    sha256: Sha256 | None = None


def declared_length(declared: Declared, number: int) -> int | None:
    """How many bytes the part has, where the declaration says so and does not contradict itself."""
    size, total, regular = declared.size, declared.total, declared.part_size
    if size is None or total is None or not regular or total != max(1, -(-size // regular)) or number >= total:
        return None
    return min(regular, size - number * regular)


Rejection = ContentRefused | UploadRefused
"""Why the bytes of an upload must not become a file."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload as its record has it. Part numbers count from 0; times are Unix seconds.

    `epoch` grows whenever a committed part is replaced or lost, so that digests computed over the old bytes are void.
    `key` is the client's own name for the upload within (owner, dialect). `limit` bounds the sum of the parts. `told`
    is what its dialect noted when it was opened.

    To an `appended` upload bytes come in their order, `bytes` of them are here, and a part's number is its offset. Its
    `turn` grows whenever earlier appends are cut off. The last one that was recorded began at the offset `last`, and
    its bytes have the digest `last_digest`. `holder` is the process of one that takes its time. A partial one
    (`concat`) becomes no file, and to a final one nobody but this server appends.

    `given_name` and `given_type` are what a hook calls the file, whatever its client does. Once one has let the whole
    of it pass, it is `approved`; a `rejection` is why it ended. Its file is to lie in
    the `folder`, where its client knows of any. An `upload_request` is the one by which it comes.
    """

    id: UploadId
    owner: PrincipalId
    dialect: str
    key: str
    declared: Declared
    limit: int
    needs_md5: bool
    state: State
    epoch: int
    received: int
    bytes: int
    largest: int
    expires_at: float
    file: FileId | None
    completed_by: int | None
    told: str | None = None
    appended: bool = False
    turn: int = 0
    last: int = 0
    last_digest: str | None = None
    holder: str | None = None
    concat: Concat | None = None
    given_name: str | None = None
    given_type: str | None = None
    approved: bool = False
    rejection: Rejection | None = None
    folder: FolderId | None = None
    upload_request: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether as many bytes are here as its declared size."""
        return self.bytes == self.declared.size


UNSEEN = "etag:"
"""What the digest of a part begins with whose bytes went past this server; what follows is the store's own tag."""


@dataclass(frozen=True, slots=True)
class Part:
    """A committed part: `length` bytes at `location`, whose xxh3-128 is `digest` (hex), or `UNSEEN` and a tag: then the
    store says that they are the same. Appended bytes have a CRC instead (`penstock.crc64`), since it can be continued.
    """

    number: int
    location: StagedLocation
    length: int
    digest: str
    generation: int

    def is_of(self, digest: str) -> bool:
        """Whether bytes at its location with this digest are those that were committed."""
        return self.digest == digest or self.digest.startswith(UNSEEN)


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of the bytes of a whole upload. `md5` is None when it was not needed, `crc32` when unknown."""

    size: int
    sha256: Sha256
    md5: Md5 | None
    crc32: int | None = None


@dataclass(frozen=True, slots=True)
class Sealing:
    """The progress of sealing: `digested` of the upload's `bytes`, as far as is known."""

    state: State
    bytes: int
    digested: int

    @property
    def progress(self) -> int:
        """The progress in percent. It never decreases: the digested bytes only grow, and placing comes after."""
        if self.state is State.PLACING:
            return DIGESTED
        return DIGESTED * min(self.digested, self.bytes) // max(1, self.bytes)


DIGESTED = 90
"""How much of a seal, in percent, is done once every byte is digested: placing takes no time that grows with size."""


def refuse_unless_open(state: State, file: FileId | None) -> None:
    """Raise the fault of a state other than open, in which an upload accepts neither parts nor a cancel."""
    match state:
        case State.OPEN:
            return
        case State.SEALING | State.PLACING:
            raise UploadBusy
        case State.SEALED:
            raise UploadSealed(FileId(file or ""))
        case State.CANCELLED:
            raise UploadCancelled
        case State.EXPIRED:
            raise UploadUnknown
