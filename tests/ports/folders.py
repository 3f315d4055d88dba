"""What every implementation of `FolderRepository` and `TrashRepository` promises."""

import asyncio
from contextlib import suppress

import pytest

from penstock.model.faults import (
    FileTrashed,
    FileUnknown,
    FolderBusy,
    FolderTrashed,
    FolderUnknown,
    InputInvalid,
    NameTaken,
    Outdated,
    QuotaExceeded,
)
from penstock.model.file import File, NewFile
from penstock.model.folder import MAX_DEPTH, Edit, Folder
from penstock.model.ids import ROOT, FileId, FolderId
from penstock.model.listing import Listing, Sort
from penstock.ports import FileLists, FileRepository, FolderRepository, TrashRepository, UpkeepRepository
from tests.ports.records import ALICE, BOB, Clock, Uploading, sealed

NOWHERE = FolderId("00000000-0000-4000-8000-000000000000")


async def in_folder(uploads: Uploading, clock: Clock, folder: Folder, name: str) -> File:
    """A file that came into a folder."""
    file = NewFile(name, "text/plain", "key", folder=folder.id)
    return (await sealed(uploads, clock, f"content of {name}", file=file)).file


async def settle(trash: TrashRepository, folder: Folder, count: int = 2) -> int:
    """Let everything follow a folder; in how many steps."""
    steps = 0
    while await trash.step(ALICE, folder.id, count):
        steps += 1
    return steps


async def names_in(lists: FileLists, folders: FolderRepository, folder: FolderId) -> list[str]:
    """The names in a folder: of its folders, then of its files."""
    inner, _ = await folders.folders(ALICE, folder, None, 100)
    files, _ = await lists.files(ALICE, Listing(folder, Sort.NAME), None, 100)
    return [folder.name for folder in inner] + [file.name for file in files]


