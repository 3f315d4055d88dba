"""From parts to a file, whatever comes in between."""

import asyncio
import hashlib
from io import FileIO
from pathlib import Path

import pytest

from penstock.adapters.disk import DiskStaging
from penstock.engine import hashing
from penstock.engine.sealing import LEASE
from penstock.model.faults import (
    DigestWrong,
    FileUnknown,
    PartConflict,
    PartsMissing,
    SizeWrong,
    StorageFailed,
    StorageFull,
    UploadBusy,
    UploadCancelled,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.upload import Declared, State, Upload
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import Body
from tests.support.bytes import md5, noise
from tests.support.doubles import CrashPlan, Hold, Sabotage
from tests.support.engine import ALICE, EngineServer
from tests.support.waiting import eventually, settled

PARTS = [noise(1000, seed) for seed in range(4)]
WHOLE = b"".join(PARTS)


async def filled(
    server: EngineServer,
    parts: list[bytes] = PARTS,
    *,
    needs_md5: bool = True,
    key: str | None = None,
    astray: bool = False,
) -> Upload:
    """An open upload with all its parts. `astray`: the third replaced another one, so that it has to be copied."""
    upload = await server.open(needs_md5=needs_md5, key=key)
    if astray:
        await server.send(upload, 2, b"x")
    for number, content in enumerate(parts):
        await server.send(upload, number, content)
    return upload


async def test_a_sealed_file_is_what_was_sent(server: EngineServer) -> None:
    """A file has the parts' bytes in order, and the digests of those bytes."""
    file = await server.seal(await filled(server, astray=True), 4, size=4000, md5=md5(WHOLE))
    assert await server.content(file) == WHOLE
    assert (file.blob.size, file.blob.sha256, file.blob.md5) == (4000, hashlib.sha256(WHOLE).hexdigest(), md5(WHOLE))


async def test_sealing_leaves_no_staging(server: EngineServer) -> None:
    """Once a file is there, nothing of its upload is left in staging."""
    await server.seal(await filled(server), 4)
    await server.sealer.close()
    assert server.staging_folders() == []
    assert len(server.blob_files()) == 1


async def test_sealing_is_idempotent(server: EngineServer) -> None:
    """Sealing again, however often and whatever is said then, answers the same file."""
    upload = await filled(server)
    files = [await server.seal(upload, 4), await server.seal(upload, 4), await server.seal(upload, 1)]
    assert len({file.id for file in files}) == 1


async def test_an_empty_file(server: EngineServer) -> None:
    """An upload without parts seals to a file without bytes."""
    file = await server.seal(await server.open(), 0, size=0, md5=md5(b""))
    assert await server.content(file) == b""


async def test_surplus_parts_are_left_out(server: EngineServer) -> None:
    """Parts numbered past the total are not in the file, whether their digests were hashed or not."""
    upload = await filled(server)
    await asyncio.sleep(0.05)
    file = await server.seal(upload, 2)
    assert await server.content(file) == WHOLE[:2000]
    assert file.blob.sha256 == hashlib.sha256(WHOLE[:2000]).hexdigest()


async def test_two_seals_at_once_make_one_file(server: EngineServer, other: EngineServer) -> None:
    """However many seal at once, in two processes, there is one file and all of them get it."""
    upload = await filled(server)
    files = await asyncio.gather(*((server, other)[n % 2].seal(upload, 4, md5=md5(WHOLE)) for n in range(8)))
    assert len({file.id for file in files}) == 1
    assert len(server.blob_files()) == 1
    assert (await server.engine.catalog.page(ALICE, "", 0, 10))[0] == 1


async def test_seal_against_cancel_has_one_winner(server: EngineServer, other: EngineServer) -> None:
    """Of a seal and a cancel at once one happens and the other is told so."""
    for _ in range(5):
        upload = await filled(server)
        sealed, cancelled = await asyncio.gather(
            server.seal(upload, 4), other.engine.uploads.cancel(upload), return_exceptions=True
        )
        if cancelled is None:
            assert isinstance(sealed, UploadCancelled)
        else:
            assert isinstance(cancelled, (UploadBusy, UploadSealed))
            assert not isinstance(sealed, BaseException)
            assert await server.content(sealed) == WHOLE


async def test_a_gap_is_named(server: EngineServer) -> None:
    """An upload with gaps is told exactly which; then the parts can come, and it seals."""
    upload = await server.open()
    for number in (1, 3):
        await server.send(upload, number, PARTS[number])
    with pytest.raises(PartsMissing) as refusal:
        await server.seal(upload, 4)
    assert (refusal.value.missing, refusal.value.received, refusal.value.total) == ([0, 2], 2, 4)
    for number in (0, 2):
        await server.send(upload, number, PARTS[number])
    assert await server.content(await server.seal(upload, 4)) == WHOLE


async def test_a_wrong_size_is_refused(server: EngineServer) -> None:
    """Parts that do not add up to the declared size are refused, nothing is hashed for it, and all stays open."""
    upload = await filled(server)
    with pytest.raises(SizeWrong) as refusal:
        await server.seal(upload, 4, size=4001)
    assert (refusal.value.expected, refusal.value.actual) == (4001, 4000)
    assert server.state(upload) == State.OPEN
    assert await server.content(await server.seal(upload, 4, size=4000)) == WHOLE


@pytest.mark.parametrize("needs_md5", [True, False])
async def test_a_wrong_md5_is_refused_and_can_be_put_right(server: EngineServer, needs_md5: bool) -> None:
    """A declared MD5 is checked, whenever it was declared; the upload is open again and takes better bytes."""
    wrong = [PARTS[0], b"x" * 1000, *PARTS[2:]]
    upload = await filled(server, wrong, needs_md5=needs_md5)
    for _ in range(2):
        with pytest.raises(DigestWrong) as refusal:
            await server.seal(upload, 4, md5=md5(WHOLE))
        assert (refusal.value.expected, refusal.value.actual) == (md5(WHOLE), md5(b"".join(wrong)))
        assert server.state(upload) == State.OPEN
    await server.send(upload, 1, PARTS[1])
    file = await server.seal(upload, 4, md5=md5(WHOLE))
    assert await server.content(file) == WHOLE
    assert file.blob.md5 == file.identifier_md5 == md5(WHOLE)


async def test_a_removed_file_stays_removed(server: EngineServer) -> None:
    """Sealing again after the file was removed does not bring it back."""
    upload = await filled(server)
    file = await server.seal(upload, 4)
    await server.engine.catalog.remove(ALICE, file.id)
    with pytest.raises(FileUnknown):
        await server.seal(upload, 4)


async def test_nothing_can_be_sealed_that_is_not_there(server: EngineServer, clock: Clock) -> None:
    """Unknown, expired and cancelled uploads have their refusals."""
    expired, cancelled = await server.open(), await server.open()
    await server.engine.uploads.cancel(cancelled)
    with pytest.raises(UploadCancelled):
        await server.seal(cancelled, 0)
    clock.advance(2000)
    with pytest.raises(UploadUnknown):
        await server.seal(expired, 0)


async def test_no_part_is_taken_while_sealing(server: EngineServer, another: Opener) -> None:
    """While an upload is sealed, a part that is there already is a success, other bytes are a conflict."""
    held = Hold("staging", "compose")
    sealing = another("sealing", wrap=held.wrap)
    upload = await filled(server)
    task = asyncio.create_task(sealing.seal(upload, 4))
    await held.reached.wait()
    await server.send(upload, 0, PARTS[0])
    for number in (1, 9):
        with pytest.raises(PartConflict):
            await server.send(upload, number, b"other")
    with pytest.raises(UploadBusy):
        await server.engine.uploads.cancel(upload)
    held.go.set()
    assert await server.content(await task) == WHOLE


# --- dying in the middle ---------------------------------------------------------------------------------------------

STEPS = frozenset(
    {"sealing.freeze", "sealing.decide", "staging.compose", "blobs.read", "sealing.publish"}
    | {"uploads.discarded", "staging.discard", "parts.part", "staging.feed"}
)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("step", range(20))
async def test_dying_at_any_step_of_a_seal(clock: Clock, another: Opener, step: int, before: bool) -> None:
    """A process that dies before or after any step of a seal leaves an upload that another one seals to the same
    file, with every acknowledged part; and the bytes are there once.
    """
    plan = CrashPlan(STEPS, step, before=before)
    first, second = another("first"), another("second")
    upload = await filled(first, astray=True)
    await settled(*(run.task for run in first.hashing._runs.values() if run.task))
    dying = another("dying", wrap=plan.wrap)
    clock.advance(LEASE + 1)  # nobody follows the bytes any more: the dying process reads them itself
    try:
        died = await dying.seal(upload, 4)
    except Sabotage:
        assert plan.dead
        died = None
    await dying.sealer.close()
    clock.advance(LEASE + 1)
    file = await second.seal(upload, 4, size=4000, md5=md5(WHOLE))
    assert died is None or died.id == file.id
    assert await second.content(file) == WHOLE
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert (await second.engine.catalog.page(ALICE, "", 0, 10))[0] == 1
    await second.sealer.close()
    await second.upkeep.once(orphans=False)
    assert len(second.blob_files()) == 1
    assert second.staging_folders() == []


async def test_the_steps_are_all_there(another: Opener, clock: Clock) -> None:
    """The test above reaches every step it names."""
    plan = CrashPlan(STEPS, None)
    first = another("first")
    upload = await filled(first, astray=True)
    await settled(*(run.task for run in first.hashing._runs.values() if run.task))
    clock.advance(LEASE + 1)
    sealing = another("sealing", wrap=plan.wrap)
    await sealing.seal(upload, 4)
    await sealing.sealer.close()
    assert set(plan.calls) == STEPS
    assert len(plan.calls) <= 20


async def test_upkeep_finishes_what_a_dead_sealer_left(server: EngineServer, another: Opener, clock: Clock) -> None:
    """An upload left in placing becomes its file without anybody asking."""
    dying = another("dying", wrap=CrashPlan(frozenset({"sealing.publish"}), 0).wrap)
    upload = await filled(dying, astray=True)
    with pytest.raises(Sabotage):
        await dying.seal(upload, 4)
    assert server.state(upload) == State.PLACING
    assert (await server.upkeep.once(orphans=True)).resumed_uploads == 0
    clock.advance(LEASE + 1)
    assert (await server.upkeep.once(orphans=True)).resumed_uploads == 1
    assert await server.content(await server.seal(upload, 4)) == WHOLE


async def test_an_old_blob_waiting_for_its_record_is_no_orphan(
    server: EngineServer, another: Opener, clock: Clock
) -> None:
    """A blob that was linked long ago and is about to get its record is not taken for an orphan meanwhile."""
    upload = await filled(server)
    dying = another("dying", wrap=CrashPlan(frozenset({"sealing.publish"}), 0).wrap)
    with pytest.raises(Sabotage):
        await dying.seal(upload, 4)
    [blob] = server.blob_files()
    linked = blob.stat().st_ctime
    await asyncio.sleep(0.02)
    clock.advance(LEASE + 1)
    held = Hold("sealing", "publish")
    resuming = another("resuming", wrap=held.wrap)
    task = asyncio.create_task(resuming.seal(upload, 4))
    await held.reached.wait()
    assert blob.stat().st_ctime > linked
    held.go.set()
    assert await server.content(await task) == WHOLE


async def test_a_cancelled_seal_leaves_the_upload_open(another: Opener) -> None:
    """A client that goes away while its upload is hashed finds it open and can seal it again."""
    held = Hold("staging", "feed")
    server = another("one", wrap=held.wrap)
    upload = await filled(server)
    task = asyncio.create_task(server.seal(upload, 4))
    await eventually(lambda: server.state(upload) == State.SEALING)
    await settled(task)
    assert server.state(upload) == State.OPEN
    held.go.set()
    assert await server.content(await server.seal(upload, 4)) == WHOLE


async def test_a_seal_tells_how_far_it_has_come(another: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """While bytes are digested every process sees more and more of it, and afterwards nothing."""
    monkeypatch.setattr(hashing, "RENEWAL", -1.0)
    monkeypatch.setattr(hashing, "STEP", 100)
    steps = asyncio.Semaphore(0)

    class Stepwise:
        def __init__(self, port: object) -> None:
            self._port = port

        def __getattr__(self, attribute: str) -> object:
            return getattr(self._port, attribute)

        async def feed(self, *args: object) -> None:
            await steps.acquire()
            await self._port.feed(*args)  # type: ignore[attr-defined]

    server = another("one", wrap=lambda name, port: Stepwise(port) if name == "staging" else port)
    elsewhere = another("two")
    upload = await filled(server, needs_md5=False)
    task = asyncio.create_task(server.seal(upload, 4))
    await eventually(lambda: server.state(upload) == State.SEALING)
    asked = await elsewhere.engine.uploads.find(ALICE, upload.dialect, upload.id)
    for before, digested in ((0, 1000), (1000, 3000), (3000, 3900)):
        for _ in range((digested - before) // 100):
            steps.release()
        async with asyncio.timeout(5):
            while await elsewhere.engine.uploads.progress(asked) != 90 * digested // 4000:  # noqa: ASYNC110  # another process rings no bell
                await asyncio.sleep(0.002)
    for _ in range(100):
        steps.release()
    await task
    sealed = await elsewhere.engine.uploads.find(ALICE, upload.dialect, upload.id)
    assert await elsewhere.engine.uploads.progress(sealed) is None


async def test_a_full_disk_while_placing(another: Opener) -> None:
    """A seal that finds no room says so; when there is room again, it goes on to the same file."""
    full = [True]

    class Full:
        def __init__(self, port: object) -> None:
            self._port = port

        def __getattr__(self, name: str) -> object:
            return getattr(self._port, name)

        async def compose(self, *args: object) -> object:
            if full[0]:
                raise StorageFull
            return await self._port.compose(*args)  # type: ignore[attr-defined]

    server = another("one", wrap=lambda name, port: Full(port) if name == "staging" else port)
    upload = await filled(server)
    with pytest.raises(StorageFull):
        await server.seal(upload, 4)
    full[0] = False
    assert await server.content(await server.seal(upload, 4)) == WHOLE


async def test_a_sealer_that_lost_its_lease_answers_the_same_file(
    server: EngineServer, another: Opener, clock: Clock
) -> None:
    """When another process took over while one was placing, both answer the one file."""
    held = Hold("sealing", "publish")
    slow = another("slow", wrap=held.wrap)
    upload = await filled(slow)
    task = asyncio.create_task(slow.seal(upload, 4))
    await held.reached.wait()
    clock.advance(LEASE + 1)
    file = await server.seal(upload, 4)
    held.go.set()
    assert (await task).id == file.id
    assert await server.content(file) == WHOLE


# --- writers that come too late --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 3, 7])
@pytest.mark.parametrize("content", [b"z" * 1000, b"z" * 400, b"z" * 3000])
async def test_a_zombie_never_changes_a_blob(
    server: EngineServer, other: EngineServer, number: int, content: bytes
) -> None:
    """A request that began before its part came another way, and ends after the seal, changes nothing and is told."""
    upload = await server.open()
    body = Body()
    body.give(content[:300])
    zombie = asyncio.create_task(other.send(upload, number, body.__aiter__(), most=1000))
    await eventually(lambda: body.idle)
    for n, part in enumerate(PARTS):
        await server.send(upload, n, part)
    file = await server.seal(upload, 4)
    body.give(content[300:])
    await eventually(lambda: body.idle or zombie.done())
    assert await server.content(file) == WHOLE
    body.end()
    with pytest.raises((PartConflict, StorageFailed)):  # a body that outgrows its slot finds its upload's folder gone
        await zombie
    assert await server.content(file) == WHOLE
    assert server.blob(file).stat().st_size == 4000


async def test_a_seal_that_ignored_live_writers_would_be_caught(
    server: EngineServer, other: EngineServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the seal took a plane without locking it whole, a writer still at work would change the file: the test above
    would see it.
    """
    monkeypatch.setattr(DiskStaging, "_base", _base_without_lock)
    upload = await server.open()
    body = Body()
    body.give(b"z" * 300)
    zombie = asyncio.create_task(other.send(upload, 0, body.__aiter__(), most=1000))
    await eventually(lambda: body.idle)
    for n, part in enumerate(PARTS):
        await server.send(upload, n, part)
    file = await server.seal(upload, 4)
    body.give(b"z" * 300)
    await eventually(lambda: body.idle)
    assert await server.content(file) != WHOLE
    body.end()
    with pytest.raises(PartConflict):
        await zombie


def _base_without_lock(_: DiskStaging, folder: Path, *__: object) -> tuple[str, FileIO]:
    plane = next(folder.glob("plane-*"))
    return plane.name, FileIO(str(plane), "r+")


async def test_declared_total_is_asked_for(server: EngineServer) -> None:
    """What is declared when sealing is what the file is called."""
    upload = await filled(server)
    file = await server.sealer.seal(upload.id, Declared("later.txt", "text/x-late", total=4, label="mine"), 3)
    assert (file.name, file.media_type, file.label) == ("later.txt", "text/x-late", "mine")
