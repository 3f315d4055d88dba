"""What the background does, and what it never does."""

import asyncio
import os

import pytest

from penstock.adapters.sql.tx import Tx
from penstock.engine.sealing import LEASE
from penstock.model.faults import FileUnknown, StorageFailed, UploadUnknown
from penstock.model.upload import Declared, State
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import pieces
from tests.support.bytes import noise
from tests.support.doubles import Hold
from tests.support.engine import ALICE, BOB, DIALECT, GRACE, ORPHAN_GRACE, TRASH, TTL, EngineServer
from tests.support.waiting import eventually, settled

DAY = 86400.0

CONTENT = noise(3000)


async def test_a_quiet_store_stays_as_it_is(server: EngineServer) -> None:
    """A round over a store where nothing is due changes nothing, however often."""
    file = await server.store(CONTENT)
    upload = await server.open()
    await server.send(upload, 0, CONTENT)
    for _ in range(3):
        tally = await server.upkeep.once(orphans=True)
        assert not any(getattr(tally, name) for name in tally.__slots__)
    assert await server.content(file) == CONTENT
    assert await server.engine.uploads.numbers(upload) == [0]


async def test_an_unfinished_upload_expires(server: EngineServer, clock: Clock) -> None:
    """An upload lives its time after its last part, and then goes with its bytes and its record."""
    upload = await server.open()
    clock.advance(TTL - 1)
    await server.send(upload, 0, CONTENT)
    clock.advance(TTL - 1)
    await server.upkeep.once(orphans=True)
    assert await server.engine.uploads.numbers(upload) == [0]
    clock.advance(1)
    tally = await server.upkeep.once(orphans=True)
    assert (tally.expired_uploads, tally.discarded_uploads) == (1, 1)
    assert server.staging_folders() == []
    assert server.state(upload) == "gone"
    with pytest.raises(UploadUnknown):
        await server.engine.uploads.find(ALICE, DIALECT, upload.id)


async def test_cancelled_bytes_go_even_if_nobody_came_to_it(server: EngineServer) -> None:
    """The bytes of a cancelled upload go, also when the process that cancelled it died before it came to that."""
    upload = await server.open()
    await server.send(upload, 0, CONTENT)
    await server.uploads.cancel(upload.id)
    assert len(server.staging_folders()) == 1
    assert (await server.upkeep.once(orphans=False)).discarded_uploads == 1
    assert server.staging_folders() == []


async def test_records_of_the_past_go(server: EngineServer, clock: Clock) -> None:
    """The record of a sealed upload goes after its time; the file stays, and is found by its upload's id still."""
    upload = await server.open()
    await server.send(upload, 0, CONTENT)
    file = await server.seal(upload, 1)
    await server.sealer.close()
    clock.advance(TTL + 1)
    assert (await server.upkeep.once(orphans=True)).forgotten_uploads == 1
    assert await server.content(await server.engine.catalog.file(ALICE, upload.id)) == CONTENT  # type: ignore[arg-type]
    assert file.upload == upload.id


async def test_bytes_without_a_record_go_when_they_are_old(server: EngineServer, clock: Clock) -> None:
    """Staged bytes and blobs that a crash left without a record go after their grace, and no sooner."""
    await server.store(CONTENT)
    await server.engine.receiver.spool(ALICE, pieces(b"held"), 1 << 40, None)
    stray = server.blob_files()[0].with_name("f" * 64 + "-nobody")
    stray.write_bytes(b"stray")
    clock.now = held_at = stray.stat().st_ctime
    clock.now = held_at + ORPHAN_GRACE - 10
    assert (await server.upkeep.once(orphans=True)).removed_orphans == 0
    clock.now = held_at + ORPHAN_GRACE + 10
    assert (await server.upkeep.once(orphans=False)).removed_orphans == 0
    assert (await server.upkeep.once(orphans=True)).removed_orphans == 2
    assert server.staging_folders() == []
    assert len(server.blob_files()) == 1


