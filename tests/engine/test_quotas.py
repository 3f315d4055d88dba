"""Quotas: refused as early as can be, and nothing half-done stays."""

import asyncio
import io

import pytest
from PIL import Image

from penstock.engine.gallery import Order
from penstock.model.faults import Fault, QuotaExceeded, TooLarge
from penstock.model.file import NewFile
from penstock.model.image import EVERY_KIND, Recipe
from penstock.model.principal import Quota
from penstock.model.upload import Declared, State
from tests.engine.conftest import Opener
from tests.engine.doubles import Hold
from tests.engine.yard import ALICE, BOB, PLENTY, ROOM, Body, Yard, eventually, noise, pieces
from tests.pictures import photo


@pytest.fixture
def yard(another: Opener) -> Yard:
    """A process where everybody may have 10,000 bytes, two files, and three uploads."""
    return another("one", quota=Quota(10_000, 2, 3))


def space(yard: Yard) -> int:
    """How many bytes lie in staging."""
    return sum(path.stat().st_blocks for folder in yard.staging_folders() for path in folder.iterdir()) * 512


async def test_a_body_stops_where_the_room_ends(yard: Yard) -> None:
    """A body of unknown length is taken up to the last byte that was left, refused at the next, and given back."""
    await yard.store(noise(4000))
    upload, body = await yard.open(), Body()
    task = asyncio.create_task(yard.send(upload, 0, body.__aiter__()))
    body.give(b"x" * 6000)
    await eventually(lambda: body.idle)
    assert not task.done()
    body.give(b"x")
    with pytest.raises(QuotaExceeded) as refusal:
        await task
    assert (refusal.value.what, refusal.value.limit) == ("bytes", 10_000)
    assert (await yard.parts(upload), space(yard)) == ([], 0)
    await yard.send(upload, 0, b"x" * 6000)


async def test_a_length_is_refused_before_its_bytes(yard: Yard) -> None:
    """A part whose length is told is refused before anything is read or made; too large is what never fits."""
    await yard.store(noise(4000))
    upload = await yard.open()
    for length, fault in ((6001, QuotaExceeded), (10_001, TooLarge)):
        with pytest.raises(fault):
            await yard.send(upload, 0, b"x" * length)
    await yard.sealer.close()
    assert yard.staging_folders() == []


async def test_too_large_while_streaming(yard: Yard) -> None:
    """A body that alone outgrows the whole quota is too large, and not one too many."""
    upload = await yard.open()
    with pytest.raises(TooLarge) as refusal:
        await yard.send(upload, 0, b"x" * 10_001, told=False)
    assert refusal.value.limit == 10_000


async def test_the_narrower_limit_is_the_one_that_is_told(yard: Yard) -> None:
    """Where an upload's own limit is narrower than what is left, that is what is said."""
    upload = await yard.open(limit=500)
    with pytest.raises(TooLarge) as refusal:
        await yard.send(upload, 0, b"x" * 501, told=False)
    assert refusal.value.limit == 500


async def test_a_part_again_when_all_is_full(yard: Yard) -> None:
    """The same part again is a success though nothing is left, and so is another one of its size."""
    upload = await yard.open()
    await yard.send(upload, 0, noise(10_000))
    for content in (noise(10_000), noise(10_000, 1)):
        await yard.send(upload, 0, content, told=False)
    with pytest.raises(TooLarge):
        await yard.send(upload, 0, noise(10_001), told=False)


async def test_parts_that_began_together(yard: Yard, another: Opener) -> None:
    """Of parts that all found room when they began, those that end too late are refused, and their space given back."""
    other = another("two", quota=Quota(10_000, 2, 3))
    uploads = [await yard.open(), await other.open()]
    bodies = [Body() for _ in range(4)]
    sending = [
        asyncio.create_task((yard, other)[n % 2].send(uploads[n % 2], n, body.__aiter__()))
        for n, body in enumerate(bodies)
    ]
    for body in bodies:
        body.give(b"x" * 4000)
    await eventually(lambda: all(body.idle for body in bodies))
    for body in bodies:
        body.end()
    outcomes = await asyncio.gather(*sending, return_exceptions=True)
    assert sum(isinstance(outcome, QuotaExceeded) for outcome in outcomes) == 2
    assert sum([len(await yard.parts(upload)) for upload in uploads]) == 2
    assert space(yard) < 3 * 4000


