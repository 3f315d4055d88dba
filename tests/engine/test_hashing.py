"""Digests that follow the bytes, and what happens when they cannot."""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator

import pytest

from penstock import multibuffer
from penstock.engine import hashing, receiving
from penstock.engine.hashing import HashRun
from penstock.model.faults import BodyCut, DigestWrong
from penstock.model.ids import Md5, Sha256
from penstock.model.upload import Digests, State, Upload
from penstock.ports import Committed
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import Body, pieces
from tests.support.bytes import noise
from tests.support.doubles import Counted
from tests.support.engine import EngineServer
from tests.support.waiting import eventually, settled

PARTS = [noise(1000, seed) for seed in range(4)]
WHOLE = b"".join(PARTS)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes are looked at often, and parts in progress are followed from the first bytes."""
    monkeypatch.setattr(hashing, "POLL_FIRST", 0.002)
    monkeypatch.setattr(hashing, "POLL_LAST", 0.005)
    monkeypatch.setattr(receiving, "GROWTH", 100)


def run_of(server: EngineServer, upload: Upload) -> HashRun:
    return server.hashing._runs[upload.id]


async def caught_up(server: EngineServer, upload: Upload, number: int) -> None:
    await eventually(lambda: run_of(server, upload).next >= number)


def right(found: Digests, content: bytes) -> bool:
    return found == Digests(
        len(content),
        Sha256(hashlib.sha256(content).hexdigest()),
        Md5(hashlib.md5(content).hexdigest()),
        zlib.crc32(content),
    )


@pytest.fixture
def counted(another: Opener) -> tuple[EngineServer, Counted]:
    """A process whose digested bytes are counted."""
    seen: list[Counted] = []

    def wrap(name: str, port: object) -> object:
        if name != "staging":
            return port
        seen.append(Counted(port))
        return seen[0]

    return another("counted", wrap=wrap), seen[0]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
async def test_parts_are_followed_by_number(counted: tuple[EngineServer, Counted], order: list[int]) -> None:
    """Whatever order the parts come in, each byte is digested once, before anybody seals."""
    server, staging = counted
    upload = await server.open()
    for number in order:
        await server.send(upload, number, PARTS[number])
    await caught_up(server, upload, 4)
    once = staging.fed.total()
    assert once == 4 * len(WHOLE)  # SHA-256, MD5, CRC-32 and the part's own check
    file = await server.seal(upload, 4)
    assert staging.fed.total() == once
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert file.blob.md5 == hashlib.md5(WHOLE).hexdigest()


async def test_no_md5_is_computed_that_nobody_needs(counted: tuple[EngineServer, Counted]) -> None:
    """An upload that needs no MD5 has none after sealing, and costs none."""
    server, staging = counted
    upload = await server.open(needs_md5=False)
    await server.send(upload, 0, PARTS[0])
    file = await server.seal(upload, 1)
    assert file.blob.md5 is None
    assert staging.fed.total() == 3 * len(PARTS[0])


async def test_a_part_in_progress_is_followed(server: EngineServer) -> None:
    """The next part is digested while it comes; its record alone makes it count."""
    upload = await server.open()
    body = Body()
    sending = asyncio.create_task(server.send(upload, 0, body.__aiter__(), most=1000))
    for start in range(0, 1000, 100):
        body.give(PARTS[0][start : start + 100])
    await eventually(lambda: body.idle and 0 in run_of(server, upload).growing)
    await eventually(lambda: run_of(server, upload).whole.sha256.hexdigest() != hashlib.sha256().hexdigest())
    assert run_of(server, upload).next == 0
    body.end()
    await sending
    await caught_up(server, upload, 1)
    assert right(run_of(server, upload).digests(), PARTS[0])


async def test_a_part_given_up_is_undone(server: EngineServer) -> None:
    """Bytes of an attempt that failed are taken out of the digests again."""
    upload = await server.open()
    body = Body()
    sending = asyncio.create_task(server.send(upload, 0, body.__aiter__(), most=1000))
    body.give(b"x" * 500)
    await eventually(lambda: run_of(server, upload).whole.sha256.hexdigest() != hashlib.sha256().hexdigest())
    body.vanish(BodyCut())
    with pytest.raises(BodyCut):
        await sending
    await server.send(upload, 0, PARTS[0])
    await caught_up(server, upload, 1)
    assert right(run_of(server, upload).digests(), PARTS[0])


async def test_the_next_attempt_in_a_slot_is_not_the_last_one(server: EngineServer) -> None:
    """An attempt that took the slot of a failed one while its bytes were being digested is digested from its own
    beginning, by every hasher.
    """
    upload = await server.open()
    for content in (b"x" * 1000, b"y" * 1000, PARTS[0]):
        body = Body()
        sending = asyncio.create_task(server.send(upload, 0, body.__aiter__(), most=1000))
        body.give(content[:600])
        await eventually(lambda body=body: body.idle)  # type: ignore[misc]
        body.give(content[600:])
        if content is PARTS[0]:
            body.end()
            await sending
        else:
            body.vanish(BodyCut())
            await settled(sending)
    await caught_up(server, upload, 1)
    assert right(run_of(server, upload).digests(), PARTS[0])


async def test_two_attempts_at_once_are_told_apart(server: EngineServer) -> None:
    """Of two attempts at one part that come at once, only the one that is recorded counts."""
    upload = await server.open()
    bodies = [Body(), Body()]
    sending = [asyncio.create_task(server.send(upload, 0, body.__aiter__(), most=1000)) for body in bodies]
    contents = [b"x" * 1000, PARTS[0]]
    for start in range(0, 1000, 250):
        for body, content in zip(bodies, contents, strict=True):
            body.give(content[start : start + 250])
        await eventually(lambda: all(body.idle for body in bodies))
    bodies[1].end()
    await sending[1]
    bodies[0].vanish(BodyCut())
    await settled(sending[0])
    await caught_up(server, upload, 1)
    assert right(run_of(server, upload).digests(), PARTS[0])


async def test_a_replaced_part_voids_what_included_it(server: EngineServer) -> None:
    """Replacing a part that is digested already makes the run void; the bytes are read again for the seal."""
    upload = await server.open()
    for number, content in enumerate([b"x" * 1000, *PARTS[1:]]):
        await server.send(upload, number, content)
    await caught_up(server, upload, 4)
    assert (await server.send(upload, 0, PARTS[0])).committed is Committed.REPLACED
    assert run_of(server, upload).void
    file = await server.seal(upload, 4)
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()


async def test_a_part_replaced_ahead_costs_nothing(counted: tuple[EngineServer, Counted]) -> None:
    """Replacing a part that was not digested yet leaves the run as it is."""
    server, staging = counted
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    await server.send(upload, 2, b"x" * 1000)
    await server.send(upload, 2, PARTS[2])
    await server.send(upload, 1, PARTS[1])
    await server.send(upload, 3, PARTS[3])
    file = await server.seal(upload, 4)
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert staging.fed.total() == 4 * len(WHOLE)


async def test_a_part_replaced_ahead_when_memory_is_full(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replaced part is not digested from memory when there was no room to remember its successor."""
    monkeypatch.setattr(hashing, "REMEMBERED", 2)
    upload = await server.open()
    await server.send(upload, 3, PARTS[3])
    await server.send(upload, 2, b"x" * 1000)
    await server.send(upload, 2, PARTS[2])
    await server.send(upload, 1, PARTS[1])
    await server.send(upload, 0, PARTS[0])
    file = await server.seal(upload, 4)
    assert await server.content(file) == WHOLE
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()


