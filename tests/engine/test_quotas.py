"""Quotas: refused as early as can be, and nothing half-done stays."""

import asyncio
import hashlib
import io
from dataclasses import replace

import pytest
from PIL import Image

from penstock.engine.images import ImageSpec
from penstock.engine.receiving import Incoming
from penstock.engine.reserving import TTL
from penstock.model.faults import Fault, QuotaExceeded, RateLimited, TooLarge
from penstock.model.file import NewFile
from penstock.model.ids import Md5
from penstock.model.image import EVERY_KIND, Recipe
from penstock.model.principal import ANONYMOUS, Principal, Quota
from penstock.model.quota import Headroom
from penstock.model.upload import Declared, State
from penstock.ports import Reserving
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import Body, pieces
from tests.support.bytes import noise
from tests.support.doubles import Hold
from tests.support.engine import ALICE, BOB, DIALECT, PLENTY, EngineServer
from tests.support.pictures import photo
from tests.support.waiting import eventually, settled


@pytest.fixture
def server(another: Opener) -> EngineServer:
    """A process where everybody may have 10,000 bytes, two files, and three uploads."""
    return another("one", quota=Quota(10_000, 2, 3))


def space(server: EngineServer) -> int:
    """How many bytes lie in staging."""
    return sum(path.stat().st_blocks for folder in server.staging_folders() for path in folder.iterdir()) * 512


async def test_a_body_stops_where_the_room_ends(server: EngineServer) -> None:
    """A body of unknown length is taken up to the last byte that was left, refused at the next, and given back."""
    await server.store(noise(4000))
    upload, body = await server.open(), Body()
    task = asyncio.create_task(server.send(upload, 0, body.__aiter__()))
    body.give(b"x" * 6000)
    await eventually(lambda: body.idle)
    assert not task.done()
    body.give(b"x")
    with pytest.raises(QuotaExceeded) as refusal:
        await task
    assert (refusal.value.what, refusal.value.limit) == ("bytes", 10_000)
    assert (await server.parts(upload), space(server)) == ([], 0)
    await server.send(upload, 0, b"x" * 6000)


async def test_a_length_is_refused_before_its_bytes(server: EngineServer) -> None:
    """A part whose length is told is refused before anything is read or made; too large is what never fits."""
    await server.store(noise(4000))
    upload = await server.open()
    for length, fault in ((6001, QuotaExceeded), (10_001, TooLarge)):
        with pytest.raises(fault):
            await server.send(upload, 0, b"x" * length)
    await server.sealer.close()
    assert server.staging_folders() == []


async def test_too_large_while_streaming(server: EngineServer) -> None:
    """A body that alone outgrows the whole quota is too large, and not one too many."""
    upload = await server.open()
    with pytest.raises(TooLarge) as refusal:
        await server.send(upload, 0, b"x" * 10_001, told=False)
    assert refusal.value.limit == 10_000


async def test_the_narrower_limit_is_the_one_that_is_told(server: EngineServer) -> None:
    """Where an upload's own limit is narrower than what is left, that is what is said."""
    upload = await server.open(limit=500)
    with pytest.raises(TooLarge) as refusal:
        await server.send(upload, 0, b"x" * 501, told=False)
    assert refusal.value.limit == 500


async def test_a_part_again_when_all_is_full(server: EngineServer) -> None:
    """The same part again is a success though nothing is left, and so is another one of its size."""
    upload = await server.open()
    await server.send(upload, 0, noise(10_000))
    for content in (noise(10_000), noise(10_000, 1)):
        await server.send(upload, 0, content, told=False)
    with pytest.raises(TooLarge):
        await server.send(upload, 0, noise(10_001), told=False)


async def test_parts_that_began_together(server: EngineServer, another: Opener) -> None:
    """Of parts that began together, those for whose bytes there is no room beside the others' are refused as they come,
    and their space given back.
    """
    other = another("two", quota=Quota(10_000, 2, 3))
    uploads = [await server.open(), await other.open()]
    bodies = [Body() for _ in range(4)]
    sending = [
        asyncio.create_task((server, other)[n % 2].send(uploads[n % 2], n, body.__aiter__()))
        for n, body in enumerate(bodies)
    ]
    for body in bodies:
        body.give(b"x" * 4000)
    await eventually(lambda: all(body.idle or task.done() for body, task in zip(bodies, sending, strict=True)))
    assert sum(task.done() for task in sending) == 2
    for body in bodies:
        body.end()
    outcomes = await asyncio.gather(*sending, return_exceptions=True)
    assert sum(isinstance(outcome, QuotaExceeded) for outcome in outcomes) == 2
    assert sum([len(await server.parts(upload)) for upload in uploads]) == 2
    assert space(server) < 3 * 4000


