"""The whole server on an S3 store: every dialect, presigned parts, downloads, removal and checks."""

import asyncio
import itertools
import random
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cluster.seaweed import Seaweed
from tests.dialects.files.client import Files, send_file
from tests.dialects.instant.client import Instant
from tests.dialects.metaid.client import content, finished, submit
from tests.dialects.oss.client import Oss, image
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import md5
from tests.support.pictures import photo
from tests.support.process import ServerProcess
from tests.support.stores import fresh_store, objects, seaweed

MIB = 1 << 20


def noise(size: int, seed: int) -> bytes:
    """Bytes that are no others' beginning."""
    return random.Random(seed).randbytes(size)


@pytest.fixture(scope="module")
def place() -> str:
    return fresh_store(seaweed())


@pytest.fixture(scope="module")
def server(place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with its records in a folder and its bytes in the store."""
    data = tmp_path_factory.mktemp("s3") / "data"
    server = ServerProcess(data, flags=("--store", place), store=place, blob_grace="0").start()
    yield server
    assert server.stop() in {0, -signal.SIGTERM}, server.log.read_text()


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.token("alice")


@pytest.fixture
async def alice(server: ServerProcess, token: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as caller:
        yield caller


async def test_scratch(alice: httpx.AsyncClient) -> None:
    """Parts above S3's least size become a file, and any range of it is downloaded."""
    parts = [noise(size, size) for size in (6 * MIB, 6 * MIB, 70_000)]
    file = await Scratch(alice, parts, key="s3").whole()
    content = b"".join(parts)
    assert (await alice.get(f"/api/scratch/download/{file['id']}")).content == content
    for range_ in ("bytes=0-9", "bytes=6291450-6291470", "bytes=-7"):
        first, last = range_.removeprefix("bytes=").split("-")
        wanted = content[int(first) : int(last) + 1] if first else content[-int(last) :]
        got = await alice.get(f"/api/scratch/download/{file['id']}", headers={"Range": range_})
        assert (got.status_code, got.content) == (206, wanted)


async def test_files(alice: httpx.AsyncClient) -> None:
    """Parts below S3's least size become a file, and so does a whole one in a form."""
    parts = [noise(size, 100 + size) for size in (MIB, MIB, MIB, 5)]
    file = await Files(alice, parts).whole()
    assert (await alice.get(f"/api/files/{file['id']}/download")).content == b"".join(parts)
    whole = noise(10 * MIB, 7)
    sent = await send_file(alice, whole)
    assert (await alice.get(f"/api/files/{sent['id']}/download")).content == whole


async def test_instant(alice: httpx.AsyncClient) -> None:
    """A file that is known by its hash is not sent again."""
    content = [noise(300_000, 3), noise(1000, 4)]
    await Instant(alice, content, key="sent").whole()
    again = Instant(alice, content, key="claimed")
    assert (await again.claim()).status_code == 200
    assert (await again.download()).content == b"".join(content)


async def test_presigned_parts(alice: httpx.AsyncClient, place: str) -> None:
    """Parts go to the store itself, and to no address for longer ones; what is here is known, and becomes a file."""
    parts = [noise(size, 200 + size) for size in (5 * MIB, 5 * MIB, 1234)]
    sent = Oss(alice, parts)
    await sent.init(partSize=5 * MIB)
    assert all(url.startswith(place.partition("endpoint=")[2].partition("&")[0]) for url in sent.urls.values())
    async with httpx.AsyncClient(timeout=60) as stranger:
        assert (await stranger.put(sent.urls["3"], content=parts[2] + b"!")).status_code == 403
        for number in (3, 1):
            answer = await stranger.put(sent.urls[str(number)], content=parts[number - 1])
            assert answer.status_code == 200
            assert answer.headers["etag"]
        assert (await sent.progress())["undoneChunkMap"].keys() == {"2"}
        missing = await sent.ask("merge")
        assert (missing.status_code, missing.json()["data"]["missing"]) == (409, [2])
        await stranger.put((await sent.progress())["undoneChunkMap"]["2"], content=parts[1])
    merged = (await sent.ask("merge")).json()["data"]
    assert (merged["identifier"], merged["size"]) == (md5(sent.content), len(sent.content))
    assert (await alice.get(merged["path"])).content == sent.content


async def test_small_presigned_parts(alice: httpx.AsyncClient) -> None:
    """Parts that the store could not join by itself become a file all the same."""
    sent = Oss(alice, [noise(MIB, 300 + number) for number in range(7)])
    await sent.init(partSize=MIB)
    async with httpx.AsyncClient(timeout=60) as stranger:
        await asyncio.gather(*(stranger.put(url, content=sent.parts[int(n) - 1]) for n, url in sent.urls.items()))
    merged = (await sent.ask("merge")).json()["data"]
    assert (await alice.get(merged["path"])).content == sent.content


async def test_wrong_presigned_bytes(alice: httpx.AsyncClient) -> None:
    """What was PUT past the server is digested all the same."""
    sent = Oss(alice, [noise(1000, 400)])
    await sent.init(partSize=1000)
    async with httpx.AsyncClient(timeout=60) as stranger:
        await stranger.put(sent.urls["1"], content=noise(1000, 401))
    assert (await sent.ask("merge")).json()["error"] == "INVALID_MD5"


async def test_metaid(alice: httpx.AsyncClient, server: ServerProcess) -> None:
    """A file is published out of the store, and rebuilt from the chain."""
    await asyncio.to_thread(server.command, "wallet", "fund")
    payload = noise(300_000, 700)
    task = await submit(alice, payload)
    ended = await finished(alice, task)
    assert ended["status"] == "success", ended
    pin = f"{ended['indexTxId']}i0"
    assert (await content(alice, pin)).content == payload


async def test_pictures(alice: httpx.AsyncClient) -> None:
    """A picture and its thumbnail are stored and shown."""
    file = await image(alice, photo(640, 480))
    for path in (file["path"], file["thumbnailPath"]):
        assert (await alice.get(path)).headers["content-type"] == "image/jpeg"


async def test_the_end(alice: httpx.AsyncClient, server: ServerProcess, place: str) -> None:
    """Every byte is sound; what is removed is collected, and nothing else is left in the store."""
    kept = await send_file(alice, noise(2000, 500), "kept.bin")
    gone = await send_file(alice, noise(2000, 501), "gone.bin")
    assert (await alice.delete(f"/api/files/{gone['id']}")).status_code == 200
    await asyncio.to_thread(server.command, "gc")
    await asyncio.to_thread(server.command, "gc")
    assert "damaged" not in await asyncio.to_thread(server.command, "fsck")
    assert (await alice.get(f"/api/files/{kept['id']}/download")).content == noise(2000, 500)
    assert [key for key in await objects(place) if not key.startswith("blobs/")] == []


def test_a_missing_bucket(tmp_path: Path) -> None:
    """A server without a bucket does not start, and says why."""
    server = ServerProcess(tmp_path / "data", store=fresh_store(seaweed()).replace("//penstock/", "//nobodys/"))
    with pytest.raises(AssertionError, match="there is no bucket 'nobodys'"):
        server.start()


def test_wrong_credentials(tmp_path: Path) -> None:
    """A server with a wrong key does not start, and says why."""
    server = ServerProcess(tmp_path / "data", store=fresh_store(seaweed()))
    server.environment["AWS_SECRET_ACCESS_KEY"] = "wrong"
    with pytest.raises(AssertionError, match="may not be used with these credentials"):
        server.start()


@pytest.mark.parametrize(
    ("changed", "words"),
    [({}, "no credentials were found"), ({"AWS_PROFILE": "nobodys"}, "nobodys")],
    ids=["none", "an unknown profile"],
)
def test_no_credentials(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    """A server that finds no credentials does not start, and says where they are looked for."""
    server = ServerProcess(tmp_path / "data", store=fresh_store(seaweed()))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del server.environment[name]
    server.environment |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path), **changed}
    with pytest.raises(AssertionError, match=words):
        server.start()


