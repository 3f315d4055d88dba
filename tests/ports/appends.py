"""What every implementation of `AppendRepository` promises."""

import asyncio
from dataclasses import replace
from typing import Protocol

import pytest

from penstock.crc64 import Crc64, followed
from penstock.model.faults import (
    AppendCutOff,
    OffsetWrong,
    SizeConflict,
    SizeWrong,
    TooLarge,
    UploadBusy,
    UploadCancelled,
    UploadUnknown,
)
from penstock.model.ids import StagedLocation, UploadId
from penstock.model.upload import Declared, Part, State, Upload
from penstock.ports import AppendRepository, Opening
from tests.ports.records import LEASE, TTL, Clock, Uploading, parts_of, upload_at

SIZE = Declared("a.bin", size=100)


class Appending(Uploading, AppendRepository, Protocol):
    """Uploads, and appends to them."""


def piece(offset: int, content: bytes) -> Part:
    """Bytes at an offset, as they lie in one plane."""
    digest = Crc64()
    digest.update(content)
    return Part(offset, StagedLocation(f"plane@{offset}"), len(content), digest.hexdigest(), 0)


def joining(before: Part, after: Part) -> Part | None:
    """What lies in one plane is one part."""
    digest = followed(before.digest, after.digest, after.length)
    return replace(before, length=before.length + after.length, digest=digest)


def never(before: Part, after: Part) -> Part | None:
    """Every piece is an object of its own."""
    return None


async def begun(repository: Appending, clock: Clock, declared: Declared = SIZE, limit: int = 1 << 40) -> Upload:
    wanted = replace(upload_at(clock(), declared=declared, limit=limit), appended=True, told="told")
    return await repository.open(Opening(wanted, "one"))


async def append(repository: Appending, upload: Upload, part: Part, *, goes_on: bool = False) -> Upload:
    return (await repository.append(upload.id, part, upload.turn, TTL, "one", joining, goes_on=goes_on)).upload


class AppendRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, and `other` (the same records, as another process sees them)."""

    async def test_what_was_told_is_kept(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """An appended upload says that it is one, and what its dialect noted."""
        upload = await begun(repository, clock)
        found = await other.upload(upload.id)
        assert found is not None
        assert (found.appended, found.told, found.turn, found.bytes) == (True, "told", 0, 0)

    async def test_pieces_in_a_row_are_one_part(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """However many pieces come, what lies in a row has one record, with the CRC of the whole."""
        upload = await begun(repository, clock)
        for number in range(10):
            upload = await append(repository, upload, piece(number * 5, bytes([number] * 5)))
        [whole] = await parts_of(other, upload.id)
        expected = piece(0, b"".join(bytes([number] * 5) for number in range(10)))
        assert (whole.number, whole.length, whole.digest) == (0, 50, expected.digest)
        assert (upload.bytes, upload.received, upload.last) == (50, 1, 45)
        assert upload.last_digest == piece(0, bytes([9] * 5)).digest

    async def test_pieces_apart_are_parts_by_their_offsets(self, repository: Appending, clock: Clock) -> None:
        """Where the store cannot join them each piece has its record, numbered by its offset."""
        upload = await begun(repository, clock)
        for offset in (0, 7):
            outcome = await repository.append(upload.id, piece(offset, b"7 bytes"), 0, TTL, "one", never, goes_on=False)
        assert await repository.numbers(upload.id) == [0, 7]
        assert (outcome.upload.received, outcome.upload.bytes, outcome.hashed_by) == (2, 14, "one")
        for offset, number in ((0, 0), (6, 0), (7, 7), (13, 7)):
            found = await repository.part_at(upload.id, offset)
            assert found is not None
            assert found.number == number
        assert await repository.part_at(upload.id, 14) is None

    async def test_another_offset_is_refused(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """Only the offset that is reached goes on, and the refusal tells it."""
        upload = await append(repository, await begun(repository, clock), piece(0, b"five!"))
        for offset in (0, 4, 6):
            with pytest.raises(OffsetWrong) as refused:
                await append(other, upload, piece(offset, b"x"))
            assert (refused.value.expected, refused.value.provided) == (5, offset)
            with pytest.raises(OffsetWrong):
                await other.admit_at(upload.id, offset, upload.turn)
        found = await repository.upload(upload.id)
        assert found is not None
        assert found.bytes == 5
        assert not (await repository.admit_at(upload.id, 5, upload.turn)).taken

    async def test_of_many_at_one_offset_one_is_recorded(
        self, repository: Appending, other: Appending, clock: Clock
    ) -> None:
        """However many append at one offset at once, in however many processes, one of them is recorded."""
        upload = await begun(repository, clock)
        tries = [append((repository, other)[n % 2], upload, piece(0, bytes([n] * (n + 1)))) for n in range(16)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        [won] = [outcome for outcome in outcomes if isinstance(outcome, Upload)]
        assert all(isinstance(outcome, OffsetWrong) for outcome in outcomes if outcome is not won)
        [part] = await parts_of(repository, upload.id)
        assert part.length == won.bytes

    async def test_a_turn_that_is_over(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """Once it is cut off nothing of an earlier append is recorded."""
        upload = await begun(repository, clock)
        later = await other.cut_off(upload.id)
        assert later.turn == upload.turn + 1
        with pytest.raises(AppendCutOff):
            await append(repository, upload, piece(0, b"x"))
        with pytest.raises(AppendCutOff):
            await repository.admit_at(upload.id, 0, upload.turn)
        assert (await append(repository, later, piece(0, b"x"))).bytes == 1

    async def test_an_empty_piece_changes_the_expiry_alone(self, repository: Appending, clock: Clock) -> None:
        """Nothing is recorded of no bytes, at the right offset alone."""
        upload = await append(repository, await begun(repository, clock), piece(0, b"ab"))
        clock.advance(5)
        now = await append(repository, upload, piece(2, b""))
        assert now == replace(upload, expires_at=upload.expires_at + 5)
        with pytest.raises(OffsetWrong):
            await append(repository, upload, piece(3, b""))

    async def test_no_upload_grows_past_its_size(self, repository: Appending, clock: Clock) -> None:
        """Neither past the declared size nor past the limit."""
        upload = await begun(repository, clock, Declared("a", size=10))
        with pytest.raises(TooLarge):
            await append(repository, upload, piece(0, bytes(11)))
        assert (await append(repository, upload, piece(0, bytes(10)))).bytes == 10
        endless = await begun(repository, clock, Declared("a"), limit=10)
        with pytest.raises(TooLarge):
            await append(repository, endless, piece(0, bytes(11)))

    async def test_the_size_is_set_once(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """A size that was not declared can be, once, not below the offset and not above the limit."""
        upload = await append(repository, await begun(repository, clock, Declared("a"), limit=20), piece(0, bytes(5)))
        with pytest.raises(SizeConflict):
            await repository.set_size(upload.id, 4)
        with pytest.raises(TooLarge):
            await repository.set_size(upload.id, 21)
        for seen in (repository, other, repository):
            assert (await seen.set_size(upload.id, 7)).declared.size == 7
        with pytest.raises(SizeConflict):
            await other.set_size(upload.id, 8)

    async def test_asking_whoever_appends_to_let_go(
        self, repository: Appending, other: Appending, clock: Clock
    ) -> None:
        """A process that appends is asked by others, and finds what it is asked for until it lets go."""
        upload = await begun(repository, clock)
        assert not await other.ask(upload.id, "two")
        await repository.hold(upload.id, upload.turn, "one")
        assert not await repository.ask(upload.id, "one")
        assert await repository.asked("one") == []
        assert await other.ask(upload.id, "two")
        assert await repository.asked("one") == [upload.id]
        assert await other.asked("two") == []
        await repository.let_go(upload.id, upload.turn)
        assert await repository.asked("one") == []
        assert not await other.ask(upload.id, "two")

    async def test_an_append_that_ends_lets_go(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """The record of its last bytes does, that of bytes before them does not."""
        upload = await begun(repository, clock)
        await repository.hold(upload.id, upload.turn, "one")
        upload = await append(repository, upload, piece(0, b"a"), goes_on=True)
        assert await other.ask(upload.id, "two")
        await append(repository, upload, piece(1, b"b"))
        assert not await other.ask(upload.id, "two")
        assert await repository.asked("one") == []

    async def test_who_is_cut_off_holds_nothing(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """A process that does not answer is cut off, and neither holds nor lets go of anything any more."""
        upload = await begun(repository, clock)
        await repository.hold(upload.id, upload.turn, "one")
        later = await other.cut_off(upload.id)
        assert not await other.ask(upload.id, "two")
        await repository.hold(upload.id, upload.turn, "one")
        assert not await other.ask(upload.id, "two")
        await other.hold(upload.id, later.turn, "two")
        await repository.let_go(upload.id, upload.turn)
        assert await repository.ask(upload.id, "one")

    async def test_it_is_sealed_when_all_of_it_is_here(self, repository: Appending, clock: Clock) -> None:
        """As many bytes as were declared, and no number of parts; meanwhile it takes nothing more."""
        upload = await append(repository, await begun(repository, clock), piece(0, bytes(60)))
        with pytest.raises(SizeWrong):
            await repository.freeze(upload.id, upload.declared, None, "sealer", LEASE)
        upload = await append(repository, upload, piece(60, bytes(40)))
        frozen = await repository.freeze(upload.id, upload.declared, None, "sealer", LEASE)
        assert frozen is not None
        assert [part.length for part in frozen.parts] == [100]
        assert frozen.upload.declared.size == 100
        with pytest.raises(UploadBusy):
            await append(repository, upload, piece(100, b""))
        assert (await repository.cut_off(upload.id)).state is State.SEALING
        clock.advance(LEASE)  # the sealer is gone
        assert (await append(repository, upload, piece(100, b""))).state is State.OPEN

    async def test_a_size_that_nobody_told(self, repository: Appending, clock: Clock) -> None:
        """An upload that its client calls complete is as large as it is."""
        upload = await append(repository, await begun(repository, clock, Declared("a")), piece(0, bytes(7)))
        frozen = await repository.freeze(upload.id, upload.declared, None, "sealer", LEASE)
        assert frozen is not None
        assert frozen.upload.declared.size == 7

    async def test_an_empty_upload_is_sealed(self, repository: Appending, clock: Clock) -> None:
        """It has no parts."""
        upload = await begun(repository, clock, Declared("a", size=0))
        frozen = await repository.freeze(upload.id, upload.declared, None, "sealer", LEASE)
        assert frozen is not None
        assert frozen.parts == []

    async def test_pieces_are_exchanged_for_one(self, repository: Appending, other: Appending, clock: Clock) -> None:
        """Pieces in a row become one, which tells that it was made of others; what follows stays as it is."""
        upload = await begun(repository, clock)
        for number in range(4):
            await repository.append(
                upload.id, piece(number * 5, bytes([number] * 5)), 0, TTL, "one", never, goes_on=False
            )
        first, second, third, fourth = await other.tail(upload.id, 10)
        assert await repository.tail(upload.id, 2) == [third, fourth]
        whole = replace(piece(5, bytes([1] * 5 + [2] * 5)), location=StagedLocation("whole"), generation=1)
        assert await repository.regroup(upload.id, [second, third], whole)
        assert await other.tail(upload.id, 10) == [first, whole, fourth]
        now = await other.upload(upload.id)
        assert now is not None
        assert (now.received, now.bytes) == (3, 20)
        found = await repository.part_at(upload.id, 12)
        assert found == whole

    async def test_only_pieces_that_are_as_they_were(self, repository: Appending, clock: Clock) -> None:
        """What changed meanwhile is exchanged for nothing, and neither is anything of what is being sealed."""
        upload = await begun(repository, clock, Declared("a", size=10))
        for number in range(2):
            await repository.append(upload.id, piece(number * 5, bytes(5)), 0, TTL, "one", never, goes_on=False)
        first, second = await repository.tail(upload.id, 10)
        whole = replace(piece(0, bytes(10)), generation=1)
        elsewhere = replace(second, location=StagedLocation("elsewhere"))
        assert not await repository.regroup(upload.id, [first, elsewhere], whole)
        await repository.freeze(upload.id, upload.declared, None, "sealer", LEASE)
        assert not await repository.regroup(upload.id, [first, second], whole)
        assert await repository.tail(upload.id, 10) == [first, second]

    async def test_lost_bytes_end_it(self, repository: Appending, clock: Clock) -> None:
        """Its client was told of them, and need not have them any more: the upload is refused from then on."""
        upload = await append(repository, await begun(repository, clock), piece(0, b"lost"))
        [part] = await parts_of(repository, upload.id)
        await repository.forget_part(upload.id, part)
        assert await repository.upload(upload.id) is None
        with pytest.raises(UploadUnknown):
            await append(repository, upload, piece(4, b"x"))

    async def test_what_ended_takes_nothing(self, repository: Appending, clock: Clock) -> None:
        """Neither a cancelled upload, nor one whose time has run out, nor one that never was."""
        cancelled = await begun(repository, clock)
        await repository.cancel(cancelled.id)
        with pytest.raises(UploadCancelled):
            await append(repository, cancelled, piece(0, b"x"))
        upload = await begun(repository, clock)
        clock.advance(TTL)
        for call in (append(repository, upload, piece(0, b"x")), repository.cut_off(upload.id)):
            with pytest.raises(UploadUnknown):
                await call
        with pytest.raises(UploadUnknown):
            await repository.cut_off(UploadId("00000000-0000-4000-8000-000000000000"))
