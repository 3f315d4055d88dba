"""Bytes that come in their order: from the first one of an append to the acknowledgement, and to the file."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from penstock.engine import appending, regrouping, turns
from penstock.engine.appending import Appending
from penstock.model.faults import (
    AppendCutOff,
    BodyCut,
    InputMissing,
    OffsetWrong,
    PartDigestWrong,
    QuotaExceeded,
    SizeWrong,
    TooLarge,
    UploadUnknown,
)
from penstock.model.file import File
from penstock.model.principal import Quota
from penstock.model.upload import Declared, Upload
from penstock.ports import Digest
from tests.engine.conftest import Opener
from tests.support.bodies import Body, pieces
from tests.support.bytes import noise
from tests.support.engine import ALICE, DIALECT, PATIENCE, PLENTY, TTL, EngineServer
from tests.support.waiting import eventually, settled

WHOLE = noise(10_000, "whole")


async def begun(server: EngineServer, size: int | None = len(WHOLE), *, limit: int = PLENTY) -> Upload:
    return await server.engine.uploads.open(
        ALICE, DIALECT, Declared("a.bin", None, size), limit=limit, needs_md5=True, appended=True
    )


async def now(server: EngineServer, upload: Upload) -> Upload:
    return await server.engine.uploads.find(ALICE, DIALECT, upload.id)


async def append(
    server: EngineServer, upload: Upload, offset: int, body: bytes | AsyncIterator[bytes], **told: object
) -> Upload:
    length = len(body) if isinstance(body, bytes) else None
    content = pieces(body) if isinstance(body, bytes) else body
    return await server.engine.appender.append(
        await now(server, upload),
        Appending(offset, content, length, **told),  # type: ignore[arg-type]
    )


async def hanging(
    server: EngineServer, upload: Upload, offset: int, content: bytes
) -> tuple[Body, "asyncio.Task[Upload]"]:
    """An append whose client has sent this much, and is silent now."""
    body = Body()
    task = asyncio.create_task(append(server, upload, offset, body.__aiter__()))
    body.give(content)
    await eventually(lambda: body.idle or task.done())
    return body, task


async def seal(server: EngineServer, upload: Upload) -> File:
    async with asyncio.timeout(PATIENCE):
        return await server.sealer.seal(upload.id, upload.declared)


async def sealed(server: EngineServer, upload: Upload) -> bytes:
    file = await seal(server, upload)
    assert (file.blob.sha256, file.blob.md5) == (
        hashlib.sha256(WHOLE).hexdigest(),
        hashlib.md5(WHOLE, usedforsecurity=False).hexdigest(),
    )
    return await server.content(file)


async def test_pieces_of_any_size_make_the_file(server: EngineServer) -> None:
    """What came in many appends of different sizes has one record, and is a file with the digests of its bytes."""
    upload, offset = await begun(server), 0
    for size in (1, 999, 4000, 0, 5000):
        upload = await append(server, upload, offset, WHOLE[offset : offset + size])
        offset += size
        assert upload.bytes == offset
    assert len(await server.parts(upload)) == 1
    assert await sealed(server, upload) == WHOLE


async def test_through_two_processes(server: EngineServer, other: EngineServer) -> None:
    """Each append may come to another process."""
    upload = await begun(server)
    for number in range(10):
        await append((server, other)[number % 2], upload, number * 1000, WHOLE[number * 1000 :][:1000])
    assert len(await server.parts(upload)) == 1
    assert await sealed(other, upload) == WHOLE


async def test_a_long_body_is_recorded_on_its_way(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before its end most of a long body is durable, in one record."""
    monkeypatch.setattr(appending, "SEGMENT", 2000)
    upload = await begun(server)
    body, task = await hanging(server, upload, 0, WHOLE[:5000])
    assert (await now(server, upload)).bytes == 5000  # a piece is not divided
    body.give(WHOLE[5000:])
    body.end()
    assert (await task).bytes == len(WHOLE)
    assert len(await server.parts(upload)) == 1
    assert await sealed(server, upload) == WHOLE