def test_a_store_that_is_no_store(tmp_path: Path) -> None:
    """A server does not start with an address that means nothing."""
    server = ServerProcess(tmp_path / "data", store="s3://bucket?acl=public")
    with pytest.raises(AssertionError, match="store: 'acl' is none of endpoint, region and public"):
        server.start()


@pytest.mark.long
async def test_the_store_is_killed_and_comes_back(tmp_path: Path) -> None:
    """Uploads go on when the store returns, with everything that was acknowledged; until then the answer is 503."""
    with Seaweed(tmp_path / "weed") as store:
        store.make("penstock")
        server = ServerProcess(tmp_path / "data", store=store.store("penstock"), body_idle="5").start()
        try:
            token = await asyncio.to_thread(server.token, "alice")
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as alice:
                sent = Scratch(alice, [noise(6 * MIB, 600 + number) for number in range(4)], key="killed")
                assert (await sent.send(0)).status_code == 200
                store.kill()
                refused = await sent.send(1)
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
                assert (await sent.status()).json()["chunks"] == [0]
                await asyncio.to_thread(store.start)
                file = await until_taken(sent)
                assert (await alice.get(f"/api/scratch/download/{file['id']}")).content == b"".join(sent.parts)
        finally:
            server.kill()


async def until_taken(sent: Scratch) -> dict[str, Any]:
    """Send what is missing until it becomes a file, as a client does that is told to come again."""
    for number in itertools.cycle((1, 2, 3)):
        answer = await sent.send(number)
        if answer.is_success and "file" in answer.json():
            file: dict[str, Any] = answer.json()["file"]
            return file
        if not answer.is_success:
            assert answer.status_code == 503
            await asyncio.sleep(1)
    raise AssertionError
