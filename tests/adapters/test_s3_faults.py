"""What an S3 store may do wrong, and what comes of it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web

from cluster.programs import free_port
from penstock.adapters.s3 import Bucket, S3Blobs, S3Staging, StoreRefused, store_address
from penstock.model.faults import StorageFailed
from penstock.model.ids import Location, StagedLocation, UploadId, new_id
from penstock.model.upload import Part
from penstock.pools import Pool
from penstock.ports import BytesMissing, Hint
from tests.ports.staging import digest_of, free, put, sha256, staged
from tests.support.faulty import Meddle, Way, slow_down, times, way_to
from tests.support.stores import objects, seaweed

MIB = 1 << 20
CONTENT = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def threads() -> Iterator[Pool]:
    with closing(Pool(2, "test")) as pool:
        yield pool


@pytest.fixture
async def way() -> AsyncIterator[Way]:
    async with way_to(seaweed()) as way:
        yield way


@pytest.fixture
async def bucket(way: Way) -> AsyncIterator[Bucket]:
    bucket = Bucket(store_address(way.place))
    yield bucket
    await bucket.close()


@pytest.fixture
async def staging(bucket: Bucket, tmp_path: Path, threads: Pool) -> AsyncIterator[S3Staging]:
    staging = S3Staging(bucket, tmp_path, threads)
    yield staging
    await staging.close()


@pytest.fixture
def blobs(bucket: Bucket, threads: Pool) -> S3Blobs:
    return S3Blobs(bucket, threads)


@pytest.fixture
def upload() -> UploadId:
    return UploadId(new_id())


async def large(staging: S3Staging, upload: UploadId) -> list[Part]:
    """Three parts that are copied, in all 16 MiB."""
    sizes = (5 * MIB, 5 * MIB, 6 * MIB)
    return [await put(staging, upload, n, bytes([n]) * size, Hint(size, size)) for n, size in enumerate(sizes)]


async def sent(staging: S3Staging, upload: UploadId, length: int | None) -> None:
    """A part of 2 MiB in pieces, as the engine sends it; given up when something goes wrong."""
    sink = await staging.begin(upload, 7, Hint(1, length), free)
    kept = False
    try:
        for _ in range(8):
            await sink.write(bytes(MIB // 4))
        await sink.commit()
        kept = True
    finally:
        await sink.release(keep=kept)


LARGE = sha256(bytes(5 * MIB) + bytes([1]) * 5 * MIB + bytes([2]) * 6 * MIB)


async def test_a_store_that_asks_for_patience(way: Way, staging: S3Staging, blobs: S3Blobs, upload: UploadId) -> None:
    """What can be asked again is asked again: spooled bodies, readings and everything inside the store."""
    for where in ("PUT", "GET", "HEAD", "uploads", "uploadId"):
        way.meddle = times(2, slow_down, where)
        part = await put(staging, upload, 0, CONTENT, Hint(1))
        assert await staged(staging, upload, part) == CONTENT
        at = await staging.compose(upload, [part])
        assert await blobs.size(at) == len(CONTENT)
        await staging.discard(upload)
        await blobs.forget(at)


async def test_a_store_that_has_no_time(way: Way, staging: S3Staging, blobs: S3Blobs, upload: UploadId) -> None:
    """After a few attempts the answer is that the store failed."""
    part = await put(staging, upload, 0, CONTENT, Hint(len(CONTENT), len(CONTENT)))
    way.meddle = times(1000, slow_down)
    for attempt in (
        sent(staging, upload, None),
        sent(staging, upload, 2 * MIB),
        staged(staging, upload, part),
        staging.compose(upload, [part]),
        staging.discard(upload),
        blobs.probe(),
    ):
        with pytest.raises(StorageFailed):
            await attempt


async def test_a_store_that_is_away(tmp_path: Path, threads: Pool, upload: UploadId) -> None:
    """Nobody listens: the store failed, and nothing else happens; a start does not refuse for it."""
    seaweed()
    bucket = Bucket(store_address(f"s3://b?endpoint=http://127.0.0.1:{free_port()}&region=r"))
    staging = S3Staging(bucket, tmp_path, threads)
    for attempt in (
        sent(staging, upload, 2 * MIB),
        sent(staging, upload, None),
        staging.read(upload, StagedLocation("0-x#tag#"), 0, 1),
        staging.discard(upload),
        bucket.check(),
    ):
        with pytest.raises(StorageFailed):
            await attempt
    await bucket.close()


async def test_a_reading_that_breaks_off(way: Way, staging: S3Staging, upload: UploadId) -> None:
    """The rest is asked for, from where it broke off, so that a reader never notices."""
    part = await put(staging, upload, 0, CONTENT, Hint(len(CONTENT), len(CONTENT)))
    way.meddle = cut(2)
    assert await staged(staging, upload, part) == CONTENT
    assert way.count("GET /penstock") == 3


async def test_a_reading_that_breaks_off_for_good(way: Way, staging: S3Staging, upload: UploadId) -> None:
    """A reader gets all bytes or an error, never fewer."""
    part = await put(staging, upload, 0, CONTENT, Hint(len(CONTENT), len(CONTENT)))
    way.meddle = cut(1000)
    with pytest.raises(StorageFailed):
        await staged(staging, upload, part)


async def test_an_object_that_is_replaced_while_it_is_read(way: Way, bucket: Bucket, blobs: S3Blobs) -> None:
    """The rest of a broken reading is of the same object, or there is none."""
    await bucket.put("blobs/one", lambda: CONTENT, len(CONTENT))
    way.meddle = cut(1)
    reading = await blobs.read(Location("one"), 0, len(CONTENT))
    first = await anext(reading)
    await bucket.put("blobs/one", lambda: CONTENT[::-1], len(CONTENT))
    with pytest.raises(BytesMissing):
        _ = [first, *[piece async for piece in reading]]


def cut(count: int) -> Meddle:
    """So many GETs of an object that end after the first 100,000 bytes of their answer, with another length said."""
    left = [count]

    async def meddle(request: web.Request, body: bytes) -> web.StreamResponse | None:
        if request.method != "GET" or "Range" not in request.headers or not left[0]:
            return None
        left[0] -= 1
        first, last = map(int, request.headers["Range"].removeprefix("bytes=").split("-"))
        etag = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
        answer = web.StreamResponse(status=206, headers={"Content-Length": str(last + 1 - first), "ETag": f'"{etag}"'})
        await answer.prepare(request)
        await answer.write(CONTENT[first : first + 100_000])
        await asyncio.sleep(0.05)
        assert request.transport is not None
        request.transport.close()
        return answer

    return meddle


async def test_an_answer_to_completing_that_is_lost(
    way: Way, staging: S3Staging, blobs: S3Blobs, upload: UploadId
) -> None:
    """The blob is there although the store's answer never came; it is made once."""
    parts = await large(staging, upload)

    def lose(request: web.Request, body: bytes) -> bytes:
        if request.method == "POST" and "uploadId" in request.raw_path and b"Result" in body:
            return b"<Error><Code>InternalError</Code><Message>lost</Message></Error>"
        return body

    way.answered = lose  # a 200 that carries an error: so S3 does when completing takes long
    at = await staging.compose(upload, parts)
    assert await digest_of(blobs, at, 16 * MIB) == LARGE
    await staging.discard(upload)
    assert await objects(way.place) == [f"blobs/{upload}"]