async def test_a_whole_file_that_is_refused_leaves_nothing(yard: Yard) -> None:
    """Too many bytes or too many files: neither an upload nor a blob stays."""
    await yard.store(noise(9000))
    with pytest.raises(QuotaExceeded):
        await yard.store(noise(1001, 1))
    with pytest.raises(QuotaExceeded):
        await yard.engine.store(ALICE, ROOM, Declared("a"), pieces(noise(1001, 1)), limit=PLENTY, needs_md5=False)
    await yard.store(noise(1, 1))
    with pytest.raises(QuotaExceeded) as refusal:
        await yard.store(b"")
    assert refusal.value.what == "files"
    assert (yard.row("SELECT count(*) AS n FROM uploads WHERE state <> 'sealed'")["n"], space(yard)) == (0, 0)
    assert len(yard.blob_files()) == 2
    await yard.store(noise(10_000, 2), who=BOB)


async def test_an_upload_that_finds_no_place_stays_open(yard: Yard) -> None:
    """A seal for which there is no place touches no byte, leaves the upload open, and succeeds when a file is gone."""
    files = [await yard.store(noise(100, seed)) for seed in range(2)]
    upload = await yard.open()
    await yard.send(upload, 0, noise(1000))
    for _ in range(2):
        with pytest.raises(QuotaExceeded):
            await yard.seal(upload, 1)
        assert (yard.state(upload), len(yard.blob_files())) == (State.OPEN, 2)
    await yard.send(upload, 1, noise(1000, 1))
    await yard.engine.catalog.remove(ALICE, files[0].id)
    assert await yard.content(await yard.seal(upload, 2)) == noise(1000) + noise(1000, 1)


async def test_a_quota_lowered_while_placing_waits(another: Opener) -> None:
    """What was decided when there was room waits in placing when there is none any more; the background goes on."""
    hold = Hold("uploads", "publish")
    yard, strict = another("one", wrap=hold.wrap), another("two", quota=Quota(files=0))
    upload = await yard.open()
    await yard.send(upload, 0, noise(1000))
    task = asyncio.create_task(yard.seal(upload, 1))
    await hold.reached.wait()
    yard.clock.advance(6)
    with pytest.raises(QuotaExceeded):
        await strict.seal(upload, 1)
    assert yard.state(upload) == State.PLACING
    assert (await strict.upkeep.once(orphans=False)).resumed_uploads == 0
    assert yard.state(upload) == State.PLACING
    hold.go.set()
    assert await yard.content(await task) == noise(1000)


async def take(yard: Yard, key: str, content: bytes) -> object:
    """Store a picture."""
    held = await yard.engine.receiver.hold(pieces(content), PLENTY, None)
    order = Order(Recipe(), (Recipe(width=20),), EVERY_KIND)
    try:
        return await yard.engine.gallery.take(ALICE, ROOM, held, NewFile("a.jpg", "", key), order, None)
    finally:
        await held.discard()


async def test_a_picture_that_is_refused_leaves_nothing(yard: Yard) -> None:
    """Neither the picture nor what was made of it stays, on the disk or on record."""
    await yard.store(noise(9900))
    refusals: list[type[Fault]] = []
    noisy = io.BytesIO()
    Image.frombytes("RGB", (100, 100), noise(30_000)).save(noisy, "PNG")
    for picture in (photo(60, 40), noisy.getvalue()):
        with pytest.raises((QuotaExceeded, TooLarge)) as refusal:
            await take(yard, "k", picture)
        refusals.append(refusal.type)
    assert refusals == [QuotaExceeded, TooLarge]
    assert (len(yard.blob_files()), space(yard)) == (1, 0)
    assert [yard.row(f"SELECT count(*) AS n FROM {table}")["n"] for table in ("files", "blobs")] == [1, 1]
