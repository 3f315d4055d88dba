"""What every implementation of `RelocationRepository` promises."""

from penstock.model.ids import Location, Sha256, UploadId, new_id
from penstock.ports import FileRepository, Holding, RelocationRepository, UpkeepRepository
from tests.ports.records import Clock, Uploading, digests, opened, sealed
from tests.ports.uploads import frozen, placing


class RelocationRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, and `uploads`, `files` and `upkeep` over the same records."""

    async def test_what_there_is(
        self, repository: RelocationRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """Blobs are told in the order of their digests, a few at a time; what is known to be damaged is left out."""
        assert await repository.store() is None
        assert await repository.holding() == Holding(0, 0, 0)
        for content in "dbac":
            await sealed(uploads, clock, content, at=content)
        await files.damage(Location("c"))
        await opened(uploads, clock)
        assert await repository.holding() == Holding(3, 30, 1)
        first = await repository.sound(Sha256(""), 2)
        assert [blob.location for blob in first] == ["a", "b"]
        assert [blob.location for blob in await repository.sound(first[-1].sha256, 2)] == ["d"]

    async def test_who_brought_a_blob(self, repository: RelocationRepository, uploads: Uploading, clock: Clock) -> None:
        """A blob's upload is found in its location, whichever store named it."""
        ids = [UploadId(new_id()) for _ in range(4)]
        for upload, form in zip(ids, ("{}", "ab/cd/{}", f"ab/cd/{'0' * 64}-{{}}"), strict=False):
            await sealed(uploads, clock, upload, at=form.format(upload))
        assert await repository.brought(ids) == set(ids[:3])
        assert await repository.brought(ids[3:]) == set()

    async def test_the_move(
        self,
        repository: RelocationRepository,
        uploads: Uploading,
        upkeep: UpkeepRepository,
        clock: Clock,
    ) -> None:
        """Every location changes, also that of a blob known to be damaged; what is damaged is sound no more; whatever
        is unfinished has expired, and nothing else has.
        """
        for content in ("fine", "wrong"):
            await sealed(uploads, clock, content, at=content)
        unfinished = [(await opened(uploads, clock)).id, await frozen(uploads, clock), await placing(uploads, clock)]
        await repository.move("elsewhere", lambda location: Location(f"new/{location}"), [digests("wrong").sha256])
        assert await repository.store() == "elsewhere"
        assert [blob.location for blob in await repository.sound(Sha256(""), 9)] == ["new/fine"]
        assert await upkeep.located([Location("new/wrong"), Location("wrong")]) == {"new/wrong"}
        assert [await uploads.upload(upload) for upload in unfinished] == [None] * 3
        assert set(unfinished) < set(await upkeep.finished(9))
        assert await repository.holding() == Holding(1, 10, 0)
        await repository.move("back", lambda location: Location(location.removeprefix("new/")), [])
        assert await repository.store() == "back"
        assert [blob.location for blob in await repository.sound(Sha256(""), 9)] == ["fine"]