async def test_bytes_that_change_on_the_way(way: Way, staging: S3Staging, upload: UploadId) -> None:
    """What was stored otherwise than it came never becomes a blob."""
    done = list[str]()

    async def flip(request: web.Request, body: bytes) -> bytes:
        if request.method == "PUT" and len(body) == 5 * MIB and not done:
            done.append(request.raw_path)
            return body[:1000] + b"!" + body[1001:]
        return body

    way.meddle = flip
    parts = await large(staging, upload)
    assert done
    with pytest.raises(BytesMissing):
        await staging.compose(upload, parts)
    assert [key for key in await objects(way.place) if key.startswith("blobs/") and "…" not in key] == []


async def test_a_whole_that_is_wrong(way: Way, staging: S3Staging, blobs: S3Blobs, upload: UploadId) -> None:
    """A blob whose checksum the store finds wrong is put together anew, and nothing of the first is left."""
    parts, refused = await large(staging, upload), set[str]()

    async def refuse(request: web.Request, body: bytes) -> web.Response | None:
        multipart = request.query.get("uploadId", "")
        if request.method != "POST" or not multipart or refused - {multipart}:
            return None
        assert b"ChecksumCRC64NVME" in body or "x-amz-checksum-crc64nvme" in request.headers
        refused.add(multipart)
        return web.Response(status=400, text="<Error><Code>BadDigest</Code></Error>", content_type="application/xml")

    way.meddle = refuse
    at = await staging.compose(upload, parts)
    assert await digest_of(blobs, at, 16 * MIB) == LARGE
    await staging.discard(upload)
    assert await objects(way.place) == [f"blobs/{upload}"]


