"""What every implementation of the repositories promises of quotas."""

import asyncio
from collections.abc import Awaitable

import pytest

from penstock.model.faults import ContentRefused, Fault, QuotaExceeded, TooLarge, UploadBusy, UploadUnknown
from penstock.model.ids import Location, PrincipalId, UploadId
from penstock.model.principal import ENDLESS, OwnQuota, Quota
from penstock.model.quota import Headroom
from penstock.model.upload import Declared, State
from penstock.ports import AccountRepository, FileRepository, Placed, UpkeepRepository
from tests.ports.accounts import user
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
    parts_of,
    sealed,
)
from tests.ports.uploads import NOBODY, frozen, placing

USUAL = Quota(bytes=100, files=3, uploads=4)
"""What holds for everybody who has no quota of their own."""


async def refused(act: Awaitable[object]) -> tuple[object, ...]:
    """What a refusal says: what there is too much of, and the limit."""
    with pytest.raises(Fault) as refusal:
        await act
    match refusal.value:
        case QuotaExceeded(what=what, limit=limit):
            return what, limit
        case TooLarge(limit=limit):
            return "too large", limit
    raise refusal.value


BYTES, FILES, UPLOADS, LARGE = ("bytes", 100), ("files", 3), ("uploads", 4), ("too large", 100)


async def headroom(uploads: Uploading, upload: UploadId, number: int) -> Headroom | None:
    """What is left for a part that may come."""
    return (await uploads.admit(upload, number)).headroom


