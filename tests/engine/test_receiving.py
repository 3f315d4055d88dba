"""One part, from the first byte to the acknowledgement."""

import asyncio
import hashlib
from functools import partial
from typing import Any

import pytest

from penstock.engine import uploads
from penstock.engine.receiving import Incoming, md5_of
from penstock.model.faults import (
    BodyCut,
    InputMissing,
    PartConflict,
    PartDigestWrong,
    SizeWrong,
    TooLarge,
    UploadConflict,
    UploadEnded,
    UploadUnknown,
)
from penstock.model.upload import Declared, Upload
from penstock.ports import Committed
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import Body, pieces
from tests.support.bytes import noise
from tests.support.doubles import CrashPlan, Hold, Sabotage
from tests.support.engine import ALICE, BOB, DIALECT, PLENTY, TTL, EngineServer
from tests.support.waiting import eventually, settled

BLOCK = 64 * 1024
PARTS = [noise(1000, seed) for seed in range(3)]


async def begun(
    server: EngineServer, upload: Upload, number: int, content: bytes, *, most: int | None = 1000
) -> tuple[Body, asyncio.Task[object]]:
    """A part whose body has come this far."""
    body = Body()
    task: asyncio.Task[object] = asyncio.create_task(server.send(upload, number, body.__aiter__(), most=most))
    body.give(content)
    await eventually(lambda: body.idle or task.done())
    return body, task


async def held_parts(server: EngineServer, upload: Upload) -> dict[int, bytes]:
    return {row.number: await server.staged(upload, row) for row in await server.parts(upload)}


async def test_64_parts_at_once(server: EngineServer, other: EngineServer) -> None:
    """64 parts at once, through two processes, are all there, whole, and counted."""
    upload = await server.open(64)
    contents = {number: noise(500 + number, number) for number in range(64)}
    await asyncio.gather(
        *((server, other)[n % 2].send(upload, n, content, told=n % 3 == 0) for n, content in contents.items())
    )
    assert await held_parts(server, upload) == contents
    now = await server.engine.uploads.find(ALICE, DIALECT, upload.id)
    assert (now.received, now.bytes) == (64, sum(map(len, contents.values())))


async def test_the_same_part_twice_at_once(server: EngineServer, other: EngineServer) -> None:
    """Of the same part sent twice at once one is new and one the same; its bytes are there once."""
    upload = await server.open()
    outcomes = await asyncio.gather(server.send(upload, 0, PARTS[0]), other.send(upload, 0, PARTS[0]))
    assert {outcome.committed for outcome in outcomes} == {Committed.NEW, Committed.SAME}
    assert await held_parts(server, upload) == {0: PARTS[0]}


async def test_a_part_sent_again(server: EngineServer) -> None:
    """The same bytes again are a success that changes nothing and takes no room."""
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    [before] = await server.parts(upload)
    assert (await server.send(upload, 0, PARTS[0], told=False)).committed is Committed.SAME
    assert await server.parts(upload) == [before]
    folder = server.place(upload, before)[0].parent
    assert [path.name for path in folder.iterdir()] == ["plane-1000"]


async def test_other_bytes_replace(server: EngineServer) -> None:
    """Other bytes for a part replace it whole; the epoch grows, and the replaced bytes do not pile up."""
    upload = await server.open()
    for content in (PARTS[0], PARTS[1], PARTS[2][:400], PARTS[0]):
        outcome = await server.send(upload, 0, content)
        assert await held_parts(server, upload) == {0: content}
    assert outcome.committed is Committed.REPLACED
    assert (outcome.upload.epoch, outcome.upload.received, outcome.upload.bytes) == (3, 1, 1000)
    [row] = await server.parts(upload)
    assert list(server.place(upload, row)[0].parent.glob("aside-*")) == [server.place(upload, row)[0]]


async def test_a_replacement_that_fails_leaves_the_first(server: EngineServer) -> None:
    """A part whose replacement breaks off keeps its bytes."""
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    body, task = await begun(server, upload, 0, b"x" * 500)
    body.vanish(BodyCut())
    with pytest.raises(BodyCut):
        await task
    assert await held_parts(server, upload) == {0: PARTS[0]}