async def test_reading_again_gives_the_same(server: EngineServer, other: EngineServer, clock: Clock) -> None:
    """A process that knows nothing of an upload reads it and finds the same digests."""
    uploads = [await server.open() for _ in range(2)]
    for upload in uploads:
        for number, content in enumerate(PARTS):
            await server.send(upload, number, content)
    here = await server.seal(uploads[0], 4)
    await settled(*(run.task for run in server.hashing._runs.values() if run.task))
    clock.advance(10)
    elsewhere = await other.seal(uploads[1], 4)
    assert here.blob == elsewhere.blob


# --- two processes ---------------------------------------------------------------------------------------------------


async def test_digests_found_elsewhere_are_used(server: EngineServer, another: Opener) -> None:
    """A sealer in another process waits for the one that follows the bytes, and reads nothing itself."""
    staging: list[Counted] = []

    def wrap(name: str, port: object) -> object:
        if name != "staging":
            return port
        staging.append(Counted(port))
        return staging[0]

    sealing = another("sealing", wrap=wrap)
    upload = await server.open()
    for number, content in enumerate(PARTS):
        await server.send(upload, number, content)
    file = await sealing.seal(upload, 4)
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert file.blob.md5 == hashlib.md5(WHOLE).hexdigest()
    assert staging[0].fed.total() == 0


