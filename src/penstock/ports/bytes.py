"""Storage of bytes: unfinished in staging, finished as blobs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from penstock.model.ids import Location, StagedLocation, UploadId
from penstock.model.upload import Digests, Part


class BytesMissing(Exception):
    """The location does not hold these bytes: it is empty or too short, or the store cannot read it."""


class Discarded(Exception):
    """The upload was discarded meanwhile: nothing of it is kept."""


class Hasher(Protocol):
    """The common interface of hashlib and xxhash."""

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
    """What is known of a part before its first byte. `stride` is a guess; `length` is exact or None; in bytes.

    `most` bounds what may come; `size` is the declared size of the whole. `offset` is where the part begins in the
    whole, if known: then parts of any length are written at their final position, and sealing moves nothing. With
    offsets `admit` must return `taken` also when a recorded part overlaps this one.
    """

    stride: int
    length: int | None = None
    most: int | None = None
    size: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """How a part may be written. `taken`: it has a record already, whose bytes must not be overwritten. `ahead`: space
    may be allocated before the bytes arrive.
    """

    taken: bool = False
    ahead: bool = True


@dataclass(frozen=True, slots=True)
class Offering:
    """A part for which a URL of the store is wanted; `length` is exact, in bytes, or None."""

    number: int
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A part that was PUT to a URL of the store: `length` bytes, which the store itself calls `tag`."""

    number: int
    location: StagedLocation
    length: int
    tag: str


Admit = Callable[[], Awaitable[Admitted]]
"""Called while the location is locked, and perhaps also before it is created. Raises a fault when the part is
refused.
"""


class Sink(Protocol):
    """One attempt at one part. The engine counts and digests the bytes. `write` and `commit` raise `Discarded`."""

    @property
    def location(self) -> StagedLocation | None:
        """Where the bytes written so far can be read; None when they cannot. May change until `commit`."""

    async def write(self, piece: bytes) -> None:
        """Append these bytes. A piece that does not fit the first location moves the attempt to another."""

    async def commit(self) -> StagedLocation:
        """Return the final location once the bytes are durable. Nothing is visible yet."""

    async def release(self, *, keep: bool) -> None:
        """Release every lock; free the space unless `keep`. Called exactly once, never raises."""


class Staging(Protocol):
    """Bytes of unfinished uploads. A committed `StagedLocation` is never written again."""

    async def begin(self, upload: UploadId, number: int, hint: Hint, admit: Admit) -> Sink:
        """Choose a location for part `number`, lock it, call `admit`, and write elsewhere if the part is taken. If
        `admit` were called before the lock, a part could be recorded, and then overwritten, between the call and the
        lock. Raises `Discarded`, and what `admit` raises.
        """

    async def offer(self, upload: UploadId, parts: Sequence[Offering], ttl: float) -> list[str] | None:
        """A URL of the store itself for each part, to which bytes of exactly its length can be PUT for `ttl` seconds;
        None when parts must be sent through this server.
        """

    async def arrived(self, upload: UploadId) -> Sequence[Arrived]:
        """What was PUT to URLs that were offered. A part that is PUT again has another location, and what is at the
        first one is `BytesMissing`.
        """

    async def feed(self, upload: UploadId, location: StagedLocation, start: int, stop: int, groups: Groups) -> None:
        """Feed bytes [start, stop) of the location to every hasher, off the event loop. The bytes are read once,
        however many hashers there are, because reading may cost money or network traffic. Raises `BytesMissing`.
        """

    async def read(self, upload: UploadId, location: StagedLocation, start: int, stop: int) -> AsyncIterator[bytes]:
        """Bytes [start, stop) of the location, in pieces. Raises `BytesMissing`, at once or on the way."""

    def join(self, before: Part, after: Part) -> StagedLocation | None:
        """One location of the bytes of both parts, if the second lies right behind the first."""

    async def reuse(self, upload: UploadId, offset: int, source: UploadId, part: Part) -> StagedLocation:
        """A location in this upload with the bytes of a part of another one, which is whole and gets no more: they come
        to lie at `offset`, durable, without being read here. Asked again, it writes the same bytes to the same place,
        or others beside them. Raises `BytesMissing`, `Discarded`, `StorageFull`.
        """

    async def take_in(self, upload: UploadId, path: Path) -> StagedLocation | None:
        """A location in this upload, which has no bytes yet, with those of a file on this machine, which nobody changes
        any more: not copied, and durable. None where that cannot be.
        """

    async def drop(self, upload: UploadId, location: StagedLocation) -> None:
        """The record of this location was replaced: its bytes may be deleted, now or with the upload."""

    def follow(self, upload: UploadId, part: Part) -> None:
        """The next part, in their order from 0 on, is there: a store may begin to compose, behind the writers. It may
        be replaced later, and the parts may be followed again from the first one on.
        """

    async def gather(self, upload: UploadId, parts: Sequence[Part]) -> Sequence[Part]:
        """These will be composed: bring to safety what somebody else could replace. Returns those parts that were
        replaced already. Repeatable; called while the upload takes no more parts, but may do so again.
        """

    async def compose(self, upload: UploadId, parts: Sequence[Part]) -> Location:
        """Make the parts, in this order, one durable blob. Its location depends on the upload alone and not on the
        bytes, so that a store may begin before they are digested (`follow`). Repeatable after a crash at any point;
        never called for an upload that may take parts again. Raises `BytesMissing`.
        """

    async def discard(self, upload: UploadId) -> None:
        """Delete everything of the upload. Discarding an unknown upload is not an error."""

    def each(self) -> AsyncIterator[tuple[UploadId, float]]:
        """Every upload that has bytes here, with the time (Unix seconds) of its last change."""

    async def probe(self) -> None:
        """Whether parts can be taken, as far as this process knows. Raises a fault when they cannot."""


class Blobs(Protocol):
    """Finished bytes, by opaque location."""

    async def read(self, location: Location, start: int, stop: int) -> AsyncIterator[bytes]:
        """Open the blob, and return bytes [start, stop) in pieces: of this blob to the end, or not to the end. Raises
        `BytesMissing`, at once when there is no such blob, and on the way when it is short, or removed: the caller of
        `forget` has waited for readers (`blob_grace`).
        """

    async def offer(self, location: Location, ttl: float, media_type: str, disposition: str) -> str | None:
        """A URL of the store itself from which the blob can be downloaded for `ttl` seconds, with these headers
        (`Content-Type`, `Content-Disposition`); None when it must be read through this server.
        """

    async def feed(self, location: Location, start: int, stop: int, groups: Groups) -> None:
        """As `Staging.feed`."""

    async def size(self, location: Location) -> int | None:
        """How many bytes are there; None when there is no such blob."""

    async def forget(self, location: Location) -> None:
        """Remove the blob. Forgetting a missing one is not an error."""

    async def quarantine(self, location: Location) -> None:
        """Move the blob to where it is never served, and keep it for inspection."""

    def each(self) -> AsyncIterator[tuple[Location, float]]:
        """Every blob that is stored, with the time (Unix seconds) it was placed."""

    async def probe(self) -> None:
        """Write, sync, read back and remove a few bytes. Raises a fault when the store cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Bytes at a blob's location that have no record yet."""

    location: Location
    digests: Digests
