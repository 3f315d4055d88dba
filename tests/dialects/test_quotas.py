"""Quotas: every dialect refuses in its own envelope, keeps nothing, and takes the same again once there is room."""

from typing import Any

import pytest

from penstock.model.principal import ENDLESS
from tests.dialects.files import client as files_client
from tests.dialects.files.client import Files, send_file
from tests.dialects.instant import client as instant_client
from tests.dialects.instant.client import Instant
from tests.dialects.metaid.client import DIRECT, asked, direct, fund
from tests.dialects.oss import client as oss_client
from tests.dialects.oss.client import Oss
from tests.dialects.scratch import client as scratch_client
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import md5, noise
from tests.support.forms import form
from tests.support.pictures import photo
from tests.support.server import Server

DIALECTS = ("scratch", "instant", "files", "oss", "metaid")
SPACE, FILES, UPLOADS = "存储空间配额不足", "文件数量已达上限", "未完成的上传已达上限"
LIMITS: dict[str, Any] = {"quota_bytes": 1000, "quota_files": 2, "quota_uploads": 2}

pytestmark = pytest.mark.dialects(*DIALECTS, **LIMITS)


def data(what: str, limit: int) -> dict[str, Any]:
    return {"quota": what, "limit": limit}


async def filled(server: Server, *sizes: int) -> list[str]:
    """Files of Alice's of these sizes; their ids."""
    created = [(await send_file(server.alice, noise(size, str(n))))["id"] for n, size in enumerate(sizes)]
    await server.settle()
    return created


async def removed(server: Server, *files: str) -> None:
    for file in files:
        assert (await server.alice.delete(f"/api/files/{file}")).status_code == 200


# --- scratch ---------------------------------------------------------------------------------------------------------


async def test_parts_of_scratch(server: Server) -> None:
    """507 in the words of `scratch`: at the first part for bytes and uploads, at the last for files."""
    [file] = await filled(server, 900)
    before = server.stored()
    upload = Scratch(server.alice, [noise(101)])
    assert scratch_client.outcome(await upload.send(0)) == (507, f"{SPACE}(1000B)")
    assert scratch_client.outcome(await Scratch(server.alice, [noise(1001)]).send(0)) == (
        413,
        "文件大小超过限制(1000B)",
    )
    assert server.stored() == before
    await removed(server, file)
    assert (await upload.send(0)).status_code == 200
    for key in ("two", "three"):
        await Scratch(server.alice, [b"a", b"b"], key=key).send(0)
    assert scratch_client.outcome(await Scratch(server.alice, [b"a"], key="four").send(0)) == (507, f"{UPLOADS}(2个)")


async def test_scratch_waits_for_a_place(server: Server) -> None:
    """The part that would make one file too many is kept; sent again when there is a place, it completes the file."""
    files = await filled(server, 10, 10)
    upload = Scratch(server.alice, [b"a", b"b"])
    await upload.send(0)
    for _ in range(2):
        assert scratch_client.outcome(await upload.send(1)) == (507, f"{FILES}(2个)")
    assert (await upload.status()).json()["chunks"] == [0, 1]
    await removed(server, files[0])
    assert (await upload.send(1)).json()["file"]["size"] == 2


# --- instant ---------------------------------------------------------------------------------------------------------


async def test_parts_of_instant(server: Server) -> None:
    """507 in the envelope of `instant`: for parts, for merging, and for uploads by hash."""
    files = await filled(server, 800, 50)
    before = server.stored()
    upload = Instant(server.alice, [noise(151)])
    assert instant_client.outcome(await upload.send(0)) == (507, SPACE, data("bytes", 1000))
    assert (server.stored()["parts"], server.stored()["files"]) == (before["parts"], before["files"])
    assert await upload.status() == []
    known = Instant(server.alice, [noise(50, "1")], key="known")
    assert instant_client.outcome(await known.claim()) == (507, FILES, data("files", 2))
    small = Instant(server.alice, [b"small"], key="small")
    await small.send(0)
    assert instant_client.outcome(await small.merge()) == (507, FILES, data("files", 2))
    third = Instant(server.alice, [b"x"], key="third")
    assert instant_client.outcome(await third.send(0)) == (507, UPLOADS, data("uploads", 2))
    await removed(server, files[0])
    assert (await small.merge()).status_code == 200
    assert (await upload.send(0)).status_code == 200


