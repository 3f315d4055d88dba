"""What every implementation of `OutboxRepository` promises, and whatever writes into it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from penstock.model.faults import ContentRefused, UploadBusy
from penstock.model.ids import FileId, Location, UploadId
from penstock.model.upload import Upload
from penstock.ports import KEPT, FileRepository, Message, Opening, OutboxRepository, Placed, UpkeepRepository
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
    sealed,
    upload_at,
)
from tests.ports.uploads import frozen, placing

HERE, THERE = "here", "there"
DAY = 86400.0
IDS = (f"message {number}" for number in count())


def message(kind: str, subject: str, destination: str = HERE, *, merges: bool = False) -> Message:
    return Message(next(IDS), destination, kind, subject, f'{{"kind": "{kind}"}}', merges=merges)


def telling(kind: str) -> Callable[[Any], Sequence[Message]]:
    """What is told of an upload or a file: its kind."""
    return lambda changed: [message(kind, changed.id)]


class OutboxRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (the same records, as another process sees them), and
    `uploads`, `files` and `upkeep` over the same records.
    """

    async def leased(self, repository: OutboxRepository, holder: str = "one", destination: str = HERE) -> list[str]:
        """The kinds of what is leased, of any number."""
        return [due.message.kind for due in await repository.lease(destination, holder, LEASE, 100)]

    async def put(self, uploads: Uploading, clock: Clock, *messages: Message) -> Upload:
        """Write messages, with an upload that opens."""
        return await uploads.open(Opening(upload_at(clock()), "one", tell=lambda _: messages))

    async def test_a_message_is_leased_to_one(
        self, repository: OutboxRepository, other: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Whoever leases a message gets it whole, and nobody else does before the lease has run out."""
        sent = message("told", "one")
        await self.put(uploads, clock, sent)
        [due] = await repository.lease(HERE, "one", LEASE, 1)
        assert (due.message, due.tries, due.since) == (sent, 0, clock())
        assert await self.leased(other, "two") == []
        clock.advance(LEASE)
        assert await self.leased(other, "two") == ["told"]

    async def test_only_its_holder_is_done_with_it(
        self, repository: OutboxRepository, other: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """What was delivered is gone; one whose lease ran out ends nothing of the next holder's."""
        sent = message("told", "one")
        await self.put(uploads, clock, sent)
        await self.leased(repository)
        clock.advance(LEASE)
        await self.leased(other, "two")
        await repository.done(sent.id, "one")
        await repository.postpone(sent.id, "one", 0)
        assert (await other.backlog()).count == 1
        assert await self.leased(repository) == []
        await other.done(sent.id, "two")
        clock.advance(LEASE)
        assert await self.leased(repository) == []
        assert (await other.backlog()).count == 0

    async def test_what_failed_waits(self, repository: OutboxRepository, uploads: Uploading, clock: Clock) -> None:
        """A message that is postponed comes again after that time, and knows how often it was tried."""
        sent, begun = message("told", "one"), clock()
        await self.put(uploads, clock, sent)
        for tries in range(3):
            [due] = await repository.lease(HERE, "one", LEASE, 1)
            assert (due.message.id, due.tries, due.since) == (sent.id, tries, begun)
            await repository.postpone(sent.id, "one", 60)
            clock.advance(59)
            assert await self.leased(repository) == []
            clock.advance(1)

    async def test_one_subject_goes_in_order(
        self, repository: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """A later message waits until the one before it is delivered, however long that takes; other subjects, and
        other destinations, do not wait.
        """
        sent = [message("first", "one"), message("second", "one"), message("first", "two")]
        await self.put(uploads, clock, *sent, message("elsewhere", "one", THERE))
        assert await self.leased(repository) == ["first", "first"]
        assert await self.leased(repository, destination=THERE) == ["elsewhere"]
        await repository.postpone(sent[0].id, "one", 60)
        await repository.done(sent[2].id, "one")
        assert await self.leased(repository) == []
        clock.advance(60)
        assert await self.leased(repository) == ["first"]
        await repository.done(sent[0].id, "one")
        assert await self.leased(repository) == ["second"]

    async def test_what_merges_takes_the_place_of_what_waits(
        self, repository: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Of those of one subject the newest alone waits, under an id of its own, where the first stood; one that is
        being delivered is not touched.
        """
        first, second, third = (message("far", "one", merges=True) for _ in range(3))
        await self.put(uploads, clock, first, message("whole", "one"), message("far", "two", merges=True))
        await self.put(uploads, clock, second)
        assert (await repository.backlog()).count == 3
        leased = {due.message.id for due in await repository.lease(HERE, "one", LEASE, 2)}
        assert second.id in leased
        assert first.id not in leased
        await self.put(uploads, clock, third)
        assert (await repository.backlog()).count == 4
        for sent in (second, third):
            await repository.done(sent.id, "one")
        assert await self.leased(repository) == ["whole"]

    async def test_many_lease_at_once(
        self, repository: OutboxRepository, other: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """However many processes lease at once, each message is leased to one."""
        await self.put(uploads, clock, *(message("told", f"{number}") for number in range(20)))
        leases = [
            each.lease(HERE, holder, LEASE, 5) for each, holder in ((repository, "one"), (other, "two")) for _ in "abc"
        ]
        found = [due.message.subject for leased in await asyncio.gather(*leases) for due in leased]
        assert sorted(found) == sorted(map(str, range(20)))

    async def test_the_backlog(self, repository: OutboxRepository, uploads: Uploading, clock: Clock) -> None:
        """It says how many wait, and since when the oldest does."""
        backlog = await repository.backlog()
        assert (backlog.count, backlog.since) == (0, None)
        begun = clock()
        await self.put(uploads, clock, message("told", "one"))
        clock.advance(5)
        await self.put(uploads, clock, message("told", "two"))
        backlog = await repository.backlog()
        assert (backlog.count, backlog.since) == (2, begun)

    async def test_what_nobody_delivers_goes(
        self, repository: OutboxRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """Where nobody delivers any more, messages go some time after they would have been given up."""
        await self.put(uploads, clock, message("told", "one"))
        clock.advance(KEPT)
        await upkeep.forget_old()
        assert (await repository.backlog()).count == 1
        clock.advance(DAY)
        await upkeep.forget_old()
        assert (await repository.backlog()).count == 0

    # --- what is written with a change --------------------------------------------------------------------------------

    async def test_an_upload_is_told_of_once(
        self, repository: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """What is told of an opening is written when an upload is opened, and not when one is found."""
        opening = Opening(upload_at(clock(), key="k"), "one", tell=telling("opened"))
        upload = await uploads.open(opening)
        await uploads.open(replace(opening, upload=upload_at(clock(), key="k")))
        [due] = await repository.lease(HERE, "one", LEASE, 10)
        assert (due.message.kind, due.message.subject) == ("opened", upload.id)

    async def test_every_end_is_told_once(
        self, repository: OutboxRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """Whatever ends an upload, it is told of with that, and of an end that does not come about nothing is."""
        ended = telling("ended")
        cancelled, abandoned, lapsed = [await opened(uploads, clock, key=key) for key in ("a", "b", "c")]
        rejected, busy = await placing(uploads, clock), await placing(uploads, clock)
        for _ in "ab":
            await uploads.cancel(cancelled.id, ended)
            await uploads.expire(abandoned.id, ended)
        await uploads.reject(rejected, "sealer", ContentRefused("a virus"), ended)
        with pytest.raises(UploadBusy):
            await uploads.reject(busy, "another", ContentRefused("a virus"), ended)
        with pytest.raises(UploadBusy):
            await uploads.cancel(busy, ended)
        assert not await uploads.expire(busy, ended)
        clock.advance(TTL)
        due = await opened(uploads, clock, key="d")
        assert await uploads.open(Opening(upload_at(clock(), key="c"), "one", tell_expired=ended)) is not None
        clock.advance(TTL)
        assert await upkeep.expire_uploads(ended) == 2
        told = [one.message.subject for one in await repository.lease(HERE, "one", LEASE, 100)]
        assert {cancelled.id, abandoned.id, rejected, lapsed.id, due.id} < set(told)
        assert len(told) == len(set(told)) == 6

    async def test_bytes_are_told_of_while_an_upload_lives(
        self, repository: OutboxRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """What is told of bytes that came tells of the upload as it is now, and nothing is of one that has ended."""
        live, sealing = await opened(uploads, clock, parts=2), await frozen(uploads, clock)
        gone = await opened(uploads, clock)
        await uploads.cancel(gone.id)
        whole = (await sealed(uploads, clock)).file.upload

        def came(upload: Upload) -> Sequence[Message]:
            return [message(f"{upload.bytes} bytes", upload.id)]

        await uploads.progressed(dict.fromkeys([live.id, sealing, gone.id, UploadId(whole or "")], came))
        assert sorted(await self.leased(repository)) == ["10 bytes", "20 bytes"]

    async def test_a_file_is_told_of(
        self, repository: OutboxRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """Whatever way a file comes into being, it is told of with its record, and where none is made nothing is."""
        made = telling("made")
        upload = await placing(uploads, clock)
        with pytest.raises(UploadBusy):
            await uploads.publish(upload, Location("at"), digests("d"), new_file(), "another", made)
        published = await uploads.publish(upload, Location("at"), digests("d"), new_file(), "sealer", made)
        blob = published.file.blob.sha256
        claims = [await files.claim(BOB, DIALECT, blob, new_file("two"), made) for _ in "ab"]
        picture = Placed(Location("picture"), digests("p"))
        pictures = [await files.add_picture(ALICE, DIALECT, picture, new_file("three"), [], made) for _ in "ab"]
        told = [due.message.subject for due in await repository.lease(HERE, "one", LEASE, 10)]
        assert claims[0] is not None
        assert sorted(told) == sorted([published.file.id, claims[0].id, pictures[0][0].id])

    async def test_a_removal_is_told_of(
        self, repository: OutboxRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """It is told of a file that is removed, once, and not of one that is somebody else's."""
        file = (await sealed(uploads, clock)).file
        gone = telling("gone")
        for owner in (BOB, ALICE, ALICE):
            await files.remove(owner, file.id, gone)
        await files.remove(ALICE, FileId("none"), gone)
        assert await self.leased(repository) == ["gone"]