async def test_one_process_follows_what_another_receives(server: EngineServer, another: Opener) -> None:
    """Parts that came through another process are followed by the one that opened the upload."""
    receiving_server = another("receiving")
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    for number in (3, 1, 2):
        await receiving_server.send(upload, number, PARTS[number])
    assert upload.id not in receiving_server.hashing._runs
    await caught_up(server, upload, 4)
    assert right(run_of(server, upload).digests(), WHOLE)


async def test_the_lease_of_a_dead_hasher_lapses(server: EngineServer, other: EngineServer, clock: Clock) -> None:
    """When the process that follows the bytes is dead, the sealer waits for its lease and then reads them itself."""
    upload = await server.open()
    for number, content in enumerate(PARTS):
        await server.send(upload, number, content)
    await settled(*(run.task for run in server.hashing._runs.values() if run.task))
    sealing = asyncio.create_task(other.seal(upload, 4))
    await eventually(lambda: other.state(upload) == State.SEALING)
    await asyncio.sleep(0.1)
    assert not sealing.done()
    chased = other.row("SELECT chaser_until FROM uploads WHERE id = :id", id=upload.id)
    clock.now = chased["chaser_until"] - 1
    await other.uploads.renew(
        upload.id, other.row("SELECT sealer FROM uploads WHERE id = :id", id=upload.id)["sealer"], 9
    )
    clock.advance(1)
    assert (await sealing).blob.sha256 == hashlib.sha256(WHOLE).hexdigest()


async def test_a_part_replaced_elsewhere_voids_the_run(server: EngineServer, other: EngineServer) -> None:
    """A part replaced through another process is noticed when the upload is sealed."""
    upload = await server.open()
    for number, content in enumerate([b"x" * 1000, *PARTS[1:]]):
        await server.send(upload, number, content)
    await caught_up(server, upload, 4)
    await other.send(upload, 0, PARTS[0])
    file = await server.seal(upload, 4)
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()


@pytest.mark.parametrize("astray", [True, False])
async def test_a_part_replaced_elsewhere_while_it_is_read(
    server: EngineServer, other: EngineServer, astray: bool
) -> None:
    """A part whose bytes went away because another process replaced it is not held against the upload."""
    upload = await server.open()
    await server.send(upload, 1, PARTS[1], told=not astray, most=10 if astray else None)
    await other.send(upload, 0, b"x" * 1000)
    [lost] = [row for row in await server.parts(upload) if row.number == 0]
    await other.send(upload, 0, PARTS[0])
    await server.uploads.forget_part(upload.id, lost)
    file = await server.seal(upload, 2)
    assert await server.content(file) == WHOLE[:2000]


async def test_digests_of_an_earlier_seal_are_not_taken(
    server: EngineServer, other: EngineServer, clock: Clock
) -> None:
    """A seal that failed left digests of fewer parts; the next one, with more, is not given those."""
    upload = await server.open()
    for number in (0, 1):
        await server.send(upload, number, PARTS[number])
    with pytest.raises(DigestWrong):
        await other.seal(upload, 2, md5=hashlib.md5(WHOLE).hexdigest())
    for number in (2, 3):
        await server.send(upload, number, PARTS[number])
    file = await other.seal(upload, 4, md5=hashlib.md5(WHOLE).hexdigest())
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert await server.content(file) == WHOLE


async def test_a_sealer_that_wants_fewer_parts_does_not_wait_for_ever(
    server: EngineServer, other: EngineServer, clock: Clock
) -> None:
    """A hasher that is past the sealer's last part gives up its run, and the sealer reads for itself."""
    upload = await server.open()
    for number, content in enumerate(PARTS):
        await server.send(upload, number, content)
    await caught_up(server, upload, 4)
    sealing = asyncio.create_task(other.seal(upload, 2))
    await eventually(lambda: run_of(server, upload).void)
    sealer = other.row("SELECT sealer FROM uploads WHERE id = :id", id=upload.id)["sealer"]
    await other.uploads.renew(upload.id, sealer, 60)
    clock.advance(20)
    assert await server.content(await sealing) == WHOLE[:2000]


