"""What every implementation of `ZipRepository` promises."""

import asyncio

import pytest

from penstock.model.file import File, NewFile
from penstock.model.folder import Folder
from penstock.model.ids import ROOT
from penstock.model.zips import KEPT, MAX_ENTRIES, MAX_PATH, MAX_ZIPS, Zip, ZipState
from penstock.ports import FileRepository, FolderRepository, ZipRepository
from tests.ports.records import ALICE, BOB, Clock, Uploading, sealed


async def into(uploads: Uploading, clock: Clock, name: str, folder: Folder | None = None, size: int = 10) -> File:
    """A file that came, into a folder perhaps."""
    file = NewFile(name, "text/plain", "key", folder=folder.id if folder is not None else None)
    return (await sealed(uploads, clock, f"content of {name}"[:16], file=file, size=size)).file


async def stepped(zips: ZipRepository, made: Zip, count: int) -> Zip:
    """The zip after all steps."""
    while await zips.list_more(made.id, count):
        pass
    while (blob := await zips.unchecked(made.id)) is not None:
        await zips.note_checked(made.id, blob.size)
        await zips.record_crc32(blob.sha256, 7)
    while await zips.place_more(made.id, count):
        pass
    now = await zips.zip(ALICE, made.id)
    assert now is not None
    return now


async def names(zips: ZipRepository, made: Zip) -> list[str]:
    """Of all entries that are not missing."""
    return [entry.name for entry in await zips.entries(made.id, 0, 1000) if not entry.missing]


class ZipRepositorySpec:
    """Subclass it with fixtures `clock`, `zips`, `other` (another process's), `folders`, `files` and `uploads` over the
    same records.
    """

    async def test_everything_is_listed_once(
        self, zips: ZipRepository, folders: FolderRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """What was asked for, and all that is in it, however few entries a step takes; places follow each other."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        inner = await folders.make(ALICE, home.id, "inner", rename=False)
        alone = await into(uploads, clock, "alone", size=300)
        for name, where in (("b", home), ("a", home), ("c", inner), ("d", inner)):
            await into(uploads, clock, name, where)
        listed = []
        for count in (1, 2, 3, 100):
            made = await stepped(zips, await zips.make(ALICE, "zip", [alone, home]), count)
            assert (made.state, made.entries, made.missing) == (ZipState.READY, 7, 0)
            listed.append(await names(zips, made))
            entries = await zips.entries(made.id, 0, 100)
            ends = [*[entry.position for entry in entries[1:]], made.directory]
            assert [after - entry.position for entry, after in zip(entries, ends, strict=True)] == [
                30 + len(entry.name) + entry.size for entry in entries
            ]
            for entry in entries:
                assert await zips.number_at(made.id, entry.position) == entry.number
                assert await zips.number_at(made.id, entry.position + 1) == entry.number
                assert await zips.number_recorded_at(made.id, entry.recorded) == entry.number
        assert listed == [["alone", "home/", "home/inner/", "home/a", "home/b", "home/inner/c", "home/inner/d"]] * 4

    async def test_several_may_do_the_same(
        self, zips: ZipRepository, other: ZipRepository, folders: FolderRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Two processes at the same steps make the same zip as one."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        for number in range(6):
            await into(uploads, clock, str(number), home)
        made = await zips.make(ALICE, "zip", [home])
        await asyncio.gather(stepped(zips, made, 1), stepped(other, made, 1))
        assert await names(zips, made) == ["home/", *(f"home/{number}" for number in range(6))]

    async def test_what_cannot_be_read_is_missing(
        self, zips: ZipRepository, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Damaged files have no place, and are named in one more entry."""
        good, bad = await into(uploads, clock, "good"), await into(uploads, clock, "bad")
        await files.damage(bad.blob.location)
        made = await stepped(zips, await zips.make(ALICE, "zip", [bad, good]), 1)
        assert (made.missing, made.manifest) == (1, "bad (10 bytes)\n")
        assert await names(zips, made) == ["good", "missing files.txt"]

    async def test_somebody_elses_is_unknown(self, zips: ZipRepository, uploads: Uploading, clock: Clock) -> None:
        """So is one that has expired, which is forgotten step by step."""
        made = await zips.make(ALICE, "zip", [await into(uploads, clock, name) for name in ("a", "b", "c")])
        assert await zips.zip(BOB, made.id) is None
        assert await zips.forget_old(2) == 0
        clock.advance(KEPT)
        assert await zips.zip(ALICE, made.id) is None
        assert [await zips.forget_old(2) for _ in range(3)] == [2, 2, 0]

    async def test_the_oldest_make_way(self, zips: ZipRepository, uploads: Uploading, clock: Clock) -> None:
        """An owner has so many zips at most; another's stay."""
        file = await into(uploads, clock, "a")
        theirs = await zips.make(BOB, "zip", [])
        made = []
        for _ in range(MAX_ZIPS + 1):
            clock.advance(1)
            made.append(await stepped(zips, await zips.make(ALICE, "zip", [file]), 10))
        assert await zips.zip(ALICE, made[0].id) is None
        assert await zips.zip(ALICE, made[1].id) is not None
        assert await zips.zip(BOB, theirs.id) is not None

    async def test_paths_are_bounded(
        self,
        zips: ZipRepository,
        folders: FolderRepository,
        uploads: Uploading,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """What has a longer path than may be is left out, and named; a zip of too long paths together is none."""
        home = await folders.make(ALICE, ROOT, "h" * 1000, rename=False)
        inner = home
        for _ in range(4):
            inner = await folders.make(ALICE, inner.id, "f" * 1000, rename=False)
            await into(uploads, clock, "a", inner)
        made = await stepped(zips, await zips.make(ALICE, "zip", [home]), 1)
        assert (made.missing, made.entries) == (1, 9)  # with the file that names it
        assert made.manifest is not None
        assert max(len(name) for name in await names(zips, made)) <= MAX_PATH
        monkeypatch.setattr("penstock.adapters.sql.zips.MAX_PATHS", 5000)
        assert (await stepped(zips, await zips.make(ALICE, "zip", [home]), 10)).state is ZipState.TOO_MANY

    async def test_nobody_works_for_one_that_has_expired(
        self, zips: ZipRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """It is as it was when its time ran out."""
        made = await zips.make(ALICE, "zip", [await into(uploads, clock, "a")])
        clock.advance(KEPT)
        assert not await zips.list_more(made.id, 10)
        assert await zips.unchecked(made.id) is None
        assert not await zips.place_more(made.id, 10)

    async def test_too_many_is_said(
        self, zips: ZipRepository, folders: FolderRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """A zip that would have more entries than one may is none."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        await into(uploads, clock, "a", home)
        made = await zips.make(ALICE, "zip", [home] * MAX_ENTRIES)
        assert (await stepped(zips, made, 10)).state is ZipState.TOO_MANY
