"""Staging in a folder: parts are written at their final position where the guess allows it.

Laws kept here:
- A committed extent is never written again: a slot is written only under its lock, when the repository says it is free.
- An extent without a row is free space; start-up needs no repair.
- A sync that failed is never retried: this process takes no more parts until it is started anew, because the kernel has
  by then forgotten which bytes did not reach the disk.
"""

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import FileIO
from itertools import chain
from pathlib import Path
from uuid import uuid4

import structlog

from penstock.adapters.disk.blobs import DiskBlobs, blob_location
from penstock.adapters.disk.feeding import Feeder
from penstock.adapters.disk.files import (
    Pieces,
    copy_range,
    preallocate,
    punch,
    read_cached,
    start_writing,
    try_lock,
    write_all,
)
from penstock.adapters.disk.folder import DurableNames, SyncFailed, make_folders, synced
from penstock.adapters.disk.pools import Pools
from penstock.adapters.disk.space import Space
from penstock.model.faults import StorageFailed
from penstock.model.ids import Location, StagedLocation, UploadId
from penstock.model.layout import MAX_OFFSET, offsets, slot
from penstock.model.upload import Part
from penstock.ports import Admit, Arrived, BytesMissing, Discarded, Groups, Hint, Offering, Sink

AHEAD = 2 << 20
"""How many bytes of a part are flushed to the disk at a time while more of it arrives."""

RESERVED = 64 << 20
"""How many bytes of disk space are allocated at a time."""

TRIFLE = 4096
"""Up to how many bytes are digested on the event loop, because waking a thread takes longer."""

A_TURN = 1 << 20
"""How many bytes all sinks write in one turn of the event loop, give or take a piece: this bounds the delay of small
calls.
"""

COPIED = 64 << 20
"""How many bytes of another upload are copied at a time."""

_OFFSETS = "plane-0"
"""The plane that is addressed by offset: no stride is 0."""

_log = structlog.get_logger(__name__)


