"""What every implementation of `UpkeepRepository` promises."""

import asyncio

from penstock.model.ids import Location, UploadId
from penstock.model.upload import State
from penstock.ports import FileRepository, Finding, LeaseRepository, UpkeepRepository
from tests.ports.records import (
    ALICE,
    BOB,
    DIALECT,
    LEASE,
    TTL,
    Clock,
    Uploading,
    digests,
    new_file,
    opened,
    part,
    sealed,
)
from tests.ports.uploads import frozen, placing


class UpkeepRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (the same records, as another process sees them), and
    `uploads` and `files` over the same records.
    """

    async def test_uploads_expire(self, repository: UpkeepRepository, uploads: Uploading, clock: Clock) -> None:
        """Open uploads past their time expire, the others do not."""
        for make in (opened, frozen, placing):
            await make(uploads, clock)
        clock.advance(TTL)
        fresh = await opened(uploads, clock)
        assert await repository.expire_uploads() == 1
        assert await repository.expire_uploads() == 0
        assert await uploads.upload(fresh.id) is not None

    async def test_a_part_at_the_last_moment_keeps_its_upload(
        self, repository: UpkeepRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """An upload whose part was acknowledged does not expire before its new time."""
        upload = await opened(uploads, clock)
        clock.advance(TTL - 1)
        await uploads.commit_part(upload.id, part(0), TTL, "one")
        clock.advance(TTL - 1)
        assert await repository.expire_uploads() == 0

    async def test_finished(self, repository: UpkeepRepository, uploads: Uploading, clock: Clock) -> None:
        """Sealed, cancelled and expired uploads are finished until they are marked discarded; live ones never are."""
        live = [(await opened(uploads, clock)).id, await frozen(uploads, clock), await placing(uploads, clock)]
        cancelled, expired = await opened(uploads, clock), await opened(uploads, clock)
        await uploads.cancel(cancelled.id)
        await uploads.expire(expired.id)
        done = (await sealed(uploads, clock)).file.upload
        found = set(await repository.finished(10))
        assert found == {cancelled.id, expired.id, done}
        assert not found & set(live)
        assert len(await repository.finished(2)) == 2
        for upload in found:
            await uploads.discarded(UploadId(upload or ""))
        assert await repository.finished(10) == []

    async def test_old_records_go(self, repository: UpkeepRepository, uploads: Uploading, clock: Clock) -> None:
        """The record of a final upload goes once it is past its expiry and its bytes are gone; its file stays."""
        file = (await sealed(uploads, clock)).file
        cancelled, kept = await opened(uploads, clock), await opened(uploads, clock)
        assert file.upload is not None
        await uploads.cancel(cancelled.id)
        for upload in (file.upload, cancelled.id, kept.id):
            await uploads.discarded(upload)
        assert await repository.forget_old() == 0
        clock.advance(TTL)
        assert await repository.forget_old() == 2
        assert not await repository.known([file.upload])
        assert await repository.known([kept.id])

    async def test_a_record_stays_while_there_are_bytes(
        self, repository: UpkeepRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """A final upload whose bytes are still staged keeps its record."""
        upload = await opened(uploads, clock)
        await uploads.cancel(upload.id)
        clock.advance(2 * TTL)
        assert await repository.forget_old() == 0
        assert await repository.known([upload.id])

    async def test_stalled(self, repository: UpkeepRepository, uploads: Uploading, clock: Clock) -> None:
        """What a silent sealer left in sealing is open again; what it left in placing is named."""
        sealing, stuck = await frozen(uploads, clock), await placing(uploads, clock)
        assert await repository.stalled(10) == []
        clock.advance(LEASE)
        assert await repository.stalled(10) == [stuck]
        found = await uploads.upload(sealing)
        assert found is not None
        assert found.state is State.OPEN

    async def test_known(self, repository: UpkeepRepository, uploads: Uploading, clock: Clock) -> None:
        """An upload is known as long as it has a record, in whatever state."""
        upload = await opened(uploads, clock)
        await uploads.expire(upload.id)
        assert await repository.known([upload.id])
        await uploads.discarded(upload.id)
        assert not await repository.known([upload.id])
        assert not await repository.known([UploadId("never")])

    async def test_retention(
        self, repository: UpkeepRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """Old files go to the trash, and from there, later, for good; young ones stay."""
        old = (await sealed(uploads, clock, "old")).file
        clock.advance(100)
        young = (await sealed(uploads, clock, "young")).file
        assert await repository.trash_older(100) == 1
        trashed = await files.file(old.id)
        assert trashed is not None
        assert trashed.trashed_at == clock()
        assert await repository.trash_older(100) == 0
        clock.advance(50)
        assert await repository.purge_trash(51) == 0
        assert await repository.purge_trash(50) == 1
        assert await files.file(old.id) is None
        assert await files.file(young.id) is not None

    async def test_collection(
        self, repository: UpkeepRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """A blob that nothing refers to is collected after the grace period and no sooner; its record goes first."""
        gone = (await sealed(uploads, clock, "gone", at="gone")).file
        await sealed(uploads, clock, "stays", at="stays")
        await files.remove(ALICE, gone.id)
        assert await repository.collect(100, 10) == []
        clock.advance(99)
        assert await repository.collect(100, 10) == []
        assert await repository.located([Location("gone")])
        clock.advance(1)
        assert await repository.collect(100, 10) == ["gone"]
        assert not await repository.located([Location("gone")])
        assert await repository.located([Location("stays")])
        assert await repository.collect(0, 10) == []

    async def test_collection_takes_turns(
        self, repository: UpkeepRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """No more than asked for is collected at once."""
        for n in range(3):
            await files.remove(ALICE, (await sealed(uploads, clock, str(n))).file.id)
        await repository.collect(0, 0)
        assert [len(await repository.collect(0, 2)) for _ in range(3)] == [2, 1, 0]

    async def test_a_reference_of_any_kind_saves_a_blob(
        self, repository: UpkeepRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """A condemned blob stays when a claim or an upload of the same bytes refers to it, and its time starts anew."""
        one = (await sealed(uploads, clock, "same", at="at")).file
        await files.remove(ALICE, one.id)
        await repository.collect(100, 10)
        clock.advance(60)
        two = (await sealed(uploads, clock, "same", at="other")).file
        assert two.blob.location == "at"
        clock.advance(60)
        assert await repository.collect(100, 10) == []
        await files.remove(ALICE, two.id)
        assert await repository.collect(100, 10) == []
        clock.advance(60)
        assert await repository.collect(100, 10) == []

    async def test_collection_never_races_a_claim(
        self,
        repository: UpkeepRepository,
        other: UpkeepRepository,
        uploads: Uploading,
        files: FileRepository,
        clock: Clock,
    ) -> None:
        """Of a collection and a claim at once, either the claim gets the blob or it gets nothing; never a record
        without bytes.
        """
        for n in range(20):
            file = (await sealed(uploads, clock, f"same{n}", at=f"at{n}")).file
            await files.remove(ALICE, file.id)
            await repository.collect(100, 10)
            clock.advance(100)
            claimed, *collected = await asyncio.gather(
                files.claim(BOB, DIALECT, file.blob.sha256, new_file()),
                repository.collect(100, 10),
                other.collect(100, 10),
            )
            locations = [at for found in collected for at in found]
            assert locations == ([] if claimed is not None else [f"at{n}"])
            assert bool(await repository.located([Location(f"at{n}")])) is (claimed is not None)

    async def test_a_successor_never_shares_a_place(
        self, repository: UpkeepRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """The same bytes uploaded after the collection have a place of their own."""
        first = (await sealed(uploads, clock, "same", at="first")).file
        await files.remove(ALICE, first.id)
        await repository.collect(0, 10)
        assert await repository.collect(0, 10) in (["first"], [])
        second = (await sealed(uploads, clock, "same", at="second")).file
        assert second.blob.location == "second"
        assert second.blob.sha256 == digests("same").sha256

    async def test_findings(
        self, repository: UpkeepRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """Every blob, and every part of a live upload, is found once, a few at a time, and damage is told."""
        made = [(await sealed(uploads, clock, f"{n}", at=f"{n}")).file for n in range(5)]
        await files.damage(Location("3"))
        live = [
            (await opened(uploads, clock, parts=3)).id,
            await frozen(uploads, clock, 2),
            await placing(uploads, clock, 1),
        ]
        cancelled = await opened(uploads, clock, parts=2)
        await uploads.cancel(cancelled.id)
        found: list[Finding] = []
        mark, batch = await repository.findings("", 2)
        while batch:
            assert len(batch) <= 2
            found += batch
            mark, batch = await repository.findings(mark, 2)
        assert mark == ""
        blobs = {one.blob.location: one.damaged for one in found if one.blob is not None}
        assert blobs == {str(n): n == 3 for n in range(5)}
        parts = [(one.upload, one.part.number) for one in found if one.part is not None]
        assert sorted(parts) == sorted((live[k], n) for k, count in ((0, 3), (1, 2), (2, 1)) for n in range(count))
        assert len(found) == len(made) + 6
        sizes = [one.blob.size for one in found if one.blob is not None and not one.damaged]
        assert await repository.volume() == sum(sizes) + sum(one.part.length for one in found if one.part is not None)

    async def test_findings_of_nothing(self, repository: UpkeepRepository) -> None:
        """An empty store has nothing to check."""
        assert await repository.findings("", 10) == ("", [])
        assert await repository.volume() == 0

    async def test_many_are_asked_for_at_once(
        self, repository: UpkeepRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Of any number of uploads and locations, those come back that are on record."""
        there = {(await opened(uploads, clock)).id for _ in range(3)}
        strangers = [UploadId(f"nobody {number}") for number in range(1200)]
        assert await repository.known([*strangers[:600], *there, *strangers[600:]]) == there
        assert await repository.known([]) == set()
        await sealed(uploads, clock, at="here")
        assert await repository.located([Location("nowhere"), Location("here")]) == {Location("here")}