class FolderRepositorySpec:
    """Subclass it with fixtures `clock`, `folders`, `other` (another process's), `lists`, `trash`, `files`, `uploads`
    and `upkeep` over the same records.
    """

    async def test_a_folder_is_made_and_found(self, folders: FolderRepository) -> None:
        """It is found by its owner alone, in its parent's list, and at the end of its path."""
        one = await folders.make(ALICE, ROOT, "照片", rename=False)
        two = await folders.make(ALICE, one.id, "2024", rename=False)
        assert await folders.folder(ALICE, two.id) == two
        assert await folders.folder(BOB, two.id) is None
        assert await folders.folders(ALICE, one.id, None, 10) == ([two], None)
        assert await folders.path(ALICE, two.id) == [one, two]
        assert await folders.folders(BOB, ROOT, None, 10) == ([], None)

    async def test_folders_are_listed_by_name(self, folders: FolderRepository) -> None:
        """Page by page, in either case, each of them once."""
        made = [await folders.make(ALICE, ROOT, name, rename=False) for name in ("b", "C", "a", "D")]
        first, mark = await folders.folders(ALICE, ROOT, None, 3)
        rest, end = await folders.folders(ALICE, ROOT, mark, 3)
        assert [folder.name for folder in (*first, *rest)] == ["a", "b", "C", "D"]
        assert end is None
        assert len(made) == 4

    async def test_two_names_never_collide(
        self, folders: FolderRepository, lists: FileLists, uploads: Uploading, clock: Clock
    ) -> None:
        """Files and folders share the names of a folder, whatever their case and form; a free one is told."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        names = [(await in_folder(uploads, clock, home, name)).name for name in ("a.txt", "A.TXT", "ａ.txt", "a.txt")]
        assert names == ["a.txt", "A (2).TXT", "ａ (3).txt", "a (4).txt"]
        with pytest.raises(NameTaken) as taken:
            await folders.make(ALICE, home.id, "A.txt", rename=False)
        assert taken.value.free == "A (5).txt"
        assert (await folders.make(ALICE, home.id, "A.txt", rename=True)).name == "A (5).txt"
        stray = await in_folder(uploads, clock, await folders.make(ALICE, ROOT, "away", rename=False), "a.txt")
        with pytest.raises(NameTaken):
            await folders.edit_file(ALICE, stray.id, Edit(folder=home.id))
        moved = await folders.edit_file(ALICE, stray.id, Edit(folder=home.id, rename=True))
        assert (moved.folder, moved.name) == (home.id, "a (6).txt")
        assert len(await names_in(lists, folders, home.id)) == 6

    async def test_a_name_of_its_own_is_free(self, folders: FolderRepository) -> None:
        """A folder may change the case of its own name, and be given the name that it has."""
        one = await folders.make(ALICE, ROOT, "one", rename=False)
        assert (await folders.edit_folder(ALICE, one.id, Edit("ONE"))).name == "ONE"
        assert (await folders.edit_folder(ALICE, one.id, Edit("ONE"))).name == "ONE"

    async def test_many_at_once_get_names_of_their_own(
        self, folders: FolderRepository, other: FolderRepository
    ) -> None:
        """However many ask for one name at once, each gets another."""
        made = await asyncio.gather(
            *(each.make(ALICE, ROOT, "new", rename=True) for _ in range(8) for each in (folders, other))
        )
        assert len({folder.name for folder in made}) == 16

    async def test_a_folder_is_moved_with_what_is_in_it(
        self, folders: FolderRepository, lists: FileLists, uploads: Uploading, clock: Clock
    ) -> None:
        """What is in it stays in it, and its path begins elsewhere."""
        one, two = [await folders.make(ALICE, ROOT, name, rename=False) for name in ("one", "two")]
        inner = await folders.make(ALICE, one.id, "inner", rename=False)
        await in_folder(uploads, clock, inner, "a")
        await folders.edit_folder(ALICE, one.id, Edit(folder=two.id))
        assert [folder.name for folder in await folders.path(ALICE, inner.id)] == ["two", "one", "inner"]
        assert await names_in(lists, folders, inner.id) == ["a"]
        assert await names_in(lists, folders, ROOT) == ["two"]

    async def test_nothing_is_put_where_nothing_is(
        self, folders: FolderRepository, trash: TrashRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Into a folder that is unknown, somebody else's, or lies in the trash nothing is moved."""
        theirs, gone = (
            await folders.make(BOB, ROOT, "b", rename=False),
            await folders.make(ALICE, ROOT, "g", rename=False),
        )
        file = await in_folder(uploads, clock, gone, "a")
        file = await folders.edit_file(ALICE, file.id, Edit(folder=ROOT))
        await trash.put_folder(ALICE, gone.id)
        for folder in (NOWHERE, theirs.id, gone.id):
            assert not await folders.is_open(ALICE, folder)
            with pytest.raises(InputInvalid):
                await folders.make(ALICE, folder, "new", rename=False)
            with pytest.raises(InputInvalid):
                await folders.edit_file(ALICE, file.id, Edit(folder=folder))
        assert await folders.is_open(ALICE, ROOT)

    async def test_a_file_whose_folder_is_gone_comes_into_the_root(
        self, folders: FolderRepository, trash: TrashRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Bytes that were on their way are not lost because of a folder, and get a free name there, too."""
        gone = await folders.make(ALICE, ROOT, "gone", rename=False)
        await trash.put_folder(ALICE, gone.id)
        first, second = [await in_folder(uploads, clock, gone, "a") for _ in range(2)]
        assert [(file.folder, file.name) for file in (first, second)] == [(ROOT, "a"), (ROOT, "a (2)")]

    async def test_no_folder_lies_in_itself(self, folders: FolderRepository) -> None:
        """Neither in itself nor in what is in it."""
        one = await folders.make(ALICE, ROOT, "one", rename=False)
        two = await folders.make(ALICE, one.id, "two", rename=False)
        for into in (one, two):
            with pytest.raises(InputInvalid):
                await folders.edit_folder(ALICE, one.id, Edit(folder=into.id))

    async def test_nor_when_two_are_moved_at_once(self, folders: FolderRepository, other: FolderRepository) -> None:
        """Two that are moved into each other at the same moment: one of them stays where it is."""
        for number in range(10):
            one, two = [await folders.make(ALICE, ROOT, f"{name} {number}", rename=False) for name in ("one", "two")]

            async def move(by: FolderRepository, moved: Folder, into: Folder) -> None:
                with suppress(InputInvalid):
                    await by.edit_folder(ALICE, moved.id, Edit(folder=into.id))

            await asyncio.gather(move(folders, one, two), move(other, two, one))
            paths = [len(await folders.path(ALICE, folder.id)) for folder in (one, two)]
            assert sorted(paths) == [1, 2]

    async def test_folders_are_so_deep_and_no_deeper(self, folders: FolderRepository) -> None:
        """The way up to the root has an end, for whoever makes one and for whoever moves one."""
        deepest = await folders.make(ALICE, ROOT, "top", rename=False)
        for _ in range(MAX_DEPTH - 1):
            deepest = await folders.make(ALICE, deepest.id, "in", rename=False)
        with pytest.raises(InputInvalid):
            await folders.make(ALICE, deepest.id, "in", rename=False)
        away = await folders.make(ALICE, ROOT, "away", rename=False)
        with pytest.raises(InputInvalid):
            await folders.edit_folder(ALICE, away.id, Edit(folder=deepest.id))

    async def test_an_owner_has_so_many_folders(
        self, folders: FolderRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One more than an owner may have is refused."""
        monkeypatch.setattr("penstock.adapters.sql.folders.MAX_FOLDERS", 2)
        for name in ("one", "two"):
            await folders.make(ALICE, ROOT, name, rename=False)
        with pytest.raises(QuotaExceeded):
            await folders.make(ALICE, ROOT, "three", rename=False)
        await folders.make(BOB, ROOT, "three", rename=False)

    async def test_a_file_is_changed(self, folders: FolderRepository, uploads: Uploading, clock: Clock) -> None:
        """Its name, its folder and its labels, each of them alone; another owner's is unknown."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        file = await in_folder(uploads, clock, home, "a")
        assert (await folders.edit_file(ALICE, file.id, Edit("b"))).name == "b"
        labelled = await folders.edit_file(ALICE, file.id, Edit(labels=("红", "two")))
        assert (labelled.labels, labelled.name, labelled.folder) == (("红", "two"), "b", home.id)
        with pytest.raises(FileUnknown):
            await folders.edit_file(BOB, file.id, Edit("c"))

    async def test_what_is_outdated_changes_nothing(
        self, folders: FolderRepository, trash: TrashRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Who has seen another state of a file or a folder is told so."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        file = await in_folder(uploads, clock, home, "a")
        file = await folders.edit_file(ALICE, file.id, Edit("b"), frozenset({file.tag}))
        for change in (
            folders.edit_file(ALICE, file.id, Edit("c"), frozenset({"another"})),
            folders.edit_folder(ALICE, home.id, Edit("c"), frozenset({"another"})),
            trash.put_file(ALICE, file.id, frozenset({"another"})),
            trash.put_folder(ALICE, home.id, frozenset({"another"})),
        ):
            with pytest.raises(Outdated):
                await change
        assert (await folders.edit_folder(ALICE, home.id, Edit("c"), frozenset({home.tag, "another"}))).name == "c"

    async def test_a_file_goes_to_the_trash_and_comes_back(
        self, folders: FolderRepository, trash: TrashRepository, lists: FileLists, uploads: Uploading, clock: Clock
    ) -> None:
        """It is in no list but that of the trash; it comes back to where it was, under a free name."""
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        file = await in_folder(uploads, clock, home, "a.txt")
        thrown = await trash.put_file(ALICE, file.id)
        assert thrown.trashed_at == clock()
        assert await names_in(lists, folders, home.id) == []
        assert await lists.trash(ALICE, None, 10) == ([thrown], None)
        for change in (trash.put_file(ALICE, file.id), folders.edit_file(ALICE, file.id, Edit("b"))):
            with pytest.raises(FileTrashed):
                await change
        await in_folder(uploads, clock, home, "a.txt")
        back = await trash.restore_file(ALICE, file.id)
        assert (back.name, back.folder, back.trashed_at) == ("a (2).txt", home.id, None)
        assert await trash.restore_file(ALICE, file.id) == back
        assert [found.id for found in (await lists.search(ALICE, ["(2)"], None, 10))[0]] == [file.id]
        with pytest.raises(FileUnknown):
            await trash.restore_file(BOB, file.id)

    async def test_a_folder_goes_to_the_trash_and_comes_back_as_one(
        self, folders: FolderRepository, trash: TrashRepository, lists: FileLists, uploads: Uploading, clock: Clock
    ) -> None:
        """With all that is in it, in bounded steps; what was in the trash before stays there."""
        top = await folders.make(ALICE, ROOT, "top", rename=False)
        inner = [await folders.make(ALICE, top.id, f"inner {number}", rename=False) for number in range(3)]
        files = [await in_folder(uploads, clock, each, f"{number}") for each in inner for number in range(3)]
        await trash.put_file(ALICE, files[0].id)
        clock.advance(1)
        await trash.put_folder(ALICE, top.id)
        assert await folders.folders(ALICE, ROOT, None, 10) == ([], None)
        assert await settle(trash, top) > 4
        there, _ = await lists.trash(ALICE, None, 10)
        assert [each.id for each in there] == [top.id, files[0].id]
        assert await lists.files(ALICE, Listing(), None, 10) == ([], None)
        assert await lists.search(ALICE, ["1"], None, 10) == ([], None)
        for each in (top, inner[0]):
            with pytest.raises(FolderTrashed):
                await folders.edit_folder(ALICE, each.id, Edit("new"))
        with pytest.raises(FolderTrashed):
            await trash.restore_folder(ALICE, inner[0].id)
        await folders.make(ALICE, ROOT, "top", rename=False)
        back = await trash.restore_folder(ALICE, top.id)
        await settle(trash, top)
        assert (back.name, back.trashed_at) == ("top (2)", None)
        assert await trash.restore_folder(ALICE, top.id) == back
        found, _ = await lists.files(ALICE, Listing(), None, 100)
        assert {file.id for file in found} == {file.id for file in files[1:]}
        assert [len(await names_in(lists, folders, each.id)) for each in inner] == [2, 3, 3]
        assert await trash.steps(10) == []
        await trash.restore_file(ALICE, files[0].id)
        assert await names_in(lists, folders, inner[0].id) == ["0", "1", "2"]

    async def test_what_was_not_finished_is_due(
        self, folders: FolderRepository, trash: TrashRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Whoever comes finds what another did not finish; until then the folder is busy."""
        top = await folders.make(ALICE, ROOT, "top", rename=False)
        await in_folder(uploads, clock, top, "a")
        await trash.put_folder(ALICE, top.id)
        assert await trash.steps(10) == [(ALICE, top.id)]
        for change in (trash.restore_folder(ALICE, top.id), trash.purge_folder(ALICE, top.id)):
            with pytest.raises(FolderBusy):
                await change
        await settle(trash, top)
        await trash.restore_folder(ALICE, top.id)
        with pytest.raises(FolderBusy):
            await trash.put_folder(ALICE, top.id)
        assert not await folders.is_open(ALICE, top.id)

    async def test_what_comes_back_goes_again_with_its_folder(
        self, folders: FolderRepository, trash: TrashRepository, lists: FileLists, uploads: Uploading, clock: Clock
    ) -> None:
        """A folder that is put into the trash while one in it is still coming back takes all of that along."""
        top = await folders.make(ALICE, ROOT, "top", rename=False)
        inner = await folders.make(ALICE, top.id, "inner", rename=False)
        for number in range(3):
            await in_folder(uploads, clock, inner, f"{number}")
        await trash.put_folder(ALICE, inner.id)
        await settle(trash, inner)
        await trash.restore_folder(ALICE, inner.id)
        await trash.put_folder(ALICE, top.id)
        await settle(trash, top, 1)
        assert await lists.files(ALICE, Listing(), None, 10) == ([], None)
        await trash.restore_folder(ALICE, top.id)
        await settle(trash, top, 1)
        assert await names_in(lists, folders, inner.id) == ["0", "1", "2"]
        assert await lists.trash(ALICE, None, 10) == ([], None)

    async def test_a_folder_goes_for_good(
        self,
        folders: FolderRepository,
        trash: TrashRepository,
        lists: FileLists,
        files: FileRepository,
        uploads: Uploading,
        clock: Clock,
    ) -> None:
        """With what went there with it; what is not in the trash does not go."""
        top = await folders.make(ALICE, ROOT, "top", rename=False)
        inner = await folders.make(ALICE, top.id, "inner", rename=False)
        alone, file = await in_folder(uploads, clock, inner, "alone"), await in_folder(uploads, clock, inner, "a")
        assert not await trash.purge_folder(ALICE, top.id)
        await trash.put_file(ALICE, alone.id)
        await trash.put_folder(ALICE, top.id)
        await settle(trash, top)
        assert not await trash.purge_folder(BOB, top.id)
        assert not await trash.purge_folder(ALICE, inner.id)
        assert await trash.purge_folder(ALICE, top.id)
        assert await trash.purge_folder(ALICE, top.id)
        with pytest.raises(FolderUnknown):
            await trash.restore_folder(ALICE, top.id)
        await settle(trash, top)
        assert [await folders.folder(ALICE, each.id) for each in (top, inner)] == [None, None]
        assert await files.file(file.id) is None
        back = await trash.restore_file(ALICE, alone.id)
        assert (back.folder, back.trashed_at) == (ROOT, None)

    async def test_folders_go_when_their_time_is_over(
        self,
        folders: FolderRepository,
        trash: TrashRepository,
        upkeep: UpkeepRepository,
        uploads: Uploading,
        clock: Clock,
    ) -> None:
        """Those that lie in the trash longer than others, with what is in them."""
        old, new = [await folders.make(ALICE, ROOT, name, rename=False) for name in ("old", "new")]
        await in_folder(uploads, clock, old, "a")
        for folder in (old, new):
            await trash.put_folder(ALICE, folder.id)
            await settle(trash, folder)
            clock.advance(100)
        assert await upkeep.purge_trash(150) == 1
        assert await trash.purge_older(150) == 1
        await settle(trash, old)
        assert [await folders.folder(ALICE, each.id) is None for each in (old, new)] == [True, False]

    async def test_a_file_leaves_a_folder_in_the_trash(
        self, folders: FolderRepository, trash: TrashRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """One of the files that went with a folder comes back alone, into the root."""
        top = await folders.make(ALICE, ROOT, "top", rename=False)
        file = await in_folder(uploads, clock, top, "a")
        await trash.put_folder(ALICE, top.id)
        await settle(trash, top)
        back = await trash.restore_file(ALICE, file.id)
        assert (back.folder, back.trashed_at, back.trashed_with) == (ROOT, None, None)

    async def test_unknown(self, folders: FolderRepository, trash: TrashRepository) -> None:
        """What was never there is unknown to every call."""
        assert await folders.folder(ALICE, NOWHERE) is None
        assert await folders.path(ALICE, NOWHERE) == []
        for change in (
            folders.edit_folder(ALICE, NOWHERE, Edit("new")),
            trash.put_folder(ALICE, NOWHERE),
            trash.restore_folder(ALICE, NOWHERE),
        ):
            with pytest.raises(FolderUnknown):
                await change
        with pytest.raises(FileUnknown):
            await trash.put_file(ALICE, FileId(NOWHERE))
        assert not await trash.step(ALICE, NOWHERE, 10)
