"""`drive`: many files as one zip."""

import io
import zipfile
from typing import Any

import httpx
import pytest

from penstock.engine import zips
from penstock.model.faults import FileTrashed, FileUnknown
from tests.dialects.drive.client import DRIVE, call, change, make, send
from tests.support.server import Server

pytestmark = pytest.mark.dialects("drive", "tus", "files")


OF_FILE = "sha256 IN (SELECT sha256 FROM files WHERE name = '{}')"


async def zipped(caller: httpx.AsyncClient, *ids: str, **more: Any) -> dict[str, Any]:
    """A zip that is ready."""
    made = await call(caller, "POST", "zips", 201, json={"ids": list(ids), **more})
    assert made["state"] == "ready"
    return dict(made)


async def content(caller: httpx.AsyncClient, made: dict[str, Any], **headers: str) -> bytes:
    answer = await caller.get(f"{DRIVE}/zips/{made['id']}/content", headers=headers)
    assert answer.status_code in {200, 206}, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        assert read.testzip() is None
        return {info.filename: read.read(info) for info in read.infolist()}


async def test_files_and_folders_with_all_that_is_in_them(server: Server) -> None:
    """What is in a folder comes under its path, an empty folder too; the size is known; nothing is compressed."""
    home = await make(server.alice, "家")
    inner = await make(server.alice, "inner", home)
    await make(server.alice, "empty", inner)
    for name, where, text in (("a.txt", home, b"a" * 1000), ("ü 名.bin", inner, b"\0"), ("none", inner, b"")):
        await send(server.alice, name, text, where)
    alone = await send(server.alice, "alone.txt", b"alone")
    made = await zipped(server.alice, home, alone, name="papers.zip")
    assert (made["name"], made["files"], made["missing"], made["progress"]) == ("papers.zip", 7, 0, 100)
    found = await content(server.alice, made)
    assert len(found) == made["size"] > 1000
    assert unzipped(found) == {
        "家/": b"",
        "alone.txt": b"alone",
        "家/inner/": b"",
        "家/a.txt": b"a" * 1000,
        "家/inner/empty/": b"",
        "家/inner/none": b"",
        "家/inner/ü 名.bin": b"\0",
    }


async def test_names_that_are_alike(server: Server) -> None:
    """Files from several folders that are called alike get names of their own; one that is named twice comes once."""
    sent = (("b.txt", "1"), ("B.TXT", "2"), ("b.txt", "3"))
    ids = [await send(server.alice, name, text.encode(), await make(server.alice, text)) for name, text in sent]
    found = unzipped(await content(server.alice, await zipped(server.alice, *ids, ids[0])))
    assert found == {"b.txt": b"1", "B (2).TXT": b"2", "b (3).txt": b"3"}


async def test_every_range_is_the_same_zip(server: Server) -> None:
    """A download that was cut goes on from any byte: each range has the bytes that the whole has there."""
    ids = [await send(server.alice, f"{number}.bin", bytes([number]) * (37 * number)) for number in range(5)]
    made = await zipped(server.alice, *ids)
    whole = await content(server.alice, made)
    etag = (await server.alice.head(f"{DRIVE}/zips/{made['id']}/content")).headers["etag"]
    for start in range(len(whole)):
        assert await content(server.alice, made, Range=f"bytes={start}-{start + 40}") == whole[start : start + 41]
    assert await content(server.alice, made, **{"Range": "bytes=100-", "If-Range": etag}) == whole[100:]
    assert await content(server.alice, made, **{"Range": "bytes=100-", "If-Range": '"other"'}) == whole


async def test_many_entries_over_many_steps(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip that is listed, placed and read a few entries at a time has every file once."""
    monkeypatch.setattr(zips, "BATCH", 2)
    home = await make(server.alice, "home")
    inner = [await make(server.alice, f"f{number}", home) for number in range(5)]
    for number in range(12):
        await send(server.alice, f"{number}", str(number).encode(), [home, *inner][number % 6])
    made = await zipped(server.alice, home)
    whole = await content(server.alice, made)
    assert sorted(unzipped(whole).values()) == sorted([b""] * 6 + [str(number).encode() for number in range(12)])
    for start in range(0, len(whole), 7):
        assert await content(server.alice, made, Range=f"bytes={start}-{start + 6}") == whole[start : start + 7]


async def test_what_is_decided_does_not_change(server: Server) -> None:
    """A file that is renamed or moved afterwards stays in the zip as it was."""
    home = await make(server.alice, "home")
    file = await send(server.alice, "a.txt", b"a", home)
    made = await zipped(server.alice, home)
    await call(server.alice, "PATCH", f"files/{file}", json={"name": "b.txt", "folder": None})
    assert unzipped(await content(server.alice, made)) == {"home/": b"", "home/a.txt": b"a"}


async def test_old_files_are_read_first(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the CRC of a file that an older version stored is computed, the zip is 202 and says how far; then it is
    known for ever.
    """
    monkeypatch.setattr(zips, "PATIENCE", 0.0)
    files = [await send(server.alice, f"{number}", bytes([number]) * 100_000) for number in range(3)]
    change(server, "UPDATE blobs SET crc32 = NULL")
    answer = await server.alice.post(f"{DRIVE}/zips", json={"ids": files})
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["state"]) == (202, "1", "preparing")
    assert answer.json()["size"] is None
    seen = {answer.json()["progress"]}
    path = f"{DRIVE}/zips/{answer.json()['id']}"
    while (answer := await server.alice.get(f"{path}/content")).status_code == 202:
        seen.add(answer.json()["progress"])
    assert max(seen) < 100
    assert len(unzipped(answer.content)) == 3
    assert all(row["crc32"] is not None for row in server.rows("blobs"))


