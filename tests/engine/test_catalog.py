"""Files as their owners see them, and finding them by hash."""

import asyncio
import hashlib

import pytest

from penstock.model.faults import FileTrashed, FileUnknown
from penstock.model.file import File, NewFile
from penstock.model.ids import FileId, Md5, PrincipalId
from penstock.model.principal import ANONYMOUS, Principal
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bytes import noise
from tests.support.doubles import Counted
from tests.support.engine import ALICE, BOB, DIALECT, EngineServer

CONTENT = noise(3000)
CAROL = Principal(PrincipalId("carol"), "carol")

# Two blocks with one MD5, published by Wang, Feng, Lai and Yu in 2004 (eprint 2004/199).
WANG = (
    bytes.fromhex(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
        "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
        "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
        "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
    ),
    bytes.fromhex(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f89"
        "55ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b"
        "d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
        "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70"
    ),
)


def md5(content: bytes) -> Md5:
    return Md5(hashlib.md5(content).hexdigest())


async def claim(
    server: EngineServer, principal: Principal, content: bytes, *, key: str = "k", size: int | None = None
) -> File | None:
    wanted = NewFile("b.bin", "text/plain", key)
    return await server.engine.catalog.claim(
        principal, DIALECT, md5(content), len(content) if size is None else size, wanted
    )


async def test_files_are_their_owners(server: EngineServer) -> None:
    """Somebody else's file is as unknown as one that never was, by every name it has."""
    file = await server.store(CONTENT)
    catalog = server.engine.catalog
    assert file.upload is not None
    for name in (file.id, FileId(file.upload)):
        assert await catalog.file(ALICE, name) == file
        assert await catalog.by_key(ALICE, DIALECT, name) == file
        with pytest.raises(FileUnknown):
            await catalog.file(BOB, name)
        with pytest.raises(FileUnknown):
            await catalog.by_key(BOB, DIALECT, name)
        with pytest.raises(FileUnknown):
            await catalog.remove(BOB, name)
    assert (await catalog.page(BOB, "", 0, 10)) == (0, [])


@pytest.mark.parametrize("by_upload", [True, False])
async def test_a_removed_file(server: EngineServer, by_upload: bool) -> None:
    """A file removed by its id or by its upload's is gone; removing it again, by the same name, is no error."""
    file = await server.store(CONTENT)
    assert file.upload is not None
    name = file.upload if by_upload else file.id
    for _ in range(3):
        await server.engine.catalog.remove(ALICE, name)
    with pytest.raises(FileUnknown):
        await server.engine.catalog.file(ALICE, file.id)
    with pytest.raises(FileUnknown):
        await server.engine.catalog.remove(ALICE, "never-was")


async def test_a_download_outlives_its_file(server: EngineServer, clock: Clock) -> None:
    """A download that has begun finishes, though its file is removed and its bytes are collected."""
    content = noise(1 << 20)
    file = await server.store(content)
    reading = await server.engine.catalog.read(file, 0, len(content))
    got = [await reading.__anext__()]
    await server.engine.catalog.remove(ALICE, file.id)
    await server.upkeep.once(orphans=True)
    clock.advance(10_000)
    await server.upkeep.once(orphans=True)
    assert server.blob_files() == []
    got += [piece async for piece in reading]
    assert b"".join(got) == content


async def test_the_trash_is_not_read(server: EngineServer) -> None:
    """A file in the trash is listed nowhere and not handed out."""
    file = await server.store(CONTENT)
    await server.repository.trash_older(0)
    trashed = await server.engine.catalog.file(ALICE, file.id)
    with pytest.raises(FileTrashed):
        await server.content(trashed)
    assert await server.engine.catalog.page(ALICE, "", 0, 10) == (0, [])


# --- instant upload --------------------------------------------------------------------------------------------------


async def test_a_claim_is_instant(server: EngineServer) -> None:
    """Bytes that the caller has already need not be sent again: a second file, one blob."""
    first = await server.store(CONTENT)
    second = await claim(server, ALICE, CONTENT)
    assert second is not None
    assert second.id != first.id
    assert (second.name, second.key, second.blob) == ("b.bin", "k", first.blob)
    assert await claim(server, ALICE, CONTENT) == second
    assert len(server.blob_files()) == 1


async def test_a_hash_opens_only_ones_own(server: EngineServer) -> None:
    """Knowing a hash opens nobody else's file, and tells nothing: a foreign file and no file look the same."""
    await server.store(CONTENT)
    assert await claim(server, BOB, CONTENT) is None
    assert await claim(server, BOB, b"never stored") is None
    assert await server.engine.catalog.by_hash(BOB, md5(CONTENT), None) is None


async def test_everyone(another: Opener) -> None:
    """Where the operator says so, a hash opens any signed-in user's file to any other; the anonymous stay apart."""
    server = another("one", everyone=True)
    file = await server.store(CONTENT)
    claimed = await claim(server, BOB, CONTENT)
    assert claimed is not None
    assert (claimed.owner, claimed.blob) == (BOB.id, file.blob)
    assert await claim(server, ANONYMOUS, CONTENT) is None