async def test_old_bytes_with_a_record_are_no_orphans(server: EngineServer, clock: Clock) -> None:
    """However old they are, bytes that have a record stay."""
    upload = await server.open()
    await server.send(upload, 0, CONTENT)
    await server.store(CONTENT)
    [folder] = server.staging_folders()
    for path in (folder, *folder.iterdir()):
        os.utime(path, (0, 0))
    clock.advance(TTL - 1)
    assert (await server.upkeep.once(orphans=True)).removed_orphans == 0
    assert await server.engine.uploads.numbers(upload) == [0]


async def test_a_removed_files_bytes_go_after_their_grace(server: EngineServer, clock: Clock) -> None:
    """The bytes of the last file on a blob go after the grace period; while any file is left, they stay."""
    one, two = await server.store(CONTENT), await server.store(CONTENT, principal=BOB)
    await server.engine.catalog.remove(ALICE, one.id)
    clock.advance(10 * GRACE)
    await server.upkeep.once(orphans=True)
    clock.advance(10 * GRACE)
    await server.upkeep.once(orphans=True)
    assert await server.content(two) == CONTENT
    await server.engine.catalog.remove(BOB, two.id)
    await server.upkeep.once(orphans=True)
    clock.advance(GRACE - 1)
    assert (await server.upkeep.once(orphans=True)).collected_blobs == 0
    clock.advance(1)
    assert (await server.upkeep.once(orphans=True)).collected_blobs == 1
    assert server.blob_files() == []


async def test_a_new_upload_saves_condemned_bytes(server: EngineServer, clock: Clock) -> None:
    """The same bytes uploaded while their blob waits to be collected are kept, and none are written twice."""
    first = await server.store(CONTENT)
    await server.engine.catalog.remove(ALICE, first.id)
    await server.upkeep.once(orphans=False)
    second = await server.store(CONTENT)
    assert second.blob.location == first.blob.location
    clock.advance(2 * GRACE)
    await server.upkeep.once(orphans=True)
    assert await server.content(second) == CONTENT


async def test_collection_never_races_a_new_reference(server: EngineServer, other: EngineServer, clock: Clock) -> None:
    """Uploads of the very bytes that are being collected, in another process, end with their bytes there."""
    for n in range(10):
        content = CONTENT + bytes([n])
        first = await server.store(content)
        await server.engine.catalog.remove(ALICE, first.id)
        await server.upkeep.once(orphans=False)
        clock.advance(GRACE)
        second, *_ = await asyncio.gather(
            server.store(content), other.upkeep.once(orphans=True), server.upkeep.once(orphans=True)
        )
        assert await server.content(await server.engine.catalog.file(ALICE, second.id)) == content
        await server.upkeep.once(orphans=True)
        assert await server.content(await server.engine.catalog.file(ALICE, second.id)) == content


async def test_a_collection_that_died_between_record_and_bytes(server: EngineServer, clock: Clock) -> None:
    """When a process dies after it deleted a blob's record, the same bytes uploaded later have a place of their own,
    and what was left of the first goes as an orphan.
    """
    first = await server.store(CONTENT)
    await server.engine.catalog.remove(ALICE, first.id)
    await server.upkeep.once(orphans=False)
    clock.advance(GRACE)
    assert await server.repository.collect(GRACE, 10) == [first.blob.location]
    second = await server.store(CONTENT)
    assert second.blob.location != first.blob.location
    clock.now = server.blob(second).stat().st_ctime + ORPHAN_GRACE + 10
    assert (await server.upkeep.once(orphans=True)).removed_orphans == 1
    assert await server.content(second) == CONTENT


async def test_retention(another: Opener, clock: Clock) -> None:
    """Where files are kept for a time, they go to the trash after it, then for good, and then their bytes."""
    server = another("one", retention=1000.0)
    file = await server.store(CONTENT)
    clock.advance(999)
    assert (await server.upkeep.once(orphans=False)).trashed_files == 0
    clock.advance(1)
    assert (await server.upkeep.once(orphans=False)).trashed_files == 1
    clock.advance(TRASH - 1)
    assert (await server.upkeep.once(orphans=False)).purged_files == 0
    assert (await server.engine.catalog.file(ALICE, file.id)).trashed_at is not None
    clock.advance(1)
    assert (await server.upkeep.once(orphans=False)).purged_files == 1
    with pytest.raises(FileUnknown):
        await server.engine.catalog.file(ALICE, file.id)
    clock.advance(GRACE)
    await server.upkeep.once(orphans=False)
    assert server.blob_files() == []


