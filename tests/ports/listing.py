"""What every implementation of `FileLists` promises."""

import pytest

from penstock.model.file import File, NewFile
from penstock.model.ids import ROOT
from penstock.model.listing import Listing, Mark, Sort, Wanted
from penstock.model.names import folded
from penstock.ports import FileLists, FileRepository, FolderRepository, UpkeepRepository
from tests.ports.records import ALICE, BOB, Clock, Uploading, sealed


async def come(uploads: Uploading, clock: Clock, name: str, size: int = 10, kind: str = "text/plain") -> File:
    """A file that came into the root; each is a second younger than the one before."""
    clock.advance(1)
    content = f"{name} {size}"[:16]
    return (await sealed(uploads, clock, content, file=NewFile(name, kind, "key"), size=size)).file


async def every(lists: FileLists, listing: Listing, count: int) -> list[str]:
    """The names of a list, read page by page."""
    names: list[str] = []
    mark: Mark | None = None
    while True:
        page, mark = await lists.files(ALICE, listing, mark, count)
        names += [file.name for file in page]
        if mark is None:
            return names


async def found(lists: FileLists, text: str) -> list[str]:
    """The names that a search finds, read one by one."""
    names: list[str] = []
    mark: int | None = None
    while True:
        page, mark = await lists.search(ALICE, folded(text).split(), mark, 1)
        names += [file.name for file in page]
        if mark is None:
            return names


class FileListsSpec:
    """Subclass it with fixtures `clock`, `lists`, `folders`, `files`, `uploads` and `upkeep` over the same records."""

    @pytest.mark.parametrize("count", [1, 2, 3, 10])
    @pytest.mark.parametrize(
        ("sort", "names"),
        [(Sort.NAME, "a.bin B.png c.txt"), (Sort.SIZE, "c.txt a.bin B.png"), (Sort.TIME, "c.txt B.png a.bin")],
    )
    async def test_a_list_is_sorted(
        self, lists: FileLists, uploads: Uploading, clock: Clock, sort: Sort, names: str, count: int
    ) -> None:
        """By each of these, either way, in pages of any length, everywhere and in the root."""
        for name, size in (("c.txt", 1), ("B.png", 3), ("a.bin", 2)):
            await come(uploads, clock, name, size)
        for folder in (None, ROOT):
            assert await every(lists, Listing(folder, sort), count) == names.split()
            assert await every(lists, Listing(folder, sort, descending=True), count) == names.split()[::-1]

    async def test_equals_are_listed_once(self, lists: FileLists, uploads: Uploading, clock: Clock) -> None:
        """Files that are equal in what they are sorted by are each on one page."""
        for number in range(5):
            await come(uploads, clock, f"{number}", 7, "image/png")
        for sort in (Sort.SIZE, Sort.TYPE):
            assert sorted(await every(lists, Listing(sort=sort), 2)) == list("01234")

    async def test_a_list_is_filtered(
        self, lists: FileLists, folders: FolderRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """By type or the beginning of it, by time, by dialect, by folder; another owner's are not in it."""
        picture, text = await come(uploads, clock, "p", kind="image/png"), await come(uploads, clock, "t")
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        await sealed(uploads, clock, "other", file=NewFile("o", "image/png", "key"), owner=BOB)
        await sealed(uploads, clock, "inner", file=NewFile("i", "image/gif", "key", folder=home.id))
        assert await every(lists, Listing(wanted=Wanted(kind="image/")), 1) == ["i", "p"]
        assert await every(lists, Listing(ROOT, wanted=Wanted(kind="image/png")), 1) == ["p"]
        assert await every(lists, Listing(home.id), 1) == ["i"]
        assert await every(lists, Listing(wanted=Wanted(since=text.created_at)), 1) == ["i", "t"]
        assert await every(lists, Listing(wanted=Wanted(until=text.created_at)), 1) == ["p"]
        assert await every(lists, Listing(wanted=Wanted(dialect="nothing")), 1) == []
        assert picture.dialect == "dialect"

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("报告", ["年度报告.txt"]),
            ("告", ["公告", "年度报告.txt"]),
            ("年度报告", ["年度报告.txt"]),
            ("t", ["Straße.TXT", "年度报告.txt"]),
            ("STRASSE", ["Straße.TXT"]),
            ("ｔｘｔ", ["Straße.TXT", "年度报告.txt"]),
            ("告 年", ["年度报告.txt"]),
            ("告年", []),
            ("x", ["Straße.TXT", "年度报告.txt"]),
            ("xx", []),
            ("%", ["100%_"]),
            ("%_", ["100%_"]),
            ("🎉", ["🎉"]),
            ("報", []),
        ],
    )
    async def test_parts_of_words_are_found(
        self, lists: FileLists, uploads: Uploading, clock: Clock, text: str, names: list[str]
    ) -> None:
        """In any script, from one character on, in either case and any form, newest first."""
        for name in ("年度报告.txt", "Straße.TXT", "公告", "100%_", "🎉"):
            await come(uploads, clock, name)
        await sealed(uploads, clock, "theirs", file=NewFile("报告 txt %_ 🎉", "text/plain", "key"), owner=BOB)
        assert await found(lists, text) == names

    async def test_a_removed_name_is_forgotten(
        self, lists: FileLists, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """It is not found from that moment on, and leaves nothing in the index once somebody has seen to that."""
        file = await come(uploads, clock, "公告")
        await come(uploads, clock, "报告")
        assert await lists.forget_names(10) == 0
        await files.remove(ALICE, file.id)
        assert await found(lists, "告") == ["报告"]
        assert await lists.forget_names(10) == 1
        assert await found(lists, "公") == []

    async def test_the_trash_is_not_searched(
        self, lists: FileLists, upkeep: UpkeepRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """What lies in the trash is in that list alone, last thrown first."""
        one = await come(uploads, clock, "one")
        await upkeep.trash_older(0)
        two = await come(uploads, clock, "two")
        await upkeep.trash_older(0)
        assert await found(lists, "o") == []
        assert await every(lists, Listing(), 2) == []
        first, mark = await lists.trash(ALICE, None, 1)
        rest, end = await lists.trash(ALICE, mark, 2)
        assert [each.id for each in (*first, *rest)] == [two.id, one.id]
        assert end is None
        assert await lists.trash(BOB, None, 2) == ([], None)