async def test_the_size_is_compared(server: EngineServer) -> None:
    """A hash with another size finds nothing."""
    await server.store(CONTENT)
    assert await claim(server, ALICE, CONTENT, size=len(CONTENT) + 1) is None


async def test_a_removed_file_cannot_be_claimed(server: EngineServer) -> None:
    """A hash finds no file that its owner removed, though the bytes are still there."""
    file = await server.store(CONTENT)
    await server.engine.catalog.remove(ALICE, file.id)
    assert await claim(server, ALICE, CONTENT) is None
    assert len(server.blob_files()) == 1


async def test_a_missing_md5_is_computed_when_it_is_asked_for(server: EngineServer) -> None:
    """A file stored without an MD5 is found by it all the same."""
    file = await server.store(CONTENT, needs_md5=False)
    assert file.blob.md5 is None
    found = await server.engine.catalog.by_hash(ALICE, md5(CONTENT), len(CONTENT))
    assert found is not None
    assert (found.id, found.blob.md5) == (file.id, md5(CONTENT))


async def test_a_missing_md5_is_not_computed_for_everybody(another: Opener) -> None:
    """However many ask at once, each blob is read once."""
    counted: list[Counted] = []

    class CountedBlobs(Counted):
        async def feed(self, at: object, start: int, stop: int, hashers: object) -> None:  # type: ignore[override]
            self.fed[str(at)] += 1
            await self._port.feed(at, start, stop, hashers)

    def wrap(name: str, port: object) -> object:
        if name != "blobs":
            return port
        counted.append(CountedBlobs(port))
        return counted[0]

    server = another("one", wrap=wrap)
    for n in range(5):
        await server.store(CONTENT + bytes([n]), needs_md5=False)
    wanted = md5(CONTENT + b"\3")
    found = await asyncio.gather(*(server.engine.catalog.by_hash(ALICE, wanted, None) for _ in range(10)))
    assert {file.blob.md5 for file in found if file} == {wanted}
    assert len(counted[0].fed) == 5
    assert set(counted[0].fed.values()) == {1}


async def test_the_background_fills_in_md5s(server: EngineServer) -> None:
    """MD5s that nobody asked for are computed in the background."""
    await server.store(CONTENT, needs_md5=False)
    assert (await server.upkeep.once(orphans=False)).computed_md5s == 1
    assert (await server.upkeep.once(orphans=False)).computed_md5s == 0
    assert await server.files.of_hash(ALICE.id, md5(CONTENT), None) is not None


async def test_a_claim_never_loses_its_bytes(server: EngineServer, other: EngineServer, clock: Clock) -> None:
    """Of the last removal, a collection and a claim at once, a file that was answered has its bytes."""
    for n in range(10):
        content = CONTENT + bytes([n])
        one, two = await server.store(content), await server.store(content, principal=BOB)
        await server.engine.catalog.remove(ALICE, one.id)
        claimed, *_ = await asyncio.gather(
            claim(other, BOB, content, key=f"k{n}"),
            server.engine.catalog.remove(BOB, two.id),
            server.upkeep.once(orphans=True),
            other.upkeep.once(orphans=True),
        )
        clock.advance(10_000)
        await asyncio.gather(server.upkeep.once(orphans=True), other.upkeep.once(orphans=True))
        if claimed is not None:
            assert await server.content(await other.engine.catalog.file(BOB, claimed.id)) == content


# --- two contents with one MD5 ---------------------------------------------------------------------------------------


def test_the_pair_collides() -> None:
    """The published pair has one MD5 and two SHA-256s."""
    assert md5(WANG[0]) == md5(WANG[1]) == "79054025255fb1a26e4bc422aef54eb4"
    assert hashlib.sha256(WANG[0]).digest() != hashlib.sha256(WANG[1]).digest()


@pytest.mark.parametrize("needs_md5", [True, False])
async def test_two_contents_with_one_md5_are_two_files(server: EngineServer, needs_md5: bool) -> None:
    """Colliding contents, of the same size, are stored, read and removed apart."""
    files = [await server.store(content, needs_md5=needs_md5) for content in WANG]
    await server.upkeep.once(orphans=True)
    assert len(server.blob_files()) == 2
    for file, content in zip(files, WANG, strict=True):
        assert await server.content(file) == content
    await server.engine.catalog.remove(ALICE, files[1].id)
    assert await server.content(await server.engine.catalog.file(ALICE, files[0].id)) == WANG[0]


async def test_a_collision_opens_nobody_elses_file(server: EngineServer) -> None:
    """Who has one of two colliding contents gets that one by its hash, and never the other owner's."""
    await server.store(WANG[0], principal=ALICE)
    await server.store(WANG[1], principal=BOB)
    for principal, content in ((ALICE, WANG[0]), (BOB, WANG[1])):
        claimed = await claim(server, principal, content)
        assert claimed is not None
        assert await server.content(claimed) == content
    assert await claim(server, CAROL, WANG[0]) is None


async def test_a_sealed_collision_is_not_confused(server: EngineServer) -> None:
    """A seal that announces the MD5 of both gets the bytes that were sent."""
    for content in WANG:
        upload = await server.open()
        await server.send(upload, 0, content)
        assert await server.content(await server.seal(upload, 1, md5=md5(content))) == content
