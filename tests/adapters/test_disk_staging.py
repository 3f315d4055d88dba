"""What the disk promises beyond the port: locks, holes, full disks, failed syncs, and dying while composing."""

import asyncio
import errno
import os
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from penstock.adapters.disk import DiskBlobs, DiskStaging, Pools, Space, blobs, files, folder, staging
from penstock.adapters.disk.feeding import Feeder
from penstock.adapters.disk.files import preallocate, punch, try_lock
from penstock.model.faults import StorageFailed, StorageFull
from penstock.model.ids import Location, UploadId, new_id
from penstock.model.upload import Part
from penstock.ports import Admit, Discarded, Hint
from tests.ports.staging import finish, free, put, refused, staged, taken

BLOCK = 64 * 1024
"""Holes are as large as whole blocks of the file system."""


@pytest.fixture(scope="module")
def feeder() -> Iterator[Feeder]:
    with closing(Feeder(2)) as feeder:
        yield feeder


class Disk:
    """Staging and blobs of one process, on a folder."""

    def __init__(self, path: Path, feeder: Feeder, *, durable: bool = False, min_free: int = 0) -> None:
        self.path = path
        space, pools = Space(path, min_free), Pools()
        self.blobs = DiskBlobs(path, feeder, space, pools, durable=durable)
        self.staging = DiskStaging(path, self.blobs, feeder, space, pools, durable=durable)
        self.upload = UploadId(new_id())

    @property
    def folder(self) -> Path:
        return self.path / "staging" / self.upload[:2] / self.upload

    def files(self) -> list[str]:
        """The kinds of files that the upload has."""
        return sorted(path.name.split("-")[0] for path in self.folder.iterdir())

    async def put(self, number: int, content: bytes, hint: Hint, admit: Admit = free) -> Part:
        return await put(self.staging, self.upload, number, content, hint, admit)

    async def holds(self, part: Part, content: bytes) -> bool:
        return await staged(self.staging, self.upload, part) == content

    async def content(self, at: Location, size: int) -> bytes:
        return b"".join([piece async for piece in await self.blobs.read(at, 0, size)])


@pytest.fixture
def disk(tmp_path: Path, feeder: Feeder) -> Disk:
    return Disk(tmp_path, feeder)


@pytest.fixture
def durable(tmp_path: Path, feeder: Feeder) -> Disk:
    return Disk(tmp_path, feeder, durable=True)


def occupied(path: Path) -> int:
    """How many bytes of the disk a file takes."""
    return path.stat().st_blocks * 512


# --- where parts go --------------------------------------------------------------------------------------------------


async def test_a_right_guess_is_the_final_place(disk: Disk) -> None:
    """Parts whose size was guessed right lie in one file, where they belong in the whole."""
    parts = [await disk.put(n, b"x" * 1000, Hint(1000, 1000)) for n in (3, 0, 1)]
    assert [part.location for part in parts] == ["plane-1000@3000", "plane-1000@0", "plane-1000@1000"]


async def test_a_slot_that_is_taken(disk: Disk, feeder: Feeder) -> None:
    """A slot that another process holds, or whose part has a record, sends the attempt aside."""
    other = Disk(disk.path, feeder)
    first = await disk.staging.begin(disk.upload, 0, Hint(1000, 1000), free)
    second = await other.staging.begin(disk.upload, 0, Hint(1000, 1000), free)
    third = await disk.staging.begin(disk.upload, 1, Hint(1000, 1000), taken)
    assert [str(sink.location).split("-")[0] for sink in (first, second, third)] == ["plane", "aside", "aside"]
    for sink in (first, second, third):
        await sink.release(keep=False)
    assert disk.files() == ["plane"]