class QuotaSpec:
    """Subclass it with fixtures `clock`, `uploads`, `files`, `upkeep`, `accounts`, and `other_uploads` and
    `other_files` (the same records, as another process sees them); the repositories hold everybody to `USUAL`.
    """

    # --- uploads under way -------------------------------------------------------------------------------------------

    async def test_live_uploads_are_counted(self, uploads: Uploading, clock: Clock) -> None:
        """An owner has so many live uploads and no more; joining one is not opening one, and others are not counted."""
        await placing(uploads, clock)
        await frozen(uploads, clock)
        first = await opened(uploads, clock, key="k")
        await opened(uploads, clock)
        assert await refused(opened(uploads, clock)) == UPLOADS
        assert (await opened(uploads, clock, key="k")).id == first.id
        await opened(uploads, clock, owner=BOB)

    @pytest.mark.parametrize("ending", ["cancel", "expire", "late", "reject", "seal"])
    async def test_an_upload_that_ended_makes_room(self, uploads: Uploading, clock: Clock, ending: str) -> None:
        """However an upload ends, another may be opened in its place, and its parts count no more."""
        last = await opened(uploads, clock, parts=2)
        match ending:
            case "cancel":
                await uploads.cancel(last.id)
            case "expire":
                await uploads.expire(last.id)
            case "late":
                clock.advance(TTL)
            case "reject":
                await uploads.freeze(last.id, Declared("a", total=2), None, "s", LEASE)
                await uploads.decide(last.id, digests("d", 20), "s")
                await uploads.reject(last.id, "s", ContentRefused("a virus"))
            case "seal":
                await uploads.freeze(last.id, Declared("a", total=2), None, "s", LEASE)
                await uploads.decide(last.id, digests("d", 20), "s")
                await uploads.publish(last.id, Location("at"), digests("d", 20), new_file(), "s")
        for _ in range(4):
            another = await opened(uploads, clock)
        assert await refused(opened(uploads, clock)) == UPLOADS
        left = 80 if ending == "seal" else 100
        assert await headroom(uploads, another.id, 0) == Headroom(100, left)

    # --- bytes -------------------------------------------------------------------------------------------------------

    async def test_a_declared_size_is_held_against_what_is_left(self, uploads: Uploading, clock: Clock) -> None:
        """What cannot fit is not begun; exactly what is left fits. Nothing of the refused ones stays."""
        await opened(uploads, clock, parts=3)
        await sealed(uploads, clock, size=10)
        assert await refused(opened(uploads, clock, declared=Declared("a", size=61))) == BYTES
        assert await refused(opened(uploads, clock, declared=Declared("a", size=101))) == LARGE
        assert await uploads.count_by_state() == {State.OPEN: 1, State.SEALED: 1}
        await opened(uploads, clock, declared=Declared("a", size=60))

    async def test_parts_are_counted(self, uploads: Uploading, clock: Clock) -> None:
        """Parts of all uploads together reach the quota and never pass it; a refused one changes nothing."""
        one, two = await opened(uploads, clock, parts=5), await opened(uploads, clock)
        assert await refused(uploads.commit_part(two.id, part(0, length=51), TTL, "one")) == BYTES
        assert (await uploads.numbers(two.id), await uploads.upload(two.id)) == ([], two)
        await uploads.commit_part(two.id, part(0, length=50), TTL, "one")
        assert await refused(uploads.commit_part(one.id, part(9, length=1), TTL, "one")) == BYTES
        await opened(uploads, clock, owner=BOB, parts=10)

    async def test_a_replacement_counts_what_it_grows(self, uploads: Uploading, clock: Clock) -> None:
        """A replaced part gives back its own bytes first; the same part again is never refused."""
        upload = await opened(uploads, clock, parts=9)
        await opened(uploads, clock)
        assert await refused(uploads.commit_part(upload.id, part(0, "y", length=21), TTL, "one")) == LARGE
        await uploads.commit_part(upload.id, part(0, "y", length=20), TTL, "one")
        await uploads.commit_part(upload.id, part(1), TTL, "one")
        await uploads.commit_part(upload.id, part(1, "y"), TTL, "one")
        await uploads.commit_part(upload.id, part(0, "z", length=5), TTL, "one")
        await uploads.commit_part(upload.id, part(9, length=15), TTL, "one")

    async def test_a_part_that_was_lost_counts_no_more(self, uploads: Uploading, clock: Clock) -> None:
        """What fsck forgets makes room."""
        upload = await opened(uploads, clock, parts=10)
        first = (await parts_of(uploads, upload.id))[0]
        await uploads.forget_part(upload.id, first)
        assert await headroom(uploads, upload.id, 10) == Headroom(100, 10, 90)

    async def test_a_file_larger_than_everything(self, uploads: Uploading, clock: Clock) -> None:
        """An upload that alone is larger than the whole quota is too large; beside others it is one too many."""
        alone = await opened(uploads, clock, parts=9)
        assert await refused(uploads.commit_part(alone.id, part(9, length=11), TTL, "one")) == LARGE
        beside = await opened(uploads, clock)
        assert await refused(uploads.commit_part(beside.id, part(0, length=11), TTL, "one")) == BYTES

    async def test_room(self, uploads: Uploading, other_uploads: Uploading, clock: Clock) -> None:
        """What is left for a part is what nobody has, and what the part had itself."""
        upload = await opened(uploads, clock, parts=3)
        await sealed(uploads, clock, size=10)
        for seen in (uploads, other_uploads):
            assert await headroom(seen, upload.id, 3) == Headroom(100, 60, 30)
            assert await headroom(seen, upload.id, 0) == Headroom(100, 70, 20)
        await uploads.freeze(upload.id, Declared("a", total=3), None, "s", LEASE)
        for name, fault in ((upload.id, UploadBusy), (NOBODY, UploadUnknown)):
            with pytest.raises(fault):
                await uploads.admit(name, 0)

    # --- files -------------------------------------------------------------------------------------------------------

    async def test_files_are_counted_before_placing(
        self, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """One file too many is refused while its upload can still be opened again, and sealed once there is room."""
        made = [(await sealed(uploads, clock, str(n))).file for n in range(3)]
        upload = await frozen(uploads, clock)
        assert await refused(uploads.decide(upload, digests("d"), "sealer")) == FILES
        await uploads.thaw(upload, "sealer")
        found = await uploads.upload(upload)
        assert found is not None
        assert (found.state, await uploads.numbers(upload)) == (State.OPEN, [0])
        await files.remove(ALICE, made[0].id)
        await uploads.freeze(upload, Declared("a", total=1), None, "sealer", LEASE)
        await uploads.decide(upload, digests("d"), "sealer")
        await uploads.publish(upload, Location("at"), digests("d"), new_file(), "sealer")

    async def test_placing_holds_a_place(self, uploads: Uploading, files: FileRepository, clock: Clock) -> None:
        """What is in placing will be a file: nobody takes its place, and it is not refused in the end."""
        blob = (await sealed(uploads, clock, "one")).file.blob.sha256
        await sealed(uploads, clock, "two")
        upload, second = await placing(uploads, clock), await frozen(uploads, clock)
        assert await refused(uploads.decide(second, digests("e"), "sealer")) == FILES
        assert await refused(files.claim(ALICE, DIALECT, blob, new_file())) == FILES
        await uploads.publish(upload, Location("at"), digests("d"), new_file(), "sealer")
        assert (await files.page(ALICE, "", 0, 10))[0] == 3

    async def test_sealing_counts_no_byte_twice(self, uploads: Uploading, clock: Clock) -> None:
        """An upload that fills the quota becomes a file that fills the quota."""
        upload = await opened(uploads, clock, parts=10)
        await uploads.freeze(upload.id, Declared("a", total=10), None, "s", LEASE)
        await uploads.decide(upload.id, digests("d", 100), "s")
        await uploads.publish(upload.id, Location("at"), digests("d", 100), new_file(), "s")
        another = await opened(uploads, clock)
        assert await headroom(uploads, another.id, 0) == Headroom(100, 0)

    async def test_a_seal_by_nobody_is_busy(self, uploads: Uploading, clock: Clock) -> None:
        """Who has lost the lease hears that, whatever the quota says."""
        for n in range(3):
            await sealed(uploads, clock, str(n))
        with pytest.raises(UploadBusy):
            await uploads.decide(await frozen(uploads, clock), digests("d"), "another")

    async def test_a_quota_lowered_while_placing(
        self, uploads: Uploading, files: FileRepository, accounts: AccountRepository, clock: Clock
    ) -> None:
        """Publishing is the last to look: what is refused there waits, and nothing of it is recorded."""
        carol = user("carol")
        await accounts.add_user(carol)
        upload = await placing(uploads, clock, owner=carol.id)
        await accounts.set_quota("carol", {"files": 0})
        publishing = uploads.publish(upload, Location("at"), digests("d"), new_file(), "sealer")
        assert await refused(publishing) == ("files", 0)
        assert await files.blob(digests("d").sha256) is None
        await accounts.set_quota("carol", {"files": 1})
        published = await uploads.publish(upload, Location("at"), digests("d"), new_file(), "sealer")
        assert published.file.owner == carol.id

    async def test_a_claim_counts(self, uploads: Uploading, files: FileRepository, clock: Clock) -> None:
        """A second record on the same bytes counts again; asking again for one that is there does not."""
        blob = (await sealed(uploads, clock, size=40)).file.blob.sha256
        assert await files.claim(ALICE, DIALECT, blob, new_file("one")) is not None
        assert await refused(files.claim(ALICE, DIALECT, blob, new_file("two"))) == BYTES
        for _ in range(2):
            assert await files.claim(ALICE, DIALECT, blob, new_file("one")) is not None
        assert (await files.page(ALICE, "", 0, 10))[0] == 2
        for key in ("one", "two"):
            await files.claim(BOB, DIALECT, blob, new_file(key))
        assert await refused(files.claim(BOB, DIALECT, blob, new_file("three"))) == BYTES

    async def test_claims_are_files(self, uploads: Uploading, files: FileRepository, clock: Clock) -> None:
        """Claims come to an end as files do, and what is too large for everything is told so."""
        blob = (await sealed(uploads, clock, size=1)).file.blob.sha256
        for key in ("one", "two"):
            await files.claim(ALICE, DIALECT, blob, new_file(key))
        assert await refused(files.claim(ALICE, DIALECT, blob, new_file("three"))) == FILES
        large = (await sealed(uploads, clock, "large", owner=BOB, size=10)).file.blob.sha256
        assert await files.claim(BOB, DIALECT, large, new_file()) is not None

    async def test_a_refused_claim_saves_no_blob(
        self, uploads: Uploading, files: FileRepository, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """A blob about to be collected is not kept by a claim that is refused."""
        gone = (await sealed(uploads, clock, "gone", owner=BOB, at="gone")).file
        await files.remove(BOB, gone.id)
        await upkeep.collect(100, 10)
        for n in range(3):
            await sealed(uploads, clock, str(n))
        clock.advance(100)
        assert await refused(files.claim(ALICE, DIALECT, gone.blob.sha256, new_file())) == FILES
        assert await upkeep.collect(100, 10) == ["gone"]

    async def test_pictures_count(self, uploads: Uploading, files: FileRepository, clock: Clock) -> None:
        """A picture counts as it is stored, what is made with it does not; a refused one leaves no record at all."""

        async def add(content: str, size: int, owner: PrincipalId = ALICE) -> object:
            picture = Placed(Location(f"at-{content}"), digests(content, size))
            small = Placed(Location(f"at-small-{content}"), digests(f"small-{content}", 90))
            return await files.add_picture(owner, DIALECT, picture, new_file(content), [("small", small)])

        assert await refused(add("large", 101)) == LARGE
        await add("one", 60)
        await add("one", 60)
        assert await refused(add("two", 41)) == BYTES
        assert await files.blob(digests("two").sha256) is None
        assert await files.blob(digests("small-two").sha256) is None
        await add("two", 39)
        await add("three", 1)
        assert await refused(add("four", 0)) == FILES
        upload = await opened(uploads, clock)
        assert await headroom(uploads, upload.id, 0) == Headroom(100, 0)

    # --- making room -------------------------------------------------------------------------------------------------

    async def test_removing_makes_room_once(self, uploads: Uploading, files: FileRepository, clock: Clock) -> None:
        """A removed file counts no more; removed again, or by somebody else, nothing more is given back."""
        one = (await sealed(uploads, clock, "one", size=10)).file
        await sealed(uploads, clock, "two", size=10)
        upload = await opened(uploads, clock)
        await files.remove(BOB, one.id)
        assert await headroom(uploads, upload.id, 0) == Headroom(100, 80)
        for _ in range(2):
            await files.remove(ALICE, one.id)
            assert await headroom(uploads, upload.id, 0) == Headroom(100, 90)

    async def test_the_trash_counts_until_it_is_purged(
        self, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """Files in the trash count; purged they do not, for each owner what was its own."""
        for n, owner in enumerate((ALICE, ALICE, BOB)):
            await sealed(uploads, clock, str(n), owner=owner)
        clock.advance(100)
        await sealed(uploads, clock, "young")
        mine, bobs = await opened(uploads, clock), await opened(uploads, clock, owner=BOB)
        assert await upkeep.trash_older(100) == 3
        assert await headroom(uploads, mine.id, 0) == Headroom(100, 70)
        assert await upkeep.purge_trash(1) == 0
        assert await upkeep.purge_trash(0) == 3
        assert [await headroom(uploads, each.id, 0) for each in (mine, bobs)] == [Headroom(100, 90), Headroom(100, 100)]
        assert await upkeep.purge_trash(0) == 0
        assert await headroom(uploads, mine.id, 0) == Headroom(100, 90)

    # --- whose quota -------------------------------------------------------------------------------------------------

    async def test_a_user_may_have_a_quota_of_its_own(
        self, uploads: Uploading, accounts: AccountRepository, clock: Clock
    ) -> None:
        """What is set for a user holds at once in the place of the usual, each amount by itself, and can be unset."""
        carol = user("carol", quota=OwnQuota(bytes=20))
        await accounts.add_user(carol)
        upload = await opened(uploads, clock, owner=carol.id, parts=2)
        assert await refused(uploads.commit_part(upload.id, part(2), TTL, "one")) == ("too large", 20)
        await accounts.set_quota("carol", {"bytes": ENDLESS, "uploads": 2})
        assert await headroom(uploads, upload.id, 2) is None
        await uploads.commit_part(upload.id, part(2, length=1000), TTL, "one")
        await opened(uploads, clock, owner=carol.id)
        assert await refused(opened(uploads, clock, owner=carol.id)) == ("uploads", 2)
        await accounts.set_quota("carol", {"uploads": None})
        await opened(uploads, clock, owner=carol.id)
        await opened(uploads, clock, owner=carol.id)
        assert await refused(opened(uploads, clock, owner=carol.id)) == UPLOADS

    async def test_a_lowered_quota_spares_what_is_there(
        self, uploads: Uploading, accounts: AccountRepository, clock: Clock
    ) -> None:
        """Under a quota that is less than what is there nothing grows; what does not grow goes on."""
        carol = user("carol")
        await accounts.add_user(carol)
        upload = await opened(uploads, clock, owner=carol.id, parts=3)
        await accounts.set_quota("carol", {"bytes": 5, "uploads": 0})
        assert await headroom(uploads, upload.id, 0) == Headroom(5, 10, 20)
        assert await refused(uploads.commit_part(upload.id, part(3, length=1), TTL, "one")) == ("too large", 5)
        assert await refused(uploads.commit_part(upload.id, part(0, "y", length=11), TTL, "one")) == ("too large", 5)
        await uploads.commit_part(upload.id, part(0), TTL, "one")
        await uploads.commit_part(upload.id, part(3, length=0), TTL, "one")
        await uploads.freeze(upload.id, Declared("a", total=4), None, "s", LEASE)
        await uploads.decide(upload.id, digests("d", 30), "s")
        await uploads.publish(upload.id, Location("at"), digests("d", 30), new_file(), "s")

    # --- at once -----------------------------------------------------------------------------------------------------

    async def test_at_once(
        self,
        uploads: Uploading,
        other_uploads: Uploading,
        files: FileRepository,
        other_files: FileRepository,
        clock: Clock,
    ) -> None:
        """However many open, send, seal and claim at once, in two processes, each limit is reached and not passed."""
        both = (uploads, other_uploads)

        async def each(*acts: Awaitable[object]) -> int:
            outcomes = await asyncio.gather(*acts, return_exceptions=True)
            assert all(isinstance(each, QuotaExceeded) for each in outcomes if isinstance(each, BaseException))
            return sum(not isinstance(each, BaseException) for each in outcomes)

        assert await each(*(opened(both[n % 2], clock, key=str(n)) for n in range(32))) == 4
        found = [await uploads.newest(ALICE, DIALECT, str(n)) for n in range(32)]
        here = [upload.id for upload in found if upload is not None]
        sending = (both[n % 2].commit_part(here[n % 4], part(n // 4), TTL, "one") for n in range(32))
        assert await each(*sending) == 10
        for upload in here:
            await uploads.freeze(upload, Declared("a", total=0), None, "s", LEASE)
        assert await each(*(_seal(both[n % 2], upload) for n, upload in enumerate(here))) == 3
        blob = (await sealed(uploads, clock, "claimed", owner=BOB)).file.blob.sha256
        repositories = (files, other_files)
        assert await each(*(repositories[n % 2].claim(BOB, DIALECT, blob, new_file(str(n))) for n in range(32))) == 2


async def _seal(repository: Uploading, upload: UploadId) -> None:
    await repository.decide(upload, digests(upload[:8], 0), "s")
    await repository.publish(upload, Location(f"at-{upload}"), digests(upload[:8], 0), new_file(upload), "s")