async def test_instant_by_hash_counts_bytes(server: Server) -> None:
    """A second record on the same bytes needs room for them once more."""
    await filled(server, 600)
    known = Instant(server.alice, [noise(600, "0")])
    assert instant_client.outcome(await known.claim()) == (507, SPACE, data("bytes", 1000))
    assert len(server.rows("files")) == 1


# --- files -----------------------------------------------------------------------------------------------------------


async def test_parts_and_files_of_files(server: Server) -> None:
    """507 in the envelope of `files`: when opening, for parts, for merging and for whole files."""
    file, _ = await filled(server, 700, 100)
    before = server.stored()
    assert files_client.outcome(await Files(server.alice, [noise(201)]).init()) == (
        507,
        f"{SPACE}(1000字节)",
        data("bytes", 1000),
    )
    whole = await server.alice.post("/api/files/upload", files={"file": ("a", noise(201))})
    assert files_client.outcome(whole) == (507, f"{SPACE}(1000字节)", data("bytes", 1000))
    whole = await server.alice.post("/api/files/upload", files={"file": ("a", b"small")})
    assert files_client.outcome(whole) == (507, f"{FILES}(2个)", data("files", 2))
    await server.settle()
    assert len(server.rows("files")) == before["files"]
    assert (server.staged(), [row for row in server.rows("uploads") if row["state"] != "sealed"]) == ([], [])
    first, second, third = (Files(server.alice, [noise(150, key)]) for key in "abc")
    await first.init()
    await second.init()
    assert files_client.outcome(await third.init()) == (507, f"{UPLOADS}(2个)", data("uploads", 2))
    assert (await first.send(1)).status_code == 200
    assert files_client.outcome(await second.send(1)) == (507, f"{SPACE}(1000字节)", data("bytes", 1000))
    assert files_client.outcome(await first.merge()) == (507, f"{FILES}(2个)", data("files", 2))
    await removed(server, file)
    assert [(await first.merge()).status_code, (await second.send(1)).status_code] == [200, 200]


async def test_a_form_whose_file_comes_first(server: Server) -> None:
    """A file that comes before the fields that name its upload is refused as well, and nothing of it stays."""
    await filled(server, 900)
    upload = Files(server.alice, [b"x" * 50, b"y" * 50])
    await upload.init()
    before = server.stored()
    fields = {"uploadId": upload.upload, "chunkNumber": "1", "totalChunks": "2", "fileName": "a"}
    texts = [(name, None, value.encode()) for name, value in fields.items()]
    body, headers = form(("file", "a", noise(101)), *texts)
    answer = await server.alice.post("/api/files/chunked-upload/chunk", content=body, headers=headers)
    assert files_client.outcome(answer) == (507, f"{SPACE}(1000字节)", data("bytes", 1000))
    assert server.stored() | {"staged": 0} == before


# --- oss -------------------------------------------------------------------------------------------------------------


