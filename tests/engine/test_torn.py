"""Bytes that are not what they were: found, never served, asked for again, healed."""

import asyncio
import errno
import hashlib
import os

import pytest

from penstock.engine.fsck import Condition
from penstock.model.faults import FileDamaged, PartsMissing, StorageFailed, UploadBusy
from penstock.model.upload import State
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import flip
from tests.support.bytes import noise
from tests.support.doubles import Hold
from tests.support.engine import ALICE, BOB, EngineServer
from tests.support.waiting import settled

PARTS = [noise(1000, seed) for seed in range(3)]
WHOLE = b"".join(PARTS)


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_torn_part_is_asked_for_again(server: EngineServer, another: Opener, clock: Clock, number: int) -> None:
    """One flipped bit in a staged part is found when the upload is sealed; just that part is missing then, and once it
    came again the file is right.
    """
    sending = another("sending")
    upload = await sending.open()
    for n, content in enumerate(PARTS):
        await sending.send(upload, n, content)
    await settled(*(run.task for run in sending.hashing._runs.values() if run.task))
    clock.advance(10)
    server.tear(upload, (await server.parts(upload))[number], 500)
    for _ in range(2):
        with pytest.raises(PartsMissing) as refusal:
            await server.seal(upload, 3)
        assert (refusal.value.missing, refusal.value.received, refusal.value.total) == ([number], 2, 3)
        assert server.state(upload) == State.OPEN
    await server.send(upload, number, PARTS[number])
    file = await server.seal(upload, 3)
    assert await server.content(file) == WHOLE
    assert file.blob.sha256 == hashlib.sha256(WHOLE).hexdigest()


async def test_a_torn_part_is_found_by_the_hashing(server: EngineServer) -> None:
    """A part that is torn before it is digested is asked for again, by the process that follows the bytes; sent again,
    it is not held against the upload any more.
    """
    upload = await server.open()
    for number in (1, 2):
        await server.send(upload, number, PARTS[number])
    server.tear(upload, (await server.parts(upload))[1])
    await server.send(upload, 0, PARTS[0])
    for _ in range(2):
        with pytest.raises(PartsMissing) as refusal:
            await server.seal(upload, 3)
        assert refusal.value.missing == [2]
    await server.send(upload, 2, PARTS[2])
    assert await server.content(await server.seal(upload, 3)) == WHOLE


async def test_a_replaced_part_that_is_torn(server: EngineServer) -> None:
    """A part that replaced another one and is torn is asked for again too."""
    upload = await server.open()
    await server.send(upload, 1, b"x" * 1000)
    await server.send(upload, 1, PARTS[1])
    server.tear(upload, (await server.parts(upload))[0])
    await server.send(upload, 0, PARTS[0])
    with pytest.raises(PartsMissing) as refusal:
        await server.seal(upload, 2)
    assert refusal.value.missing == [1]
    await server.send(upload, 1, PARTS[1])
    assert await server.content(await server.seal(upload, 2)) == WHOLE[:2000]


async def test_a_part_that_vanished_is_asked_for_again(server: EngineServer, clock: Clock, another: Opener) -> None:
    """A part whose file is gone, or too short, is missing, and nothing else is."""
    sending = another("sending")
    upload = await sending.open()
    await sending.send(upload, 0, PARTS[0])
    await sending.send(upload, 1, b"x")
    await sending.send(upload, 1, PARTS[1])
    await sending.send(upload, 2, PARTS[2])
    await settled(*(run.task for run in sending.hashing._runs.values() if run.task))
    clock.advance(10)
    rows = await server.parts(upload)
    server.place(upload, rows[1])[0].unlink()
    os.truncate(server.place(upload, rows[2])[0], 2500)
    with pytest.raises(PartsMissing) as refusal:
        await server.seal(upload, 3)
    for number in refusal.value.missing:
        await server.send(upload, number, PARTS[number])
    with pytest.raises(PartsMissing) as second:
        await server.seal(upload, 3)
    assert sorted(refusal.value.missing + second.value.missing) == [1, 2]
    for number in second.value.missing:
        await server.send(upload, number, PARTS[number])
    assert await server.content(await server.seal(upload, 3)) == WHOLE


