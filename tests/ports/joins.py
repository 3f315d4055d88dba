"""What every implementation of `JoinRepository` promises, and what the other ports of uploads promise of joins."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pytest

from penstock.model.concat import Concat
from penstock.model.faults import QuotaExceeded, TooLarge
from penstock.model.ids import Location, PrincipalId
from penstock.model.upload import Declared, State, Upload
from penstock.ports import JoinRepository, Opening
from tests.ports.appends import Appending, joining, piece
from tests.ports.records import ALICE, BOB, LEASE, TTL, Clock, digests, new_file, upload_at


class Joining(Appending, JoinRepository, Protocol):
    """Uploads, appends, and what is made of them."""


async def partial(
    repository: Joining, clock: Clock, size: int | None, sent: int, *, owner: PrincipalId = ALICE
) -> Upload:
    """A partial upload of which so many bytes are here."""
    made = upload_at(clock(), declared=Declared("", size=size), owner=owner)
    upload = await repository.open(Opening(replace(made, appended=True, concat=Concat.PARTIAL), "one"))
    return await append(repository, upload, sent) if sent else upload


async def append(repository: Joining, upload: Upload, length: int) -> Upload:
    part = piece(upload.bytes, b"x" * length)
    return (await repository.append(upload.id, part, upload.turn, TTL, "one", joining, goes_on=False)).upload


async def final_of(
    repository: Joining, clock: Clock, sources: Sequence[Upload], *, owner: PrincipalId = ALICE
) -> Upload:
    declared = Declared("whole", size=sum(source.declared.size or 0 for source in sources))
    made = replace(upload_at(clock(), declared=declared, owner=owner), appended=True, concat=Concat.FINAL)
    return await repository.open(Opening(made, "one", sources=[source.id for source in sources]))


async def placed(repository: Joining, final: Upload, size: int) -> None:
    await repository.freeze(final.id, final.declared, None, "sealer", LEASE)
    await repository.decide(final.id, digests("whole", size), "sealer")


class JoinRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, and `bounded` (the same records, with a quota of 100 bytes and
    four uploads for everybody).
    """

    async def test_what_it_is_made_of(self, repository: Joining, clock: Clock) -> None:
        """Its sources come in their order, as often as they are there, as they stand."""
        one, two = await partial(repository, clock, 5, 5), await partial(repository, clock, 7, 0)
        final = await final_of(repository, clock, [two, one, two])
        two = await append(repository, two, 3)
        assert await repository.sources(final.id) == [two, one, two]
        assert await repository.made_of(two.id) == [final.id]
        assert (await repository.upload(final.id)) == final
        assert final.concat is Concat.FINAL

    @pytest.mark.parametrize("ending", ["cancel", "expire", "late"])
    async def test_one_that_is_gone(self, repository: Joining, clock: Clock, ending: str) -> None:
        """Without one of its sources it can never be whole, and is due to end; without itself nothing waits."""
        one, two = await partial(repository, clock, 5, 3), await partial(repository, clock, 7, 0)
        final = await final_of(repository, clock, [one, two])
        assert await repository.due(10) == []
        match ending:
            case "cancel":
                await repository.cancel(two.id)
            case "expire":
                await repository.expire(two.id)
            case "late":
                clock.advance(TTL - 1)
                await append(repository, one, 1)
                await append(repository, final, 0)
                clock.advance(1)
        assert await repository.sources(final.id) is None
        clock.advance(LEASE)
        assert await repository.due(10) == [final.id]
        await repository.cancel(final.id)
        assert await repository.due(10) == []
        assert await repository.made_of(one.id) == []

    async def test_it_is_due_once_nobody_is_waited_for(self, repository: Joining, clock: Clock) -> None:
        """As soon as every source is whole; and not while a process is at it."""
        one, two = await partial(repository, clock, 5, 5), await partial(repository, clock, None, 7)
        final = await final_of(repository, clock, [one, two])
        assert await repository.due(10) == []
        await repository.set_size(two.id, 7)
        assert await repository.due(10) == [final.id]
        assert await repository.lease_hashing(final.id, "one", LEASE, 0)
        assert await repository.due(10) == []
        clock.advance(LEASE)
        assert await repository.due(10) == [final.id]

    async def test_who_waits_lives_on(self, repository: Joining, clock: Clock) -> None:
        """As long as one source gets bytes, neither those that are whole nor what waits for it expires."""
        one, two = await partial(repository, clock, 5, 5), await partial(repository, clock, 7, 0)
        alone = await partial(repository, clock, 5, 5)
        final = await final_of(repository, clock, [one, two])
        for _ in range(3):
            clock.advance(TTL * 0.7)
            two = await append(repository, two, 1)
            assert await repository.due(10) == []
        for upload in (one, two, final):
            found = await repository.upload(upload.id)
            assert found is not None
            assert found.expires_at == clock() + TTL
        assert await repository.upload(alone.id) is None

    # --- quotas ------------------------------------------------------------------------------------------------------

    async def test_its_bytes_count_once(self, bounded: Joining, clock: Clock) -> None:
        """Whoever may have the partial uploads may have what is made of them, and gets no more."""
        one, two = await partial(bounded, clock, 50, 50), await partial(bounded, clock, 30, 30)
        final = await final_of(bounded, clock, [one, two])
        final = await append(bounded, await append(bounded, final, 50), 30)
        other = await partial(bounded, clock, None, 0)
        with pytest.raises(QuotaExceeded):
            await append(bounded, other, 21)
        await placed(bounded, final, 80)
        with pytest.raises(QuotaExceeded):
            await append(bounded, other, 21)
        await bounded.publish(final.id, Location("at"), digests("whole", 80), new_file(), "sealer")
        other = await append(bounded, other, 20)
        with pytest.raises(QuotaExceeded):
            await append(bounded, other, 1)

    async def test_what_repeats_them_counts(self, bounded: Joining, clock: Clock) -> None:
        """Bytes that are there twice, in one final upload or in two at a time, are as many as they are."""
        one = await partial(bounded, clock, 40, 40)
        with pytest.raises(QuotaExceeded):
            await final_of(bounded, clock, [one, one])
        first, second = await final_of(bounded, clock, [one]), await final_of(bounded, clock, [one])
        await append(bounded, first, 40)
        await append(bounded, second, 40)
        with pytest.raises(TooLarge):
            await final_of(bounded, clock, [one, one, one])
        with pytest.raises(QuotaExceeded):
            await append(bounded, await partial(bounded, clock, None, 0), 21)

    async def test_spent_ones_are_no_uploads(self, bounded: Joining, clock: Clock) -> None:
        """What a file was made of counts neither as bytes nor as an upload, stays for an hour at most, and can be used
        meanwhile.
        """
        one, two = await partial(bounded, clock, 50, 50), await partial(bounded, clock, 30, 30)
        kept = await partial(bounded, clock, 5, 5, owner=BOB)
        final = await append(bounded, await final_of(bounded, clock, [one, two]), 80)
        await placed(bounded, final, 80)
        await bounded.publish(final.id, Location("at"), digests("whole", 80), new_file(), "sealer")
        for _ in range(4):
            await partial(bounded, clock, 1, 0)
        with pytest.raises(QuotaExceeded):
            await partial(bounded, clock, 1, 0)
        found = await bounded.upload(one.id)
        assert found is not None
        assert (found.state, found.expires_at) == (State.OPEN, min(one.expires_at, clock() + 3600))
        assert (await bounded.upload(kept.id)) == kept

    async def test_a_refused_file_spends_nothing(self, bounded: Joining, clock: Clock) -> None:
        """A seal that cannot be is as if it had not been tried."""
        one = await partial(bounded, clock, 50, 50)
        final = await append(bounded, await final_of(bounded, clock, [one]), 50)
        await bounded.freeze(final.id, final.declared, None, "sealer", LEASE)
        await bounded.thaw(final.id, "sealer")
        assert await bounded.sources(final.id) == [one]
        assert (await bounded.upload(one.id)) == one
