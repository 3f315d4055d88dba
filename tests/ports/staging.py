"""What every implementation of `Staging` and `Sink` promises."""

import asyncio
import hashlib
import time
from dataclasses import replace

import httpx
import pytest
import xxhash

from penstock.model.faults import UploadBusy
from penstock.model.ids import Location, Sha256, StagedLocation, UploadId, new_id
from penstock.model.layout import offsets
from penstock.model.upload import Part
from penstock.ports import Admit, Admitted, Blobs, BytesMissing, Hint, Offering, Sink, Staging


async def free() -> Admitted:
    """The repository knows no such part."""
    return Admitted()


async def taken() -> Admitted:
    """The repository has the part already."""
    return Admitted(taken=True)


async def refused() -> Admitted:
    """The repository takes no parts for this upload."""
    raise UploadBusy


async def put(staging: Staging, upload: UploadId, number: int, content: bytes, hint: Hint, admit: Admit = free) -> Part:
    """Write and commit one part; return its record."""
    sink = await staging.begin(upload, number, hint, admit)
    return await finish(sink, number, content)


async def finish(sink: Sink, number: int, content: bytes) -> Part:
    """Write all of a part through an attempt that has begun, and commit it."""
    await sink.write(content)
    location = await sink.commit()
    await sink.release(keep=True)
    return Part(number, location, len(content), xxhash.xxh3_128(content).hexdigest(), 0)


async def put_at(staging: Staging, upload: UploadId, offset: int, content: bytes) -> Part:
    """Write and commit bytes at an offset; return their record."""
    return await put(staging, upload, offset, content, Hint(1, len(content), offset=offset))


async def staged(staging: Staging, upload: UploadId, part: Part, start: int = 0) -> bytes:
    """The bytes of a committed part, from one of them on."""
    return b"".join([piece async for piece in await staging.read(upload, part.location, start, part.length)])


async def digest_of(blobs: Blobs, location: Location, size: int) -> Sha256:
    """The identity of a blob's bytes."""
    digest = hashlib.sha256()
    await blobs.feed(location, 0, size, [[digest]])
    return Sha256(digest.hexdigest())


def sha256(content: bytes) -> Sha256:
    """The identity of these bytes."""
    return Sha256(hashlib.sha256(content).hexdigest())


