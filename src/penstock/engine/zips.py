"""Zips of many files, made step by step, and read from any position on."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from penstock.crc32 import Crc32
from penstock.engine.catalog import Catalog
from penstock.model.faults import Fault, FileTrashed, FileUnknown, FolderTrashed, InputInvalid
from penstock.model.file import Blob, File
from penstock.model.folder import Folder
from penstock.model.ids import FileId, FolderId
from penstock.model.principal import Principal
from penstock.model.zip_format import ZipMember, head, head_length, record
from penstock.model.zips import MAX_ENTRIES, Zip, ZipEntry, ZipState
from penstock.ports import Blobs, BytesMissing, FileRepository, FolderRepository, LeaseRepository, ZipRepository

BATCH = 500
"""How many entries one transaction lists or places, and one look reads."""

STEP = 64 << 20
"""How many bytes are checked before the progress is noted."""

LEASE = 30.0
"""How long, in seconds, a process has the work on a zip to itself without a sign of life."""

PATIENCE = 1.0
"""How long, in seconds, whoever asks for a zip waits for it: most are ready by then."""

AT_ONCE = 2
"""How many steps of zips a process does at once. Each waits its turn anew: a large zip keeps no small one waiting."""

GATHERED = 1 << 16
"""Pieces shorter than this are sent together."""

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Zips:
    """Zips as their owners see them. The work on one is done by whoever is asked for it, one process at a time."""

    def __init__(
        self,
        repository: ZipRepository,
        files: FileRepository,
        folders: FolderRepository,
        blobs: Blobs,
        catalog: Catalog,
        leases: LeaseRepository,
        process: str,
    ) -> None:
        self._repository = repository
        self._files = files
        self._folders = folders
        self._blobs = blobs
        self._catalog = catalog
        self._leases = leases
        self._process = process
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def make(self, principal: Principal, ids: Sequence[str], name: str) -> Zip:
        """A zip of these files and folders, ready or not. Raises `FileUnknown`, `FileTrashed`, `FolderTrashed`."""
        items = [await self._item(principal, item) for item in dict.fromkeys(ids)]
        made = await self._repository.make(principal.id, name, items)
        return await self.zip(principal, made.id)

    async def zip(self, principal: Principal, zip_id: str, *, stir: bool = True) -> Zip:
        """The caller's zip, whose making goes on unless it is ready, or nobody is to `stir` it. Raises `FileUnknown`;
        `InputInvalid` when there is too much in it.
        """
        found = await self._repository.zip(principal.id, zip_id)
        if stir and found is not None and found.state not in {ZipState.READY, ZipState.TOO_MANY}:
            await asyncio.wait([self._stir(zip_id)], timeout=PATIENCE)
            found = await self._repository.zip(principal.id, zip_id)
        if found is None:
            raise FileUnknown
        if found.state is ZipState.TOO_MANY:
            raise InputInvalid("ids", f"more than {MAX_ENTRIES} files and folders")
        return found

    async def read(self, found: Zip, start: int, stop: int) -> AsyncIterator[bytes]:
        """Bytes [start, stop) of a zip that is ready. When the first file in them is gone it raises `FileUnknown`, and
        as `Catalog.read`; when a later one is, on the way.
        """
        pieces = _gathered(self._pieces(found, start, stop))
        return _from(await anext(pieces, b""), pieces)

    async def tidy(self) -> None:
        """Forget zips that have expired."""
        while await self._repository.forget_old(BATCH):
            pass

    async def close(self) -> None:
        """End the work under way; whoever is asked next takes it up."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _item(self, principal: Principal, item: str) -> File | Folder:
        folder = await self._folders.folder(principal.id, FolderId(item))
        if folder is None:
            file = await self._catalog.file(principal, FileId(item))
            if file.trashed_at is not None:
                raise FileTrashed
            return file
        if folder.trashed_at is not None:
            raise FolderTrashed
        return folder

    def _stir(self, zip_id: str) -> "asyncio.Task[None]":
        task = self._at_work.get(zip_id)
        if task is None:
            task = self._at_work[zip_id] = asyncio.create_task(self._work(zip_id))
            task.add_done_callback(lambda _: self._at_work.pop(zip_id))
        return task

    async def _work(self, zip_id: str) -> None:
        """Do what is left to be done of it, unless another process is at it."""
        try:
            if await self._keep(zip_id):
                await self._steps(zip_id)
        except Fault as fault:
            _log.warning("zip_stalled", zip=zip_id, fault=repr(fault))
        finally:
            with suppress(Fault):
                await self._leases.let_go(_lease(zip_id), self._process)

    async def _steps(self, zip_id: str) -> None:
        while await self._in_turn(self._repository.list_more(zip_id, BATCH)):
            await self._keep(zip_id)
        while (blob := await self._repository.unchecked(zip_id)) is not None:
            await self._check(zip_id, blob)
        while await self._in_turn(self._repository.place_more(zip_id, BATCH)):
            await self._keep(zip_id)

    async def _in_turn(self, step: Awaitable[T]) -> T:
        async with self._turns:
            return await step

    async def _check(self, zip_id: str, blob: Blob) -> None:
        crc32, sha256 = Crc32(), hashlib.sha256()
        try:
            for start in range(0, blob.size, STEP):
                stop = min(start + STEP, blob.size)
                await self._in_turn(self._blobs.feed(blob.location, start, stop, [[sha256, crc32]]))
                await self._keep(zip_id)
                await self._repository.note_checked(zip_id, stop - start)
        except BytesMissing:
            await self._files.damage(blob.location)
            return
        if sha256.hexdigest() == blob.sha256:
            await self._repository.record_crc32(blob.sha256, crc32.value)
        else:
            await self._files.damage(blob.location)

    async def _keep(self, zip_id: str) -> bool:
        return await self._leases.take(_lease(zip_id), self._process, LEASE)

    async def _pieces(self, found: Zip, start: int, stop: int) -> AsyncIterator[bytes]:
        if start < found.directory:
            reached: int | None = None
            async for entry in self._entries(found, await self._repository.number_at(found.id, start)):
                _refuse_gap(entry.position, reached)
                reached = entry.position + head_length(entry.name, entry.size) + entry.size
                if entry.position >= stop:
                    return
                async for piece in self._file(found, entry, start, stop):
                    yield piece
            _refuse_gap(found.directory, reached)
        if stop > found.directory and start < found.directory + found.length:
            number = await self._repository.number_recorded_at(found.id, max(0, start - found.directory))
            reached = None
            async for entry in self._entries(found, number):
                at, told = found.directory + entry.recorded, record(_member(entry), entry.position)
                _refuse_gap(at, reached)
                reached = at + len(told)
                if at >= stop:
                    return
                yield _cut(told, at, start, stop)
            _refuse_gap(found.directory + found.length, reached)
        yield _cut(found.end, found.directory + found.length, start, stop)

    async def _entries(self, found: Zip, number: int) -> AsyncIterator[ZipEntry]:
        while entries := await self._repository.entries(found.id, number, BATCH):
            for entry in entries:
                if not entry.missing:
                    yield entry
            number = entries[-1].number + 1

    async def _file(self, found: Zip, entry: ZipEntry, start: int, stop: int) -> AsyncIterator[bytes]:
        """What is to be sent of an entry: of its head, and of the bytes behind it."""
        before = head(_member(entry))
        at = entry.position + len(before)
        yield _cut(before, entry.position, start, stop)
        begin, until = max(0, start - at), min(entry.size, stop - at)
        if begin >= until:
            return
        if entry.file is None:
            yield (found.manifest or "").encode()[begin:until]
            return
        file = await self._files.file(entry.file)
        if file is None or file.owner != found.owner or file.blob.sha256 != entry.sha256:
            raise FileUnknown
        async for piece in await self._catalog.read(file, begin, until):
            yield piece


def _refuse_gap(position: int, reached: int | None) -> None:
    """Raise `FileUnknown` where the zip does not go on where it ended: it was forgotten meanwhile."""
    if reached is not None and reached != position:
        raise FileUnknown


def _lease(zip_id: str) -> str:
    return f"zip {zip_id}"


def _member(entry: ZipEntry) -> ZipMember:
    return ZipMember(entry.name, entry.size, entry.crc32, entry.modified)


def _cut(piece: bytes, at: int, start: int, stop: int) -> bytes:
    """What of a piece that stands at a position lies in [start, stop)."""
    return piece[max(0, start - at) : max(0, stop - at)]


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in fewer pieces: there may be a hundred thousand small files."""
    small = bytearray()
    async for piece in pieces:
        small += piece
        if len(small) >= GATHERED:
            yield bytes(small)
            small.clear()
    if small:
        yield bytes(small)


async def _from(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece
