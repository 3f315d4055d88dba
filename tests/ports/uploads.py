"""What every implementation of `UploadRepository` promises."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from penstock.model.event import Reply
from penstock.model.faults import (
    ContentRefused,
    PartsMissing,
    TooLarge,
    UploadBusy,
    UploadCancelled,
    UploadRefused,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.ids import Location, Md5, UploadId
from penstock.model.upload import Declared, Rejection, State
from penstock.ports import Admission, Committed, FileRepository, Opening, PartOutcome
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
    upload_at,
)

NOBODY = UploadId("00000000-0000-4000-8000-000000000000")
TWO = Declared("a.bin", total=2)
FOUND = ContentRefused("a virus")
UNWANTED = UploadRefused(Reply(402, "pay first", {"X-Plan": "none"}))


async def frozen(repository: Uploading, clock: Clock, total: int = 1, **kwargs: object) -> UploadId:
    """An upload in sealing, leased to "sealer"."""
    upload = await opened(repository, clock, parts=total, **kwargs)
    assert await repository.freeze(upload.id, Declared("a.bin", total=total), None, "sealer", LEASE) is not None
    return upload.id


async def placing(repository: Uploading, clock: Clock, total: int = 1, **kwargs: object) -> UploadId:
    """An upload in placing, leased to "sealer"."""
    upload = await frozen(repository, clock, total, **kwargs)
    await repository.decide(upload, digests("d"), "sealer")
    return upload


class UploadRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (the same records, as another process sees them) and
    `files` (the `FileRepository` of the same records).
    """

    # --- opening and finding -----------------------------------------------------------------------------------------

    async def test_an_opened_upload_is_found(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """What was opened is found by its id and its key, as it was declared, by any process."""
        declared = Declared("ü.bin", "text/plain", 1 << 40, 7, 1 << 33, None, "label")
        wanted = upload_at(clock(), key="k", declared=declared, limit=1 << 45, needs_md5=True)
        assert await repository.open(Opening(wanted, "one")) == wanted
        for seen in (repository, other):
            assert await seen.upload(wanted.id) == wanted
            assert await seen.newest(ALICE, DIALECT, "k") == wanted

    async def test_no_text_is_too_odd_to_be_looked_for(self, repository: Uploading, files: FileRepository) -> None:
        """What no record can hold is not there, whatever a database has against it."""
        odd = "a\0b"
        assert await repository.upload(UploadId(odd)) is None
        assert await repository.newest(ALICE, DIALECT, odd) is None
        assert await files.named(odd) is None
        assert await files.page(ALICE, odd, 0, 10) == (0, [])
        with pytest.raises(UploadUnknown):
            await repository.cancel(UploadId(odd))

    async def test_a_key_names_one_live_upload(self, repository: Uploading, clock: Clock) -> None:
        """Opening a key that is live joins the upload there is."""
        first = await opened(repository, clock, key="k")
        assert (await opened(repository, clock, key="k")).id == first.id

    async def test_two_who_open_a_key_at_once_meet(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """However many open a key at once, in however many processes, there is one upload."""
        openings = [Opening(upload_at(clock(), key="k"), "one") for _ in range(20)]
        found = await asyncio.gather(*((repository, other)[n % 2].open(opening) for n, opening in enumerate(openings)))
        assert len({upload.id for upload in found}) == 1

    async def test_a_key_belongs_to_its_owner(self, repository: Uploading, clock: Clock) -> None:
        """The same key of another owner is another upload."""
        mine, yours = await opened(repository, clock, key="k"), await opened(repository, clock, key="k", owner=BOB)
        assert mine.id != yours.id
        found = await repository.newest(BOB, DIALECT, "k")
        assert found is not None
        assert found.id == yours.id
        assert await repository.newest(ALICE, "another dialect", "k") is None

    async def test_an_expired_upload_makes_way(self, repository: Uploading, clock: Clock) -> None:
        """Once its time has run out, an open upload is unknown and its key is free."""
        first = await opened(repository, clock, key="k")
        clock.advance(TTL)
        assert await repository.upload(first.id) is None
        assert await repository.newest(ALICE, DIALECT, "k") is None
        assert (await opened(repository, clock, key="k")).id != first.id

    async def test_a_cancelled_key_stays_cancelled(self, repository: Uploading, clock: Clock) -> None:
        """A cancelled upload holds its key until it expires."""
        first = await opened(repository, clock, key="k")
        await repository.cancel(first.id)
        again = await opened(repository, clock, key="k")
        assert (again.id, again.state) == (first.id, State.CANCELLED)
        clock.advance(TTL)
        assert (await opened(repository, clock, key="k")).id != first.id

    async def test_a_sealed_key_is_free(self, repository: Uploading, clock: Clock) -> None:
        """A key whose upload is sealed can be opened again."""
        published = await sealed(repository, clock, key="k")
        assert (await opened(repository, clock, key="k")).id != published.file.upload

    async def test_the_live_upload_is_found_whatever_the_clock_did(self, repository: Uploading, clock: Clock) -> None:
        """A clock that was set back does not hide the live upload behind the sealed one before it."""
        await sealed(repository, clock, key="k")
        clock.advance(-60)
        live = await opened(repository, clock, key="k")
        assert (await opened(repository, clock, key="k")).id == live.id
        found = await repository.newest(ALICE, DIALECT, "k")
        assert found is not None
        assert found.id == live.id

    async def test_the_upload_that_was_live(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """What was live under a key at a moment is found whatever became of it; what had ended by then is not."""
        before = clock()
        cancelled = await opened(repository, clock, key="k")
        for seen in (repository, other):
            found = await seen.live_at(ALICE, DIALECT, "k", clock())
            assert found is not None
            assert (found.id, found.state) == (cancelled.id, State.OPEN)
        clock.advance(5)
        await repository.cancel(cancelled.id)
        found = await other.live_at(ALICE, DIALECT, "k", before)
        assert found is not None
        assert (found.id, found.state) == (cancelled.id, State.CANCELLED)
        assert await repository.live_at(ALICE, DIALECT, "k", clock()) is None
        assert await repository.live_at(BOB, DIALECT, "k", before) is None
        await sealed(repository, clock, key="sealed")
        assert await repository.live_at(ALICE, DIALECT, "sealed", clock()) is None
        await opened(repository, clock, key="expired")
        clock.advance(TTL)
        assert await repository.live_at(ALICE, DIALECT, "expired", clock() - 1) is not None
        assert await repository.live_at(ALICE, DIALECT, "expired", clock()) is None

    # --- parts -------------------------------------------------------------------------------------------------------

    async def test_a_new_part_is_recorded(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """A part is found where it was put, counted, and pushes the expiry out."""
        upload = await opened(repository, clock)
        clock.advance(5)
        sent = part(3, length=1 << 40)
        outcome = await repository.commit_part(upload.id, sent, TTL, "one")
        assert outcome.committed is Committed.NEW
        for seen in (outcome.upload, await other.upload(upload.id)):
            assert seen is not None
            assert (seen.received, seen.bytes, seen.largest, seen.epoch) == (1, 1 << 40, 1 << 40, 0)
            assert seen.expires_at == clock() + TTL
        assert await other.part(upload.id, 3) == sent
        assert await other.part(upload.id, 2) is None

    async def test_the_same_part_again_changes_nothing(self, repository: Uploading, clock: Clock) -> None:
        """The same length and digest keep the first row; only the expiry moves."""
        upload = await opened(repository, clock)
        first = part(0, "same")
        await repository.commit_part(upload.id, first, TTL, "one")
        clock.advance(5)
        outcome = await repository.commit_part(upload.id, part(0, "same"), TTL, "one")
        assert outcome.committed is Committed.SAME
        assert (outcome.upload.received, outcome.upload.bytes, outcome.upload.epoch) == (1, 10, 0)
        assert outcome.upload.expires_at == clock() + TTL
        assert await repository.part(upload.id, 0) == first

    async def test_md5s_of_parts_are_remembered(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """What was recorded of a part is known to any process, until other bytes replace them."""
        upload = await opened(repository, clock)
        for number in (0, 1, 5):
            await repository.commit_part(upload.id, part(number), 9, "one")
        first, last = [found for found in await parts_of(repository, upload.id) if found.number != 1]
        await repository.record_md5s(upload.id, [(first, Md5("a" * 32)), (last, Md5("b" * 32))])
        assert await other.md5s(upload.id, 5) == {0: "a" * 32, 1: None}
        await repository.commit_part(upload.id, part(0, "y"), 9, "one")
        await repository.record_md5s(upload.id, [(first, Md5("a" * 32))])
        assert await other.md5s(upload.id, 9) == {0: None, 1: None, 5: "b" * 32}

    @pytest.mark.parametrize("length", [4, 10, 25])
    async def test_other_bytes_replace_a_part(self, repository: Uploading, clock: Clock, length: int) -> None:
        """Other bytes replace the row; the epoch and the generation grow, the counters stay right."""
        upload = await opened(repository, clock, parts=2)
        second = part(0, "other", length=length)
        outcome = await repository.commit_part(upload.id, second, TTL, "one")
        assert outcome.committed is Committed.REPLACED
        assert (outcome.upload.received, outcome.upload.bytes, outcome.upload.epoch) == (2, 10 + length, 1)
        row = await repository.part(upload.id, 0)
        assert row is not None
        assert (row.location, row.length, row.digest, row.generation) == (second.location, length, second.digest, 1)

    async def test_the_same_digest_with_another_length_replaces(self, repository: Uploading, clock: Clock) -> None:
        """Length and digest must both agree to be the same part."""
        upload = await opened(repository, clock, parts=1)
        outcome = await repository.commit_part(upload.id, part(0, "x", length=11), TTL, "one")
        assert outcome.committed is Committed.REPLACED

    async def test_no_update_is_lost(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """64 parts at once through two processes are all there and all counted."""
        upload = await opened(repository, clock)
        await asyncio.gather(
            *((repository, other)[n % 2].commit_part(upload.id, part(n), TTL, "one") for n in range(64))
        )
        found = await repository.upload(upload.id)
        assert found is not None
        assert (found.received, found.bytes) == (64, 640)
        assert await repository.numbers(upload.id) == list(range(64))

    async def test_writers_who_send_the_same_parts_are_counted(
        self, repository: Uploading, other: Uploading, clock: Clock
    ) -> None:
        """16 writers send 40 parts each, in lengths of their own, through two processes: every part is there once, the
        sums are those of the parts, and each outcome says what it replaced.
        """
        upload = await opened(repository, clock)

        async def write(writer: int) -> list[PartOutcome]:
            seen, numbers = (repository, other)[writer % 2], list(range(40))
            random.Random(writer).shuffle(numbers)
            made = [part(number, f"by {writer}", length=1 + writer) for number in numbers]
            return [await seen.commit_part(upload.id, one, TTL, "one") for one in made]

        outcomes = [outcome for many in await asyncio.gather(*map(write, range(16))) for outcome in many]
        committed = Counter(outcome.committed for outcome in outcomes)
        assert committed == {Committed.NEW: 40, Committed.REPLACED: 15 * 40}
        parts, found = await parts_of(repository, upload.id), await repository.upload(upload.id)
        assert found is not None
        assert [one.number for one in parts] == list(range(40))
        assert (found.received, found.epoch) == (40, 15 * 40)
        assert found.bytes == sum(one.length for one in parts)
        before = Counter(outcome.before for outcome in outcomes if outcome.before is not None)
        after = Counter(outcome.part.location for outcome in outcomes)
        assert after - before == Counter(one.location for one in parts)
        assert set(before.values()) == {1}

    async def test_one_part_at_once_has_one_winner(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """The same part sent twice at once is new once and the same once."""
        upload = await opened(repository, clock)
        outcomes = await asyncio.gather(
            *(seen.commit_part(upload.id, part(0, "same"), TTL, "one") for seen in (repository, other))
        )
        assert {outcome.committed for outcome in outcomes} == {Committed.NEW, Committed.SAME}

    async def test_the_sum_is_limited(self, repository: Uploading, clock: Clock) -> None:
        """No part takes the sum past the limit, a replacement no more than a new one; the limit itself is reached."""
        upload = await opened(repository, clock, limit=25, parts=2)
        for wrong in (part(2, length=6), part(0, "other", length=16)):
            with pytest.raises(TooLarge):
                await repository.commit_part(upload.id, wrong, TTL, "one")
        assert (await repository.commit_part(upload.id, part(2, length=5), TTL, "one")).upload.bytes == 25
        assert await repository.numbers(upload.id) == [0, 1, 2]

    async def test_the_sum_is_limited_at_once(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """Parts that come at once cannot pass the limit together."""
        upload = await opened(repository, clock, limit=50)
        outcomes = await asyncio.gather(
            *((repository, other)[n % 2].commit_part(upload.id, part(n), TTL, "one") for n in range(12)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, TooLarge) for outcome in outcomes) == 7
        assert len(await repository.numbers(upload.id)) == 5

    async def test_parts_are_listed_in_order(self, repository: Uploading, clock: Clock) -> None:
        """The numbers of the parts that are here come ascending."""
        upload = await opened(repository, clock)
        for number in (5, 0, 3, 9):
            await repository.commit_part(upload.id, part(number), TTL, "one")
        assert await repository.numbers(upload.id) == [0, 3, 5, 9]
        assert await repository.locations(upload.id) == {
            row.number: row.location for row in await parts_of(repository, upload.id)
        }

    async def test_parts_of_uploads_that_take_none(self, repository: Uploading, clock: Clock) -> None:
        """Only an open upload takes a part; every other state has its own refusal, and records nothing."""
        cancelled = await opened(repository, clock)
        await repository.cancel(cancelled.id)
        expired = await opened(repository, clock)
        await repository.expire(expired.id)
        cases = {
            NOBODY: UploadUnknown,
            cancelled.id: UploadCancelled,
            await frozen(repository, clock): UploadBusy,
            await placing(repository, clock): UploadBusy,
            (await sealed(repository, clock)).file.upload: UploadSealed,
            expired.id: UploadUnknown,
        }
        for upload, fault in cases.items():
            assert upload is not None
            with pytest.raises(fault):
                await repository.commit_part(upload, part(7), TTL, "one")
            assert await repository.part(upload, 7) is None

    async def test_parts_of_an_upload_whose_time_ran_out(self, repository: Uploading, clock: Clock) -> None:
        """An upload past its expiry takes no part, though nobody has expired it yet."""
        upload = await opened(repository, clock)
        clock.advance(TTL)
        with pytest.raises(UploadUnknown):
            await repository.commit_part(upload.id, part(0), TTL, "one")

    async def test_forgetting_a_part(self, repository: Uploading, clock: Clock) -> None:
        """A forgotten part is missing, uncounted, and the epoch grows."""
        upload = await opened(repository, clock, parts=2)
        row = await repository.part(upload.id, 1)
        assert row is not None
        for _ in range(2):
            await repository.forget_part(upload.id, row)
        found = await repository.upload(upload.id)
        assert found is not None
        assert (found.received, found.bytes, found.epoch) == (1, 10, 1)
        assert await repository.numbers(upload.id) == [0]

    async def test_forgetting_takes_exactly_that_row(self, repository: Uploading, clock: Clock) -> None:
        """A part that was replaced meanwhile is not forgotten."""
        upload = await opened(repository, clock, parts=1)
        old = await repository.part(upload.id, 0)
        assert old is not None
        await repository.commit_part(upload.id, part(0, "other"), TTL, "one")
        await repository.forget_part(upload.id, old)
        assert await repository.numbers(upload.id) == [0]

    async def test_forgetting_undoes_a_seal(self, repository: Uploading, clock: Clock) -> None:
        """A part forgotten while its upload is sealed opens the upload, so that the seal cannot go on without it."""
        upload = await frozen(repository, clock, 2)
        row = await repository.part(upload, 1)
        assert row is not None
        await repository.forget_part(upload, row)
        with pytest.raises(UploadBusy):
            await repository.decide(upload, digests("d"), "sealer")
        await repository.commit_part(upload, part(1, "again"), TTL, "one")

    async def test_nothing_is_forgotten_once_decided(self, repository: Uploading, clock: Clock) -> None:
        """The rows of an upload in placing, and of a sealed one, stay."""
        for upload in (await placing(repository, clock), (await sealed(repository, clock)).file.upload):
            assert upload is not None
            row = await repository.part(upload, 0)
            assert row is not None
            await repository.forget_part(upload, row)
            assert await repository.part(upload, 0) == row

    # --- giving up ---------------------------------------------------------------------------------------------------

    async def test_cancel(self, repository: Uploading, clock: Clock) -> None:
        """An open upload can be cancelled, and again without harm; no other can."""
        upload = await opened(repository, clock)
        for _ in range(2):
            await repository.cancel(upload.id)
        found = await repository.upload(upload.id)
        assert found is not None
        assert found.state is State.CANCELLED
        with pytest.raises(UploadUnknown):
            await repository.cancel(NOBODY)
        for busy in (await frozen(repository, clock), await placing(repository, clock)):
            with pytest.raises(UploadBusy):
                await repository.cancel(busy)
        done = (await sealed(repository, clock)).file
        assert done.upload is not None
        with pytest.raises(UploadSealed) as refusal:
            await repository.cancel(done.upload)
        assert refusal.value.file == done.id

    async def test_expire(self, repository: Uploading, clock: Clock) -> None:
        """Only an open upload expires; it is unknown at once."""
        upload = await opened(repository, clock)
        assert await repository.expire(upload.id)
        assert not await repository.expire(upload.id)
        assert await repository.upload(upload.id) is None
        assert not await repository.expire(await frozen(repository, clock))
        assert not await repository.expire(await placing(repository, clock))
        assert not await repository.expire(NOBODY)

    async def test_what_is_being_sealed_does_not_expire(self, repository: Uploading, clock: Clock) -> None:
        """An upload in sealing or placing is there however late it is."""
        uploads = [await frozen(repository, clock), await placing(repository, clock)]
        clock.advance(10 * TTL)
        assert [found.state for upload in uploads if (found := await repository.upload(upload))] == [
            State.SEALING,
            State.PLACING,
        ]

    async def test_a_discarded_upload(self, repository: Uploading, clock: Clock) -> None:
        """Of what was discarded, an expired one is gone with its parts; a cancelled one still holds its key."""
        expired, cancelled = await opened(repository, clock, parts=2), await opened(repository, clock, key="k", parts=1)
        await repository.expire(expired.id)
        await repository.cancel(cancelled.id)
        for upload in (expired, cancelled, expired):
            await repository.discarded(upload.id)
        assert await repository.numbers(expired.id) == []
        assert (await opened(repository, clock, key="k")).state is State.CANCELLED

    async def test_count_by_state(self, repository: Uploading, clock: Clock) -> None:
        """Every upload is counted where it stands."""
        await opened(repository, clock)
        await opened(repository, clock)
        await frozen(repository, clock)
        await sealed(repository, clock)
        assert await repository.count_by_state() == {State.OPEN: 2, State.SEALING: 1, State.SEALED: 1}

    # --- who follows the bytes ---------------------------------------------------------------------------------------

    async def test_whoever_gets_the_first_bytes_follows(self, repository: Uploading, clock: Clock) -> None:
        """Nobody hashes an upload that has no bytes; the process that gets the first does, until it is silent for too
        long.
        """
        upload = await opened(repository, clock)
        hash_lease = await repository.hash_lease(upload.id)
        assert hash_lease is not None
        assert hash_lease.hashed_by is None
        assert (await repository.commit_part(upload.id, part(0), TTL, "one")).hashed_by == "one"
        assert not await repository.lease_hashing(upload.id, "two", LEASE, 0)
        assert await repository.lease_hashing(upload.id, "one", LEASE, 0)
        hash_lease = await repository.hash_lease(upload.id)
        assert hash_lease is not None
        assert hash_lease.hashed_by == "one"
        clock.advance(2 * LEASE)
        hash_lease = await repository.hash_lease(upload.id)
        assert hash_lease is not None
        assert hash_lease.hashed_by is None
        assert await repository.lease_hashing(upload.id, "two", LEASE, 0)
        assert await repository.hash_lease(NOBODY) is None

    async def test_how_far_a_seal_has_come(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """Every process sees what is digested while somebody seals, never less than before, and nothing otherwise."""
        upload = await opened(repository, clock, parts=2)
        await repository.lease_hashing(upload.id, "one", LEASE, 7)
        assert await other.sealing(upload.id) is None
        assert await repository.freeze(upload.id, TWO, None, "sealer", LEASE) is not None
        seen = []
        for digested in (0, 1, 0, 2):
            await repository.lease_hashing(upload.id, "one", LEASE, digested)
            sealing = await other.sealing(upload.id)
            assert sealing is not None
            seen.append(sealing.digested)
        assert seen == [0, 1, 1, 2]
        await repository.decide(upload.id, digests("d"), "sealer")
        placing = await other.sealing(upload.id)
        assert placing is not None
        assert sealing is not None
        assert placing.progress > sealing.progress
        clock.advance(2 * LEASE)
        assert await other.sealing(upload.id) is None

    async def test_progress_begins_anew_with_a_seal(self, repository: Uploading, clock: Clock) -> None:
        """What an earlier seal had digested says nothing of a later one."""
        upload = await frozen(repository, clock)
        await repository.lease_hashing(upload, "one", LEASE, 1)
        await repository.thaw(upload, "sealer")
        assert await repository.freeze(upload, Declared("a.bin", total=1), None, "sealer", LEASE) is not None
        sealing = await repository.sealing(upload)
        assert sealing is not None
        assert sealing.digested == 0

    async def test_one_question_decides_about_a_part(
        self, repository: Uploading, other: Uploading, clock: Clock
    ) -> None:
        """`admit` tells of each part whether it is recorded, as any process sees it, and refuses as its state asks."""
        upload = await opened(repository, clock)
        assert await other.admit(upload.id, 0) == Admission(False, None)
        await repository.commit_part(upload.id, part(0), TTL, "one")
        assert [(await other.admit(upload.id, number)).taken for number in (0, 1)] == [True, False]
        with pytest.raises(UploadUnknown):
            await repository.admit(NOBODY, 0)
        await repository.cancel(upload.id)
        with pytest.raises(UploadCancelled):
            await other.admit(upload.id, 0)
        late = await opened(repository, clock, key="late")
        clock.advance(TTL + 1)
        with pytest.raises(UploadUnknown):
            await repository.admit(late.id, 0)

    async def test_a_part_renews_or_takes_the_hashing(self, repository: Uploading, clock: Clock) -> None:
        """A part renews the hashing of its own process, leaves another's alone, and takes one that lapsed."""
        upload = await opened(repository, clock)
        assert (await repository.commit_part(upload.id, part(9), TTL, "one")).hashed_by == "one"
        assert (await repository.commit_part(upload.id, part(0), TTL, "two")).hashed_by == "one"
        clock.advance(LEASE - 1)
        assert (await repository.commit_part(upload.id, part(1), TTL, "one")).hashed_by == "one"
        clock.advance(LEASE - 1)
        assert (await repository.commit_part(upload.id, part(2), TTL, "two")).hashed_by == "one"
        clock.advance(LEASE)
        assert (await repository.commit_part(upload.id, part(3), TTL, "two")).hashed_by == "two"

    async def test_found_digests_reach_the_sealer(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """What the hasher found is seen by the sealer of another process."""
        upload = await frozen(repository, clock)
        await repository.record_digests(upload, 0, digests("d", md5="m"), "one")
        hash_lease = await other.hash_lease(upload)
        assert hash_lease is not None
        assert hash_lease.digests == digests("d", md5="m")

    async def test_digests_are_taken_from_the_hasher_of_this_epoch(self, repository: Uploading, clock: Clock) -> None:
        """Digests of another epoch, of a process without the lease, or of an upload not in sealing are not recorded."""
        upload, idle = await frozen(repository, clock), await opened(repository, clock)
        await repository.record_digests(upload, 1, digests("d"), "one")
        await repository.record_digests(upload, 0, digests("d"), "two")
        await repository.record_digests(idle.id, 0, digests("d"), "one")
        for seen in (await repository.hash_lease(upload), await repository.hash_lease(idle.id)):
            assert seen is not None
            assert seen.digests is None

    async def test_digests_are_void_in_the_next_epoch(self, repository: Uploading, clock: Clock) -> None:
        """Digests found before a part was replaced are not shown after it."""
        upload = await frozen(repository, clock)
        await repository.record_digests(upload, 0, digests("d"), "one")
        await repository.thaw(upload, "sealer")
        await repository.commit_part(upload, part(0, "other"), TTL, "one")
        hash_lease = await repository.hash_lease(upload)
        assert hash_lease is not None
        assert hash_lease.digests is None

    async def test_nothing_overwrites_what_was_decided(self, repository: Uploading, clock: Clock) -> None:
        """A hasher that comes late does not change the digests of an upload in placing."""
        upload = await placing(repository, clock)
        await repository.record_digests(upload, 0, digests("other"), "one")
        clock.advance(2 * LEASE)
        taken = await repository.freeze(upload, TWO, None, "second", LEASE)
        assert taken is not None
        assert taken.digests == digests("d")

    # --- sealing -----------------------------------------------------------------------------------------------------

    async def test_freeze(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """A complete upload freezes with its rows in order and what is declared of it now; it takes no more parts."""
        upload = await opened(repository, clock)
        for number in (1, 0):
            await repository.commit_part(upload.id, part(number), TTL, "one")
        declared = Declared("b.bin", "text/x", 20, 2, 10, None, "label")
        found = await repository.freeze(upload.id, declared, 1, "sealer", LEASE)
        assert found is not None
        assert [row.number for row in found.parts] == [0, 1]
        assert (found.upload.state, found.digests, found.hashed_by) == (State.SEALING, None, "one")
        assert (found.upload.declared, found.upload.completed_by) == (declared, 1)
        assert await other.upload(upload.id) == found.upload

    async def test_a_declared_md5_is_needed(self, repository: Uploading, clock: Clock) -> None:
        """An MD5 that is only declared at the end is to be checked all the same."""
        upload = await opened(repository, clock, needs_md5=False)
        found = await repository.freeze(
            upload.id, Declared("a", total=0, md5=digests("", md5="m").md5), None, "s", LEASE
        )
        assert found is not None
        assert found.upload.needs_md5

    async def test_freeze_refuses_a_gap(self, repository: Uploading, clock: Clock) -> None:
        """An upload with gaps is told which, and stays open."""
        upload = await opened(repository, clock)
        for number in (1, 3, 9):
            await repository.commit_part(upload.id, part(number), TTL, "one")
        with pytest.raises(PartsMissing) as refusal:
            await repository.freeze(upload.id, Declared("a", total=5), None, "sealer", LEASE)
        assert (refusal.value.missing, refusal.value.received, refusal.value.total) == ([0, 2, 4], 2, 5)
        await repository.commit_part(upload.id, part(0), TTL, "one")

    async def test_freeze_has_one_winner(self, repository: Uploading, other: Uploading, clock: Clock) -> None:
        """Of many who freeze at once one gets the upload; the others are told to wait."""
        upload = await opened(repository, clock, parts=2)
        found = await asyncio.gather(
            *((repository, other)[n % 2].freeze(upload.id, TWO, None, f"s{n}", LEASE) for n in range(10))
        )
        assert sum(each is not None for each in found) == 1

    async def test_freeze_of_what_cannot_be_sealed(self, repository: Uploading, clock: Clock) -> None:
        """Only what is open or was left behind is frozen; the rest has its own refusal."""
        cancelled, late = await opened(repository, clock), await opened(repository, clock)
        await repository.cancel(cancelled.id)
        done = (await sealed(repository, clock)).file.upload
        assert done is not None
        for upload, fault in ((NOBODY, UploadUnknown), (cancelled.id, UploadCancelled), (done, UploadSealed)):
            with pytest.raises(fault):
                await repository.freeze(upload, TWO, None, "sealer", LEASE)
        clock.advance(TTL)
        with pytest.raises(UploadUnknown):
            await repository.freeze(late.id, TWO, None, "sealer", LEASE)

    async def test_a_silent_sealer_is_replaced(self, repository: Uploading, clock: Clock) -> None:
        """A sealer keeps its upload while it renews; once silent, another takes over, and the first can do no more."""
        upload = await frozen(repository, clock, 2)
        clock.advance(LEASE - 1)
        await repository.renew(upload, "sealer", LEASE)
        clock.advance(LEASE - 1)
        assert await repository.freeze(upload, TWO, None, "second", LEASE) is None
        clock.advance(LEASE)
        assert await repository.freeze(upload, TWO, None, "second", LEASE) is not None
        await repository.thaw(upload, "sealer")
        with pytest.raises(UploadBusy):
            await repository.decide(upload, digests("d"), "sealer")
        found = await repository.upload(upload)
        assert found is not None
        assert found.state is State.SEALING

    async def test_a_part_wakes_what_a_silent_sealer_left(self, repository: Uploading, clock: Clock) -> None:
        """An upload left in sealing takes parts again once its sealer is silent for too long."""
        upload = await frozen(repository, clock)
        clock.advance(LEASE + 1)
        await repository.commit_part(upload, part(0, "other"), TTL, "one")
        with pytest.raises(UploadBusy):
            await repository.decide(upload, digests("d"), "sealer")

    async def test_thaw(self, repository: Uploading, clock: Clock) -> None:
        """The sealer can give up while nothing is decided; nobody else can, and not later."""
        upload, decided = await frozen(repository, clock), await placing(repository, clock)
        await repository.thaw(upload, "another")
        await repository.thaw(decided, "sealer")
        found, later = await repository.upload(upload), await repository.upload(decided)
        assert found is not None
        assert later is not None
        assert (found.state, later.state) == (State.SEALING, State.PLACING)
        await repository.thaw(upload, "sealer")
        await repository.commit_part(upload, part(0, "other"), TTL, "one")

    async def test_deciding_drops_the_surplus(self, repository: Uploading, clock: Clock) -> None:
        """Parts numbered past the end are not part of the file."""
        upload = await opened(repository, clock, parts=4)
        found = await repository.freeze(upload.id, TWO, None, "sealer", LEASE)
        assert found is not None
        assert [row.number for row in found.parts] == [0, 1]
        await repository.decide(upload.id, digests("d"), "sealer")
        assert await repository.numbers(upload.id) == [0, 1]

    async def test_taking_over_a_placing(self, repository: Uploading, clock: Clock) -> None:
        """Whoever takes over in placing gets the rows and the digests that were decided on, whatever it declares."""
        upload = await placing(repository, clock, 2)
        assert await repository.freeze(upload, TWO, None, "second", LEASE) is None
        clock.advance(LEASE + 1)
        found = await repository.freeze(upload, Declared("x", total=1), None, "second", LEASE)
        assert found is not None
        assert (found.upload.state, found.digests) == (State.PLACING, digests("d"))
        assert found.upload.declared.total == 2
        assert [row.number for row in found.parts] == [0, 1]
        with pytest.raises(UploadBusy):
            await repository.publish(upload, Location("at"), digests("d"), new_file(), "sealer")

    async def test_publish(self, repository: Uploading, other: Uploading, files: FileRepository, clock: Clock) -> None:
        """Publishing makes the file and its blob visible and the upload sealed, for everybody at once."""
        upload = await placing(repository, clock, key="k")
        published = await repository.publish(upload, Location("at"), digests("d", md5="m"), new_file("k"), "sealer")
        file = published.file
        assert list(published.garbage) == []
        assert (file.owner, file.dialect, file.key, file.upload) == (ALICE, DIALECT, "k", upload)
        assert (file.blob.location, file.blob.sha256, file.blob.md5) == ("at", digests("d").sha256, "m")
        assert file.created_at == clock()
        assert await files.named(upload) == file
        found = await other.upload(upload)
        assert found is not None
        assert (found.state, found.file) == (State.SEALED, file.id)

    async def test_publish_needs_the_lease(self, repository: Uploading, files: FileRepository, clock: Clock) -> None:
        """Only the sealer of an upload in placing publishes it, and only once."""
        upload, early = await placing(repository, clock), await frozen(repository, clock)
        for which, sealer in ((upload, "another"), (early, "sealer")):
            with pytest.raises(UploadBusy):
                await repository.publish(which, Location("at"), digests("d"), new_file(), sealer)
        await repository.publish(upload, Location("at"), digests("d"), new_file(), "sealer")
        with pytest.raises(UploadBusy):
            await repository.publish(upload, Location("at"), digests("d"), new_file(), "sealer")
        assert (await files.page(ALICE, "", 0, 10))[0] == 1

    async def test_reject(self, repository: Uploading, clock: Clock) -> None:
        """The sealer of an upload in placing can end it, and nobody else can; it never becomes a file then."""
        upload, early = await placing(repository, clock, key="k"), await frozen(repository, clock)
        for which, sealer in ((upload, "another"), (early, "sealer")):
            with pytest.raises(UploadBusy):
                await repository.reject(which, sealer, FOUND)
            assert await repository.upload(which) is not None
        await repository.reject(upload, "sealer", FOUND)
        assert await repository.upload(upload) is None
        with pytest.raises(UploadBusy):
            await repository.publish(upload, Location("at"), digests("d"), new_file(), "sealer")
        assert (await opened(repository, clock, key="k")).id != upload

    @pytest.mark.parametrize("why", [FOUND, UNWANTED])
    async def test_a_rejection_is_remembered(self, repository: Uploading, clock: Clock, why: Rejection) -> None:
        """Until the upload's time has run out, whoever seals it, and whoever asks for it, is told the same again."""
        upload = await placing(repository, clock)
        assert await repository.rejected(upload) is None
        await repository.reject(upload, "sealer", why)
        await repository.discarded(upload)
        with pytest.raises(type(why)) as told:
            await repository.freeze(upload, Declared("a.bin", total=1), None, "another", LEASE)
        held = await repository.rejected(upload)
        assert held is not None
        assert vars(told.value) == vars(held.rejection) == vars(why)
        clock.advance(TTL)
        assert await repository.rejected(upload) is None

    async def test_an_approval_is_remembered(self, repository: Uploading, clock: Clock) -> None:
        """Whoever takes an upload over knows that it was approved; nobody but its sealer approves it."""
        approved, other = await placing(repository, clock), await placing(repository, clock)
        await repository.approve(approved, "sealer")
        await repository.approve(other, "another")
        clock.advance(LEASE)
        for upload, passed in ((approved, True), (other, False)):
            held = await repository.freeze(upload, Declared("a.bin", total=1), None, "next", LEASE)
            assert held is not None
            assert held.upload.approved is passed

    async def test_what_a_hook_calls_a_file_is_kept(self, repository: Uploading, clock: Clock) -> None:
        """It is on the record of the upload from its beginning, beside what its client declares."""
        wanted = replace(upload_at(clock()), given_name="b.txt", given_type="text/plain")
        await repository.open(Opening(wanted, "one"))
        held = await repository.upload(wanted.id)
        assert held is not None
        assert (held.given_name, held.given_type, held.declared) == ("b.txt", "text/plain", wanted.declared)

    async def test_an_opening_can_be_checked(self, repository: Uploading, clock: Clock) -> None:
        """Asking what an opening would raise records nothing."""
        wanted = upload_at(clock())
        await repository.check(Opening(wanted, "one"))
        assert await repository.upload(wanted.id) is None

    async def test_the_same_bytes_are_one_blob(self, repository: Uploading, clock: Clock) -> None:
        """Of two blobs with one SHA-256 the first stays, and the second is named as garbage; there are two files."""
        first = await sealed(repository, clock, "same", at="first")
        second = await sealed(repository, clock, "same", at="second", md5="m")
        assert (list(first.garbage), list(second.garbage)) == ([], ["second"])
        assert second.file.id != first.file.id
        assert (second.file.blob.location, second.file.blob.md5) == ("first", "m")

    async def test_good_bytes_replace_damaged_ones(
        self, repository: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """The same bytes uploaded again heal a blob that is known to be damaged, and every file on it."""
        first = await sealed(repository, clock, "same", at="first")
        await files.damage(Location("first"))
        second = await sealed(repository, clock, "same", at="second")
        assert (list(second.garbage), second.file.blob.location) == ([], "second")
        healed = await files.file(first.file.id)
        assert healed is not None
        assert (healed.blob.location, healed.damaged) == ("second", False)

    async def test_seal_against_cancel_has_one_winner(
        self, repository: Uploading, other: Uploading, clock: Clock
    ) -> None:
        """Of a freeze and a cancel at once exactly one happens."""
        for _ in range(10):
            upload = await opened(repository, clock, parts=2)
            acts: list[Callable[[], Awaitable[object]]] = [
                lambda u=upload.id: repository.freeze(u, TWO, None, "sealer", LEASE),  # type: ignore[misc]
                lambda u=upload.id: other.cancel(u),  # type: ignore[misc]
            ]
            outcomes = await asyncio.gather(*(act() for act in acts), return_exceptions=True)
            failures = [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]
            assert failures in ([UploadCancelled], [UploadBusy])
