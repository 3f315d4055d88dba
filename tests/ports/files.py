"""What every implementation of `FileRepository` promises."""

from penstock.adapters.sql.variants import Bounds
from penstock.model.file import File, NewFile
from penstock.model.ids import FileId, Location, Md5, Sha256
from penstock.ports import FileRepository, Placed, UpkeepRepository
from tests.ports.records import ALICE, BOB, DIALECT, Clock, Uploading, digests, new_file, sealed

MD5 = Md5("5d41402abc4b2a76b9719d911017c592")
NOBODY = FileId("00000000-0000-4000-8000-000000000000")


async def stored(uploads: Uploading, clock: Clock, content: str = "content", **kwargs: object) -> File:
    """A file that came through an upload; each is a second younger than the one before."""
    clock.advance(1)
    return (await sealed(uploads, clock, content, **kwargs)).file  # type: ignore[arg-type]


class FileRepositorySpec:
    """Subclass it with fixtures `clock`, `files`, `uploads` and `upkeep` over the same records."""

    async def test_a_file_is_found(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """A file is found by its id and by its upload; nothing is found for an id that never was."""
        file = await stored(uploads, clock)
        assert file.upload is not None
        assert await files.file(file.id) == file
        assert await files.named(file.upload) == await files.named(file.id) == file
        assert await files.file(NOBODY) is None

    async def test_a_key_finds_the_newest(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """A client's own name finds the newest of its owner's files in its dialect."""
        await stored(uploads, clock, "one", key="k")
        newest = await stored(uploads, clock, "two", key="k")
        await stored(uploads, clock, "three", key="k", owner=BOB)
        assert await files.of_key(ALICE, DIALECT, "k") == newest
        assert await files.of_key(ALICE, "another dialect", "k") is None

    async def test_the_picture_that_was_added_last_is_its_key_s(self, files: FileRepository, clock: Clock) -> None:
        """Added again, a picture is the current one and keeps its record, also while the clock stands or goes back."""

        async def add(content: str, label: str) -> File:
            picture = Placed(Location(f"at-{content}"), digests(content))
            file = NewFile("a.png", "image/png", "k", label)
            added, _ = await files.add_picture(ALICE, DIALECT, picture, file, [])
            assert await files.of_key(ALICE, DIALECT, "k") == added
            return added

        ways = [("one", "large"), ("two", "small"), ("one", "wide")]
        first = [await add(*way) for way in ways]
        assert len({file.id for file in first}) == 3
        clock.advance(-100)
        for _ in range(2):
            assert [file.id for file in first] == [(await add(*way)).id for way in ways]

    async def test_a_hash_finds_the_newest(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """An MD5 finds the reader's newest file with it, of that size when one is given."""
        await stored(uploads, clock, "same", md5=MD5)
        newest = await stored(uploads, clock, "same", md5=MD5)
        await stored(uploads, clock, "same", md5=MD5, owner=BOB)
        assert await files.of_hash(ALICE, MD5, None) == newest
        assert await files.of_hash(ALICE, MD5, 10) == newest
        assert await files.of_hash(ALICE, MD5, 11) is None

    async def test_a_hash_finds_only_the_readers_files(
        self, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """A hash opens nobody else's file, unless everybody's are asked for."""
        file = await stored(uploads, clock, md5=MD5)
        assert await files.of_hash(BOB, MD5, None) is None
        assert await files.of_hash(None, MD5, None) == file

    async def test_a_hash_finds_only_what_can_be_read(
        self, files: FileRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """Neither a file in the trash nor a damaged one is found by hash."""
        damaged = await stored(uploads, clock, "one", md5=MD5)
        await files.damage(damaged.blob.location)
        assert await files.of_hash(ALICE, MD5, None) is None
        await stored(uploads, clock, "two", md5=MD5)
        await upkeep.trash_older(0)
        assert await files.of_hash(ALICE, MD5, None) is None

    async def test_unhashed(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """Blobs without an MD5 are listed once each, for their readers and the size asked for, until it is recorded."""
        one = await stored(uploads, clock, "one")
        await stored(uploads, clock, "one")
        two = await stored(uploads, clock, "two", owner=BOB, size=20)
        await stored(uploads, clock, "three", md5=MD5)
        assert [blob.sha256 for blob in await files.unhashed(ALICE, None, 10)] == [one.blob.sha256]
        assert len(await files.unhashed(None, None, 10)) == 2
        assert len(await files.unhashed(None, None, 1)) == 1
        assert [blob.sha256 for blob in await files.unhashed(None, 20, 10)] == [two.blob.sha256]
        await files.record_md5(one.blob.sha256, MD5)
        assert await files.unhashed(ALICE, None, 10) == []
        found = await files.file(one.id)
        assert found is not None
        assert found.blob.md5 == MD5

    async def test_a_damaged_blob_is_not_to_be_hashed(
        self, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Nobody is asked to read a blob that is known to be wrong."""
        file = await stored(uploads, clock)
        await files.damage(file.blob.location)
        assert await files.unhashed(None, None, 10) == []

    async def test_claim(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """A claim is a file of the claimer's own on the same blob."""
        file = await stored(uploads, clock)
        claimed = await files.claim(BOB, DIALECT, file.blob.sha256, new_file("mine", "b.bin"))
        assert claimed is not None
        assert claimed.id != file.id
        assert (claimed.owner, claimed.name, claimed.upload, claimed.blob) == (BOB, "b.bin", None, file.blob)

    async def test_a_claim_repeated(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """The same claim again answers the same file; another key or another name is another file."""
        file = await stored(uploads, clock)
        one, again, other_key, other_name = [
            await files.claim(BOB, DIALECT, file.blob.sha256, new_file(key, name))
            for key, name in (("k", "a"), ("k", "a"), ("l", "a"), ("k", "b"))
        ]
        assert one == again
        assert one is not None
        assert other_key is not None
        assert other_name is not None
        assert len({one.id, other_key.id, other_name.id}) == 3

    async def test_a_claim_on_nothing(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """What is gone, damaged, or never was cannot be claimed."""
        file = await stored(uploads, clock)
        await files.damage(file.blob.location)
        assert await files.claim(BOB, DIALECT, file.blob.sha256, new_file()) is None
        assert await files.claim(BOB, DIALECT, Sha256("f" * 64), new_file()) is None

    async def test_a_claim_saves_a_condemned_blob(
        self, files: FileRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """A blob about to be collected stays when somebody claims it."""
        file = await stored(uploads, clock)
        await files.remove(ALICE, file.id)
        assert await upkeep.collect(100, 10) == []
        assert await files.claim(BOB, DIALECT, file.blob.sha256, new_file()) is not None
        clock.advance(1000)
        assert await upkeep.collect(100, 10) == []

    async def test_pages(
        self, files: FileRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """A page shows the owner's files newest first, and how many there are in all; the trash is not among them."""
        await stored(uploads, clock, "trashed")
        await upkeep.trash_older(0)
        mine = [await stored(uploads, clock, str(n), file=new_file(name=f"{n}.bin")) for n in range(5)]
        await stored(uploads, clock, "foreign", owner=BOB)
        total, page = await files.page(ALICE, "", 1, 2)
        assert (total, page) == (5, [mine[3], mine[2]])
        assert await files.page(ALICE, "", 5, 2) == (5, [])

    async def test_searching_takes_names_literally(
        self, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """A search is a part of the name and knows no wildcards."""
        for name in ("100%.txt", "a_b.txt", "a\\b.txt", "aXb.txt"):
            await stored(uploads, clock, name, file=new_file(name=name))
        for search, found in (("%", ["100%.txt"]), ("a_b", ["a_b.txt"]), ("\\", ["a\\b.txt"]), ("none", [])):
            assert [file.name for file in (await files.page(ALICE, search, 0, 10))[1]] == found

    async def test_remove(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """The owner can remove a file, again without harm; it is gone and remembered as removed."""
        file = await stored(uploads, clock)
        assert await files.remove(ALICE, file.id)
        assert await files.remove(ALICE, file.id)
        assert await files.file(file.id) is None
        assert await files.remove(ALICE, file.id)

    async def test_nobody_else_removes(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """Somebody else's file, before and after its removal, is as unknown as one that never was."""
        file = await stored(uploads, clock)
        assert not await files.remove(BOB, file.id)
        assert not await files.remove(BOB, NOBODY)
        assert await files.file(file.id) == file
        await files.remove(ALICE, file.id)
        assert not await files.remove(BOB, file.id)
        assert not await files.remove(BOB, file.id)

    async def test_the_newest_tombstones_are_kept(self, files: FileRepository, clock: Clock) -> None:
        """Of an owner's removals the newest are remembered, by whichever call they were; others' are not counted."""
        files._bounds = Bounds(tombstones=3)  # type: ignore[attr-defined]
        await files.bury(BOB, "theirs")
        for number in range(5):
            clock.advance(1)
            await files.bury(ALICE, f"mine {number}")
        found = [await files.remove(ALICE, FileId(f"mine {number}")) for number in range(5)]
        assert found == [False, False, True, True, True]
        assert await files.remove(BOB, FileId("theirs"))

    async def test_bury(self, files: FileRepository) -> None:
        """Any id can be remembered as removed, twice too, for one owner alone."""
        for _ in range(2):
            await files.bury(ALICE, "anything")
        assert await files.remove(ALICE, FileId("anything"))
        assert not await files.remove(BOB, FileId("anything"))

    async def test_damage(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """Every file on a damaged blob says so and stays listed."""
        one, two = await stored(uploads, clock, "same"), await stored(uploads, clock, "same", owner=BOB)
        sound = await stored(uploads, clock, "other")
        await files.damage(one.blob.location)
        for file, damaged in ((one, True), (two, True), (sound, False)):
            found = await files.file(file.id)
            assert found is not None
            assert found.damaged is damaged
        assert (await files.page(ALICE, "", 0, 10))[0] == 2

    async def test_damage_is_of_a_place(self, files: FileRepository, uploads: Uploading, clock: Clock) -> None:
        """Bytes found to be wrong do not condemn the good ones that took their place meanwhile."""
        await stored(uploads, clock, "same", at="first")
        await files.damage(Location("first"))
        healed = await stored(uploads, clock, "same", at="second")
        await files.damage(Location("first"))
        found = await files.file(healed.id)
        assert found is not None
        assert not found.damaged

    async def test_digests_of_the_same_md5_are_not_the_same(
        self, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Two contents with one MD5 are two blobs."""
        one, two = [await stored(uploads, clock, content, md5=MD5) for content in ("one", "two")]
        assert one.blob.sha256 == digests("one").sha256 != two.blob.sha256 == digests("two").sha256
        assert await files.of_hash(ALICE, MD5, 10) == two