async def test_a_part_that_cannot_have_a_slot(disk: Disk) -> None:
    """A part longer than the guess, past the declared end, or farther than 8 TiB, goes aside."""
    for number, hint in ((0, Hint(10, 11)), (3, Hint(10, 10, size=25)), (1, Hint(1 << 43, 10))):
        assert (await disk.put(number, b"x" * hint.length, hint)).location.startswith("aside-")  # type: ignore[operator]


async def test_locks_are_of_slots(tmp_path: Path) -> None:
    """Neighbouring slots lock on their own, the whole file only when none is held; closing lets go."""
    path = tmp_path / "plane"
    handles = [os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(3)]
    assert try_lock(handles[0], 0, 10)
    assert try_lock(handles[1], 10, 10)
    assert not try_lock(handles[1], 9, 1)
    assert not try_lock(handles[2])
    for handle in handles[:2]:
        os.close(handle)
    assert try_lock(handles[2])
    os.close(handles[2])


async def test_a_lock_dies_with_its_process(disk: Disk) -> None:
    """The slot of a process that died is free at once, and nothing had to be repaired."""
    path = disk.folder / "plane-1000"
    await disk.put(1, b"x" * 1000, Hint(1000, 1000))
    child = os.fork()
    if not child:
        try_lock(os.open(path, os.O_RDWR), 0, 1000)
        os._exit(0)
    os.waitpid(child, 0)  # noqa: ASYNC222  # it ends at once
    assert (await disk.put(0, b"y" * 1000, Hint(1000, 1000))).location == "plane-1000@0"


# --- space -----------------------------------------------------------------------------------------------------------