async def test_a_whole_file_that_is_refused_leaves_nothing(server: EngineServer) -> None:
    """Too many bytes or too many files: neither an upload nor a blob stays."""
    await server.store(noise(9000))
    with pytest.raises(QuotaExceeded):
        await server.store(noise(1001, 1))
    with pytest.raises(QuotaExceeded):
        await server.engine.store(ALICE, DIALECT, Declared("a"), pieces(noise(1001, 1)), limit=PLENTY, needs_md5=False)
    await server.store(noise(1, 1))
    with pytest.raises(QuotaExceeded) as refusal:
        await server.store(b"")
    assert refusal.value.what == "files"
    assert (server.row("SELECT count(*) AS n FROM uploads WHERE state <> 'sealed'")["n"], space(server)) == (0, 0)
    assert len(server.blob_files()) == 2
    await server.store(noise(10_000, 2), principal=BOB)


async def test_an_upload_that_finds_no_place_stays_open(server: EngineServer) -> None:
    """A seal for which there is no place touches no byte, leaves the upload open, and succeeds when a file is gone."""
    files = [await server.store(noise(100, seed)) for seed in range(2)]
    upload = await server.open()
    await server.send(upload, 0, noise(1000))
    for _ in range(2):
        with pytest.raises(QuotaExceeded):
            await server.seal(upload, 1)
        assert (server.state(upload), len(server.blob_files())) == (State.OPEN, 2)
    await server.send(upload, 1, noise(1000, 1))
    await server.engine.catalog.remove(ALICE, files[0].id)
    assert await server.content(await server.seal(upload, 2)) == noise(1000) + noise(1000, 1)


async def test_a_quota_lowered_while_placing_waits(another: Opener) -> None:
    """What was decided when there was room waits in placing when there is none any more; the background goes on."""
    hold = Hold("sealing", "publish")
    server, strict = another("one", wrap=hold.wrap), another("two", quota=Quota(files=0))
    upload = await server.open()
    await server.send(upload, 0, noise(1000))
    task = asyncio.create_task(server.seal(upload, 1))
    await hold.reached.wait()
    server.clock.advance(6)
    with pytest.raises(QuotaExceeded):
        await strict.seal(upload, 1)
    assert server.state(upload) == State.PLACING
    assert (await strict.upkeep.once(orphans=False)).resumed_uploads == 0
    assert server.state(upload) == State.PLACING
    hold.go.set()
    assert await server.content(await task) == noise(1000)


async def take(server: EngineServer, key: str, content: bytes) -> object:
    """Store a picture."""
    held = await server.engine.receiver.spool(ALICE, pieces(content), PLENTY, None)
    spec = ImageSpec(Recipe(), (Recipe(width=20),), EVERY_KIND)
    try:
        return await server.engine.images.take(ALICE, DIALECT, held, NewFile("a.jpg", "", key), spec, None)
    finally:
        await held.discard()


async def test_a_picture_that_is_refused_leaves_nothing(server: EngineServer) -> None:
    """Neither the picture nor what was made of it stays, on the disk or on record."""
    await server.store(noise(9900))
    refusals: list[type[Fault]] = []
    noisy = io.BytesIO()
    Image.frombytes("RGB", (100, 100), noise(30_000)).save(noisy, "PNG")
    for picture in (photo(60, 40), noisy.getvalue()):
        with pytest.raises((QuotaExceeded, TooLarge)) as refusal:
            await take(server, "k", picture)
        refusals.append(refusal.type)
    assert refusals == [QuotaExceeded, QuotaExceeded]
    assert (len(server.blob_files()), space(server)) == (1, 0)
    assert [server.row(f"SELECT count(*) AS n FROM {table}")["n"] for table in ("files", "blobs")] == [1, 1]


# --- bytes on their way ----------------------------------------------------------------------------------------------


async def test_begun_parts_reserve_what_comes(another: Opener) -> None:
    """However many parts begin at once with few bytes, they take no more of the disk than those, and what all of them
    announce is held against the quota.
    """
    server = another("one", quota=Quota(8 << 20))
    uploads = [await server.open(1) for _ in range(12)]
    bodies = [Body() for _ in uploads]
    sending = [
        asyncio.create_task(server.engine.receiver.receive(upload, Incoming(0, aiter(body), 4 << 20)))
        for upload, body in zip(uploads, bodies, strict=True)
    ]
    for body in bodies:
        body.give(b"x")
    await eventually(lambda: all(body.idle or task.done() for body, task in zip(bodies, sending, strict=True)))
    refused = [task for task in sending if task.done()]
    assert len(refused) == 4  # each of the others reserves its first megabyte
    assert all(isinstance(task.exception(), QuotaExceeded) for task in refused)
    assert space(server) < 1 << 20
    await settled(*sending)
    assert server.row("SELECT count(*) AS n FROM reservations")["n"] == 0
    await server.send(uploads[0], 0, noise(4 << 20))


