"""What the engine asks of the world, written to whoever implements it.

Every port has its specification as a test class in `tests/ports/`; an adapter passes when it passes that class.
Every method may raise `StorageFull` or `StorageFailed`; other faults are named where they can happen.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import FileId, Location, Md5, PrincipalId, Sha256, UploadId, Where
from penstock.model.image import EVERY_KIND, Recipe, Rendered
from penstock.model.principal import Scope, Tier, Token, User
from penstock.model.signature import Key
from penstock.model.upload import Declared, Digests, Part, State, Upload

# --- bytes -----------------------------------------------------------------------------------------------------------


class Hasher(Protocol):
    """What hashlib and xxhash have in common."""

    def update(self, piece: memoryview, /) -> None:
        """Take these bytes in."""


class Digest(Hasher, Protocol):
    """A hasher that can be copied in the middle and asked for its result."""

    def copy(self) -> "Digest":
        """A second one that has taken in the same bytes."""

    def hexdigest(self) -> str:
        """The result so far, in lowercase hex."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known about a part before its first byte. `stride` is a guess; `length` is exact or None; in bytes.

    `most` bounds what may come; `size` is the declared size of the whole.
    """

    stride: int
    length: int | None = None
    most: int | None = None
    size: int | None = None


Taken = Callable[[], Awaitable[bool]]
"""Asked once the place is locked: does this part have a row already? Raises a fault when the upload takes no parts."""


class Sink(Protocol):
    """One attempt at one part. The engine counts and digests."""

    @property
    def where(self) -> Where | None:
        """Where the bytes written so far can be read; None when they cannot. May change until `commit`."""

    async def write(self, piece: bytes) -> None:
        """Append these bytes. A piece that does not fit the place found at first moves the attempt to another."""

    async def commit(self) -> Where:
        """Return once the bytes are durable, with their final place. Nothing is visible yet."""

    async def release(self, *, keep: bool) -> None:
        """Let go of every lock; give the space back unless `keep`. Called exactly once, never raises."""


class Staging(Protocol):
    """Bytes of unfinished uploads. A committed `Where` is never written again."""

    async def begin(self, upload: UploadId, number: int, hint: Hint, taken: Taken) -> Sink:
        """Find a place for part `number`, lock it, ask `taken`, and write elsewhere if it says yes."""

    async def feed(self, upload: UploadId, where: Where, start: int, stop: int, hashers: Sequence[Hasher]) -> None:
        """Give bytes [start, stop) of the place to every hasher, off the event loop. Raises `FileNotFoundError` or
        `EOFError` when they are not there.
        """

    def read(self, upload: UploadId, where: Where, length: int) -> AsyncIterator[bytes]:
        """The first `length` bytes of the place, in pieces."""

    async def drop(self, upload: UploadId, where: Where) -> None:
        """The row that named this place was replaced: its bytes may go, at once or with the rest."""

    async def compose(self, upload: UploadId, parts: Sequence[Part], sha256: Sha256) -> Location:
        """Make the parts, in this order, one durable blob. Repeatable after a crash at any point; never called for an
        upload that still takes parts.
        """

    async def discard(self, upload: UploadId) -> None:
        """Forget everything about the upload. Discarding what is not there is not an error."""

    def each(self) -> AsyncIterator[tuple[UploadId, float]]:
        """Every upload that has bytes here, with the time (Unix seconds) of its last change."""


class Blobs(Protocol):
    """Finished bytes, by opaque location."""

    async def read(self, at: Location, start: int, stop: int) -> AsyncIterator[bytes]:
        """Open the blob now, so that a removal no longer matters, and return bytes [start, stop) in pieces. Raises
        `FileNotFoundError`.
        """

    async def feed(self, at: Location, start: int, stop: int, hashers: Sequence[Hasher]) -> None:
        """As `Staging.feed`."""

    async def size(self, at: Location) -> int | None:
        """How many bytes are there; None when there is no such blob."""

    async def forget(self, at: Location) -> None:
        """Remove the blob. Forgetting what is not there is not an error."""

    async def quarantine(self, at: Location) -> None:
        """Put the blob where nobody reads it, and keep it for a person to look at."""

    def each(self) -> AsyncIterator[tuple[Location, float]]:
        """Every blob that is stored, with the time (Unix seconds) it was placed."""

    async def probe(self) -> None:
        """Write, sync, read back and remove a few bytes. Raises a fault when the store cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Bytes that lie where a blob lies, before they have a record."""

    at: Location
    digests: Digests


# --- what is asked of others -----------------------------------------------------------------------------------------


class Keys(Protocol):
    """The secrets that addresses are signed with."""

    def all(self) -> Sequence[Key]:
        """Every key that is believed, the newest first; there is always one."""


class Scanner(Protocol):
    """Looks at a file before it becomes visible."""

    async def scan(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> str | None:
        """What was found in the content (`size` bytes), None when it may pass. Raises `ScannerUnavailable` whenever it
        did not look at all of it.
        """

    async def close(self) -> None:
        """Let go of connections."""


class Pictures(Protocol):
    """Makes pictures of pictures, where a hostile one harms nothing else."""

    async def render(
        self,
        picture: AsyncIterator[bytes],
        size: int,
        recipes: Sequence[Recipe],
        *,
        watermark: bytes | None = None,
        accept: frozenset[str] = EVERY_KIND,
    ) -> list[Rendered]:
        """One picture for each recipe, from a picture of `size` bytes whose kind is among `accept`. Raises
        `PictureTypeRefused`, `PictureRefused`.
        """


# --- records ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """An upload that is about to be. `chaser` is the process that will follow its bytes."""

    upload: Upload
    chaser: str


class Committed(Enum):
    """What became of a part's record."""

    NEW = auto()
    SAME = auto()
    REPLACED = auto()


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """The upload as it stands after the part, and the part's record. `chaser` is the process that follows its bytes."""

    committed: Committed
    upload: Upload
    part: Part
    chaser: str | None