async def test_a_failed_attempt_gives_its_space_back(disk: Disk) -> None:
    """What an attempt reserved and wrote is free again, and not a byte of its neighbours."""
    parts = [await disk.put(n, bytes([65 + n]) * BLOCK, Hint(BLOCK, BLOCK)) for n in (0, 2)]
    plane = disk.folder / f"plane-{BLOCK}"
    before = occupied(plane)
    sink = await disk.staging.begin(disk.upload, 1, Hint(BLOCK, BLOCK), free)
    await sink.write(b"x" * (BLOCK // 2))
    assert occupied(plane) == before + BLOCK
    await sink.release(keep=False)
    assert occupied(plane) == before
    assert await disk.holds(parts[0], b"A" * BLOCK)
    assert await disk.holds(parts[1], b"C" * BLOCK)


async def test_a_reservation_that_fails_half_way(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room that a full disk gave before it said no is given back."""
    await disk.put(0, b"x" * BLOCK, Hint(BLOCK, BLOCK))
    before = occupied(disk.folder / f"plane-{BLOCK}")
    allocate = os.posix_fallocate

    def half(handle: int, start: int, length: int) -> None:
        allocate(handle, start, length // 2)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "posix_fallocate", half)
    with pytest.raises(StorageFull):
        await disk.staging.begin(disk.upload, 1, Hint(BLOCK, BLOCK), free)
    assert occupied(disk.folder / f"plane-{BLOCK}") == before


async def test_declarations_take_no_space(disk: Disk) -> None:
    """A part is given the room it needs, however large it may become or the whole may be."""
    await disk.put(9, b"x", Hint(1 << 30, 1, size=1 << 40))
    assert occupied(disk.folder / f"plane-{1 << 30}") <= BLOCK


@pytest.mark.parametrize("length", [None, BLOCK])
async def test_a_refused_attempt_gives_nothing_back_that_is_not_its_own(disk: Disk, length: int | None) -> None:
    """When the repository refuses, the committed part in that very slot stays as it is."""
    part = await disk.put(1, b"x" * BLOCK, Hint(BLOCK, BLOCK))
    with pytest.raises(Exception):  # noqa: B017, PT011  # the fault of the repository, whichever it is
        await disk.staging.begin(disk.upload, 1, Hint(BLOCK, length, most=BLOCK), refused)
    assert await disk.holds(part, b"x" * BLOCK)


async def test_a_body_that_outgrows_its_slot_leaves_it_empty(disk: Disk) -> None:
    """A body that moves aside gives its slot back and never touches the next one."""
    after = await disk.put(2, b"c" * BLOCK, Hint(BLOCK, BLOCK))
    before = occupied(disk.folder / f"plane-{BLOCK}")
    sink = await disk.staging.begin(disk.upload, 1, Hint(BLOCK, most=3 * BLOCK), free)
    for _ in range(4):
        await sink.write(b"b" * (BLOCK // 2))
    part = await finish(sink, 1, b"b" * 100)
    assert part.location.startswith("aside-")
    assert await disk.holds(Part(1, part.location, 2 * BLOCK + 100, "", 0), b"b" * (2 * BLOCK + 100))
    assert await disk.holds(after, b"c" * BLOCK)
    assert occupied(disk.folder / f"plane-{BLOCK}") == before


async def test_a_request_that_dies_while_its_body_moves(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request cancelled while its bytes move aside is let go of only when they have moved: no file is touched through
    the number of one that was closed.
    """
    moving, go = asyncio.Event(), asyncio.Event()
    loop, copy = asyncio.get_running_loop(), files.copy_range

    def slow(*args: int) -> None:
        loop.call_soon_threadsafe(moving.set)
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result()
        copy(*args)

    monkeypatch.setattr(staging, "copy_range", slow)
    before = await disk.put(0, b"a" * 1000, Hint(1000, 1000))
    sink = await disk.staging.begin(disk.upload, 1, Hint(1000), free)
    await sink.write(b"b" * 900)
    writing = asyncio.create_task(sink.write(b"b" * 900))
    await moving.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    releasing = asyncio.create_task(sink.release(keep=False))
    await asyncio.sleep(0.01)
    assert not releasing.done()
    go.set()
    await releasing
    assert disk.files() == ["plane"]
    assert await disk.holds(before, b"a" * 1000)


async def test_an_upload_that_ends_takes_nothing_from_one_that_begins(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload whose folder is being made is not disturbed by the end of one whose id begins alike."""
    sibling = UploadId(disk.upload[:-1] + ("0" if disk.upload[-1] != "0" else "1"))
    await put(disk.staging, sibling, 0, b"x", Hint(1, 1))
    loop, mkdir = asyncio.get_running_loop(), Path.mkdir

    def meanwhile(path: Path, mode: int = 0o777, *, exist_ok: bool = False) -> None:
        if path.name == disk.upload:
            asyncio.run_coroutine_threadsafe(disk.staging.discard(sibling), loop).result()
        mkdir(path, mode, exist_ok=exist_ok)

    monkeypatch.setattr(Path, "mkdir", meanwhile)
    part = await disk.put(0, b"x", Hint(1, 1))
    assert await disk.holds(part, b"x")


async def test_no_handle_is_left_open(disk: Disk) -> None:
    """However an attempt ends, its handles are closed."""
    before = len(os.listdir("/proc/self/fd"))
    for ask, keep, content in ((free, True, b"x"), (free, False, b"x"), (taken, True, b"x"), (free, True, b"x" * 50)):
        sink = await disk.staging.begin(disk.upload, 0, Hint(10), ask)
        await sink.write(content)
        await sink.release(keep=keep)
    with pytest.raises(Exception):  # noqa: B017, PT011  # the fault of the repository, whichever it is
        await disk.staging.begin(disk.upload, 0, Hint(10), refused)
    assert len(os.listdir("/proc/self/fd")) == before


# --- full disks ------------------------------------------------------------------------------------------------------


async def test_below_the_reserve_no_part_is_taken(tmp_path: Path, feeder: Feeder) -> None:
    """With less free space than the reserve a part is refused before its first byte; with enough it is taken."""
    stat = os.statvfs(tmp_path)
    available = stat.f_bavail * stat.f_frsize
    full = Disk(tmp_path, feeder, min_free=available * 2)
    with pytest.raises(StorageFull):
        await full.put(0, b"x", Hint(1))
    nearly = Disk(tmp_path, feeder, min_free=available // 2)
    with pytest.raises(StorageFull):
        await nearly.staging.begin(nearly.upload, 0, Hint(available, available), free)
    await nearly.put(0, b"x", Hint(1))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes; where nobody may mount one, no file here can grow past it."""
    path = tmp_path / "small"
    path.mkdir()
    if os.system(f"mount -t tmpfs -o size=2m tmpfs {path} 2>/dev/null") == 0:
        yield path
        os.system(f"umount -l {path}")
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, limits[1]))
    yield path
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("hint", [Hint(1 << 20, 1 << 20), Hint(1 << 20, most=1 << 20), Hint(1 << 20)])
async def test_a_full_disk(small: Path, feeder: Feeder, hint: Hint) -> None:
    """A part that finds no room is `StorageFull`, whether its length was known or not; what was committed before stays
    good, and the room it had taken is free for another.
    """
    disk = Disk(small, feeder)
    first = await disk.put(0, b"a" * (1 << 20), Hint(1 << 20, 1 << 20))

    async def attempt() -> None:
        sink = await disk.staging.begin(disk.upload, 1, hint, free)
        try:
            for _ in range(40):
                await sink.write(b"b" * (1 << 15))
        finally:
            await sink.release(keep=False)

    with pytest.raises(StorageFull):
        await attempt()
    assert await disk.holds(first, b"a" * (1 << 20))
    again = await disk.put(2, b"c" * (1 << 19), Hint(1 << 19, 1 << 19))
    assert await disk.holds(again, b"c" * (1 << 19))
    assert await disk.holds(first, b"a" * (1 << 20))


async def test_a_full_disk_while_composing(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob that cannot be made leaves nothing behind but the parts, and is made when there is room again."""
    parts = [await disk.put(n, b"x" * 1000, Hint(1000, 1000)) for n in (1, 2)]
    monkeypatch.setattr(staging, "copy_range", _failing(errno.ENOSPC))
    before = sorted(disk.folder.iterdir())
    for _ in range(3):
        with pytest.raises(StorageFull):
            await disk.staging.compose(disk.upload, parts)
    assert sorted(disk.folder.iterdir()) == before
    monkeypatch.undo()
    at = await disk.staging.compose(disk.upload, parts)
    assert await disk.content(at, 2000) == b"x" * 2000


def _failing(code: int) -> object:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, StorageFailed),
        (errno.EROFS, StorageFailed),
    ],
)
async def test_the_system_is_understood(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, code: int, fault: type[Exception]
) -> None:
    """A disk that is full is `StorageFull`, whatever it calls that; anything else is `StorageFailed`."""
    monkeypatch.setattr(os, "posix_fallocate", _failing(code))
    with pytest.raises(fault):
        await disk.put(0, b"x", Hint(1, 1))
    monkeypatch.setattr(os, "pwrite", _failing(code))
    sink = await disk.staging.begin(disk.upload, 0, Hint(10), free)
    with pytest.raises(fault):
        await sink.write(b"x")
    await sink.release(keep=False)


async def test_a_write_that_comes_short_goes_on(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that the system does only in part is finished."""
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, piece, at: write(handle, bytes(piece)[:7], at))
    part = await disk.put(0, bytes(range(100)), Hint(100, 100))
    assert await disk.holds(part, bytes(range(100)))


def _noting(seen: list[str], note: str, real: Callable[..., None]) -> Callable[..., None]:
    def call(*args: object) -> None:
        seen.append(note)
        real(*args)

    return call


# --- syncs -----------------------------------------------------------------------------------------------------------


async def test_bytes_are_sent_on_while_more_come(disk: Disk, durable: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte of a large part is sent on once before the sync, but for the last few, and there is one sync;
    where nothing is to survive power loss there is neither.
    """
    sent: list[tuple[int, int]] = []
    syncs: list[int] = []
    monkeypatch.setattr(staging, "start_writing", lambda handle, start, length: sent.append((start, length)))
    sync = os.fdatasync

    def counted(handle: int) -> None:
        syncs.append(handle)
        sync(handle)

    monkeypatch.setattr(os, "fdatasync", counted)
    size = 3 * staging.AHEAD + 1000
    for kept in (disk, durable):
        sink = await kept.staging.begin(kept.upload, 1, Hint(size, size), free)
        for _ in range(size // 1000):
            await sink.write(b"a" * 1000)
        await sink.commit()
        await sink.release(keep=True)
        assert len(syncs) == (kept is durable)
        if kept is disk:
            assert not sent
    ends = [size, *(start + length for start, length in sent)]
    assert [start for start, _ in sent] == ends[:-1]
    assert 2 * size - ends[-1] < staging.AHEAD + 1000


async def test_a_failed_sync_is_never_retried(durable: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a sync failed this process takes no more parts, even if the next sync would succeed."""
    part = await durable.put(0, b"a" * 10, Hint(10, 10))
    sinks = [await durable.staging.begin(durable.upload, n, Hint(10), free) for n in (1, 2)]
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", _failing(errno.EIO))
        await sinks[0].write(b"b")
        with pytest.raises(StorageFailed):
            await sinks[0].commit()
    for sink in sinks:
        await sink.release(keep=False)
    with pytest.raises(StorageFailed):
        await durable.staging.probe()
    with pytest.raises(StorageFailed):
        await durable.staging.begin(durable.upload, 3, Hint(10), free)
    assert await durable.holds(part, b"a" * 10)


@pytest.mark.parametrize("sync", ["fdatasync", "fsync"])
async def test_every_failed_sync_ends_it(durable: Disk, monkeypatch: pytest.MonkeyPatch, sync: str) -> None:
    """A failed sync of bytes, of a name or of a blob ends the process's career as a taker of parts."""
    part = await durable.put(0, b"a" * 10, Hint(10, 10))
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "fdatasync": lambda: durable.put(1, b"b" * 10, Hint(10, 10)),
        "fsync": lambda: durable.staging.compose(durable.upload, [part]),
    }
    with monkeypatch.context() as broken:
        broken.setattr(os, sync, _failing(errno.EIO))
        with pytest.raises(StorageFailed):
            await acts[sync]()
    with pytest.raises(StorageFailed):
        await durable.staging.probe()


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
async def test_what_cannot_be_opened_is_no_failed_sync(
    durable: Disk, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A process that may open no more files refuses a part, and a merge, and goes on once it may."""
    part = await durable.put(0, b"a" * 10, Hint(10, 10))
    sink = await durable.staging.begin(durable.upload, 1, Hint(20), free)
    await sink.write(b"b")
    with monkeypatch.context() as used_up:
        used_up.setattr(os, "open", _failing(code))
        with pytest.raises(StorageFailed):
            await durable.staging.begin(durable.upload, 2, Hint(10), free)
        with pytest.raises(StorageFailed):
            await sink.commit()
        with pytest.raises(StorageFailed):
            await durable.staging.compose(durable.upload, [part])
    await sink.release(keep=False)
    await durable.staging.probe()
    await durable.put(1, b"b" * 10, Hint(10, 10))
    await durable.staging.compose(durable.upload, [part])


async def test_an_upload_discarded_under_a_writer_breaks_nothing(durable: Disk) -> None:
    """A part whose upload is discarded before its sync is told so; the process goes on taking parts."""
    sink = await durable.staging.begin(durable.upload, 0, Hint(10), free)
    await sink.write(b"x")
    await durable.staging.discard(durable.upload)
    with pytest.raises(Discarded):
        await sink.commit()
    await sink.release(keep=False)
    await durable.staging.probe()


async def test_bytes_before_names_before_the_answer(durable: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a part is acknowledged its bytes are synced, then its name, and the names of the folders above it, by this
    very process, whoever made them.
    """
    await durable.put(0, b"x", Hint(1, 1))
    synced: list[str] = []
    monkeypatch.setattr(os, "fdatasync", _noting(synced, "bytes", os.fdatasync))
    monkeypatch.setattr(folder, "sync_folder", lambda path: synced.append(str(path)))
    with closing(Feeder(1)) as feeder:
        other = Disk(durable.path, feeder, durable=True)
        sink = await other.staging.begin(durable.upload, 1, Hint(1, 1), free)
        await finish(sink, 1, b"y")
    root = durable.path / "staging"
    assert synced == ["bytes", str(durable.folder), str(durable.folder.parent), str(root)]


async def test_a_blob_is_named_when_its_bytes_are_durable(durable: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob's bytes are synced before it gets its name; the name and the folders above it before it is answered."""
    part = await durable.put(0, b"x", Hint(1, 1))
    seen: list[str] = []
    monkeypatch.setattr(os, "fsync", _noting(seen, "bytes", os.fsync))
    monkeypatch.setattr(os, "link", _noting(seen, "name", os.link))
    monkeypatch.setattr(folder, "sync_folder", lambda path: seen.append(str(Path(path).relative_to(durable.path))))
    at = await durable.staging.compose(durable.upload, [part])
    parent = f"blobs/{at.rpartition('/')[0]}"
    assert seen == ["bytes", "name", parent, parent.rpartition("/")[0], "blobs"]


# --- composing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["in order", "last shorter", "one astray", "all astray", "none"])
async def test_composing_copies_only_what_lies_astray(disk: Disk, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Parts in their place become the blob without a byte copied; strays are copied, once each."""
    copied: list[int] = []

    def copy_range(*args: int) -> None:
        copied.append(args[-1])
        files.copy_range(*args)

    monkeypatch.setattr(staging, "copy_range", copy_range)
    lengths = {"last shorter": [1000, 1000, 7], "none": []}.get(kind, [1000, 1000, 1000])
    contents = [bytes([65 + n]) * length for n, length in enumerate(lengths)]
    astray = {"one astray": {1}, "all astray": {0, 1, 2}}.get(kind, set())
    parts = [
        await disk.put(n, content, Hint(1000, len(content)), taken if n in astray else free)
        for n, content in enumerate(contents)
    ]
    whole = b"".join(contents)
    at = await disk.staging.compose(disk.upload, parts)
    assert await disk.content(at, len(whole)) == whole
    assert copied == {"one astray": [1000], "all astray": [1000, 1000]}.get(kind, [])


async def test_what_follows_the_last_byte_is_cut_off(disk: Disk) -> None:
    """Room that was reserved, and surplus parts past the end, are not in the blob."""
    parts = [await disk.put(n, b"x" * 1000, Hint(1000, 1000)) for n in range(4)]
    at = await disk.staging.compose(disk.upload, parts[:2])
    assert await disk.blobs.size(at) == 2000
    assert (disk.path / "blobs" / at).stat().st_mode & 0o777 == 0o400


STEPS = {
    "copy": (staging, "copy_range"),
    "truncate": (os, "ftruncate"),
    "sync bytes": (os, "fsync"),
    "link": (os, "link"),
    "make read-only": (os, "fchmod"),
    "sync name": (folder, "sync_folder"),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("astray", [{1}, {0, 1, 2}], ids=["plane", "new file"])
async def test_dying_while_composing(
    durable: Disk, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, astray: set[int]
) -> None:
    """Composing that dies before or after any of its steps is repeated by another process with the same result, and
    leaves no blob that is not whole.
    """
    contents = [bytes([65 + n]) * 1000 for n in range(3)]
    whole = b"".join(contents)
    hints = {n: Hint(1000 if n not in astray or astray == {1} else 1500, 1000) for n in range(3)}
    parts = [await durable.put(n, contents[n], hints[n], taken if n in astray else free) for n in range(3)]
    where, name = STEPS[step]
    real = getattr(where, name)

    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        if after:
            real(*args)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(where, name, die)
        with pytest.raises(Killed):
            durable.staging._compose(durable.upload, parts, blobs.blob_location(durable.upload))
    for path in (durable.path / "blobs").rglob("*"):
        assert path.is_dir() or path.read_bytes() == whole
    for part, content in zip(parts, contents, strict=True):
        assert await durable.holds(part, content)
    with closing(Feeder(1)) as feeder:
        other = Disk(durable.path, feeder, durable=True)
        places = [await other.staging.compose(durable.upload, parts) for _ in range(2)]
        assert places[0] == places[1]
        assert await other.content(places[0], 3000) == whole


async def test_a_live_writer_keeps_its_plane(disk: Disk, feeder: Feeder) -> None:
    """While anybody writes into a plane, the blob is made of a new file."""
    other = Disk(disk.path, feeder)
    parts = [await disk.put(n, b"x" * 1000, Hint(1000, 1000)) for n in range(2)]
    sink = await other.staging.begin(disk.upload, 2, Hint(1000), free)
    at = await disk.staging.compose(disk.upload, parts)
    assert (disk.path / "blobs" / at).stat().st_ino != (disk.folder / "plane-1000").stat().st_ino
    await sink.release(keep=False)
    assert await disk.content(at, 2000) == b"x" * 2000


async def test_modes(durable: Disk) -> None:
    """Nobody else reads what lies here."""
    part = await durable.put(0, b"x", Hint(1, 1))
    at = await durable.staging.compose(durable.upload, [part])
    assert durable.folder.stat().st_mode & 0o777 == 0o700
    assert durable.folder.parent.stat().st_mode & 0o777 == 0o700
    assert (durable.path / "blobs" / at).parent.stat().st_mode & 0o777 == 0o700
    assert (durable.path / "blobs" / at).stat().st_mode & 0o777 == 0o400


async def test_a_probe_that_fails(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot sync, or reads back something else, does not pass its probe, and nothing is left of it."""
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _failing(errno.EIO))
        with pytest.raises(StorageFailed):
            await disk.blobs.probe()
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"something else")
    with pytest.raises(StorageFailed):
        await disk.blobs.probe()
    assert sorted(path.name for path in disk.path.iterdir()) == ["blobs", "quarantine", "staging"]


def test_nothing_is_reserved_or_given_back_for_no_bytes(tmp_path: Path) -> None:
    """Reserving or punching zero bytes does nothing; to the system zero means something else or is an error."""
    with open(tmp_path / "f", "w+b") as file:
        file.write(b"x" * BLOCK)
        file.flush()
        preallocate(file.fileno(), 0, 0)
        punch(file.fileno(), 0, 0)
        assert (tmp_path / "f").read_bytes() == b"x" * BLOCK


async def test_many_writers_leave_turns_to_others(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many parts come at once, no turn of the event loop writes more than a bound and a piece."""
    written, turns = 0, []

    def write_all(handle: int, piece: bytes, at: int) -> None:
        nonlocal written
        written += len(piece)
        files.write_all(handle, piece, at)

    monkeypatch.setattr(staging, "write_all", write_all)
    sinks = [await disk.staging.begin(disk.upload, number, Hint(1 << 20), free) for number in range(8)]
    writing = [asyncio.create_task(sink.write(bytes(staging.A_TURN // 2 + 1))) for sink in sinks]
    while not all(task.done() for task in writing):
        before = written
        await asyncio.sleep(0)
        turns.append(written - before)
    assert written == 8 * (staging.A_TURN // 2 + 1)
    assert max(turns) <= staging.A_TURN + staging.A_TURN // 2 + 1
    for sink in sinks:
        await sink.release(keep=False)