async def test_a_slow_body_is_recorded_on_its_way(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little comes, it is recorded before long."""
    monkeypatch.setattr(appending, "PACE", 0.01)
    upload = await begun(server)
    _, task = await hanging(server, upload, 0, WHOLE[:10])
    while (await now(server, upload)).bytes < 10:  # noqa: ASYNC110  # a record is waited for
        await asyncio.sleep(0.01)
    task.cancel()


async def test_a_body_that_breaks_off_keeps_what_came(server: EngineServer) -> None:
    """It is refused, and the next one goes on behind it."""
    upload = await begun(server)
    body, task = await hanging(server, upload, 0, WHOLE[:3000])
    body.vanish(BodyCut())
    with pytest.raises(BodyCut):
        await task
    assert (await now(server, upload)).bytes == 3000
    upload = await append(server, upload, 3000, WHOLE[3000:])
    assert await sealed(server, upload) == WHOLE


@pytest.mark.parametrize("offset", [0, 999, 1001])
async def test_another_offset_changes_nothing(server: EngineServer, offset: int) -> None:
    """Neither bytes nor records; the refusal tells where it goes on."""
    upload = await append(server, await begun(server), 0, WHOLE[:1000])
    with pytest.raises(OffsetWrong) as refused:
        await append(server, upload, offset, b"other bytes")
    assert (refused.value.expected, refused.value.provided) == (1000, offset)
    upload = await append(server, upload, 1000, WHOLE[1000:])
    assert await sealed(server, upload) == WHOLE


async def test_a_latecomer_overwrites_nothing(server: EngineServer, other: EngineServer) -> None:
    """Whoever asked before another one committed finds the place taken, though nobody holds it any more."""
    upload = await begun(server)
    before = await now(server, upload)
    await append(other, upload, 0, WHOLE[:5000])
    with pytest.raises(OffsetWrong):
        await server.engine.appender.append(before, Appending(0, pieces(bytes(5000)), 5000))
    upload = await append(server, upload, 5000, WHOLE[5000:])
    assert await sealed(server, upload) == WHOLE


async def test_whoever_comes_takes_over(server: EngineServer) -> None:
    """The one that hangs commits what it has and ends; what it brings later is not taken."""
    upload = await begun(server)
    body, task = await hanging(server, upload, 0, WHOLE[:4000])
    assert (await server.engine.appender.settle(upload.id)).bytes == 4000
    with pytest.raises(AppendCutOff):
        await task
    body.give(bytes(6000))
    upload = await append(server, upload, 4000, WHOLE[4000:])
    assert await sealed(server, upload) == WHOLE


async def test_whoever_comes_elsewhere_takes_over(server: EngineServer, other: EngineServer) -> None:
    """A hanging append in another process is asked, and lets go of what it has within a second."""
    upload = await begun(server)
    _, task = await hanging(server, upload, 0, WHOLE[:4000])
    while not (await server.storage.appends.ask(upload.id, "nobody")):  # noqa: ASYNC110  # a record is waited for
        await asyncio.sleep(0.01)
    async with asyncio.timeout(turns.PATIENCE + 5):
        settled = await other.engine.appender.settle(upload.id)
        with pytest.raises(AppendCutOff):
            await task
    assert settled.bytes == 4000
    upload = await append(other, upload, 4000, WHOLE[4000:])
    assert await sealed(other, upload) == WHOLE


async def test_who_does_not_answer_is_cut_off(
    server: EngineServer, other: EngineServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is asked in vain has its turn ended: what it commits afterwards does not count."""
    monkeypatch.setattr(turns, "LOOK_EVERY", 1000.0)
    upload = await begun(server)
    body, task = await hanging(server, upload, 0, WHOLE[:4000])
    while not (await server.storage.appends.ask(upload.id, "nobody")):  # noqa: ASYNC110  # a record is waited for
        await asyncio.sleep(0.01)
    monkeypatch.setattr(turns, "LOOK_EVERY", 0.2)
    assert (await other.engine.appender.settle(upload.id)).bytes == 0
    upload = await append(other, upload, 0, WHOLE)
    body.end()
    with pytest.raises(AppendCutOff):
        await task
    assert await sealed(other, upload) == WHOLE


async def test_two_at_once(server: EngineServer, other: EngineServer) -> None:
    """Of many appends at one offset, in several processes, one is kept, whole."""
    upload = await begun(server, 1000)
    contents = [bytes([number]) * 1000 for number in range(12)]
    tries = [append((server, other)[number % 2], upload, 0, content) for number, content in enumerate(contents)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    kept = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Upload)]
    found = await now(server, upload)
    assert found.bytes in {0, 1000}
    assert len(kept) == found.bytes // 1000
    if kept:
        [part] = await server.parts(upload)
        assert await server.staged(upload, part) == contents[kept[0]]


