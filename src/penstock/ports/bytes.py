"""Where bytes lie: unfinished in staging, finished as blobs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.ids import Location, StagedLocation, UploadId
from penstock.model.upload import Digests, Part


class BytesMissing(Exception):
    """The place does not hold these bytes: nothing lies there, or less, or the store cannot read them."""


class Discarded(Exception):
    """The upload was discarded meanwhile: nothing of it is kept."""


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


Groups = Sequence[Sequence[Hasher]]
"""Hashers that get the same bytes. Those of one group are updated one after the other, groups side by side where the
store has threads for them.
"""


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known about a part before its first byte. `stride` is a guess; `length` is exact or None; in bytes.

    `most` bounds what may come; `size` is the declared size of the whole. `offset` is where in the whole the part
    begins, where that is known: then parts of any lengths lie as they will be, and sealing has nothing to move. Whoever
    gives offsets has `admit` say `taken` when a recorded part reaches into this one, too.
    """

    stride: int
    length: int | None = None
    most: int | None = None
    size: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """How a part may be written. `taken`: it has a record already, whose bytes are never written again. Only where
    `ahead` says so is space taken before the bytes are there.
    """

    taken: bool = False
    ahead: bool = True


Admit = Callable[[], Awaitable[Admitted]]
"""Asked when the place is locked, and perhaps before it is made. Raises a fault when the part may not come."""


class Sink(Protocol):
    """One attempt at one part. The engine counts and digests. `write` and `commit` raise `Discarded`."""

    @property
    def location(self) -> StagedLocation | None:
        """Where the bytes written so far can be read; None when they cannot. May change until `commit`."""

    async def write(self, piece: bytes) -> None:
        """Append these bytes. A piece that does not fit the place found at first moves the attempt to another."""

    async def commit(self) -> StagedLocation:
        """Return once the bytes are durable, with their final place. Nothing is visible yet."""

    async def release(self, *, keep: bool) -> None:
        """Let go of every lock; give the space back unless `keep`. Called exactly once, never raises."""


class Staging(Protocol):
    """Bytes of unfinished uploads. A committed `StagedLocation` is never written again."""

    async def begin(self, upload: UploadId, number: int, hint: Hint, admit: Admit) -> Sink:
        """Find a place for part `number`, lock it, ask `admit`, and write elsewhere if the part is taken. Asked before
        the lock, a part could get its record, and its bytes be written again, between the answer and the lock. Raises
        `Discarded`, and what `admit` raises.
        """

    async def offer(self, upload: UploadId, numbers: Sequence[int], ttl: float) -> list[str] | None:
        """An address of the store's own for each part, where it can be PUT without us for `ttl` seconds; None when
        parts must be sent through us.
        """

    async def feed(self, upload: UploadId, location: StagedLocation, start: int, stop: int, groups: Groups) -> None:
        """Give bytes [start, stop) of the place to every hasher, off the event loop. The bytes are read once, however
        many hashers there are: where reading costs money or a network, that is the price. Raises `BytesMissing`.
        """

    async def read(self, upload: UploadId, location: StagedLocation, start: int, stop: int) -> AsyncIterator[bytes]:
        """Bytes [start, stop) of the place, in pieces. Raises `BytesMissing`, at once or on the way."""

    async def drop(self, upload: UploadId, location: StagedLocation) -> None:
        """The row that named this place was replaced: its bytes may go, at once or with the rest."""

    async def compose(self, upload: UploadId, parts: Sequence[Part]) -> Location:
        """Make the parts, in this order, one durable blob. Its location is the upload's alone and does not depend on
        its bytes, so that a store may begin before they are digested. Repeatable after a crash at any point; never
        called for an upload that still takes parts. Raises `BytesMissing`.
        """

    async def discard(self, upload: UploadId) -> None:
        """Forget everything about the upload. Discarding what is not there is not an error."""

    def each(self) -> AsyncIterator[tuple[UploadId, float]]:
        """Every upload that has bytes here, with the time (Unix seconds) of its last change."""

    async def probe(self) -> None:
        """Whether parts can be taken, as far as this process knows. Raises a fault when they cannot."""


class Blobs(Protocol):
    """Finished bytes, by opaque location."""

    async def read(self, location: Location, start: int, stop: int) -> AsyncIterator[bytes]:
        """Open the blob now, so that a removal no longer matters, and return bytes [start, stop) in pieces. Raises
        `BytesMissing`, at once when there is no such blob, and on the way when it is short.
        """

    async def feed(self, location: Location, start: int, stop: int, groups: Groups) -> None:
        """As `Staging.feed`."""

    async def size(self, location: Location) -> int | None:
        """How many bytes are there; None when there is no such blob."""

    async def forget(self, location: Location) -> None:
        """Remove the blob. Forgetting what is not there is not an error."""

    async def quarantine(self, location: Location) -> None:
        """Put the blob where nobody reads it, and keep it for a person to look at."""

    def each(self) -> AsyncIterator[tuple[Location, float]]:
        """Every blob that is stored, with the time (Unix seconds) it was placed."""

    async def probe(self) -> None:
        """Write, sync, read back and remove a few bytes. Raises a fault when the store cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Bytes that lie where a blob lies, before they have a record."""

    location: Location
    digests: Digests
