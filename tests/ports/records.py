"""Records to test with, and a clock that is set by hand."""

import zlib
from typing import Protocol

from penstock.model.file import NewFile
from penstock.model.ids import Location, Md5, PrincipalId, Sha256, StagedLocation, UploadId, new_id
from penstock.model.upload import Declared, Digests, Part, State, Upload
from penstock.ports import (
    HashingRepository,
    Opening,
    PartRepository,
    Published,
    ReservationRepository,
    SealingRepository,
    UploadRepository,
)


class Uploading(
    UploadRepository, PartRepository, ReservationRepository, SealingRepository, HashingRepository, Protocol
):
    """All that is asked of uploads, as one object: what one of these ports promises shows through another."""


async def parts_of(repository: Uploading, upload: UploadId) -> list[Part]:
    """Every committed part, by number."""
    found = [await repository.part(upload, number) for number in await repository.numbers(upload)]
    return [part for part in found if part is not None]


ALICE, BOB = PrincipalId("alice"), PrincipalId("bob")
DIALECT = "dialect"
TTL = 1000.0
LEASE = 5.0


class Clock:
    """The time, in Unix seconds, moved by hand."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def upload_at(
    now: float,
    *,
    owner: PrincipalId = ALICE,
    key: str | None = None,
    limit: int = 1 << 40,
    needs_md5: bool = False,
    declared: Declared = Declared("a.bin"),  # noqa: B008  # frozen
) -> Upload:
    """An upload that is about to be opened."""
    made = UploadId(new_id())
    return Upload(
        id=made,
        owner=owner,
        dialect=DIALECT,
        key=key or made,
        declared=declared,
        limit=limit,
        needs_md5=needs_md5,
        state=State.OPEN,
        epoch=0,
        received=0,
        bytes=0,
        largest=0,
        expires_at=now + TTL,
        file=None,
        completed_by=None,
    )


def part(number: int, content: str = "x", *, length: int = 10, location: str | None = None) -> Part:
    """A part whose bytes stand for `content`."""
    return Part(number, StagedLocation(location or f"place-{new_id()}"), length, content.ljust(32, "0"), 0)


def digests(content: str, size: int = 10, *, md5: str | None = None) -> Digests:
    """Digests of bytes that stand for `content`."""
    sha256 = Sha256(content.encode().hex().ljust(64, "0"))
    return Digests(size, sha256, Md5(md5) if md5 else None, zlib.crc32(content.encode()))


def new_file(key: str = "key", name: str = "a.bin") -> NewFile:
    """A file that is about to be."""
    return NewFile(name, "text/plain", key)


async def opened(repository: Uploading, clock: Clock, *, parts: int = 0, **kwargs: object) -> Upload:
    """An open upload with so many parts of 10 bytes."""
    upload = await repository.open(Opening(upload_at(clock(), **kwargs), "one"))  # type: ignore[arg-type]
    for number in range(parts):
        await repository.commit_part(upload.id, part(number), TTL, "one")
    return upload


async def sealed(
    repository: Uploading,
    clock: Clock,
    content: str = "content",
    *,
    at: str | None = None,
    md5: str | None = None,
    file: NewFile | None = None,
    size: int = 10,
    **kwargs: object,
) -> Published:
    """A file of one part that came through an upload, with its blob at `at`."""
    upload = await opened(repository, clock, parts=1, **kwargs)
    found = digests(content, size, md5=md5)
    await repository.freeze(upload.id, Declared("a.bin", total=1), None, "sealer", LEASE)
    await repository.decide(upload.id, found, "sealer")
    return await repository.publish(
        upload.id, Location(at or f"at-{upload.id}"), found, file or new_file(upload.key), "sealer"
    )