@pytest.mark.parametrize("number", [0, 2])
async def test_nobody_waits_for_a_zombie(server: EngineServer, other: EngineServer, number: int) -> None:
    """A seal does not wait for a request that is still under way, be it for a part that came another way or for one
    past the end.
    """
    upload = await server.open()
    body = Body()
    for n in range(number):
        await server.send(upload, n, PARTS[n])
    zombie = asyncio.create_task(server.send(upload, number, body.__aiter__(), most=1000))
    body.give(b"x" * 500)
    await eventually(lambda: run_of(server, upload).growing and run_of(server, upload).next == number)
    await asyncio.sleep(0.02)
    for n in range(number, 2):
        await other.send(upload, n, PARTS[n])
    async with asyncio.timeout(2):
        file = await server.seal(upload, 2)
    assert file.blob.sha256 == hashlib.sha256(WHOLE[:2000]).hexdigest()
    body.vanish(BodyCut())
    await settled(zombie)


# --- ends ------------------------------------------------------------------------------------------------------------


async def test_an_idle_run_ends_and_wakes(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that hears nothing for long stops looking, and goes on when the next part comes."""
    monkeypatch.setattr(hashing, "IDLE_POLLS", 2)
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    await eventually(lambda: (task := run_of(server, upload).task) is not None and task.done())
    await server.send(upload, 1, PARTS[1])
    await caught_up(server, upload, 2)


async def test_forgotten_runs_cost_only_a_reading(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many uploads there are, only so many are kept in mind, and the others seal all the same."""
    monkeypatch.setattr(hashing, "REMEMBERED", 2)
    uploads = [await server.open() for _ in range(4)]
    for upload in uploads:
        await server.send(upload, 0, PARTS[0])
    assert len(server.hashing._runs) <= 3
    for upload in uploads:
        assert (await server.seal(upload, 1)).blob.sha256 == hashlib.sha256(PARTS[0]).hexdigest()


async def test_the_backlog_is_what_waits(server: EngineServer) -> None:
    """Committed bytes that are not digested yet are counted."""
    upload = await server.open()
    await server.send(upload, 2, PARTS[2])
    assert server.hashing.backlog == 1000
    for number in (0, 1):
        await server.send(upload, number, PARTS[number])
    await caught_up(server, upload, 3)
    assert server.hashing.backlog == 0


async def test_a_cancelled_upload_is_not_followed(server: EngineServer) -> None:
    """Nothing of a cancelled upload stays in mind."""
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    await server.engine.uploads.cancel(upload)
    assert upload.id not in server.hashing._runs
    assert server.hashing.backlog == 0


async def test_large_parts_are_digested_in_steps(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of many steps has the digests of all its bytes."""
    monkeypatch.setattr(hashing, "STEP", 700)
    upload = await server.open()

    async def body() -> AsyncIterator[bytes]:
        async for piece in pieces(WHOLE, 333):
            yield piece

    await server.send(upload, 0, body())
    file = await server.seal(upload, 1)
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert file.blob.md5 == hashlib.md5(WHOLE).hexdigest()


async def test_many_go_together(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that have caught up wait for each other; whoever seals waits for no batch, and takes the others along."""
    monkeypatch.setattr(multibuffer, "width", lambda: 16)
    monkeypatch.setattr(hashing, "BATCH_LEAST", 3)
    monkeypatch.setattr(hashing, "BATCH_SECONDS", 0.01)
    monkeypatch.setattr(hashing, "BATCH_IDLE_POLLS", -1)  # no run is idle for too long to be counted on
    uploads = [await server.open(key=f"file-{number}") for number in range(6)]
    for upload in uploads:
        await server.send(upload, 0, PARTS[0])
        await caught_up(server, upload, 1)
    monkeypatch.setattr(hashing, "BATCH_SECONDS", 3600.0)
    for number in (1, 2):
        for upload in uploads:
            await server.send(upload, number, PARTS[number])
    assert server.hashing.backlog > 0
    file = await server.seal(uploads[0], 3)
    assert file.blob.md5 == hashlib.md5(b"".join(PARTS[:3])).hexdigest()
    for upload in uploads[1:]:
        await caught_up(server, upload, 3)
        assert right(run_of(server, upload).digests(), b"".join(PARTS[:3]))