async def test_an_attempt_that_is_given_up(way: Way, staging: S3Staging, upload: UploadId) -> None:
    """What was sent of a body that broke off is gone with the attempt, however much it was."""
    for length in (None, 20 * MIB):
        sink = await staging.begin(upload, 0, Hint(1, length), free)
        for _ in range(48):
            await sink.write(bytes(MIB // 4))
        await sink.release(keep=False)
    assert await objects(way.place) == []


@pytest.mark.parametrize(
    "content", [CONTENT[:-1], CONTENT + b"!", b"", CONTENT * 2], ids=["short", "long", "empty", "twice"]
)
async def test_a_body_of_another_length(way: Way, staging: S3Staging, upload: UploadId, content: bytes) -> None:
    """It is taken to its end, so that the engine can say what is wrong with it, and never becomes a part."""
    sink = await staging.begin(upload, 0, Hint(1, len(CONTENT)), free)
    for start in range(0, len(content), MIB // 4):
        await sink.write(content[start : start + MIB // 4])
    with pytest.raises(StorageFailed):
        await sink.commit()
    await sink.release(keep=False)
    assert await objects(way.place) == []


async def test_an_attempt_that_is_refused_at_last(way: Way, staging: S3Staging, upload: UploadId) -> None:
    """A part that was stored whole and not recorded is gone with its attempt, too."""
    for length in (None, len(CONTENT)):
        sink = await staging.begin(upload, 0, Hint(1, length), free)
        await sink.write(CONTENT)
        await sink.commit()
        await sink.release(keep=False)
    assert await objects(way.place) == []


async def test_a_store_that_knows_no_ranges(way: Way, staging: S3Staging, upload: UploadId) -> None:
    """Other bytes than those that were asked for are never taken for them."""
    part = await put(staging, upload, 0, CONTENT, Hint(len(CONTENT), len(CONTENT)))
    way.meddle = times(1, lambda: web.Response(body=CONTENT[:9999], headers={"ETag": '"x"'}), "GET")
    with pytest.raises(BytesMissing):
        _ = [piece async for piece in await staging.read(upload, part.location, 5, 10)]


async def test_a_key_that_may_not_be_used(way: Way) -> None:
    """A refusal that no repetition changes is told to the operator at the start."""
    bucket = Bucket(store_address(way.place))
    denied = "<Error><Code>AccessDenied</Code></Error>"
    way.meddle = times(1000, lambda: web.Response(status=403, text=denied, content_type="application/xml"))
    with pytest.raises(StoreRefused, match="may not be used"):
        await bucket.check()
    await bucket.close()


async def test_a_blob_that_waited_long_for_its_record(
    staging: S3Staging, bucket: Bucket, upload: UploadId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made again, so that the background does not take it for an orphan just when it is recorded."""
    part = await put(staging, upload, 0, CONTENT, Hint(len(CONTENT), len(CONTENT)))
    at = await staging.compose(upload, [part])
    first = await bucket.head(f"blobs/{at}")
    monkeypatch.setattr("penstock.adapters.s3.staging.AGED", 0.0)
    await asyncio.sleep(1.1)  # the store's times are whole seconds
    assert await staging.compose(upload, [part]) == at
    second = await bucket.head(f"blobs/{at}")
    assert first is not None
    assert second is not None
    assert second.changed > first.changed