@pytest.mark.parametrize("right", [True, False])
async def test_a_checked_body_counts_as_a_whole(server: EngineServer, right: bool) -> None:
    """With the right digest all of it counts, with another one nothing, and other bytes may take its place."""
    upload = await append(server, await begun(server), 0, WHOLE[:100])
    body = WHOLE[100:] if right else bytes(len(WHOLE) - 100)
    expected = hashlib.sha1(WHOLE[100:], usedforsecurity=False).hexdigest()

    def check() -> tuple[Digest, str]:
        return hashlib.sha1(usedforsecurity=False), expected

    if right:
        upload = await append(server, upload, 100, body, check=check)
    else:
        with pytest.raises(PartDigestWrong):
            await append(server, upload, 100, body, check=check)
        assert (await now(server, upload)).bytes == 100
        upload = await append(server, upload, 100, WHOLE[100:])
    assert await sealed(server, upload) == WHOLE


@pytest.mark.parametrize("fault", [BodyCut(), InputMissing("a trailer")])
async def test_a_checked_body_that_breaks_off_counts_for_nothing(
    server: EngineServer, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what came of it nor, of a long one, what would have been recorded on its way."""
    monkeypatch.setattr(appending, "SEGMENT", 100)
    monkeypatch.setattr(appending, "PACE", 0.01)
    upload, body = await begun(server), Body()
    task = asyncio.create_task(append(server, upload, 0, body.__aiter__(), check=lambda: (hashlib.sha256(), "00")))
    body.give(WHOLE[:5000])
    await eventually(lambda: body.idle)
    body.vanish(fault)
    with pytest.raises(type(fault)):
        await task
    assert (await now(server, upload)).bytes == 0


async def test_no_more_than_its_size(server: EngineServer) -> None:
    """A body that would go beyond is refused, whether it says how long it is or not."""
    upload = await append(server, await begun(server), 0, WHOLE[:9000])
    for body in (bytes(1001), pieces(bytes(1001))):
        with pytest.raises(TooLarge):
            await append(server, upload, 9000, body)
        assert (await now(server, upload)).bytes == 9000
    upload = await append(server, upload, 9000, WHOLE[9000:])
    assert await sealed(server, upload) == WHOLE


async def test_it_is_no_file_before_all_of_it_is_here(server: EngineServer) -> None:
    """Sealing what is short is refused, and it goes on."""
    upload = await append(server, await begun(server), 0, WHOLE[:9000])
    with pytest.raises(SizeWrong):
        await seal(server, upload)
    upload = await append(server, upload, 9000, WHOLE[9000:])
    assert await sealed(server, upload) == WHOLE


async def test_a_file_without_bytes(server: EngineServer) -> None:
    """Nothing needs to be appended to it."""
    upload = await begun(server, 0)
    file = await seal(server, upload)
    assert (file.blob.size, await server.content(file)) == (0, b"")


async def test_the_quota_bounds_it(another: Opener) -> None:
    """Bytes on their way count, and what would exceed the quota is not kept."""
    server = another("one", quota=Quota(bytes=5000))
    upload = await begun(server, None)
    upload = await append(server, upload, 0, WHOLE[:4000])
    with pytest.raises((QuotaExceeded, TooLarge)):
        await append(server, upload, 4000, pieces(WHOLE[4000:]))
    assert (await now(server, upload)).bytes == 4000
    assert server.row("SELECT count(*) AS n FROM reservations")["n"] == 0
    assert (await append(server, upload, 4000, WHOLE[4000:5000])).bytes == 5000


async def test_what_is_gone_takes_nothing(server: EngineServer) -> None:
    """Neither an upload whose time has run out nor one that was given up, and no folder of it stays."""
    upload = await append(server, await begun(server), 0, WHOLE[:1000])
    server.clock.advance(TTL)
    with pytest.raises(UploadUnknown):
        await server.engine.appender.append(upload, Appending(1000, pieces(WHOLE[1000:]), 9000))
    other = await begun(server)
    await server.engine.uploads.abandon(other.id)
    with pytest.raises(UploadUnknown):
        await server.engine.appender.append(other, Appending(0, pieces(WHOLE), len(WHOLE)))
    await server.upkeep.once(orphans=True)
    assert server.staging_folders() == []


async def test_torn_bytes_are_noticed(server: EngineServer, another: Opener) -> None:
    """Bytes that changed since they were acknowledged never become a file, and the upload is over."""
    sending = another("sending")
    upload = await append(sending, await begun(sending), 0, WHOLE)
    await settled(*(run.task for run in sending.hashing._runs.values() if run.task))
    server.clock.advance(10)  # the lease of the one that digested them is over
    server.tear(upload, (await server.parts(upload))[0], at=500)
    conditions = {str(checked.condition) for checked in await server.checked()}
    assert conditions == {"damaged"}
    with pytest.raises(UploadUnknown):
        await seal(server, upload)
    assert server.state(upload) == "expired"
    assert server.blob_files() == []


async def test_many_small_appends(server: EngineServer) -> None:
    """A thousand appends have one record between them."""
    upload = await begun(server, 1000)
    for offset in range(1000):
        upload = await append(server, upload, offset, WHOLE[offset : offset + 1])
    assert len(await server.parts(upload)) == 1
    file = await seal(server, upload)
    assert await server.content(file) == WHOLE[:1000]


# --- where a store joins nothing --------------------------------------------------------------------------------------


@pytest.fixture
def apart(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> EngineServer:
    """A store in which every piece is an object of its own; eight of them become one."""
    monkeypatch.setattr(server.staging, "join", lambda before, after: None)
    monkeypatch.setattr(regrouping, "RUN", 8)
    return server


async def quiet(server: EngineServer) -> None:
    await asyncio.gather(*server.engine.appender._regrouper._at_work.values())


async def test_many_pieces_become_few(apart: EngineServer) -> None:
    """Of 500 pieces a few are left at every moment, and the file is what was sent."""
    upload, most = await begun(apart), 0
    for offset in range(0, len(WHOLE), 20):
        upload = await append(apart, upload, offset, WHOLE[offset : offset + 20])
        if offset % 1000 == 0:
            await quiet(apart)
            most = max(most, len(await apart.parts(upload)))
    await quiet(apart)
    left = len(await apart.parts(upload))
    assert left <= 4 * 8
    assert most <= 4 * 8 + 50  # those that came before the regrouping was waited for
    staged = [path for path in apart.staging_folders()[0].iterdir() if path.name.startswith("aside-")]
    assert len(staged) <= left
    assert await sealed(apart, upload) == WHOLE


async def test_sealing_beside_the_regrouping(apart: EngineServer) -> None:
    """Pieces that are just being made one are sealed as they are, or as the one, and nothing is missing."""
    for _ in range(5):
        upload = await begun(apart)
        for offset in range(0, len(WHOLE), 500):
            upload = await append(apart, upload, offset, WHOLE[offset : offset + 500])
        assert await sealed(apart, upload) == WHOLE


async def test_torn_pieces_are_not_made_one(apart: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is found by the seal, and not hidden in a new piece."""
    monkeypatch.setattr(regrouping, "RUN", 1000)
    upload = await begun(apart)
    for offset in range(0, len(WHOLE), 1000):
        upload = await append(apart, upload, offset, WHOLE[offset : offset + 1000])
    await settled(*(run.task for run in apart.hashing._runs.values() if run.task))
    apart.tear(upload, (await apart.parts(upload))[3])
    monkeypatch.setattr(regrouping, "RUN", 8)
    apart.engine.appender._regrouper.grown(upload)
    await quiet(apart)
    assert len(await apart.parts(upload)) == 10


async def test_a_regrouping_that_is_cut_off_loses_nothing(apart: EngineServer) -> None:
    """Stopped at any moment, it leaves the pieces or the one."""
    upload = await begun(apart)
    for offset in range(0, len(WHOLE), 20):
        upload = await append(apart, upload, offset, WHOLE[offset : offset + 20])
        if offset % 300 == 0:
            await settled(*apart.engine.appender._regrouper._at_work.values())
    await apart.engine.appender.close()
    assert await sealed(apart, upload) == WHOLE