@dataclass(frozen=True, slots=True)
class Chase:
    """Who follows the bytes of an upload, and what it found: `digests` of the bytes of epoch `epoch`."""

    upload: Upload
    chaser: str | None
    digests: Digests | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """An upload whose rows no longer change, leased to the caller. `state` is sealing, or placing after a crash; then
    `digests` are those decided on. `chaser` as in `Chase`.
    """

    upload: Upload
    parts: list[Part]
    digests: Digests | None
    chaser: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """The file that an upload became. `garbage` are the locations whose bytes another blob made superfluous."""

    file: File
    garbage: Sequence[Location]


class UploadLedger(Protocol):
    """Facts about uploads. One method, one transaction, one outcome."""

    async def open(self, opening: Opening) -> Upload:
        """Record the upload, unless its (owner, dialect, key) names one that is live or cancelled: then return that.
        An open one whose time has run out becomes expired first.
        """

    async def upload(self, upload: UploadId) -> Upload | None:
        """The upload as it stands; None once it has expired or never was."""

    async def newest(self, owner: PrincipalId, dialect: str, key: str) -> Upload | None:
        """The youngest upload under this key that has not expired."""

    async def part(self, upload: UploadId, number: int) -> Part | None:
        """The committed part of this number."""

    async def parts(self, upload: UploadId, start: int, count: int) -> list[Part]:
        """At most `count` committed parts numbered `start` and up, ascending."""

    async def numbers(self, upload: UploadId) -> list[int]:
        """The numbers of all committed parts, ascending."""

    async def commit_part(self, upload: UploadId, part: Part, ttl: float, chaser: str) -> PartOutcome:
        """Record a part. The same length and digest as the row: nothing changes but the expiry. Other bytes: the row is
        replaced and the epoch grows. Raises the fault that its state calls for unless the upload is open, and
        `TooLarge` when the sum would pass the limit. `part.generation` is ignored: the ledger counts.
        """

    async def forget_part(self, upload: UploadId, part: Part) -> None:
        """Drop exactly this row (same number, place and generation) while the upload is open or sealing. The epoch
        grows, and the upload is open: what a sealer found no longer holds.
        """

    async def cancel(self, upload: UploadId) -> None:
        """open → cancelled. Again: nothing. Raises `UploadBusy`, `UploadSealed` or `UploadUnknown`."""

    async def expire(self, upload: UploadId) -> bool:
        """open → expired, whatever the clock says; false when it was not open."""

    async def chase(self, upload: UploadId) -> Chase | None:
        """Who follows the bytes, as far as its lease still runs."""

    async def lease_chase(self, upload: UploadId, chaser: str, ttl: float) -> bool:
        """Take or renew the right to follow the bytes; false while another process has it."""

    async def record_digests(self, upload: UploadId, epoch: int, digests: Digests, chaser: str) -> None:
        """Leave what the chase found where another process's sealer looks for it. Void when the epoch has moved on."""

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
        lease is lost.
        """

    async def publish(self, upload: UploadId, at: Location, digests: Digests, file: NewFile, sealer: str) -> Published:
        """placing → sealed: blob and file records, in one transaction. Raises `UploadBusy` when the lease is lost."""

    async def reject(self, upload: UploadId, sealer: str) -> None:
        """placing → expired: the bytes must not become a file."""

    async def discarded(self, upload: UploadId) -> None:
        """Its bytes in staging are gone. The record of an expired one goes too."""

    async def count_by_state(self) -> dict[State, int]:
        """How many uploads stand where."""


class FileLedger(Protocol):
    """Facts about files and blobs. One method, one transaction, one outcome."""

    async def file(self, file: FileId) -> File | None:
        """The file of this id."""

    async def of_upload(self, upload: UploadId) -> File | None:
        """The file that this upload became."""

    async def of_key(self, owner: PrincipalId, dialect: str, key: str) -> File | None:
        """The newest file that a client of the dialect knows by this name of its own."""

    async def of_hash(self, readers: PrincipalId | None, md5: Md5, size: int | None) -> File | None:
        """The newest sound file with this MD5, and size when given; of any owner when `readers` is None."""

    async def unhashed(self, readers: PrincipalId | None, size: int | None, count: int) -> list[Blob]:
        """At most `count` sound blobs whose MD5 nobody computed yet, among those files."""

    async def record_md5(self, blob: Sha256, md5: Md5) -> None:
        """Fill in a blob's MD5."""

    async def claim(self, owner: PrincipalId, dialect: str, blob: Sha256, file: NewFile) -> File | None:
        """Another record on the same blob; None when the blob is gone or damaged. The owner's own record under the same
        key and blob is answered instead of a second one.
        """

    async def add_picture(
        self,
        owner: PrincipalId,
        dialect: str,
        picture: Placed,
        file: NewFile,
        variants: Sequence[tuple[str, Placed]],
    ) -> tuple[File, list[Location]]:
        """Record a picture and the variants made with it, by the names of their recipes, in one transaction; also
        returns the locations whose bytes other blobs made superfluous.
        """

    async def add_variant(self, source: Sha256, recipe: str, variant: Placed) -> tuple[Blob, list[Location]] | None:
        """Record what a recipe made of a stored picture, or answer what it made before; None when the picture is
        gone.
        """

    async def variant(self, source: Sha256, recipe: str) -> Blob | None:
        """What a recipe made of a stored picture; None when it did not yet, or it is damaged."""

    async def page(self, owner: PrincipalId, search: str, start: int, count: int) -> tuple[int, list[File]]:
        """How many of the owner's files, the trash aside, have `search` in their name, and a page, newest first."""

    async def remove(self, owner: PrincipalId, file: FileId) -> bool:
        """Remove the record, leaving a tombstone; false when the owner has no such file. Repeated: true."""

    async def bury(self, owner: PrincipalId, identifier: str) -> None:
        """Leave a tombstone: the owner removed whatever this id named."""

    async def buried(self, owner: PrincipalId, identifier: str) -> bool:
        """Whether this owner removed what this id named."""

    async def damage(self, at: Location) -> None:
        """The bytes of the blob that lies there are wrong: its files stay listed and are never served. Nothing happens
        when no blob lies there any more.
        """


