"""What every implementation of `Blobs` promises."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from penstock.model.ids import Location
from penstock.ports import Blobs, BytesMissing

Place = Callable[[bytes], Awaitable[Location]]
"""Makes these bytes a blob, as composing an upload does."""

CONTENT = bytes(range(256)) * 2000


class BlobsSpec:
    """Subclass it with fixtures `blobs`, `other` (the same store, as another process sees it), `place` and `absent` (a
    location where nothing lies).
    """

    async def test_a_blob_reads_back(self, blobs: Blobs, other: Blobs, place: Place) -> None:
        """Any range of a blob is read back byte for byte, by any process."""
        at = await place(CONTENT)
        for start, stop in ((0, len(CONTENT)), (0, 0), (255, 257), (300_000, 512_000)):
            for store in (blobs, other):
                assert b"".join([piece async for piece in await store.read(at, start, stop)]) == CONTENT[start:stop]

    async def test_pieces_are_small(self, blobs: Blobs, place: Place) -> None:
        """However large a blob is, it comes in pieces of at most a megabyte."""
        at = await place(bytes(3 << 20))
        assert max([len(piece) async for piece in await blobs.read(at, 0, 3 << 20)]) <= 1 << 20

    async def test_a_removed_blob_is_read_to_its_end_or_not_to_the_end(
        self, blobs: Blobs, other: Blobs, place: Place
    ) -> None:
        """A read that was begun before the removal gives the blob's bytes, or says that it cannot."""
        at = await place(CONTENT)
        reading = await blobs.read(at, 0, len(CONTENT))
        await other.forget(at)
        with suppress(BytesMissing):
            assert b"".join([piece async for piece in reading]) == CONTENT

    async def test_a_blob_offers_an_address_or_none(self, blobs: Blobs, place: Place) -> None:
        """What an address of the store itself gives is the blob, of the type and under the name that were asked for."""
        at = await place(CONTENT)
        url = await blobs.offer(at, 60, "text/x-odd; charset=utf-8", 'attachment; filename="a&b.txt"')
        if url is not None:
            async with httpx.AsyncClient(timeout=60) as stranger:
                got = await stranger.get(url, headers={"Range": "bytes=255-299999"})
            assert (got.status_code, got.content) == (206, CONTENT[255:300_000])
            assert got.headers["content-disposition"] == 'attachment; filename="a&b.txt"'

    async def test_reading_what_is_not_there(self, blobs: Blobs, absent: Location) -> None:
        """An absent blob is `BytesMissing` when it is opened, before a byte is promised."""
        with pytest.raises(BytesMissing):
            await blobs.read(absent, 0, 1)

    async def test_a_short_blob_is_never_passed_off_as_whole(self, blobs: Blobs, place: Place) -> None:
        """Asking for more bytes than there are ends in an error, not in fewer bytes."""
        at = await place(b"0123456789")
        with pytest.raises(BytesMissing):
            _ = [piece async for piece in await blobs.read(at, 0, 11)]
        with pytest.raises(BytesMissing):
            await blobs.feed(at, 0, 11, [[hashlib.sha256()]])

    async def test_feed_gives_every_hasher_the_range(self, blobs: Blobs, place: Place) -> None:
        """Every hasher gets exactly the bytes of the range."""
        at = await place(CONTENT)
        one, two = hashlib.sha256(), hashlib.sha256()
        await blobs.feed(at, 100, 400_000, [[one], [two]])
        assert one.hexdigest() == two.hexdigest() == hashlib.sha256(CONTENT[100:400_000]).hexdigest()

    async def test_feeding_what_is_not_there(self, blobs: Blobs, absent: Location) -> None:
        """An absent blob is `BytesMissing`."""
        with pytest.raises(BytesMissing):
            await blobs.feed(absent, 0, 1, [[hashlib.sha256()]])

    async def test_size(self, blobs: Blobs, place: Place, absent: Location) -> None:
        """A blob's size is how many bytes are there; an absent one has none."""
        assert await blobs.size(await place(CONTENT)) == len(CONTENT)
        assert await blobs.size(await place(b"")) == 0
        assert await blobs.size(absent) is None

    async def test_forget(self, blobs: Blobs, place: Place, absent: Location) -> None:
        """A forgotten blob is gone, the others stay; forgetting twice, or what never was, is no error."""
        at, stays = await place(b"goes"), await place(b"stays")
        for gone in (at, at, absent):
            await blobs.forget(gone)
        assert await blobs.size(at) is None
        assert await blobs.size(stays) == 5

    async def test_quarantine(self, blobs: Blobs, place: Place, absent: Location) -> None:
        """A quarantined blob is neither read, sized nor listed; doing it twice, or to what never was, is no error."""
        at = await place(CONTENT)
        for odd in (at, at, absent):
            await blobs.quarantine(odd)
        with pytest.raises(BytesMissing):
            await blobs.read(at, 0, 1)
        assert await blobs.size(at) is None
        assert at not in [found async for found, _ in blobs.each()]

    async def test_each(self, blobs: Blobs, other: Blobs, place: Place) -> None:
        """Every blob is listed once with the time it was placed, and nothing else."""
        places = {await place(bytes([n])) for n in range(20)}
        listed = [(at, placed) async for at, placed in other.each()]
        assert sorted(at for at, _ in listed) == sorted(places)
        assert all(abs(placed - time.time()) < 60 for _, placed in listed)

    async def test_each_while_blobs_go(self, blobs: Blobs, place: Place) -> None:
        """Listing goes on when a blob is removed meanwhile."""
        places = [await place(bytes([n])) for n in range(10)]
        listed = []
        async for at, _ in blobs.each():
            listed.append(at)
            await asyncio.gather(*map(blobs.forget, places[5:]))
        assert set(places[:5]) <= set(listed)

    async def test_same_bytes_of_two_uploads_do_not_share(self, blobs: Blobs, place: Place) -> None:
        """The same bytes placed twice are two blobs, so that removing one never removes the other."""
        one, two = await place(CONTENT), await place(CONTENT)
        assert one != two
        await blobs.forget(one)
        assert await blobs.size(two) == len(CONTENT)

    async def test_probe(self, blobs: Blobs) -> None:
        """A store in good order passes its own probe and shows no trace of it."""
        await blobs.probe()
        assert [at async for at, _ in blobs.each()] == []
