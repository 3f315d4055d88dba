"""Blobs in a folder: immutable files that appear whole or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from uuid import uuid4

from penstock.adapters.disk.feeding import Feeder
from penstock.adapters.disk.files import Pieces
from penstock.adapters.disk.folder import DurableNames, SyncFailed, make_folders, sync_folder, synced
from penstock.adapters.disk.pools import Pools
from penstock.adapters.disk.space import Space
from penstock.model.faults import StorageFailed
from penstock.model.ids import ID_LENGTH, Location, UploadId
from penstock.ports import BytesMissing, Groups


def blob_location(upload: UploadId) -> Location:
    """The location of this upload's blob. It contains no digest, because it is needed before the digest is known; and
    since upload ids are unique, a collected blob and its successor never share a file. Blobs of earlier versions lie at
    `<ab>/<cd>/<sha256>-<upload>`, and are still read there: the record holds the location.
    """
    return Location(f"{upload[:2]}/{upload[2:4]}/{upload}")


def upload_of(location: Location) -> UploadId:
    """The upload that brought a blob: every location, of whichever version, ends with its id."""
    return UploadId(location[-ID_LENGTH:])


class DiskBlobs:
    """The port `Blobs` over `<folder>/blobs/<id[:2]>/<id[2:4]>/<id>`, the upload's id."""

    def __init__(self, folder: Path, feeder: Feeder, space: Space, pools: Pools, *, durable: bool) -> None:
        """`feeder` computes digests."""
        self._root = folder / "blobs"
        self._quarantine = folder / "quarantine"
        self._feeder = feeder
        self._space = space
        self._pools = pools
        self._durable = durable
        self._names = DurableNames(self._root)
        for path in (self._root, self._quarantine):
            path.mkdir(mode=0o700, exist_ok=True)

    async def read(self, location: Location, start: int, stop: int) -> AsyncIterator[bytes]:
        """See `Blobs.read`. The file is open from now on, so that a removal does not matter."""
        with self._space.as_faults(absent=BytesMissing):
            return Pieces(FileIO(f"{self._root}/{location}"), start, stop, self._pools.reads)

    async def offer(self, location: Location, ttl: float, media_type: str, disposition: str) -> str | None:
        """See `Blobs.offer`."""
        return None

    async def feed(self, location: Location, start: int, stop: int, groups: Groups) -> None:
        """See `Blobs.feed`."""
        with self._space.as_faults(absent=BytesMissing):
            await self._feeder.feed(str(self._root / location), start, stop, groups)

    async def size(self, location: Location) -> int | None:
        """See `Blobs.size`."""
        try:
            return (self._root / location).stat().st_size
        except FileNotFoundError:
            return None

    async def forget(self, location: Location) -> None:
        """See `Blobs.forget`."""
        with self._space.as_faults():
            await asyncio.to_thread((self._root / location).unlink, missing_ok=True)

    async def quarantine(self, location: Location) -> None:
        """See `Blobs.quarantine`."""
        with self._space.as_faults(), suppress(FileNotFoundError):
            (self._root / location).rename(self._quarantine / location.rpartition("/")[2])
            sync_folder(self._quarantine)

    async def each(self) -> AsyncIterator[tuple[Location, float]]:
        """See `Blobs.each`."""
        for shard in await asyncio.to_thread(sorted, self._root.glob("*/*")):
            for path in await asyncio.to_thread(sorted, shard.iterdir()):
                with suppress(FileNotFoundError):
                    yield Location(str(path.relative_to(self._root))), path.stat().st_ctime

    async def probe(self) -> None:
        """See `Blobs.probe`."""
        await asyncio.to_thread(self._probe)

    def settle(self, location: Location) -> bool:
        """Whether the blob exists; if so, make its name durable and renew its age, so that it is not collected as an
        orphan before it is recorded. Raises `SyncFailed`.
        """
        path = self._root / location
        with self._space.as_faults(SyncFailed):
            try:
                # For its side effect: it renews the ctime, by which `each` tells a blob's age, as link(2) does. The
                # mtime is that of the last byte received, perhaps days ago: by it upkeep would take a merge that is
                # repeated after `orphan_grace` for an orphan, between this question and its record.
                path.chmod(0o400)
            except FileNotFoundError:
                return False
            self._sync_name(path)
        return True

    def adopt(self, path: Path, handle: int, location: Location) -> None:
        """Make the open file at `path` this blob: bytes durable, then the name, then the name durable. Raises
        `SyncFailed`.
        """
        target = self._root / location
        if self._durable:
            synced(os.fsync, handle)
        make_folders(target.parent)
        with suppress(FileExistsError):
            os.link(path, target)
        os.fchmod(handle, 0o400)
        self._sync_name(target)

    def _sync_name(self, path: Path) -> None:
        if self._durable:
            self._names.sync(path)

    def _probe(self) -> None:
        path, content = self._root.parent / f".probe-{uuid4().hex}", os.urandom(64)
        with self._space.as_faults():
            try:
                with FileIO(str(path), "x+") as file:
                    file.write(content)
                    os.fsync(file.fileno())
                if path.read_bytes() != content:
                    raise StorageFailed
            finally:
                path.unlink(missing_ok=True)