async def test_a_disk_that_cannot_read_a_part(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that the disk cannot give back is asked for again."""
    upload = await server.open()
    await server.send(upload, 1, PARTS[1])
    with monkeypatch.context() as broken:
        broken.setattr(os, "preadv", _failing(errno.EIO))
        await server.send(upload, 0, PARTS[0])
        with pytest.raises(PartsMissing) as refusal:
            await server.seal(upload, 2)
        assert refusal.value.missing == [0]
    await server.send(upload, 0, PARTS[0])
    assert await server.content(await server.seal(upload, 2)) == WHOLE[:2000]


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES])
async def test_a_passing_trouble_costs_no_part(
    server: EngineServer, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A process out of handles or memory for a moment declares no acknowledged part lost and no file damaged."""
    upload = await server.open()
    file = await server.store(b"stored", needs_md5=False)
    await server.send(upload, 1, PARTS[1])
    with monkeypatch.context() as broken:
        broken.setattr(os, "preadv", _failing(code))
        await server.send(upload, 0, PARTS[0])
        with pytest.raises(StorageFailed):
            await server.seal(upload, 2)
        with pytest.raises(StorageFailed):
            await server.engine.catalog.fill_md5()
        with pytest.raises(StorageFailed):
            await server.checked(repair=True)
    assert [row.number for row in await server.parts(upload)] == [0, 1]
    assert await server.content(await server.engine.catalog.file(ALICE, file.id)) == b"stored"
    assert await server.content(await server.seal(upload, 2)) == WHOLE[:2000]


def _failing(code: int) -> object:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


# --- fsck ------------------------------------------------------------------------------------------------------------


async def test_a_sound_store(server: EngineServer) -> None:
    """fsck reads every blob and every part, and finds nothing wrong with what is right."""
    await server.store(WHOLE)
    await server.store(b"")
    upload = await server.open()
    for number, content in enumerate(PARTS):
        await server.send(upload, number, content)
    checked = await server.checked(repair=True)
    assert [one.condition for one in checked] == [Condition.SOUND] * 5
    assert sum(one.bytes for one in checked) == 2 * len(WHOLE)


async def test_a_flipped_bit_in_a_blob(server: EngineServer) -> None:
    """fsck finds one flipped bit; it changes nothing unless told to repair; then the blob is in quarantine and never
    served, by anybody's file; and uploading the same bytes again heals every one of them.
    """
    mine, yours = await server.store(WHOLE), await server.store(WHOLE, principal=BOB)
    flip(server.blob(mine), 1234)
    for _ in range(2):
        [found] = await server.checked()
        assert (found.condition, found.repaired) == (Condition.DAMAGED, False)
    [found] = await server.checked(repair=True)
    assert (found.condition, found.repaired) == (Condition.DAMAGED, True)
    assert server.blob_files() == []
    assert [path.stat().st_size for path in (server.path / "quarantine").iterdir()] == [len(WHOLE)]
    for principal, file in ((ALICE, mine), (BOB, yours)):
        damaged = await server.engine.catalog.file(principal, file.id)
        assert damaged.damaged
        with pytest.raises(FileDamaged):
            await server.content(damaged)
    assert [one.condition for one in await server.checked(repair=True)] == [Condition.KNOWN]
    await server.store(WHOLE)
    for principal, file in ((ALICE, mine), (BOB, yours)):
        assert await server.content(await server.engine.catalog.file(principal, file.id)) == WHOLE
    assert [one.condition for one in await server.checked()] == [Condition.SOUND]


@pytest.mark.parametrize("length", [0, 2999, 3001])
async def test_a_blob_of_another_length(server: EngineServer, length: int) -> None:
    """A blob that became shorter or longer is damaged."""
    file = await server.store(WHOLE)
    server.blob(file).chmod(0o600)
    os.truncate(server.blob(file), length)
    assert [one.condition for one in await server.checked()] == [Condition.DAMAGED]


async def test_a_missing_blob(server: EngineServer) -> None:
    """A blob that is gone is missing; reading its file is an error of its own, before fsck and after."""
    file = await server.store(WHOLE)
    server.blob(file).unlink()
    [found] = await server.checked(repair=False)
    assert found.condition is Condition.MISSING
    with pytest.raises(FileDamaged):
        await server.content(file)
    [found] = await server.checked(repair=True)
    assert found.condition is Condition.KNOWN  # whoever found it gone has said so
    assert (await server.engine.catalog.file(ALICE, file.id)).damaged
    await server.store(WHOLE)
    assert await server.content(await server.engine.catalog.file(ALICE, file.id)) == WHOLE


async def test_a_torn_part_and_fsck(server: EngineServer) -> None:
    """fsck finds a torn part and, told to repair, has it asked for again."""
    upload = await server.open()
    for number in (1, 2):
        await server.send(upload, number, PARTS[number])
    server.tear(upload, (await server.parts(upload))[0])
    assert [one.condition for one in await server.checked()] == [Condition.DAMAGED, Condition.SOUND]
    assert await server.engine.uploads.numbers(upload) == [1, 2]
    assert [one.repaired for one in await server.checked(repair=True)] == [True, False]
    assert await server.engine.uploads.numbers(upload) == [2]


async def test_bytes_without_a_record(server: EngineServer) -> None:
    """A blob that no record names is told of and left alone."""
    file = await server.store(WHOLE)
    await server.engine.catalog.remove(ALICE, file.id)
    await server.upkeep.once(orphans=False)
    server.clock.advance(1000)
    await server.repository.collect(0, 10)
    assert [one.condition for one in await server.checked(repair=True)] == [Condition.UNREFERENCED]
    assert len(server.blob_files()) == 1


async def test_fsck_beside_a_server(server: EngineServer, another: Opener) -> None:
    """A blob that is collected, and a part that is replaced, while fsck reads is not called missing."""
    file = await server.store(WHOLE)
    held = Hold("blobs", "size")
    checking = another("fsck", wrap=held.wrap)

    async def check() -> list[Condition]:
        return [one.condition for one in await checking.checked(repair=True)]

    task = asyncio.create_task(check())
    await held.reached.wait()
    await server.engine.catalog.remove(ALICE, file.id)
    await server.upkeep.once(orphans=False)
    server.clock.advance(1000)
    await server.upkeep.once(orphans=False)
    assert server.blob_files() == []
    held.go.set()
    assert await task == [Condition.SOUND]


async def test_fsck_beside_somebody_who_gives_up(server: EngineServer, another: Opener) -> None:
    """A part whose upload is cancelled while fsck reads it is not called missing."""
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    held = Hold("staging", "feed")
    checking = another("fsck", wrap=held.wrap)
    task = asyncio.create_task(checking.checked(repair=True))
    await held.reached.wait()
    await server.engine.uploads.cancel(upload)
    held.go.set()
    assert [one.condition for one in await task] == [Condition.SOUND]


async def test_a_wrong_fsck_does_not_condemn_the_healed(server: EngineServer) -> None:
    """A damage report about a place that another copy has left does not touch the new copy."""
    file = await server.store(WHOLE)
    flip(server.blob(file), 0)
    old = file.blob.location
    await server.checked(repair=True)
    await server.store(WHOLE)
    await server.files.damage(old)
    assert await server.content(await server.engine.catalog.file(ALICE, file.id)) == WHOLE


async def test_a_part_found_torn_while_its_upload_is_sealed(server: EngineServer, another: Opener) -> None:
    """When fsck takes a part away from an upload that is being sealed, no file comes of that seal."""
    held = Hold("sealing", "decide")
    sealing = another("sealing", wrap=held.wrap)
    upload = await sealing.open()
    for number, content in enumerate(PARTS):
        await sealing.send(upload, number, content)
    task = asyncio.create_task(sealing.seal(upload, 3))
    await held.reached.wait()
    server.tear(upload, (await server.parts(upload))[1])
    await server.checked(repair=True)
    held.go.set()
    with pytest.raises(UploadBusy):
        await task
    server.clock.advance(10)  # nobody waits for the run of the process that gave up
    with pytest.raises(PartsMissing):
        await server.seal(upload, 3)
    await server.send(upload, 1, PARTS[1])
    assert await server.content(await server.seal(upload, 3)) == WHOLE