async def test_a_part_on_its_way_has_its_room(server: EngineServer, another: Opener) -> None:
    """What was reserved for a part is its own, whoever else comes meanwhile, in whichever process."""
    other = another("two", quota=Quota(10_000, 2, 3))
    mine, yours, body = await server.open(1), await other.open(1), Body()
    task = asyncio.create_task(server.engine.receiver.receive(mine, Incoming(0, aiter(body), 6000)))
    body.give(b"x" * 10)
    await eventually(lambda: body.idle)
    with pytest.raises(QuotaExceeded):
        await other.send(yours, 0, noise(4001))
    await other.send(yours, 0, noise(4000))
    body.give(b"x" * 5990)
    body.end()
    assert (await task).upload.bytes == 6000


async def test_one_part_in_the_place_of_another_once(server: EngineServer) -> None:
    """What a part has now is in the place of one attempt to replace it; the attempts beside it count whole."""
    upload, bodies = await server.open(1), [Body(), Body()]
    await server.send(upload, 0, noise(8000))
    tasks = []
    for body in bodies:
        body.give(b"x" * 5000)
        tasks.append(asyncio.create_task(server.engine.receiver.receive(upload, Incoming(0, aiter(body)))))
        await eventually(lambda body=body, task=tasks[-1]: body.idle or task.done())  # type: ignore[misc]
    assert [task.done() for task in tasks] == [False, True]
    assert isinstance(tasks[1].exception(), QuotaExceeded)
    bodies[0].end()
    await tasks[0]


async def test_held_bytes_count_while_they_are_held(server: EngineServer) -> None:
    """Bytes whose upload is named later count as long as they are held, once, also while they become a part."""
    held = await server.engine.receiver.spool(ALICE, pieces(noise(6000)), PLENTY, 6500)
    with pytest.raises(QuotaExceeded):
        await server.engine.receiver.spool(ALICE, pieces(noise(6000)), PLENTY, None)
    with pytest.raises(QuotaExceeded):
        await server.store(noise(4001, 1))
    await server.store(noise(4000, 1))
    upload = await server.open(1)
    await server.engine.receiver.receive(upload, Incoming(0, held.read(), most=held.length))
    await held.discard()
    assert await server.uploads.left(ALICE.id) == Headroom(10_000, 0)
    assert server.row("SELECT count(*) AS n FROM reservations")["n"] == 0


async def test_what_a_dead_process_reserved_lapses(server: EngineServer, clock: Clock) -> None:
    """A reservation that nobody keeps counts no more after a minute, and its record goes."""
    await server.uploads.reserve(Reserving("dead", ALICE.id), 9000, TTL)
    assert await server.uploads.left(ALICE.id) == Headroom(10_000, 1000)
    clock.advance(TTL / 2)
    await server.uploads.keep_reserved(["dead"], TTL)
    clock.advance(TTL / 2)
    assert await server.uploads.left(ALICE.id) == Headroom(10_000, 1000)
    clock.advance(TTL / 2)
    assert await server.uploads.left(ALICE.id) == Headroom(10_000, 10_000)
    await server.upkeep.once(orphans=False)
    assert server.row("SELECT count(*) AS n FROM reservations")["n"] == 0


# --- counts ----------------------------------------------------------------------------------------------------------


async def test_those_without_a_token_have_their_own_at_each_address(another: Opener) -> None:
    """Whoever has no token may have so many unfinished uploads at one address, whoever asks from another."""
    server = another("one", quota=Quota(uploads=5, guest_uploads=2))
    here, there = (replace(ANONYMOUS, address=address) for address in ("192.0.2.1", "192.0.2.2"))
    first = await server.open(1, principal=here)
    await server.open(1, principal=here)
    with pytest.raises(QuotaExceeded) as refusal:
        await server.open(1, principal=here)
    assert (refusal.value.what, refusal.value.limit) == ("uploads", 2)
    await server.open(1, principal=there)
    await server.engine.uploads.abandon(first.id)
    await server.open(1, principal=here)


async def test_claims_that_make_records_are_counted(another: Opener, clock: Clock) -> None:
    """So many claims by hash a minute make a record; one that makes none, and one of somebody else's, is free."""
    server = another("one", everyone=True)
    server.files._most_claims = 3
    file = await server.store(noise(100))
    md5 = Md5(hashlib.md5(noise(100)).hexdigest())

    async def claim(key: str, principal: Principal = ALICE) -> object:
        return await server.engine.catalog.claim(principal, DIALECT, md5, 100, NewFile(key, "", key))

    for key in ("a", "b", "c", "c", "b", "a"):
        assert await claim(key) is not None
    with pytest.raises(RateLimited) as refusal:
        await claim("d")
    assert 1 <= refusal.value.retry_after <= 60
    assert await claim("a") is not None
    assert await claim("d", BOB) is not None
    clock.advance(60)
    assert await claim("d") is not None
    assert file.owner == ALICE.id