@oss_client.PAST_US
async def test_parts_and_files_of_oss(server: Server) -> None:
    """507 in the envelope of `oss`: when opening, for whole files, for parts and for merging."""
    file, _ = await filled(server, 700, 100)
    before = server.stored()
    large = Oss(server.alice, [noise(201)])
    assert oss_client.outcome(await large.init()) == (507, "QUOTA_EXCEEDED", data("bytes", 1000))
    whole = await oss_client.upload(server.alice, noise(201))
    assert oss_client.outcome(whole) == (507, "QUOTA_EXCEEDED", data("bytes", 1000))
    assert oss_client.outcome(await oss_client.upload(server.alice, b"small")) == (
        507,
        "QUOTA_EXCEEDED",
        data("files", 2),
    )
    assert oss_client.outcome(await oss_client.upload(server.alice, noise(1001))) == (
        413,
        "FILE_TOO_LARGE",
        {"limit": 1000},
    )
    await server.settle()
    assert len(server.rows("files")) == before["files"]
    assert (server.staged(), [row for row in server.rows("uploads") if row["state"] != "sealed"]) == ([], [])
    upload = Oss(server.alice, [noise(150, "a")])
    await upload.init()
    assert (await upload.put(1)).status_code == 200
    assert oss_client.outcome(await upload.put(1, noise(301))) == (507, "QUOTA_EXCEEDED", data("bytes", 1000))
    merging = await server.alice.get("/api/file/multipart/merge", params={"identifier": upload.identifier})
    assert oss_client.outcome(merging) == (507, "QUOTA_EXCEEDED", data("files", 2))
    await removed(server, file)
    merging = await server.alice.get("/api/file/multipart/merge", params={"identifier": upload.identifier})
    assert merging.status_code == 200


async def test_pictures(server: Server) -> None:
    """A picture that is more than is left is 507, and neither it nor its thumbnail stays."""
    files = await filled(server, 10, 10)
    before = server.stored(), len(server.rows("blobs"))
    answer = await oss_client.send_image(server.alice, "avatar/upload", photo(10, 10))
    assert oss_client.outcome(answer) == (507, "QUOTA_EXCEEDED", data("files", 2))
    assert (server.stored(), len(server.rows("blobs"))) == before
    await removed(server, files[0])
    answer = await oss_client.send_image(server.alice, "avatar/upload", photo(10, 10))
    assert answer.status_code == 200, answer.text


# --- metaid ----------------------------------------------------------------------------------------------------------


async def test_publishing_by_metaid(server: Server) -> None:
    """507 in the envelope of `metaid`, to callers without a token too, and nothing is published."""
    await fund(server)
    await direct(server.anyone, noise(900))
    await server.settle()
    before = server.stored()
    answer = await server.anyone.post(DIRECT, json=asked(noise(101)))
    assert (answer.status_code, answer.json()["code"]) == (507, 507)
    assert (answer.json()["message"], answer.json()["data"]) == ("Quota exceeded", data("bytes", 1000))
    await server.settle()
    assert server.stored()["files"] == before["files"]
    assert len(server.rows("publications")) == 1
    await direct(server.anyone, noise(100))
    answer = await server.anyone.post(DIRECT, json=asked(b""))
    assert (answer.status_code, answer.json()["data"]) == (507, data("files", 2))


# --- whose quota -----------------------------------------------------------------------------------------------------


async def test_each_has_its_own(server: Server) -> None:
    """What one has is nothing to another, and what is set for one holds for that one at once."""
    await filled(server, 600, 300)
    await send_file(server.bob, noise(1000))
    set_quota = server.container.engine.access.set_quota
    await set_quota("alice", {"bytes": ENDLESS, "files": 3})
    assert (await send_file(server.alice, noise(5000)))["fileSize"] == 5000
    answer = await server.alice.post("/api/files/upload", files={"file": ("a", b"")})
    assert files_client.outcome(answer) == (507, f"{FILES}(3个)", data("files", 3))
    answer = await server.bob.post("/api/files/upload", files={"file": ("a", b"x")})
    assert files_client.outcome(answer)[2] == data("bytes", 1000)


@pytest.mark.dialects
async def test_without_a_setting_there_is_no_end(server: Server) -> None:
    """Nobody has a quota unless somebody sets one."""
    for number in range(5):
        await send_file(server.alice, noise(3000, str(number)))
        await Files(server.alice, [b"a"]).init()
    assert server.stored()["files"] == 5


async def test_identifiers_tell_the_same_bytes(server: Server) -> None:
    """A file that is here already is answered though nothing is left: nothing is stored for it."""
    [_] = await filled(server, 1000)
    content = noise(1000, "0")
    answer = await oss_client.upload(server.alice, content)
    assert oss_client.outcome(answer)[2]["identifier"] == md5(content)
    assert len(server.rows("files")) == 1