async def test_two_processes_keep_up_side_by_side(server: EngineServer, other: EngineServer, clock: Clock) -> None:
    """Two rounds at once do everything once and harm nothing."""
    kept = await server.store(b"kept")
    for n in range(5):
        upload = await server.open()
        await server.send(upload, 0, CONTENT)
        file = await server.store(CONTENT + bytes([n]))
        await server.engine.catalog.remove(ALICE, file.id)
    await server.upkeep.once(orphans=True)
    clock.advance(TTL)
    tallies = await asyncio.gather(server.upkeep.once(orphans=True), other.upkeep.once(orphans=True))
    assert sum(tally.expired_uploads for tally in tallies) == 5
    assert sum(tally.collected_blobs for tally in tallies) == 5
    assert server.staging_folders() == []
    assert await server.content(kept) == b"kept"


async def test_a_seal_at_work_is_left_alone(server: EngineServer, another: Opener) -> None:
    """A round does not disturb an upload whose sealer is alive, however long it takes."""
    held = Hold("staging", "compose")
    sealing = another("sealing", wrap=held.wrap)
    upload = await sealing.open()
    await sealing.send(upload, 0, CONTENT)
    task = asyncio.create_task(sealing.seal(upload, 1))
    await held.reached.wait()
    tally = await server.upkeep.once(orphans=True)
    assert tally.resumed_uploads == 0
    assert server.state(upload) == State.PLACING
    held.go.set()
    assert await server.content(await task) == CONTENT


async def test_what_a_dead_sealer_left_in_sealing_takes_parts_again(server: EngineServer, clock: Clock) -> None:
    """An upload whose sealer died before anything was decided is open again after its lease."""
    upload = await server.open()
    await server.send(upload, 0, CONTENT)
    await server.uploads.freeze(upload.id, Declared("a.bin", total=1), None, "dead", LEASE)
    await server.upkeep.once(orphans=False)
    assert server.state(upload) == State.SEALING
    clock.advance(LEASE)
    await server.upkeep.once(orphans=False)
    assert server.state(upload) == State.OPEN
    await server.send(upload, 0, CONTENT[::-1])


async def test_the_background_outlives_its_troubles(server: EngineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that fails is tried again; the background never ends by itself."""
    rounds: list[int] = []

    async def fail(**_: object) -> None:
        rounds.append(1)
        raise StorageFailed

    monkeypatch.setattr(server.upkeep, "once", fail)
    task = asyncio.create_task(server.upkeep.run(0.001))
    await eventually(lambda: len(rounds) > 3)
    assert not task.done()
    await settled(task)


async def test_counts_of_calls_go(server: EngineServer, clock: Clock) -> None:
    """Counts whose window is long over go, whoever asks again; those of today stay."""
    clock.now -= clock.now % DAY
    await server.container.identity.limiter.hit("old", "somebody", 1, 60)
    clock.advance(DAY)
    await server.container.identity.limiter.hit("new", "somebody", 1, 60)
    await server.upkeep.once(orphans=False)
    assert server.row("SELECT group_concat(bucket) AS buckets FROM limits")["buckets"] == "new"


async def test_refresh_tokens_of_a_long_session_go(server: EngineServer, clock: Clock) -> None:
    """A session that goes on for ever keeps no refresh tokens that ended long ago."""

    async def signed_in(tx: Tx) -> None:
        await tx.run("INSERT INTO users VALUES ('u', 'u', '', 'normal', 0, 0, 0, NULL, NULL, NULL)")
        await tx.run("INSERT INTO sessions VALUES ('s', 'u', '', '', '', 0, 1e12, NULL)")
        for digest, end in (("old", clock() - 2 * DAY), ("new", clock())):
            await tx.run("INSERT INTO refreshes VALUES (:digest, 's', :until, NULL)", {"digest": digest, "until": end})

    await server.database.write(signed_in)
    await server.upkeep.once(orphans=False)
    assert server.row("SELECT group_concat(digest) AS digests FROM refreshes")["digests"] == "new"