@pytest.mark.parametrize("ending", ["fault", "cancel", "short", "long"])
async def test_a_body_that_ends_badly(server: EngineServer, ending: str) -> None:
    """A body that breaks off, or is not of its length, leaves no record and no bytes, and the slot is free at once."""
    upload = await server.open()
    await server.send(upload, 1, noise(BLOCK))
    [neighbour] = await server.parts(upload)
    plane = server.place(upload, neighbour)[0]
    before = plane.stat().st_blocks
    body = Body()
    incoming = Incoming(0, body.__aiter__(), BLOCK)
    task = asyncio.create_task(server.engine.receiver.receive(upload, incoming))
    body.give(b"x" * (BLOCK // 2))
    await eventually(lambda: body.idle)
    match ending:
        case "fault":
            body.vanish(BodyCut())
        case "cancel":
            task.cancel()
        case "long":
            body.give(b"x" * BLOCK)
    body.end()
    with pytest.raises((BodyCut, asyncio.CancelledError)):
        await task
    assert await held_parts(server, upload) == {1: noise(BLOCK)}
    assert plane.stat().st_blocks == before
    await server.send(upload, 0, b"y" * BLOCK)
    assert [row.location for row in await server.parts(upload)] == [f"plane-{BLOCK}@0", f"plane-{BLOCK}@{BLOCK}"]


async def test_too_large_while_streaming(server: EngineServer) -> None:
    """A body that passes the limit is refused at that byte, and its room is given back."""
    upload = await server.open(limit=BLOCK)
    body, task = await begun(server, upload, 0, b"x" * BLOCK, most=None)
    assert not task.done()
    body.give(b"x")
    with pytest.raises(TooLarge) as refusal:
        await task
    assert refusal.value.limit == BLOCK
    assert await held_parts(server, upload) == {}
    assert sum(path.stat().st_blocks for path in server.staging_folders()[0].iterdir()) == 0


async def test_too_large_at_once(server: EngineServer) -> None:
    """A length past the limit is refused before a byte is read or a folder made."""
    upload = await server.open(limit=999)
    with pytest.raises(TooLarge):
        await server.send(upload, 0, PARTS[0])
    assert server.staging_folders() == []


async def test_too_large_together(server: EngineServer) -> None:
    """Parts that pass the limit only together are refused as well; those before stay."""
    upload = await server.open(limit=2500)
    for number in (0, 1):
        await server.send(upload, number, PARTS[number])
    with pytest.raises(TooLarge):
        await server.send(upload, 2, PARTS[2])
    await server.send(upload, 2, PARTS[2][:500])
    assert await held_parts(server, upload) == {0: PARTS[0], 1: PARTS[1], 2: PARTS[2][:500]}


async def test_a_part_md5_is_compared(server: EngineServer) -> None:
    """A part is taken when it has the MD5 that its client announced, and refused, with both, when it has not."""
    upload = await server.open()
    with pytest.raises(PartDigestWrong) as refusal:
        await server.send(upload, 0, PARTS[0], md5=hashlib.md5(PARTS[1]).hexdigest())
    assert refusal.value.actual == hashlib.md5(PARTS[0]).hexdigest()
    assert await held_parts(server, upload) == {}
    await server.send(upload, 0, PARTS[0], md5=hashlib.md5(PARTS[0]).hexdigest())
    assert await server.engine.uploads.part_md5s(upload, 2) == {0: hashlib.md5(PARTS[0]).hexdigest()}


async def test_the_md5s_of_parts_are_computed_once(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking again reads no byte again; of a part that was replaced, the new bytes are read."""
    upload = await server.open()
    reads = []

    async def counted(*arguments: Any) -> Any:
        reads.append(arguments)
        return await md5_of(*arguments)

    monkeypatch.setattr(uploads, "md5_of", counted)
    for number in (0, 1):
        await server.send(upload, number, PARTS[number])
    expected = {number: hashlib.md5(PARTS[number]).hexdigest() for number in (0, 1)}
    told = await asyncio.gather(*(server.engine.uploads.part_md5s(upload, 3) for _ in range(5)))
    assert (told, len(reads)) == ([expected] * 5, 2)
    assert await server.engine.uploads.part_md5s(upload, 1) == {0: expected[0]}
    await server.send(upload, 1, PARTS[2][:10])
    assert await server.engine.uploads.part_md5s(upload, 3) == {
        0: expected[0],
        1: hashlib.md5(PARTS[2][:10]).hexdigest(),
    }
    assert len(reads) == 3


@pytest.mark.parametrize("told", [True, False])
async def test_a_part_after_completion(server: EngineServer, told: bool) -> None:
    """After completion the same bytes are a success and anything else a conflict; the file does not change."""
    upload = await server.open()
    for number, content in enumerate(PARTS):
        await server.send(upload, number, content)
    file = await server.seal(upload, 3)
    await server.sealer.close()
    assert (await server.send(upload, 1, PARTS[1], told=told)).committed is Committed.SAME
    for number, content in ((1, PARTS[2]), (1, PARTS[1][:-1]), (1, b""), (3, PARTS[0])):
        with pytest.raises(PartConflict) as refusal:
            await server.send(upload, number, content, told=told)
        assert refusal.value.number == number
    assert await server.content(file) == b"".join(PARTS)
    assert server.staging_folders() == []


async def test_matching_a_part(server: EngineServer) -> None:
    """Whether a body is that part of the upload is told without storing it."""
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    await server.seal(upload, 1)
    assert await server.engine.receiver.matches(upload, 0, pieces(PARTS[0]))
    assert not await server.engine.receiver.matches(upload, 0, pieces(PARTS[1]))
    assert not await server.engine.receiver.matches(upload, 1, pieces(PARTS[0]))


async def test_parts_of_what_takes_none(server: EngineServer, clock: Clock) -> None:
    """A cancelled upload and an expired one say so."""
    cancelled, expired = await server.open(), await server.open()
    await server.engine.uploads.cancel(cancelled)
    with pytest.raises(UploadEnded):
        await server.send(cancelled, 0, PARTS[0])
    clock.advance(TTL)
    with pytest.raises(UploadEnded):
        await server.engine.receiver.receive(expired, Incoming(0, pieces(PARTS[0]), 1000))


async def test_an_upload_cancelled_under_a_part(server: EngineServer, other: EngineServer) -> None:
    """A part under way when its upload is cancelled is refused and leaves nothing."""
    upload = await server.open()
    body, task = await begun(server, upload, 0, b"x" * 500)
    await other.engine.uploads.cancel(upload)
    body.end()
    with pytest.raises(UploadEnded):
        await task
    assert server.staging_folders() == []


async def test_a_cancelled_request_never_loses_a_committed_row(another: Opener, server: EngineServer) -> None:
    """When the client goes away while its part is being recorded, record and bytes stay together."""
    for moment in ("commit_part", "admit"):
        held = Hold("parts", moment)
        taking = another("taking", wrap=held.wrap)
        upload = await server.open()
        task = asyncio.create_task(taking.send(upload, 0, PARTS[0]))
        await held.reached.wait()
        await settled(task)
        held.go.set()
        if moment == "commit_part":
            await eventually(partial(server.row, "SELECT 1 FROM parts WHERE upload_id = :id", id=upload.id))
        await asyncio.sleep(0.05)
        rows = await held_parts(server, upload)
        assert rows in ({}, {0: PARTS[0]})


@pytest.mark.parametrize("before", [True, False])
async def test_a_repository_that_breaks_down(server: EngineServer, another: Opener, before: bool) -> None:
    """When nobody can say whether the record was written, the bytes stay: the record may be there."""
    upload = await server.open()
    breaking = another("breaking", wrap=CrashPlan(frozenset({"parts.commit_part"}), 0, before=before).wrap)
    with pytest.raises(Sabotage):
        await breaking.send(upload, 0, PARTS[0])
    assert await held_parts(server, upload) == ({} if before else {0: PARTS[0]})
    outcome = await server.send(upload, 0, PARTS[0])
    assert outcome.committed is (Committed.NEW if before else Committed.SAME)
    assert await held_parts(server, upload) == {0: PARTS[0]}


async def test_only_what_is_acknowledged_is_counted(server: EngineServer) -> None:
    """The metric of parts counts every acknowledged part and nothing else."""

    def counted() -> float:
        return server.container.metrics.sums.parts

    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    body, task = await begun(server, upload, 1, b"x")
    body.vanish(BodyCut())
    await settled(task)
    assert counted() == 1


# --- bytes that wait for their upload --------------------------------------------------------------------------------


async def test_held_bytes(server: EngineServer) -> None:
    """Bytes whose upload is named only later are kept, read and forgotten."""
    held = await server.engine.receiver.spool(ALICE, pieces(PARTS[0]), PLENTY, None)
    assert held.length == 1000
    assert b"".join([piece async for piece in held.read()]) == PARTS[0]
    await held.discard()
    assert server.staging_folders() == []


async def test_held_bytes_that_are_too_many(server: EngineServer) -> None:
    """Bytes past the limit are refused while they come, and nothing of them stays."""
    with pytest.raises(TooLarge):
        await server.engine.receiver.spool(ALICE, pieces(PARTS[0]), 999, None)
    assert server.staging_folders() == []


# --- opening, finding, giving up -------------------------------------------------------------------------------------


async def test_opening_again_joins(server: EngineServer, other: EngineServer) -> None:
    """The same key joins the live upload, unless it was declared otherwise; saying less is not saying otherwise."""
    first = await server.open(3, 3000, key="k", name="a")
    assert (await other.open(3, 3000, key="k", name="a")).id == first.id
    assert (await other.open(key="k", name="")).id == first.id
    for total, size, name in ((4, 3000, "a"), (3, 3001, "a"), (3, 3000, "b")):
        with pytest.raises(UploadConflict):
            await other.open(total, size, key="k", name=name)
    assert (await other.open(3, 3000, key="k", name="a", principal=BOB)).id != first.id


async def test_opening_too_much(server: EngineServer) -> None:
    """A declared size past the limit opens nothing."""
    with pytest.raises(TooLarge):
        await server.open(1, 1000, limit=999, key="k")
    assert await server.engine.uploads.newest(ALICE, DIALECT, "k") is None


async def test_nobody_elses_upload(server: EngineServer) -> None:
    """Somebody else's upload, and one of another dialect, is as unknown as one that never was."""
    upload = await server.open(key="k")
    for principal, dialect in ((BOB, DIALECT), (ALICE, "another")):
        with pytest.raises(UploadUnknown):
            await server.engine.uploads.find(principal, dialect, upload.id)
        assert await server.engine.uploads.newest(principal, dialect, "k") is None


async def test_abandoning(server: EngineServer) -> None:
    """An abandoned upload is as if it had never been, bytes and all; a sealed one cannot be abandoned."""
    upload = await server.open(key="k")
    await server.send(upload, 0, PARTS[0])
    assert await server.engine.uploads.abandon(upload.id)
    assert await server.engine.uploads.newest(ALICE, DIALECT, "k") is None
    assert server.staging_folders() == []
    assert server.state(upload) == "gone"
    sealed = await server.open()
    file = await server.seal(sealed, 0)
    assert not await server.engine.uploads.abandon(sealed.id)
    assert await server.content(file) == b""


async def test_giving_up(server: EngineServer) -> None:
    """An upload that was given up is remembered as removed."""
    upload = await server.open()
    await server.engine.give_up(ALICE, upload)
    await server.engine.catalog.remove(ALICE, upload.id)
    with pytest.raises(UploadUnknown):
        await server.engine.uploads.find(ALICE, DIALECT, upload.id)


async def test_a_whole_file_at_once(server: EngineServer) -> None:
    """A file in one request is there when it is answered, and nothing of it when it is not."""
    file = await server.store(PARTS[0])
    assert await server.content(file) == PARTS[0]
    body = Body()
    body.give(b"x" * 10)
    body.vanish(BodyCut())
    with pytest.raises(BodyCut):
        await server.engine.store(
            ALICE, DIALECT, Declared("a", total=1), body.__aiter__(), limit=PLENTY, needs_md5=False
        )
    assert nothing_is_under_way(server)


async def test_a_whole_file_whose_name_comes_last(server: EngineServer) -> None:
    """Bytes may be received before anything is declared of them; where that is refused, nothing of them stays."""
    unnamed = partial(server.engine.receive, ALICE, DIALECT, Declared("", total=1), limit=PLENTY, needs_md5=False)
    async with unnamed(pieces(PARTS[0])) as received:
        file = await received.finish(Declared("a.bin", "text/plain", None, 1))
    assert (file.name, file.media_type, await server.content(file)) == ("a.bin", "text/plain", PARTS[0])
    with pytest.raises(InputMissing):
        async with unnamed(pieces(PARTS[1])):
            raise InputMissing("name")
    with pytest.raises(SizeWrong):
        async with unnamed(pieces(PARTS[1])) as received:
            await received.finish(Declared("b.bin", None, 1, 1))
    await server.sealer.close()
    assert nothing_is_under_way(server)


def nothing_is_under_way(server: EngineServer) -> bool:
    open_uploads = server.row("SELECT count(*) AS n FROM uploads WHERE state <> 'sealed'")["n"]
    return (server.staging_folders(), open_uploads) == ([], 0)