class StagingSpec:
    """Subclass it with fixtures `staging`, `other` (the same place, as another process sees it), `blobs`, and `absent`
    (a place in the store's own form where nothing lies).
    """

    @pytest.fixture
    def upload(self) -> UploadId:
        """An upload that nobody has sent anything for."""
        return UploadId(new_id())

    # --- one attempt -------------------------------------------------------------------------------------------------

    async def test_a_committed_part_reads_back(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """What was committed is read back byte for byte, by any process."""
        content = bytes(range(256)) * 4
        part = await put(staging, upload, 3, content, Hint(1024, 1024))
        assert await staged(staging, upload, part) == content
        assert await staged(other, upload, part) == content

    async def test_a_part_is_read_from_any_byte_on(self, staging: Staging, upload: UploadId) -> None:
        """A reading begins where it is asked to, and ends before `stop`."""
        content = bytes(range(256)) * 2000
        part = await put(staging, upload, 1, content, Hint(len(content), len(content)))
        for start, stop in ((0, 0), (1, 2), (300_000, 512_000), (511_999, 512_000)):
            pieces = await staging.read(upload, part.location, start, stop)
            assert b"".join([piece async for piece in pieces]) == content[start:stop]

    async def test_a_part_may_come_in_pieces(self, staging: Staging, upload: UploadId) -> None:
        """Pieces of any size, empty ones too, are appended in order."""
        sink = await staging.begin(upload, 0, Hint(10), free)
        for piece in (b"", b"abc", b"d", b"", b"efghij"):
            await sink.write(piece)
        location = await sink.commit()
        await sink.release(keep=True)
        assert await staged(staging, upload, Part(0, location, 10, "", 0)) == b"abcdefghij"

    async def test_a_part_may_be_empty(self, staging: Staging, upload: UploadId) -> None:
        """A part without bytes is a part."""
        part = await put(staging, upload, 0, b"", Hint(1, 0))
        assert await staged(staging, upload, part) == b""

    async def test_bytes_can_be_followed_while_they_come(self, staging: Staging, upload: UploadId) -> None:
        """Where a sink says that its bytes are, they are, before anything is committed."""
        sink = await staging.begin(upload, 0, Hint(1000), free)
        await sink.write(b"so far")
        if sink.location is not None:
            seen = hashlib.sha256()
            await staging.feed(upload, sink.location, 0, 6, [[seen]])
            assert seen.hexdigest() == sha256(b"so far")
        await sink.release(keep=False)

    async def test_release_never_raises(self, staging: Staging, upload: UploadId) -> None:
        """An attempt is let go of without complaint even when everything about its upload is gone."""
        sink = await staging.begin(upload, 0, Hint(10, 10), free)
        await sink.write(b"0123456789")
        await staging.discard(upload)
        await sink.release(keep=False)

    async def test_a_refusal_passes_through(self, staging: Staging, upload: UploadId) -> None:
        """The fault that `admit` raises is the fault that `begin` raises."""
        with pytest.raises(UploadBusy):
            await staging.begin(upload, 0, Hint(10, 10), refused)

    async def test_a_refusal_harms_no_committed_part(self, staging: Staging, upload: UploadId) -> None:
        """An attempt that was refused gives back nothing that is not its own."""
        part = await put(staging, upload, 0, b"0123456789", Hint(10, 10))
        for _ in range(2):
            with pytest.raises(UploadBusy):
                await staging.begin(upload, 0, Hint(10, 10), refused)
        assert await staged(staging, upload, part) == b"0123456789"

    # --- committed bytes are never written again ---------------------------------------------------------------------

    async def test_a_part_sent_again_leaves_the_first_alone(self, staging: Staging, upload: UploadId) -> None:
        """A part that has a record is written elsewhere when it comes again, whether that attempt ends well or not."""
        first = await put(staging, upload, 1, b"first.....", Hint(10, 10))
        second = await put(staging, upload, 1, b"second....", Hint(10, 10), taken)
        third = await staging.begin(upload, 1, Hint(10, 10), taken)
        await third.write(b"third.....")
        await third.release(keep=False)
        assert first.location != second.location
        assert await staged(staging, upload, first) == b"first....."
        assert await staged(staging, upload, second) == b"second...."

    async def test_two_attempts_at_once_never_meet(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """Two attempts at one part at one time, in two processes, write two places."""
        one = await staging.begin(upload, 1, Hint(10, 10), free)
        two = await other.begin(upload, 1, Hint(10, 10), free)
        await one.write(b"11111")
        await two.write(b"22222")
        first, second = await finish(one, 1, b"11111"), await finish(two, 1, b"22222")
        assert await staged(staging, upload, Part(1, first.location, 10, "", 0)) == b"1111111111"
        assert await staged(staging, upload, Part(1, second.location, 10, "", 0)) == b"2222222222"

    async def test_neighbours_do_not_touch(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """Parts of one stride, written at once and in pieces by two processes, keep their own bytes."""
        contents = {number: bytes([65 + number]) * 10 for number in range(8)}
        sinks = {
            number: await (staging, other)[number % 2].begin(upload, number, Hint(10), free) for number in contents
        }
        for _ in range(10):
            for number, sink in sinks.items():
                await sink.write(contents[number][:1])
        parts = [await finish(sink, number, b"") for number, sink in sinks.items()]
        found = [await staged(staging, upload, Part(part.number, part.location, 10, "", 0)) for part in parts]
        assert found == list(contents.values())

    async def test_a_part_longer_than_its_guess(self, staging: Staging, upload: UploadId) -> None:
        """A body that outgrows the guessed size is whole all the same, and its neighbours are untouched."""
        before = await put(staging, upload, 0, b"a" * 10, Hint(10, 10))
        after = await put(staging, upload, 2, b"c" * 10, Hint(10, 10))
        sink = await staging.begin(upload, 1, Hint(10), free)
        for _ in range(7):
            await sink.write(b"bbbb")
        long = await finish(sink, 1, b"")
        assert await staged(staging, upload, Part(1, long.location, 28, "", 0)) == b"b" * 28
        assert await staged(staging, upload, before) == b"a" * 10
        assert await staged(staging, upload, after) == b"c" * 10

    async def test_a_failed_attempt_leaves_its_neighbours(self, staging: Staging, upload: UploadId) -> None:
        """What is given back after a failure is only what that attempt had taken."""
        before = await put(staging, upload, 0, b"a" * 4096, Hint(4096, 4096))
        after = await put(staging, upload, 2, b"c" * 4096, Hint(4096, 4096))
        for length in (0, 1, 4096, 5000):
            sink = await staging.begin(upload, 1, Hint(4096), free)
            await sink.write(b"b" * length)
            await sink.release(keep=False)
        assert await staged(staging, upload, before) == b"a" * 4096
        assert await staged(staging, upload, after) == b"c" * 4096

    async def test_a_place_is_free_after_its_attempt(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """A part whose first attempt failed is taken from anybody at the next."""
        sink = await staging.begin(upload, 0, Hint(10, 10), free)
        await sink.write(b"half")
        await sink.release(keep=False)
        part = await put(other, upload, 0, b"0123456789", Hint(10, 10))
        assert await staged(staging, upload, part) == b"0123456789"

    async def test_places_are_never_shared(self, staging: Staging, upload: UploadId) -> None:
        """No two committed parts ever have the same place, whatever the guesses were."""
        hints = [Hint(10, 10), Hint(20, 10), Hint(7), Hint(10, 10, size=15), Hint(1, 10)]
        parts = [await put(staging, upload, n, b"x" * 10, hint, taken) for n in range(3) for hint in hints]
        assert len({part.location for part in parts}) == len(parts)

    async def test_a_dropped_place_spares_the_others(self, staging: Staging, upload: UploadId) -> None:
        """Dropping a replaced part, even twice, touches nothing else."""
        first = await put(staging, upload, 0, b"first.....", Hint(10, 10))
        second = await put(staging, upload, 0, b"second....", Hint(10, 10), taken)
        third = await put(staging, upload, 0, b"third.....", Hint(10, 10), taken)
        for gone in (first, second, second):
            await staging.drop(upload, gone.location)
        assert await staged(staging, upload, third) == b"third....."

    # --- offsets -----------------------------------------------------------------------------------------------------

    async def test_parts_of_any_lengths_lie_at_their_offsets(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """Where it is known where parts begin, they may have any lengths and come in any order, and become the file."""
        contents = [bytes([65 + length % 7]) * length for length in (1000, 1, 70_000, 0, 333)]
        starts = offsets(map(len, contents))
        parts = []
        for number in (2, 0, 4, 3, 1):
            length = len(contents[number])
            hint = Hint(1, length if number % 2 else None, size=sum(map(len, contents)), offset=starts[number])
            parts.append(await put((staging, other)[number % 2], upload, number, contents[number], hint))
        parts.sort(key=lambda part: part.number)
        assert [await staged(staging, upload, part) for part in parts] == contents
        whole = b"".join(contents)
        at = await staging.compose(upload, parts)
        assert b"".join([piece async for piece in await blobs.read(at, 0, len(whole))]) == whole

    async def test_extents_at_once_never_meet(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """Attempts whose extents overlap, or may, write two places; one that is taken is written elsewhere."""
        one = await staging.begin(upload, 0, Hint(1, offset=0), free)
        two = await other.begin(upload, 1, Hint(1, 10, offset=5), free)
        await one.write(b"1" * 10)
        await two.write(b"2" * 10)
        first, second = await finish(one, 0, b""), await finish(two, 1, b"")
        third = await put(staging, upload, 2, b"3" * 10, Hint(1, 10, offset=0), taken)
        for part, content in ((first, b"1"), (second, b"2"), (third, b"3")):
            assert await staged(staging, upload, replace(part, length=10)) == content * 10

    async def test_an_offset_costs_nothing(self, staging: Staging, upload: UploadId) -> None:
        """However far away a part says that it begins, it is stored all the same."""
        for number, offset in enumerate((1 << 62, 1 << 80)):
            part = await put(staging, upload, number, b"far", Hint(1, 3, offset=offset))
            assert await staged(staging, upload, part) == b"far"

    # --- digests -----------------------------------------------------------------------------------------------------

    async def test_feed_gives_every_hasher_the_range(self, staging: Staging, upload: UploadId) -> None:
        """Every hasher gets exactly the bytes of the range."""
        content = bytes(range(256)) * 3000
        part = await put(staging, upload, 1, content, Hint(len(content), len(content)))
        one, two = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        await staging.feed(upload, part.location, 300, 700_000, [[one], [two]])
        assert one.hexdigest() == hashlib.sha256(content[300:700_000]).hexdigest()
        assert two.hexdigest() == hashlib.md5(content[300:700_000], usedforsecurity=False).hexdigest()

    async def test_feed_says_when_bytes_are_not_there(
        self, staging: Staging, upload: UploadId, absent: StagedLocation
    ) -> None:
        """A place without those bytes is `BytesMissing`, never fewer bytes."""
        with pytest.raises(BytesMissing):
            await staging.feed(upload, absent, 0, 10, [[hashlib.sha256()]])
        part = await put(staging, upload, 0, b"0123456789", Hint(10, 10))
        with pytest.raises(BytesMissing):
            await staging.feed(upload, part.location, 0, 11, [[hashlib.sha256()]])
        for location, stop in ((absent, 10), (part.location, 11)):
            with pytest.raises(BytesMissing):
                _ = [piece async for piece in await staging.read(upload, location, 0, stop)]

    # --- composing ---------------------------------------------------------------------------------------------------

    async def test_compose_joins_parts_in_order(self, staging: Staging, blobs: Blobs, upload: UploadId) -> None:
        """Parts from anywhere, the empty ones too, become one blob in the order given."""
        contents = [b"a" * 10, b"b" * 10, b"", b"c" * 25, b"d" * 3]
        hints = [Hint(10, 10), Hint(20, 10), Hint(10, 0), Hint(10), Hint(10, 3)]
        parts = [await put(staging, upload, n, contents[n], hints[n]) for n in (4, 1, 3, 0, 2)]
        parts.sort(key=lambda part: part.number)
        whole = b"".join(contents)
        at = await staging.compose(upload, parts)
        assert await blobs.size(at) == len(whole)
        assert b"".join([piece async for piece in await blobs.read(at, 0, len(whole))]) == whole

    async def test_compose_of_nothing_is_an_empty_blob(self, staging: Staging, blobs: Blobs, upload: UploadId) -> None:
        """No parts at all make a blob without bytes."""
        at = await staging.compose(upload, [])
        assert await blobs.size(at) == 0

    async def test_compose_can_be_repeated(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """Composing again, in another process too, gives the same place and the same bytes."""
        parts = [await put(staging, upload, n, bytes([65 + n]) * 10, Hint(10, 10)) for n in range(3)]
        whole = b"A" * 10 + b"B" * 10 + b"C" * 10
        places = {await where.compose(upload, parts) for where in (staging, other, staging)}
        assert len(places) == 1
        [at] = places
        assert b"".join([piece async for piece in await blobs.read(at, 0, 30)]) == whole

    async def test_compose_twice_at_once(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """Two processes that compose the same upload at once agree."""
        contents = [bytes([65 + n]) * 50_000 for n in range(6)]
        parts = [
            await put(staging, upload, n, contents[n], Hint(50_000 if n % 2 else 60_000, 50_000)) for n in range(6)
        ]
        whole = b"".join(contents)
        one, two = await asyncio.gather(*(s.compose(upload, parts) for s in (staging, other)))
        assert one == two
        assert b"".join([piece async for piece in await blobs.read(one, 0, len(whole))]) == whole

    async def test_a_writer_at_work_never_changes_a_blob(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """An attempt that began before composing and goes on after it leaves the blob as it is."""
        late = [await other.begin(upload, number, Hint(12, 12), free) for number in (3, 1)]
        parts = [await put(staging, upload, n, b"good" * 3, Hint(12, 12)) for n in range(3)]
        for sink in late:
            await sink.write(b"evil")
        at = await staging.compose(upload, parts)
        for sink in late:
            await sink.write(b"evil")
        await late[0].release(keep=False)
        await finish(late[1], 1, b"evil")
        assert b"".join([piece async for piece in await blobs.read(at, 0, 36)]) == b"good" * 9
        assert await blobs.size(at) == 36

    async def test_discard_leaves_the_blob(self, staging: Staging, blobs: Blobs, upload: UploadId) -> None:
        """What was composed outlives what it was made of."""
        part = await put(staging, upload, 0, b"0123456789", Hint(10, 10))
        at = await staging.compose(upload, [part])
        await staging.discard(upload)
        assert b"".join([piece async for piece in await blobs.read(at, 0, 10)]) == b"0123456789"

    async def test_a_location_does_not_depend_on_the_bytes(
        self, staging: Staging, other: Staging, upload: UploadId
    ) -> None:
        """Where an upload's blob comes to lie is its own, whatever its bytes are, so that no two share one."""
        sibling = UploadId(new_id())
        places = set()
        for store, one in ((staging, upload), (other, sibling)):
            part = await put(store, one, 0, b"same", Hint(4, 4))
            places.add(await store.compose(one, [part]))
        assert len(places) == 2

    # --- composing behind the writers --------------------------------------------------------------------------------

    async def test_what_is_followed_becomes_the_blob(self, staging: Staging, blobs: Blobs, upload: UploadId) -> None:
        """Parts that were followed as they came are composed in the order given."""
        contents = [bytes([65 + number]) * (6 << 20) for number in range(3)]
        parts = []
        for number, content in enumerate(contents):
            parts.append(await put(staging, upload, number, content, Hint(len(content), len(content))))
            staging.follow(upload, parts[-1])
        at = await staging.compose(upload, parts)
        assert await digest_of(blobs, at, 18 << 20) == sha256(b"".join(contents))

    @pytest.mark.parametrize("again", [True, False], ids=["followed again", "not heard of again"])
    async def test_a_part_that_is_replaced_after_it_was_followed(
        self, staging: Staging, blobs: Blobs, upload: UploadId, again: bool
    ) -> None:
        """What counts is what is composed at last, not what was followed."""
        size = 6 << 20
        before = [await put(staging, upload, n, bytes([65 + n]) * size, Hint(size, size)) for n in range(3)]
        for part in before:
            staging.follow(upload, part)
        after = await put(staging, upload, 1, b"z" * size, Hint(size, size), taken)
        for part in (before[0], after) if again else ():
            staging.follow(upload, part)
        at = await staging.compose(upload, [before[0], after, before[2]])
        assert await digest_of(blobs, at, 3 * size) == sha256(b"A" * size + b"z" * size + b"C" * size)

    async def test_another_composes_what_was_followed(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """Whoever composes need not be who followed; what is left over goes with the upload."""
        size = 6 << 20
        parts = [await put(staging, upload, n, bytes([65 + n]) * size, Hint(size, size)) for n in range(3)]
        for part in parts:
            staging.follow(upload, part)
        at = await other.compose(upload, parts)
        assert await digest_of(blobs, at, 3 * size) == sha256(b"A" * size + b"B" * size + b"C" * size)
        await staging.discard(upload)
        assert [found async for found, _ in other.each()] == []

    async def test_followed_and_discarded(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """An upload that is given up while it is followed leaves nothing."""
        size = 6 << 20
        for number in range(3):
            staging.follow(upload, await put(staging, upload, number, b"x" * size, Hint(size, size)))
        await staging.discard(upload)
        await other.discard(upload)
        assert [found async for found, _ in other.each()] == []

    async def test_what_came_through_us_cannot_be_replaced(self, staging: Staging, upload: UploadId) -> None:
        """Gathering parts whose places nobody else knows loses none of them."""
        parts = [await put(staging, upload, number, b"0123456789", Hint(10, 10)) for number in range(2)]
        for _ in range(2):
            assert list(await staging.gather(upload, parts)) == []

    # --- addresses of the store itself -------------------------------------------------------------------------------

    async def test_what_is_put_to_an_offered_address_has_arrived(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """Bytes of the declared length that are PUT to the address of a part are read like any part, and composed."""
        contents = [b"first", b"second"]
        urls = await staging.offer(upload, [Offering(number, len(c)) for number, c in enumerate(contents)], 60)
        if urls is None:
            assert list(await staging.arrived(upload)) == []
            return
        async with httpx.AsyncClient(timeout=60) as stranger:
            refused = await stranger.put(urls[0], content=b"longer")
            answers = [await stranger.put(url, content=c) for url, c in zip(urls, contents, strict=True)]
        assert refused.status_code == 403
        assert all(answer.status_code == 200 for answer in answers)
        arrived = {one.number: one for one in await other.arrived(upload)}
        assert {number: one.length for number, one in arrived.items()} == {0: 5, 1: 6}
        parts = [Part(number, one.location, one.length, f"etag:{one.tag}", 0) for number, one in arrived.items()]
        assert [await staged(other, upload, part) for part in parts] == contents
        assert list(await staging.gather(upload, parts)) == []
        at = await other.compose(upload, parts)
        assert b"".join([piece async for piece in await blobs.read(at, 0, 11)]) == b"firstsecond"

    async def test_what_is_put_again_is_another_part(self, staging: Staging, upload: UploadId) -> None:
        """The first bytes are missing then, for readers and for whoever gathers, and the second have arrived."""
        urls = await staging.offer(upload, [Offering(0)], 60)
        if urls is None:
            return
        parts = []
        async with httpx.AsyncClient(timeout=60) as stranger:
            for content in (b"first", b"other"):
                await stranger.put(urls[0], content=content)
                [one] = await staging.arrived(upload)
                parts.append(Part(0, one.location, one.length, f"etag:{one.tag}", 0))
        first, second = parts
        assert await staged(staging, upload, second) == b"other"
        with pytest.raises(BytesMissing):
            await staged(staging, upload, first)
        assert list(await staging.gather(upload, [first])) == [first]

    async def test_what_is_put_after_gathering_does_not_count(
        self, staging: Staging, other: Staging, blobs: Blobs, upload: UploadId
    ) -> None:
        """Between gathering and composing nobody can change what becomes of the parts, whoever composes."""
        urls = await staging.offer(upload, [Offering(0)], 60)
        if urls is None:
            return
        async with httpx.AsyncClient(timeout=60) as stranger:
            await stranger.put(urls[0], content=b"first")
            [one] = await staging.arrived(upload)
            parts = [Part(0, one.location, one.length, f"etag:{one.tag}", 0)]
            assert list(await staging.gather(upload, parts)) == []
            await stranger.put(urls[0], content=b"other")
        at = await other.compose(upload, parts)
        assert b"".join([piece async for piece in await blobs.read(at, 0, 5)]) == b"first"

    # --- the end -----------------------------------------------------------------------------------------------------

    async def test_discard_forgets_everything(self, staging: Staging, upload: UploadId) -> None:
        """A discarded upload has no bytes; discarding it again is no error."""
        part = await put(staging, upload, 0, b"0123456789", Hint(10, 10))
        for _ in range(2):
            await staging.discard(upload)
        with pytest.raises(BytesMissing):
            await staging.feed(upload, part.location, 0, 10, [[hashlib.sha256()]])

    async def test_discard_spares_other_uploads(self, staging: Staging, upload: UploadId) -> None:
        """Uploads begin and end next to each other without noticing, however alike their ids are."""
        sibling = UploadId(upload[:-1] + ("0" if upload[-1] != "0" else "1"))

        async def live(mine: UploadId) -> None:
            for _ in range(20):
                part = await put(staging, mine, 0, b"0123456789", Hint(10, 10))
                assert await staged(staging, mine, part) == b"0123456789"
                await staging.discard(mine)

        await asyncio.gather(live(upload), live(sibling))

    async def test_neighbours_may_be_one(self, staging: Staging, upload: UploadId) -> None:
        """Where the store says that parts are one, both are read from one location; only those in a row can be."""
        placed = []
        for offset, content in ((0, b"first"), (5, b"second"), (20, b"apart")):
            sink = await staging.begin(upload, offset, Hint(1, len(content), offset=offset), free)
            await sink.write(content)
            placed.append(Part(offset, await sink.commit(), len(content), "", 0))
            await sink.release(keep=True)
        first, second, apart = placed
        assert staging.join(first, apart) is None
        if (location := staging.join(first, second)) is not None:
            read = await staging.read(upload, location, 0, 11)
            assert b"".join([piece async for piece in read]) == b"firstsecond"

    # --- bytes of another upload --------------------------------------------------------------------------------------

    async def test_bytes_are_used_again(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """Bytes of whole uploads come to lie where another one wants them, however often, and outlive their own."""
        one, two = [
            (source := UploadId(new_id()), await put_at(staging, source, 0, content))
            for content in (b"first" * 1000, b"second" * 1000)
        ]
        at, placed = 0, []
        for source, part in (one, two, one):
            location = await staging.reuse(upload, at, source, part)
            placed.append(replace(part, number=at, location=location))
            at += part.length
        assert await other.reuse(UploadId(new_id()), 0, *one) != ""
        for source, _ in (one, two):
            await staging.discard(source)
        for part, content in zip(placed, (b"first", b"second", b"first"), strict=True):
            assert await staged(other, upload, part) == content * 1000

    async def test_what_goes_on_behind_used_bytes_is_apart(self, staging: Staging, upload: UploadId) -> None:
        """Two uploads that begin with the same bytes of a third go on each in its own way, and the third keeps its."""
        source, other = UploadId(new_id()), UploadId(new_id())
        part, placed = await put_at(staging, source, 0, b"begin"), []
        firsts = [replace(part, location=await staging.reuse(mine, 0, source, part)) for mine in (upload, other)]
        for mine, first, rest in zip((upload, other), firsts, (b"one way", b"another"), strict=True):
            placed.append((mine, first, await put_at(staging, mine, 5, rest), rest))
        for mine, first, behind, rest in placed:
            assert await staged(staging, mine, first) == b"begin"
            assert await staged(staging, mine, behind) == rest
        assert await staged(staging, source, part) == b"begin"

    async def test_what_is_gone_is_not_used(self, staging: Staging, upload: UploadId) -> None:
        """Bytes that are not there any more are missed."""
        source = UploadId(new_id())
        part = await put_at(staging, source, 0, b"begin")
        await staging.discard(source)
        with pytest.raises(BytesMissing):
            await staging.reuse(upload, 0, source, part)

    async def test_probe(self, staging: Staging) -> None:
        """A store in good order takes parts."""
        await staging.probe()

    async def test_each_lists_what_is_here(self, staging: Staging, other: Staging, upload: UploadId) -> None:
        """Every upload with bytes is listed with the time of its last change, and none that was discarded."""
        gone = UploadId(new_id())
        await put(staging, upload, 0, b"x", Hint(10))
        await put(staging, gone, 0, b"x", Hint(10))
        await staging.discard(gone)
        listed = {found: changed async for found, changed in other.each()}
        assert listed.keys() == {upload}
        assert abs(listed[upload] - time.time()) < 60