async def test_what_is_broken_is_named_inside(server: Server) -> None:
    """A file that is known to be damaged, or found to be, is left out and named in a file of the zip's own."""
    ids = [await send(server.alice, name, name.encode()) for name in ("good", "known", "found", "missing files.txt")]
    change(server, f"UPDATE blobs SET damaged = 1 WHERE {OF_FILE.format('known')}")
    change(server, f"UPDATE blobs SET crc32 = NULL WHERE {OF_FILE.format('found')}")
    [blob] = [row for row in server.rows("blobs") if row["crc32"] is None]
    server.lose_blob(blob["location"])
    made = await zipped(server.alice, *ids)
    assert (made["files"], made["missing"]) == (3, 2)
    found = unzipped(await content(server.alice, made))
    assert found == {
        "good": b"good",
        "missing files.txt": b"missing files.txt",
        "missing files (2).txt": b"known (5 bytes)\nfound (5 bytes)\n",
    }


async def test_a_file_that_goes_while_it_is_sent(server: Server) -> None:
    """Nobody takes a zip for whole of which a file was removed: it ends before its end, and is refused at its begin."""
    first, second = [await send(server.alice, name, name.encode() * 100_000) for name in ("one", "two")]
    made = await zipped(server.alice, first, second)
    await call(server.alice, "DELETE", f"files/{second}")
    path = f"{DRIVE}/zips/{made['id']}/content"
    with pytest.raises(FileTrashed):  # which breaks the connection, since the answer has begun
        await server.alice.get(path)
    late = await server.alice.get(path, headers={"Range": "bytes=500000-"})
    assert (late.status_code, late.json()["status"]) == (404, 404)
    await call(server.alice, "POST", f"trash/{second}/restore")
    assert len(unzipped(await content(server.alice, made))) == 2


async def test_what_no_zip_is_made_of(server: Server) -> None:
    """What is not one's own, what lies in the trash, nothing, and too much."""
    theirs, mine = await send(server.bob, "theirs"), await send(server.alice, "mine")
    home = await make(server.alice, "home")
    await call(server.alice, "POST", "zips", 404, json={"ids": [mine, theirs]})
    await call(server.alice, "DELETE", f"files/{mine}")
    await call(server.alice, "POST", "zips", 404, json={"ids": [mine]})
    await call(server.alice, "DELETE", f"folders/{home}")
    await call(server.alice, "POST", "zips", 404, json={"ids": [home]})
    await call(server.alice, "POST", "zips", 400, json={"ids": []})
    await call(server.alice, "POST", "zips", 400, json={"ids": ["x"] * 1001})


async def test_nobody_else_has_it(server: Server) -> None:
    """Another's zip is unknown."""
    made = await zipped(server.alice, await send(server.alice, "mine"))
    await call(server.bob, "GET", f"zips/{made['id']}", 404)
    await call(server.bob, "GET", f"zips/{made['id']}/content", 404)


async def test_bytes_that_changed_on_the_disk_are_not_blessed(server: Server) -> None:
    """An old file whose bytes are not what they were is left out; sent anew, it is whole in the next zip."""
    files = [await send(server.alice, name, name.encode()) for name in ("good", "rotten")]
    await send(server.alice, "another", b"others")
    change(server, "UPDATE blobs SET crc32 = NULL")
    one, two = [row["location"] for row in server.rows("blobs") if row["size"] == 6]
    for before, after in ((one, "aside"), (two, one), ("aside", two)):  # each has the other's bytes
        change(server, f"UPDATE blobs SET location = '{after}' WHERE location = '{before}'")
    made = await zipped(server.alice, *files)
    assert (made["files"], made["missing"]) == (2, 1)
    assert unzipped(await content(server.alice, made))["missing files.txt"] == b"rotten (6 bytes)\n"
    again = await send(server.alice, "again", b"rotten")
    assert unzipped(await content(server.alice, await zipped(server.alice, again))) == {"again": b"rotten"}


async def test_a_zip_that_is_forgotten_while_it_is_sent(server: Server) -> None:
    """Bytes of other places are never sent in place of those that are gone."""
    files = [await send(server.alice, f"{number}", bytes([number]) * 70_000) for number in range(4)]
    made = await zipped(server.alice, *files)
    change(server, "DELETE FROM zip_entries WHERE number = 1")
    with pytest.raises(FileUnknown):
        await server.alice.get(f"{DRIVE}/zips/{made['id']}/content")
    change(server, "DELETE FROM zip_entries WHERE number > 1")
    with pytest.raises(FileUnknown):
        await server.alice.get(f"{DRIVE}/zips/{made['id']}/content")
