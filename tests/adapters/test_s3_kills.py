"""A process that dies between two requests to the store, at each of them, and another that goes on."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from penstock.adapters.s3 import Bucket, S3Staging, store_address
from penstock.model.ids import UploadId, new_id
from penstock.model.upload import Part
from penstock.pools import Pool
from penstock.ports import Hint, Offering
from tests.ports.staging import free, put
from tests.support.stores import fresh_store, objects, seaweed, versitygw

MIB = 1 << 20
SIZES = (5 * MIB, MIB, MIB, 4 * MIB, 10)
"""One part that is copied, and others that have to be put together."""


class Killed(Exception):
    """The process is dead."""


class Mortal(Bucket):
    """A process that dies before its request of this number, or before its answer."""

    def __init__(self, place: str, *, before: int | None = None, after: int | None = None) -> None:
        super().__init__(store_address(place))
        self._before = before
        self._after = after
        self._count = 0
        self.dead = False

    async def request(
        self, method: str, key: str | None, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> aiohttp.ClientResponse:
        answer: aiohttp.ClientResponse = await self._mortal(super().request, method, key, query, headers, body)
        return answer

    async def _mortal(self, act: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        number, self._count = self._count, self._count + 1
        self.dead = self.dead or number == self._before
        if self.dead:
            raise Killed
        answer = None
        try:
            answer = await act(*arguments, **named)
        finally:
            self.dead = self.dead or number == self._after
            if self.dead:
                if isinstance(answer, aiohttp.ClientResponse):
                    answer.close()
                raise Killed
        return answer


@pytest.fixture(params=[seaweed, pytest.param(versitygw, marks=pytest.mark.cluster)], ids=["seaweed", "versitygw"])
def place(request: pytest.FixtureRequest) -> str:
    return fresh_store(request.param())


@asynccontextmanager
async def process(place: str, spool: Path, **death: int) -> AsyncIterator[tuple[Mortal, S3Staging]]:
    """A process of its own, alive until its death."""
    bucket, threads = Mortal(place, **death), Pool(2, "test")
    staging = S3Staging(bucket, spool, threads)
    try:
        yield bucket, staging
    finally:
        await staging.close()
        await bucket.close()
        threads.close()


Scene = Callable[[S3Staging, UploadId], Awaitable[object]]


async def every_death(place: str, spool: Path, when: str, prepare: Scene, act: Callable[..., Awaitable[object]]) -> int:
    """Act in a process that dies at its first request, its second, and so on, until it survives; another acts again
    and gives the upload up, and nothing but its blob is left. Returns how many deaths there were.
    """
    for number in itertools.count():
        upload = UploadId(new_id())
        async with process(place, spool) as (_, staging):
            prepared = await prepare(staging, upload)
        async with process(place, spool, **{when: number}) as (bucket, staging):
            with suppress(Killed, Exception):
                await act(staging, upload, prepared)
            survived = not bucket.dead
        async with process(place, spool) as (bucket, staging):
            await act(staging, upload, prepared)
            await staging.discard(upload)
            left = await objects(place)
            assert [key for key in left if upload in key] in ([f"blobs/{upload}"], []), number
            if f"blobs/{upload}" in left:
                await bucket.remove([f"blobs/{upload}"])
        if survived:
            return number
    raise AssertionError


def content(number: int) -> bytes:
    return bytes([65 + number]) * SIZES[number]


async def parts_put(staging: S3Staging, upload: UploadId) -> list[Part]:
    """Every part, through us."""
    return [await put(staging, upload, n, content(n), Hint(size, size)) for n, size in enumerate(SIZES)]


async def parts_offered(staging: S3Staging, upload: UploadId) -> list[Part]:
    """Every part, PUT to the store."""
    urls = await staging.offer(upload, [Offering(number, size) for number, size in enumerate(SIZES)], 60)
    assert urls is not None
    async with httpx.AsyncClient(timeout=60) as stranger:
        for number, url in enumerate(urls):
            await stranger.put(url, content=content(number))
    arrived = sorted(await staging.arrived(upload), key=lambda one: one.number)
    return [Part(one.number, one.location, one.length, f"etag:{one.tag}", 0) for one in arrived]


async def is_whole(staging: S3Staging, upload: UploadId, parts: list[Part]) -> None:
    """Compose, and read the blob."""
    at = await staging.compose(upload, parts)
    reading = await staging._bucket.get(f"blobs/{at}", 0, sum(SIZES))
    assert b"".join([piece async for piece in reading]) == b"".join(map(content, range(len(SIZES))))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_composing(place: str, tmp_path: Path, when: str) -> None:
    """Whatever was done and not heard of, the next process makes the whole blob, and nothing is left over."""
    assert await every_death(place, tmp_path, when, parts_put, is_whole) > 8


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_gathering(place: str, tmp_path: Path, when: str) -> None:
    """The same of parts that were PUT to the store, from gathering on."""

    async def gathered(staging: S3Staging, upload: UploadId, parts: list[Part]) -> None:
        assert list(await staging.gather(upload, parts)) == []
        await is_whole(staging, upload, parts)

    assert await every_death(place, tmp_path, when, parts_offered, gathered) > 8


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_a_single_part_is_composed(place: str, tmp_path: Path, when: str) -> None:
    """The same of a part that becomes a blob as it is."""

    async def part_put(staging: S3Staging, upload: UploadId) -> Part:
        return await put(staging, upload, 0, b"whole", Hint(5, 5))

    async def composed(staging: S3Staging, upload: UploadId, part: Part) -> None:
        await staging.compose(upload, [part])

    assert await every_death(place, tmp_path, when, part_put, composed) >= 2


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_following(place: str, tmp_path: Path, when: str) -> None:
    """What was copied behind the writers is taken up by whoever composes, or goes."""

    async def followed(staging: S3Staging, upload: UploadId, parts: list[Part]) -> None:
        for part in parts:
            staging.follow(upload, part)
        await is_whole(staging, upload, parts)

    assert await every_death(place, tmp_path, when, parts_put, followed) > 8


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_discarding(place: str, tmp_path: Path, when: str) -> None:
    """Giving up is finished by the next that tries."""

    async def followed(staging: S3Staging, upload: UploadId) -> None:
        for part in await parts_put(staging, upload):
            staging.follow(upload, part)
        await staging._gatherings[upload].settled()

    async def discarded(staging: S3Staging, upload: UploadId, _: object) -> None:
        await staging.discard(upload)

    assert await every_death(place, tmp_path, when, followed, discarded) >= 4


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("length", [None, 9 * MIB], ids=["unknown", "known"])
async def test_killed_while_a_part_comes(place: str, tmp_path: Path, when: str, length: int | None) -> None:
    """What came of a part goes with its upload, also when it was more than waits in a file."""

    async def nothing(staging: S3Staging, upload: UploadId) -> None:
        pass

    async def came(staging: S3Staging, upload: UploadId, _: object) -> None:
        sink = await staging.begin(upload, 0, Hint(1, length), free)
        try:
            for _ in range(36):
                await sink.write(bytes(MIB // 4))
            await sink.commit()
        finally:
            await sink.release(keep=False)

    assert await every_death(place, tmp_path, when, nothing, came) >= 2
