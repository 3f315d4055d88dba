"""Uploads that are put together from others."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from penstock.engine import appending
from penstock.model.concat import Concat
from penstock.model.faults import StorageFailed, TooLarge, UploadUnknown
from penstock.model.file import File
from penstock.model.ids import StagedLocation, UploadId
from penstock.model.upload import Declared, Part, Upload
from penstock.ports import BytesMissing
from tests.engine.conftest import Opener
from tests.engine.test_appending import append, now
from tests.ports.records import Clock
from tests.support.bytes import noise
from tests.support.engine import ALICE, DIALECT, PATIENCE, PLENTY, EngineServer
from tests.support.waiting import eventually, settled

ONE, TWO, THREE = noise(70_000, "one"), noise(50_000, "two"), noise(1, "three")


async def partial(server: EngineServer, content: bytes) -> Upload:
    """A whole partial upload."""
    upload = await server.engine.uploads.open(
        ALICE,
        DIALECT,
        Declared("", None, len(content)),
        limit=PLENTY,
        needs_md5=True,
        appended=True,
        concat=Concat.PARTIAL,
    )
    return await append(server, upload, 0, content)


async def final_of(server: EngineServer, sources: Sequence[Upload], *, limit: int = PLENTY) -> Upload:
    declared = Declared("whole.bin")
    return await server.engine.joiner.open(ALICE, DIALECT, declared, sources, limit=limit, key="final", told="")


async def joined(server: EngineServer, final: Upload) -> File:
    async with asyncio.timeout(PATIENCE):
        return await server.engine.joiner.join_in_time(final.id)


def inode(server: EngineServer, upload: UploadId) -> int:
    return plane_of(server, upload).stat().st_ino


def plane_of(server: EngineServer, upload: UploadId) -> Path:
    return server.path / "staging" / upload[:2] / upload / "plane-0"


async def test_the_first_one_is_the_base_once(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of the first partial upload are not copied, the first time; and those that share them stay apart."""
    one, two = await partial(server, ONE), await partial(server, TWO)
    copied: list[int] = []
    copy = server.staging._copy_into

    async def counted(folder: Path, offset: int, source: Any, length: int) -> None:
        copied.append(length)
        await copy(folder, offset, source, length)

    monkeypatch.setattr(server.staging, "_copy_into", counted)
    first = await joined(server, await final_of(server, [one, two]))
    assert copied == [len(TWO)]
    second = await joined(server, await final_of(server, [one, two, one]))
    assert copied == [len(TWO), len(ONE), len(TWO), len(ONE)]
    assert await server.content(first) == ONE + TWO
    assert await server.content(second) == ONE + TWO + ONE


async def test_without_links_all_is_copied(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without links makes the same file."""

    def refused(self: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    file = await joined(server, await final_of(server, [await partial(server, ONE), await partial(server, TWO)]))
    assert await server.content(file) == ONE + TWO


async def test_another_process_goes_on(
    server: EngineServer, another: Opener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process that died had put together is gone on with, where it was, once its lease has run out."""
    sources = [await partial(server, content) for content in (ONE, TWO, THREE)]
    final, reuse = await final_of(server, sources), server.staging.reuse

    async def hanging(upload: UploadId, offset: int, source: UploadId, part: Part) -> StagedLocation:
        if offset == len(ONE) + len(TWO):
            await asyncio.Event().wait()
        return await reuse(upload, offset, source, part)

    monkeypatch.setattr(server.staging, "reuse", hanging)
    waiting = asyncio.create_task(joined(server, final))

    async def reached() -> bool:
        return (await now(server, final)).bytes == len(ONE) + len(TWO)

    await eventually(reached, within=PATIENCE)
    other = another("two")
    await other.engine.joiner.resume()
    assert not other.engine.joiner._at_work, "somebody is at it"
    await server.engine.joiner.close()
    await settled(waiting)
    clock.advance(60)
    began: list[int] = []
    again = other.staging.reuse

    async def noted(upload: UploadId, offset: int, source: UploadId, part: Part) -> StagedLocation:
        began.append(offset)
        return await again(upload, offset, source, part)

    monkeypatch.setattr(other.staging, "reuse", noted)
    await other.engine.joiner.resume()
    await eventually(lambda: not other.engine.joiner._at_work, within=PATIENCE)
    file = await joined(other, final)
    assert began == [len(ONE) + len(TWO)]
    assert await other.content(file) == ONE + TWO + THREE


async def test_two_processes_make_one_file(server: EngineServer, other: EngineServer) -> None:
    """Asked at two nodes at once, both answer the same file."""
    final = await final_of(server, [await partial(server, ONE), await partial(server, TWO)])
    one, two = await asyncio.gather(joined(server, final), joined(other, final))
    assert one.id == two.id
    assert await server.content(two) == ONE + TWO


async def test_parts_that_grow_meanwhile(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source whose pieces become one while they are copied is whole in the end."""
    monkeypatch.setattr(server.staging, "join", lambda before, after: None)
    monkeypatch.setattr(appending, "SEGMENT", 10_000)
    one = await partial(server, ONE)
    assert len(await server.storage.appends.tail(one.id, 100)) > 1
    final, reuse, count = await final_of(server, [one]), server.staging.reuse, 0

    async def regrouping(upload: UploadId, offset: int, source: UploadId, part: Part) -> StagedLocation:
        nonlocal count
        count += 1
        if count == 2:
            raise BytesMissing
        return await reuse(upload, offset, source, part)

    monkeypatch.setattr(server.staging, "reuse", regrouping)
    assert await server.content(await joined(server, final)) == ONE


async def test_bytes_that_stay_missing(server: EngineServer) -> None:
    """Where the bytes of a source are gone, the final upload is no file, and is not lost silently either."""
    one = await partial(server, ONE)
    final = await final_of(server, [one])
    plane_of(server, one.id).unlink()
    with pytest.raises(StorageFailed):
        await joined(server, final)
    assert (await now(server, final)).bytes == 0


async def test_a_source_that_ends(server: EngineServer) -> None:
    """Without one of its sources a final upload ends."""
    one, two = await partial(server, ONE), await partial(server, TWO)
    final = await final_of(server, [one, two])
    await server.engine.uploads.cancel(two)
    with pytest.raises(UploadUnknown):
        await joined(server, final)
    with pytest.raises(UploadUnknown):
        await now(server, final)


async def test_more_than_may_be(server: EngineServer) -> None:
    """Many that are small enough make none that is too large."""
    with pytest.raises(TooLarge):
        await final_of(server, [await partial(server, ONE), await partial(server, TWO)], limit=100_000)


async def test_nobody_digests_partial_uploads(server: EngineServer) -> None:
    """No digest is computed that nobody asks for."""
    await partial(server, ONE)
    assert not server.hashing._runs