class DiskStaging:
    """The port `Staging` over `<folder>/staging/<id[:2]>/<id>/…`; `docs/storage-format.md` says what lies there."""

    def __init__(
        self, folder: Path, blobs: DiskBlobs, feeder: Feeder, space: Space, pools: Pools, *, durable: bool
    ) -> None:
        """`feeder` computes digests; `space` checks the free space for a part."""
        self._root = folder / "staging"
        self._root.mkdir(mode=0o700, exist_ok=True)
        self._blobs = blobs
        self._feeder = feeder
        self._durable = durable
        self.space = space
        self.pools = pools
        self._broken = False
        self._this_turn = 0
        self._sync_name = lru_cache(4096)(DurableNames(self._root).sync)

    async def begin(self, upload: UploadId, number: int, hint: Hint, admit: Admit) -> Sink:
        """See `Staging.begin`."""
        await self.probe()
        expected = hint.length if hint.length is not None else hint.most or 0
        with self.space.as_faults(absent=Discarded):
            self.space.check(expected)
            folder = self._folder(upload)
            if not os.path.isdir(folder):  # noqa: ASYNC240  # one stat; a thread would cost more
                await admit()  # a refused part creates nothing
                await self.pools.parts.run(make_folders, folder)
            sink = DiskSink(self, folder)
            try:
                locked = sink.take_slot(number, hint)
                admitted = await admit()
                if admitted.taken or not locked:
                    sink.step_aside()
                sink.reserve(expected if admitted.ahead else 0)
            except BaseException:
                await sink.release(keep=False)
                raise
        return sink

    async def offer(self, upload: UploadId, parts: Sequence[Offering], ttl: float) -> list[str] | None:
        """See `Staging.offer`. A folder takes nothing from strangers."""
        return None

    async def arrived(self, upload: UploadId) -> Sequence[Arrived]:
        """See `Staging.arrived`."""
        return ()

    async def feed(self, upload: UploadId, location: StagedLocation, start: int, stop: int, groups: Groups) -> None:
        """See `Staging.feed`."""
        path, base = self._locate(upload, location)
        with self.space.as_faults(absent=BytesMissing):
            if stop - start <= TRIFLE and (piece := read_cached(path, base + start, base + stop)) is not None:
                for hasher in chain.from_iterable(groups):
                    hasher.update(memoryview(piece))
                return
            await self._feeder.feed(path, base + start, base + stop, groups)

    async def read(self, upload: UploadId, location: StagedLocation, start: int, stop: int) -> AsyncIterator[bytes]:
        """See `Staging.read`."""
        path, base = self._locate(upload, location)
        with self.space.as_faults(absent=BytesMissing):
            return Pieces(FileIO(path), base + start, base + stop, self.pools.reads)

    def join(self, before: Part, after: Part) -> StagedLocation | None:
        """See `Staging.join`."""
        name, _, start = before.location.partition("@")
        return before.location if after.location == f"{name}@{int(start) + before.length}" else None

    async def reuse(self, upload: UploadId, offset: int, source: UploadId, part: Part) -> StagedLocation:
        """See `Staging.reuse`."""
        await self.probe()
        lender, folder = self._folder(source), self._folder(upload)
        with self.space.as_faults(absent=BytesMissing):
            await self.pools.parts.run(make_folders, folder)
            if offset or not await self.pools.merges.run(_lend, lender, folder, part):
                self.space.check(part.length)
                await self._copy_into(folder, offset, self._locate(source, part.location), part.length)
        await self._sync_plane(folder)
        return StagedLocation(f"{_OFFSETS}@{offset}")

    async def take_in(self, upload: UploadId, path: Path) -> StagedLocation | None:
        """See `Staging.take_in`."""
        folder = self._folder(upload)
        with self.space.as_faults(absent=Discarded):
            await self.pools.parts.run(make_folders, folder)
            if not await self.pools.parts.run(_linked, path, folder / _OFFSETS):
                return None
        await self._sync_plane(folder)
        return StagedLocation(f"{_OFFSETS}@0")

    async def _sync_plane(self, folder: Path) -> None:
        with FileIO(str(folder / _OFFSETS)) as plane:
            await self.sync(plane.fileno(), folder, _OFFSETS)

    async def _copy_into(self, folder: Path, offset: int, source: tuple[str, int], length: int) -> None:
        """Copy bytes into the plane of offsets, a turn of a thread at a time, so that a process can end in between."""
        path, start = source
        plane = os.open(folder / _OFFSETS, os.O_RDWR | os.O_CLOEXEC | os.O_CREAT, 0o600)
        try:
            with FileIO(path) as there:
                for at in range(0, length, COPIED):
                    size = min(COPIED, length - at)
                    await self.pools.merges.run(copy_range, there.fileno(), start + at, plane, offset + at, size)
        finally:
            os.close(plane)

    async def drop(self, upload: UploadId, location: StagedLocation) -> None:
        """See `Staging.drop`. A slot stays as it is: the next writer of a lost part may be in it already."""
        if location.startswith("aside-"):
            with self.space.as_faults(), suppress(FileNotFoundError):
                await self.pools.parts.run(os.unlink, self._locate(upload, location)[0])

    def follow(self, upload: UploadId, part: Part) -> None:
        """See `Staging.follow`. Composing moves next to nothing here."""

    async def gather(self, upload: UploadId, parts: Sequence[Part]) -> Sequence[Part]:
        """See `Staging.gather`."""
        return ()

    async def compose(self, upload: UploadId, parts: Sequence[Part]) -> Location:
        """See `Staging.compose`."""
        with self._noting_failed_syncs():
            return await self.pools.merges.run(self._compose, upload, parts, blob_location(upload))

    async def discard(self, upload: UploadId) -> None:
        """See `Staging.discard`."""
        await asyncio.to_thread(shutil.rmtree, self._folder(upload), ignore_errors=True)

    async def each(self) -> AsyncIterator[tuple[UploadId, float]]:
        """See `Staging.each`."""
        for shard in await asyncio.to_thread(sorted, self._root.iterdir()):
            for folder in await asyncio.to_thread(sorted, shard.iterdir()):
                with suppress(FileNotFoundError):
                    yield UploadId(folder.name), await asyncio.to_thread(_last_change, folder)

    async def probe(self) -> None:
        """See `Staging.probe`."""
        if self._broken:
            raise StorageFailed

    async def sync(self, handle: int, folder: Path, name: str) -> None:
        """Make an open file's bytes and its name durable. Raises `Discarded` and `StorageFailed`; when the sync itself
        failed no more parts are accepted.
        """
        if self._durable:
            with self._noting_failed_syncs(), self.space.as_faults(SyncFailed, absent=Discarded):
                await self.pools.parts.run(self._sync, handle, folder / name)

    @contextmanager
    def _noting_failed_syncs(self) -> Iterator[None]:
        try:
            yield
        except SyncFailed as error:
            self._broken = True
            _log.critical("sync_failed", error=str(error), consequence="this process takes no more parts")
            raise StorageFailed from error

    async def turn(self, size: int) -> None:
        """Wait until so many bytes may be written."""
        while self._this_turn >= A_TURN:  # noqa: ASYNC110  # a turn of the loop is what is waited for
            await asyncio.sleep(0)
        if not self._this_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._this_turn += size

    def _next_turn(self) -> None:
        self._this_turn = 0

    def send_on(self, handle: int, start: int, length: int) -> None:
        """Flush written bytes while more arrive, so that the final sync has little left to do."""
        if self._durable:
            start_writing(handle, start, length)

    def _sync(self, handle: int, path: Path) -> None:
        synced(os.fdatasync, handle)
        self._sync_name(path)

    def _folder(self, upload: UploadId) -> Path:
        return self._root.joinpath(upload[:2], upload)

    def _locate(self, upload: UploadId, location: StagedLocation) -> tuple[str, int]:
        name, _, base = location.partition("@")
        return str(self._folder(upload) / name), int(base)

    def _compose(self, upload: UploadId, parts: Sequence[Part], location: Location) -> Location:
        if self._blobs.settle(location):
            return location  # a crash happened between linking and recording
        folder = self._folder(upload)
        starts = offsets(part.length for part in parts)
        total = sum(part.length for part in parts)
        with self.space.as_faults(SyncFailed):
            make_folders(folder)
            name, target = self._base(folder, parts, starts)
            try:
                with target:
                    for part, start in zip(parts, starts, strict=True):
                        if part.location != f"{name}@{start}" and part.length:
                            self._copy(upload, part, target.fileno(), start)
                    os.ftruncate(target.fileno(), total)  # surplus parts go: their rows went with `decide`
                    self._blobs.adopt(folder / name, target.fileno(), location)
            finally:
                if name.startswith("whole-"):
                    (folder / name).unlink(missing_ok=True)
        return location

    def _copy(self, upload: UploadId, part: Part, target: int, start: int) -> None:
        path, base = self._locate(upload, part.location)
        with FileIO(path) as stray:
            copy_range(stray.fileno(), base, target, start, part.length)

    def _base(self, folder: Path, parts: Sequence[Part], starts: Sequence[int]) -> tuple[str, FileIO]:
        """The file that becomes the blob, locked whole: the one with most bytes already right, if every part in it is
        right and no writer is active in it; else a new one.
        """
        right: defaultdict[str, int] = defaultdict(int)
        wrong = set()
        for part, start in zip(parts, starts, strict=True):
            name, _, base = part.location.partition("@")
            right[name] += part.length
            if int(base) != start:
                wrong.add(name)
        best = max(right.keys() - wrong, key=lambda name: right[name], default=None)
        if best and right[best]:
            file = FileIO(str(folder / best), "r+")
            if try_lock(file.fileno()):
                return best, file
            file.close()
        name = f"whole-{uuid4().hex}"
        return name, FileIO(str(folder / name), "x+")