@dataclass(frozen=True, slots=True)
class Finding:
    """A record to be checked against its bytes: `upload` and `part`, or `blob`."""

    upload: UploadId | None = None
    part: Part | None = None
    blob: Blob | None = None
    damaged: bool = False


class UpkeepLedger(Protocol):
    """What the background asks. Repeating any of it is harmless."""

    async def expire_uploads(self) -> int:
        """Every open upload whose time has run out becomes expired; returns how many."""

    async def finished(self, count: int) -> list[UploadId]:
        """Uploads whose bytes in staging nobody needs: sealed, cancelled or expired, not yet marked discarded."""

    async def forget_old(self) -> int:
        """Remove the records of final uploads past their expiry whose bytes are gone; returns how many."""

    async def stalled(self, count: int) -> list[UploadId]:
        """Uploads whose sealer's lease ran out: those in sealing are open again, those in placing are returned."""

    async def known(self, upload: UploadId) -> bool:
        """Whether the upload has a record at all."""

    async def trash_older(self, seconds: float) -> int:
        """Files created longer ago than this go to the trash; returns how many."""

    async def purge_trash(self, seconds: float) -> int:
        """Files trashed longer ago than this are removed; returns how many."""

    async def collect(self, grace: float, count: int) -> list[Location]:
        """Condemn every unreferenced blob, and delete the records of those condemned longer ago than `grace` seconds
        that are still unreferenced. Their bytes are the caller's to remove.
        """

    async def located(self, at: Location) -> bool:
        """Whether a blob record names this location."""

    async def findings(self, after: str, count: int) -> tuple[str, list[Finding]]:
        """The next records to check, and where to go on from; "" when there are no more."""


class AccountLedger(Protocol):
    """Facts about users and their tokens."""

    async def add_user(self, user: User) -> bool:
        """Record the user; false when the name is taken."""

    async def user(self, name: str) -> User | None:
        """The user of this name."""

    async def users(self) -> list[User]:
        """Everybody, by name."""

    async def change_user(self, name: str, *, tier: Tier | None = None, disabled: bool | None = None) -> bool:
        """Change what is given; false when there is no such user."""

    async def add_token(self, token: Token) -> None:
        """Record the token."""

    async def bearer(self, digest: str) -> tuple[User, frozenset[Scope]] | None:
        """Whose token this is and what for: not expired, not revoked, its user not disabled."""