class LeaseRepositorySpec:
    """Subclass it with fixtures `clock`, `leases` and `other` (the same records, as another process sees them)."""

    async def test_one_has_it_at_a_time(self, leases: LeaseRepository, other: LeaseRepository, clock: Clock) -> None:
        """Whoever has a work keeps it while it asks again in time; another gets it when that time is over."""
        assert await leases.take("work", "one", 10)
        assert not await other.take("work", "two", 10)
        assert await other.take("other work", "two", 10)
        clock.advance(9)
        assert await leases.take("work", "one", 10)
        clock.advance(9)
        assert not await other.take("work", "two", 10)
        clock.advance(1)
        assert await other.take("work", "two", 10)
        assert not await leases.take("work", "one", 10)

    async def test_it_can_be_let_go(self, leases: LeaseRepository, other: LeaseRepository) -> None:
        """Whoever has a work may leave it to others at once, and nobody else may."""
        await leases.take("work", "one", 10)
        await other.let_go("work", "two")
        assert not await other.take("work", "two", 10)
        await leases.let_go("work", "one")
        assert await other.take("work", "two", 10)

    async def test_of_many_at_once_one_gets_it(self, leases: LeaseRepository, other: LeaseRepository) -> None:
        """However many ask at once, the work is done once."""
        asked = [(leases, other)[n % 2].take("work", f"process {n}", 10) for n in range(16)]
        assert sum(await asyncio.gather(*asked)) == 1