class DiskSink:
    """One attempt at one part: into its slot of a plane, or into a file of its own, aside."""

    def __init__(self, staging: DiskStaging, folder: Path) -> None:
        self._staging = staging
        self._folder = folder
        self._handle = -1
        self._name = ""
        self._start = 0
        self._slot_length: int | None = None
        self._aside = False
        self._expected = 0
        self._reserved = 0
        self._written = 0
        self._sent_on = 0
        self._moving: asyncio.Task[None] | None = None

    @property
    def location(self) -> StagedLocation:
        """See `Sink.location`."""
        return StagedLocation(f"{self._name}@{self._start}")

    def take_slot(self, number: int, hint: Hint) -> bool:
        """Open and lock the part's slot; false when it has none, does not fit, or the slot is locked."""
        if hint.offset is not None:
            return self._take_extent(hint.offset, hint)
        extent = slot(number, hint.stride, hint.size)
        if extent is None or (hint.length or 0) > hint.stride:
            return False
        self._open(f"plane-{hint.stride}", os.O_CREAT)
        self._start, self._slot_length = extent[0], hint.stride
        return try_lock(self._handle, self._start, self._slot_length)

    def _take_extent(self, offset: int, hint: Hint) -> bool:
        """Lock the part's extent in the plane of offsets: to the end of the plane if its length is unknown."""
        length = hint.length if hint.length is not None else hint.most
        if offset + (length or 0) > MAX_OFFSET or (hint.size is not None and offset > hint.size):
            return False
        self._open(_OFFSETS, os.O_CREAT)
        self._start = offset
        self._slot_length = max(1, length) if length is not None else MAX_OFFSET - offset
        return try_lock(self._handle, self._start, self._slot_length)

    def step_aside(self) -> None:
        """Write a separate file for this attempt instead of the plane."""
        self._close()
        self._open(f"aside-{uuid4().hex}", os.O_CREAT | os.O_EXCL)
        self._start, self._slot_length, self._aside = 0, None, True

    def reserve(self, expected: int) -> None:
        """Allocate disk space for the first of this many bytes; the rest is allocated as they arrive, since a
        declaration must cost nothing.
        """
        self._expected = expected if self._slot_length is None else min(expected, self._slot_length)
        self._reserve_more()

    def _reserve_more(self) -> None:
        step, before = min(RESERVED, self._expected - self._reserved), self._reserved
        self._reserved += step  # a failed allocation may have allocated a part
        preallocate(self._handle, self._start + before, step)

    async def write(self, piece: bytes) -> None:
        """See `Sink.write`."""
        await self._staging.turn(len(piece))
        with self._staging.space.as_faults(absent=Discarded):
            if self._slot_length is not None and self._written + len(piece) > self._slot_length:
                self._moving = asyncio.create_task(self._staging.pools.parts.run(self._move_aside))
                await asyncio.shield(self._moving)
            if self._written + len(piece) > self._reserved < self._expected:
                self._reserve_more()
            write_all(self._handle, piece, self._start + self._written)
        self._written += len(piece)
        if self._written - self._sent_on >= AHEAD:
            self._staging.send_on(self._handle, self._start + self._sent_on, self._written - self._sent_on)
            self._sent_on = self._written

    async def commit(self) -> StagedLocation:
        """See `Sink.commit`."""
        await self._staging.sync(self._handle, self._folder, self._name)
        return self.location

    async def release(self, *, keep: bool) -> None:
        """See `Sink.release`. No handle is closed while a thread may still use its number."""
        if self._moving is not None:
            await asyncio.wait([self._moving])
        if keep or self._handle < 0:
            self._close()
        else:
            await self._staging.pools.parts.run(self._give_back)

    def _open(self, name: str, flags: int) -> None:
        self._handle = os.open(f"{self._folder}/{name}", os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
        self._name = name

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _move_aside(self) -> None:
        """Move aside: the body is longer than its slot, and must not overwrite the next one."""
        # A copy of the handle has its lock, which belongs to the open file description. The plane opened again would
        # not, and the slot's next writer could come before the hole is punched.
        plane, start = os.dup(self._handle), self._start
        try:
            self.step_aside()
            copy_range(plane, start, self._handle, 0, self._written)
        finally:
            punch(plane, start, max(self._reserved, self._written))
            os.close(plane)

    def _give_back(self) -> None:
        """Free the slot only as far as this attempt allocated or wrote it, under the lock."""
        if self._aside:
            with suppress(OSError):
                (self._folder / self._name).unlink()
        else:
            punch(self._handle, self._start, max(self._reserved, self._written))
        self._close()


def _lend(lender: Path, folder: Path, part: Part) -> bool:
    """Make the plane of an upload, if this part is all that is in it, that of another one too, which goes on behind its
    bytes: once, or two of them would write to the same place. False when it cannot be.
    """
    plane, target = lender / _OFFSETS, folder / _OFFSETS
    if part.location != f"{_OFFSETS}@0" or plane.stat().st_size != part.length:
        return False
    if not target.exists():
        try:
            os.close(os.open(lender / "lent", os.O_CREAT | os.O_EXCL, 0o600))
            target.hardlink_to(plane)
        except OSError:  # it was lent before, or the file system has no links
            return False
    return target.samefile(plane)


def _linked(path: Path, target: Path) -> bool:
    """Whether a file got a second name: as a blob it will be made read-only, which only its owner may do."""
    if os.geteuid() not in {0, path.stat().st_uid}:
        return False
    try:
        target.hardlink_to(path)
    except OSError:  # on another file system, or there is a plane
        return target.exists() and target.samefile(path)
    return True


def _last_change(folder: Path) -> float:
    return max(entry.stat().st_mtime for entry in (folder, *folder.iterdir()))
