"""`files`: what its contract and RULINGS promise."""

import asyncio
import random
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.model.principal import EVERY_SCOPE, Scope
from tests.dialects.files.client import PARTS, Files, outcome, send_file
from tests.dialects.instant.client import Instant
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import cut, noise
from tests.support.forms import form
from tests.support.server import FAR, Server

NOTHING = str(UUID(int=0))


async def read(server: Server, identifier: str, **headers: str) -> httpx.Response:
    return await server.alice.get(f"/api/files/{identifier}/download", headers=headers)


async def info(server: Server, identifier: str) -> httpx.Response:
    return await server.alice.get(f"/api/files/{identifier}/info")


# --- whole files -----------------------------------------------------------------------------------------------------


async def test_a_whole_file_is_told_of_and_downloaded(server: Server) -> None:
    """One request makes a file with a UUID, its uploader's id and the type that its bytes and name have."""
    file = await send_file(server.alice, b"%PDF-1.7\n...", "a.pdf")
    assert set(file) == {"id", "fileName", "fileSize", "fileType", "uploaderId"}
    assert (file["fileName"], file["fileSize"], file["fileType"]) == ("a.pdf", 12, "application/pdf")
    assert str(UUID(file["id"])) == file["id"]
    assert file["uploaderId"] == next(user["id"] for user in server.rows("users") if user["name"] == "alice")
    assert (await read(server, file["id"])).content == b"%PDF-1.7\n..."
    await server.settle()
    assert server.staged() == []


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.txt", "image/png"),
        (b"plain", "a.txt", "text/plain"),
        (b"\x01\x02\x03", "a", "application/octet-stream"),
        (b"", "a.unheard-of", "application/octet-stream"),
    ],
)
async def test_the_type_is_that_of_the_bytes(server: Server, content: bytes, name: str, kind: str) -> None:
    """The type is found from the bytes and the name, not believed from the client; unknown ones are octets."""
    answer = await server.alice.post("/api/files/upload", files={"file": (name, content, "text/html")})
    assert outcome(answer)[2]["fileType"] == kind


async def test_an_empty_file_works(server: Server) -> None:
    """A file without bytes is a file, whole and in parts."""
    whole = await send_file(server.alice, b"")
    parts = await Files(server.alice, [b""]).whole()
    for file in (whole, parts):
        assert file["fileSize"] == 0
        answer = await read(server, file["id"])
        assert (answer.status_code, answer.content) == (200, b"")


async def test_the_file_may_stand_anywhere_in_the_form(server: Server) -> None:
    """Other fields before and after the file change nothing."""
    content, header = form(("x", None, b"1"), ("file", "a.txt", b"aaaa"), ("y", None, b"2"))
    file = outcome(await server.alice.post("/api/files/upload", content=content, headers=header))[2]
    assert (file["fileName"], (await read(server, file["id"])).content) == ("a.txt", b"aaaa")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("中文.txt".encode(), "中文.txt"),
        (b"caf\xe9.txt", "café.txt"),
        (b"a%22b%20c.txt", 'a"b%20c.txt'),
        (b"C:\\docs\\a.txt", "a.txt"),
        (b"../../etc/passwd", "passwd"),
    ],
)
async def test_names_in_forms_come_back(server: Server, sent: bytes, name: str) -> None:
    """UTF-8 and Latin-1 names are both read, `%22` alone is undone, and a path is cut to its last name."""
    content, header = form(("file", "NAME", b"a"))
    content = content.replace(b"NAME", sent)
    file = outcome(await server.alice.post("/api/files/upload", content=content, headers=header))[2]
    assert file["fileName"] == name
    assert outcome(await info(server, file["id"]))[2]["fileName"] == name


async def test_a_failed_upload_leaves_nothing(server: Server) -> None:
    """A form that breaks off inside its file leaves neither record nor bytes."""
    content, header = form(("file", "a.txt", b"a" * 100_000))
    for length in (50_000, len(content) - 4):
        answer = await server.alice.post("/api/files/upload", content=content[:length], headers=header)
        assert outcome(answer) == (400, "请求体格式错误", None)
    stored = server.stored()
    assert (stored["files"], stored["parts"], stored["staged"]) == (0, 0, 0)


# --- parts -----------------------------------------------------------------------------------------------------------


async def test_parts_are_numbered_from_one(server: Server) -> None:
    """After `init` every part from 1 is missing; parts come in any order, and status tells which are here."""
    content = noise(5 * 1000 + 1)
    upload = Files(server.alice, cut(content, 1000), name="b.bin")
    begun = outcome(await upload.init())
    assert begun == (
        200,
        "操作成功",
        {"uploadId": upload.upload, "fileName": "b.bin", "fileSize": 5001, "totalChunks": 6},
    )
    assert outcome(await upload.status())[2] == begun[2] | {"uploadedChunks": [], "missingChunks": [1, 2, 3, 4, 5, 6]}
    for number in (6, 1, 4):
        assert outcome(await upload.send(number))[2] == {
            "uploadId": upload.upload,
            "chunkNumber": number,
            "success": True,
            "message": "分片上传成功",
        }
    assert outcome(await upload.status())[2] == begun[2] | {"uploadedChunks": [1, 4, 6], "missingChunks": [2, 3, 5]}
    refused = outcome(await upload.merge())
    assert refused == (409, "分片不完整，已上传3个分片，总共6个分片", {"missingChunks": [2, 3, 5]})
    for number in (5, 3, 2):
        await upload.send(number)
    file = outcome(await upload.merge())[2]
    assert (await read(server, file["id"])).content == content
    whole = {"uploadedChunks": [1, 2, 3, 4, 5, 6], "missingChunks": []}
    assert outcome(await upload.status())[2] == begun[2] | whole


async def test_sixty_four_parts_at_once_lose_nothing(server: Server) -> None:
    """64 parts sent at the same moment are all there afterwards."""
    content = noise(64 * 300 - 5)
    upload = Files(server.alice, cut(content, 300))
    await upload.init()
    answers = await asyncio.gather(*(upload.send(number) for number in random.Random(3).sample(range(1, 65), 64)))
    assert {answer.status_code for answer in answers} == {200}
    file = outcome(await upload.merge())[2]
    assert (await read(server, file["id"])).content == content


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_cut_in_any_order_gives_the_same_bytes(server: Server, data: st.DataObject) -> None:
    """Parts of any sizes, in any order, with any repetition, merge to the bytes that were sent."""
    parts = data.draw(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
    order = data.draw(st.permutations(range(1, len(parts) + 1)))
    upload = Files(server.alice, parts)
    await upload.init()
    for number in [*order, *order[:2]]:
        assert (await upload.send(number)).status_code == 200
    file = outcome(await upload.merge())[2]
    assert (await read(server, file["id"])).content == b"".join(parts)


async def test_the_last_complete_part_wins(server: Server) -> None:
    """Before merging, a part sent again with other bytes replaces the old one; with the same bytes it is a success."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    for number, content in ((2, b"XX"), (1, b"aaaa"), (2, b"bbbb"), (1, b"aaaa")):
        assert (await upload.send(number, content)).status_code == 200
    assert (await read(server, outcome(await upload.merge())[2]["id"])).content == b"aaaabbbb"


async def test_a_part_after_merging_must_be_the_files(server: Server) -> None:
    """A part sent again after the merge is 200 with the same bytes and 409 with others."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    file = await upload.whole()
    assert (await upload.send(2)).status_code == 200
    assert outcome(await upload.send(2, b"XXXX")) == (409, "分片内容与已合并的文件不一致", None)
    assert (await read(server, file["id"])).content == b"aaaabbbb"


async def test_a_size_other_than_declared_is_refused(server: Server) -> None:
    """Parts that do not sum up to `fileSize` are 409 at the merge, and the right part still completes the file."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    await upload.send(1)
    await upload.send(2, b"bbb")
    assert outcome(await upload.merge())[0] == 409
    await upload.send(2)
    assert outcome(await upload.merge())[0] == 200


async def test_fields_may_follow_the_file(server: Server) -> None:
    """The part's bytes may stand before the fields that say whose they are, and may lack a file name."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    for number, filename in ((1, "blob"), (2, None)):
        declared = {"chunkNumber": str(number), "totalChunks": "2", "fileName": "a.bin"}
        fields = [(name, None, value.encode()) for name, value in declared.items()]
        first = ("uploadId", None, upload.upload.encode())
        content, header = form(first, ("file", filename, upload.parts[number - 1]), *fields)
        assert outcome(await server.alice.post(f"{PARTS}/chunk", content=content, headers=header))[0] == 200
    assert (await read(server, outcome(await upload.merge())[2]["id"])).content == b"aaaabbbb"


@pytest.mark.parametrize(
    "changed",
    [
        {"chunkNumber": "0"},
        {"chunkNumber": "3"},
        {"chunkNumber": "x"},
        {"chunkNumber": "-1"},
        {"totalChunks": "3"},
        {"totalChunks": ""},
        {"uploadId": "not-a-uuid"},
        {"fileName": ""},
        {"fileName": "a\x00b"},
    ],
)
async def test_a_part_that_does_not_agree_is_refused(server: Server, changed: dict[str, str]) -> None:
    """Numbers out of range, another total and malformed ids are 400, so that the status tells."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    code, message, data = outcome(await upload.send(1, **changed))
    assert (code, data["field"]) == (400, next(iter(changed)))
    assert message == f"参数错误: {next(iter(changed))}"
    assert server.rows("parts") == []


@pytest.mark.parametrize(
    "changed",
    [{"fileSize": -1}, {"totalChunks": 0}, {"totalChunks": 10_001}, {"fileName": ".."}, {"fileSize": "x"}],
)
async def test_init_refuses_what_cannot_be(server: Server, changed: dict[str, Any]) -> None:
    """Sizes below 0 and totals outside 1 to 10,000 open nothing."""
    answer = await Files(server.alice, [b"a"]).init(**changed)
    assert outcome(answer)[0] == 400
    assert server.rows("uploads") == []


@pytest.mark.dialects(file_limit=1000)
async def test_init_takes_what_is_within_bounds(server: Server) -> None:
    """No bytes, 10,000 parts and a file of exactly the limit are within bounds; a byte more is 413."""
    upload = Files(server.alice, [b"a"])
    for changed in ({"fileSize": 0}, {"totalChunks": 10_000}, {"fileSize": 1000}):
        assert outcome(await upload.init(**changed))[0] == 200
    assert outcome(await upload.init(fileSize=1001)) == (413, "文件大小超过限制(1000字节)", None)


@pytest.mark.dialects(file_limit=1000)
async def test_the_limit_holds_while_streaming(server: Server) -> None:
    """More bytes than a file may have are 413 as they come, in whole files and over all parts; nothing is kept."""
    answer = await server.alice.post("/api/files/upload", files={"file": ("a", b"x" * 1001)})
    assert outcome(answer)[0] == 413
    assert (server.stored()["parts"], server.stored()["staged"]) == (0, 0)
    upload = Files(server.alice, [b"a" * 600, b"b" * 400])
    await upload.init()
    assert (await upload.send(1)).status_code == 200
    assert outcome(await upload.send(2, b"b" * 401))[0] == 413
    assert outcome(await upload.status())[2]["uploadedChunks"] == [1]


# --- merging ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["query", "form", "urlencoded"])
async def test_merge_reads_its_id_from_wherever_clients_put_it(server: Server, how: str) -> None:
    """`uploadId` comes in the query without a body, or as a field of either kind of form."""
    upload = Files(server.alice, [b"aaaa"])
    await upload.init()
    await upload.send(1)
    content, header = form(("uploadId", None, upload.upload.encode()))
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": {"uploadId": upload.upload}},
        "form": {"content": content, "headers": header},
        "urlencoded": {"data": {"uploadId": upload.upload}},
    }
    assert outcome(await server.alice.post(f"{PARTS}/merge", **ways[how]))[2]["fileName"] == "a.bin"


async def test_merging_again_answers_the_same_file(server: Server) -> None:
    """A merge that is repeated, or asked for by three at once, has one outcome."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    await asyncio.gather(upload.send(1), upload.send(2))
    answers = [*await asyncio.gather(upload.merge(), upload.merge(), upload.merge()), await upload.merge()]
    assert len({outcome(answer)[2]["id"] for answer in answers}) == 1
    assert len(server.rows("files")) == 1


async def test_a_merged_file_answers_to_both_ids(server: Server) -> None:
    """After the merge `info` and `download` take the file's id and the upload's; before it they do not."""
    upload = Files(server.alice, [b"aaaa"])
    await upload.init()
    assert (await info(server, upload.upload)).status_code == 404
    await upload.send(1)
    file = outcome(await upload.merge())[2]
    assert file["id"] != upload.upload
    for identifier in (file["id"], upload.upload):
        assert outcome(await info(server, identifier))[2] == {
            "id": file["id"],
            "fileName": "a.bin",
            "fileSize": 4,
            "fileType": "application/octet-stream",
            "deleted": False,
            "deletedAt": None,
        }
        assert (await read(server, identifier)).content == b"aaaa"


@pytest.mark.dialects(upload_ttl=0.3)
async def test_an_unfinished_upload_expires(server: Server) -> None:
    """When the time after its last part has run out an upload is unknown, and its space is given back."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    await upload.send(1)
    await asyncio.sleep(0.4)
    for answer in (await upload.status(), await upload.merge(), await upload.send(2)):
        assert outcome(answer) == (404, "上传任务不存在", None)
    await server.container.upkeep.once(orphans=False)
    assert server.staged() == []


# --- removing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/files/{}", "/api/files/tmp/{}"])
@pytest.mark.parametrize("by", ["file", "upload"])
async def test_a_removed_file_is_gone(server: Server, path: str, by: str) -> None:
    """Removing by the file's id or its upload's removes record and bytes; repeated it is 200, and reading is 404."""
    upload = Files(server.alice, [b"aaaa"])
    file = await upload.whole()
    identifier = file["id"] if by == "file" else upload.upload
    for _ in range(3):
        assert outcome(await server.alice.delete(path.format(identifier))) == (200, "文件删除成功", None)
    for answer in (
        await info(server, file["id"]),
        await read(server, file["id"]),
        await info(server, upload.upload),
        await upload.status(),
        await upload.merge(),
        await upload.send(1),
    ):
        assert outcome(answer)[0] == 404, answer.request.url
    assert server.rows("files") == []


@pytest.mark.dialects(blob_grace=0.0)
async def test_removed_bytes_go_with_their_last_record(server: Server) -> None:
    """Bytes that another file refers to stay; when the last record goes they go."""
    first, second = [await send_file(server.alice, b"same", name) for name in ("a", "b")]
    other = await send_file(server.bob, b"same", "c")
    for caller, file, left in ((server.alice, first, 1), (server.bob, other, 1), (server.alice, second, 0)):
        await caller.delete(f"/api/files/{file['id']}")
        for _ in range(3):
            await server.container.upkeep.once(orphans=False)
            await asyncio.sleep(0.01)
        assert len(server.blobs()) == left
    assert server.rows("blobs") == []


async def test_an_unfinished_upload_is_removed_with_its_parts(server: Server) -> None:
    """Removing an upload that is not merged removes its parts; repeated it is 200, and it takes no more parts."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    await upload.send(1)
    for _ in range(2):
        assert outcome(await server.alice.delete(f"/api/files/tmp/{upload.upload}")) == (200, "文件删除成功", None)
    for answer in (await upload.status(), await upload.send(2), await upload.merge()):
        assert outcome(answer)[0] == 404
    assert (server.stored()["parts"], server.stored()["staged"]) == (0, 0)


async def test_what_was_never_there_is_not_removed(server: Server) -> None:
    """Removing an id that never was the caller's is 404, and a tombstone is its owner's alone."""
    file = await send_file(server.alice, b"aaaa")
    upload = Files(server.alice, [b"aaaa"])
    await upload.init()
    for identifier in (NOTHING, "nothing", file["id"], upload.upload):
        assert outcome(await server.bob.delete(f"/api/files/{identifier}")) == (404, "文件不存在", None)
    await server.alice.delete(f"/api/files/{file['id']}")
    assert outcome(await server.bob.delete(f"/api/files/{file['id']}"))[0] == 404
    assert outcome(await upload.status())[0] == 200


async def test_a_download_survives_the_removal_of_its_file(server: Server) -> None:
    """A download that has begun goes on to its end though the file is removed meanwhile."""
    content = noise(3 << 20)
    file = await send_file(server.alice, content)
    engine = server.container.engine
    alice = await engine.access.bearer(server.people.alice)
    existing = await engine.catalog.file(alice, file["id"])
    pieces = await engine.catalog.read(existing, 0, len(content))
    first = await anext(pieces)
    assert (await server.alice.delete(f"/api/files/{file['id']}")).status_code == 200
    assert first + b"".join([piece async for piece in pieces]) == content


@pytest.mark.dialects(retention=0.05, trash=0.3)
async def test_a_file_in_the_trash_is_told_of_and_not_read(server: Server) -> None:
    """A trashed file is `deleted` with its time and cannot be downloaded; once it is purged it is unknown."""
    file = await send_file(server.alice, b"aaaa")
    await asyncio.sleep(0.1)
    await server.container.upkeep.once(orphans=False)
    data = outcome(await info(server, file["id"]))[2]
    assert data["deleted"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", data["deletedAt"])
    assert outcome(await read(server, file["id"])) == (404, "文件已删除", None)
    assert (await server.alice.head(f"/api/files/{file['id']}/download")).status_code == 404
    await asyncio.sleep(0.4)
    await server.container.upkeep.once(orphans=False)
    assert outcome(await info(server, file["id"])) == (404, "文件不存在", None)


# --- downloads -------------------------------------------------------------------------------------------------------


async def test_download_has_ranges_conditions_and_head(server: Server) -> None:
    """Ranges, `If-Range`, `If-None-Match` and HEAD work on a download; a range of nothing is 416 in the envelope."""
    file = (await send_file(server.alice, b"0123456789", "a.txt"))["id"]
    whole = await read(server, file)
    tag = whole.headers["etag"]
    assert (whole.status_code, whole.headers["accept-ranges"], whole.headers["content-length"]) == (200, "bytes", "10")
    for asked, got, span in (
        ("bytes=0-3", b"0123", "0-3"),
        ("bytes=4-", b"456789", "4-9"),
        ("bytes=-2", b"89", "8-9"),
        ("bytes=8-99", b"89", "8-9"),
    ):
        part = await read(server, file, Range=asked)
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, got, f"bytes {span}/10")
    assert (await read(server, file, Range="bytes=0-3", **{"If-Range": tag})).status_code == 206
    assert (await read(server, file, Range="bytes=0-3", **{"If-Range": '"other"'})).status_code == 200
    assert (await read(server, file, **{"If-None-Match": tag})).status_code == 304
    assert outcome(await read(server, file, **{"If-Match": '"other"'})) == (412, "前提条件不满足", None)
    refused = await read(server, file, Range="bytes=10-")
    assert (outcome(refused), refused.headers["content-range"]) == ((416, "请求范围无效", None), "bytes */10")
    many = await read(server, file, Range="bytes=0-1,8-9")
    assert (many.status_code, many.headers["content-type"].split(";")[0]) == (206, "multipart/byteranges")
    head = await server.alice.head(f"/api/files/{file}/download")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", "a.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg"),
        (b"<?xml version='1.0'?><x/>", "a.xml"),
        (b"%PDF-1.7", "a.pdf"),
        (b"plain", 'a"b\\c;中\u202e.txt'),
    ],
)
async def test_nothing_opens_inside_our_origin(server: Server, content: bytes, name: str) -> None:
    """Active content is an attachment, never sniffed, in a sandbox; its name stays within one header."""
    file = outcome(await server.alice.post("/api/files/upload", files={"file": (name, content)}))[2]
    answer = await read(server, file["id"])
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")


async def test_damaged_bytes_are_not_handed_out(server: Server) -> None:
    """A file whose bytes are known to be wrong, or gone, is refused in the envelope rather than served."""
    marked, gone = [await send_file(server.alice, content) for content in (b"aaaa", b"bbbb")]
    with server.database() as connection:
        connection.execute(
            "UPDATE blobs SET damaged = 1 WHERE sha256 = (SELECT sha256 FROM files WHERE id = ?)", [marked["id"]]
        )
        [location] = connection.execute("SELECT location FROM blobs WHERE damaged = 0").fetchone()
    server.lose_blob(location)
    for file in (marked, gone):
        assert outcome(await read(server, file["id"])) == (500, "文件已损坏", None)


# --- who -------------------------------------------------------------------------------------------------------------

CALLS = [
    ("POST", "/api/files/upload"),
    ("POST", f"{PARTS}/init"),
    ("POST", f"{PARTS}/chunk"),
    ("GET", f"{PARTS}/status?uploadId={NOTHING}"),
    ("POST", f"{PARTS}/merge?uploadId={NOTHING}"),
    ("GET", f"/api/files/{NOTHING}/download"),
    ("HEAD", f"/api/files/{NOTHING}/download"),
    ("GET", f"/api/files/{NOTHING}/info"),
    ("DELETE", f"/api/files/{NOTHING}"),
    ("DELETE", f"/api/files/tmp/{NOTHING}"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_every_call_asks_for_a_token(server: Server, method: str, path: str) -> None:
    """Without a token, and with one that is unknown or expired, the answer is 401 and nothing is stored."""
    expired = await server.container.engine.access.create_token("alice", EVERY_SCOPE, -1)
    for caller, words in (
        (server.anyone, "需要登录"),
        (server.caller(address=FAR), "需要登录"),
        (server.caller("pst_unknown"), "登录已失效"),
        (server.caller(expired), "登录已失效"),
    ):
        answer = await caller.request(method, path, content=b"x" * 1000)
        assert answer.status_code == 401
        assert method == "HEAD" or outcome(answer) == (401, words, None)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert set(server.stored().values()) == {0}


async def test_a_disabled_users_tokens_stop_at_once(server: Server) -> None:
    """A user who is disabled is out with the next request, and in again once enabled."""
    access = server.container.engine.access
    for disabled, status in ((True, 401), (False, 404)):
        await access.change_user("alice", disabled=disabled)
        assert (await info(server, NOTHING)).status_code == status


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Scope.READ, "POST", f"{PARTS}/init"),
        (Scope.READ, "DELETE", f"/api/files/{NOTHING}"),
        (Scope.WRITE, "GET", f"/api/files/{NOTHING}/info"),
        (Scope.WRITE, "DELETE", f"/api/files/tmp/{NOTHING}"),
        (Scope.DELETE, "POST", "/api/files/upload"),
    ],
)
async def test_a_token_opens_what_it_was_made_for(server: Server, scope: Scope, method: str, path: str) -> None:
    """A token without the scope of a call is refused with 403, and the missing scope is named in the header."""
    token = await server.container.engine.access.create_token("alice", frozenset({scope}), None)
    answer = await server.caller(token).request(method, path)
    assert outcome(answer) == (403, "没有权限", None)
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER  {}", "{}"])
async def test_a_token_comes_in_the_header(server: Server, header: str) -> None:
    """The scheme may be in any case, or missing."""
    caller = server.caller(headers={"Authorization": header.format(server.people.alice)})
    assert (await caller.get(f"/api/files/{NOTHING}/info")).status_code == 404


@pytest.mark.parametrize("name", ["token", "accessToken"])
async def test_a_token_comes_in_the_query(server: Server, name: str) -> None:
    """A link can carry its token."""
    file = await send_file(server.alice, b"aaaa")
    answer = await server.anyone.get(f"/api/files/{file['id']}/download", params={name: server.people.alice})
    assert answer.content == b"aaaa"


async def test_somebody_elses_things_are_unknown(server: Server) -> None:
    """Whatever another user asks of an upload or file, the answer is that of one that never was."""
    upload = Files(server.alice, [b"aaaa", b"bbbb"])
    await upload.init()
    await upload.send(1)
    file = await send_file(server.alice, b"cccc")
    theirs = Files(server.bob, upload.parts, upload=upload.upload)
    never = Files(server.bob, upload.parts, upload=str(uuid4()))
    for mine, absent in (
        (await theirs.status(), await never.status()),
        (await theirs.send(2), await never.send(2)),
        (await theirs.merge(), await never.merge()),
        *[
            (
                await server.bob.request(method, path.format(file["id"])),
                await server.bob.request(method, path.format(uuid4())),
            )
            for method, path in (
                ("GET", "/api/files/{}/info"),
                ("GET", "/api/files/{}/download"),
                ("DELETE", "/api/files/{}"),
                ("DELETE", "/api/files/tmp/{}"),
            )
        ],
    ):
        assert outcome(mine) == outcome(absent)
        assert mine.status_code == 404
    assert outcome(await upload.status())[2]["uploadedChunks"] == [1]
    assert (await read(server, file["id"])).content == b"cccc"


# --- envelope --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "expected", "allow"),
    [
        ("GET", "/api/files/nothing/at/all", (404, "接口不存在", None), None),
        ("GET", f"/api/files/{NOTHING}/info", (404, "文件不存在", None), None),
        ("GET", "/api/files/upload", (405, "请求方法不允许", None), "POST"),
        ("POST", f"/api/files/{NOTHING}/info", (405, "请求方法不允许", None), "GET, HEAD"),
        ("PUT", f"/api/files/{NOTHING}", (405, "请求方法不允许", None), "DELETE"),
        ("POST", "/api/files/upload", (415, "Content-Type不受支持", None), None),
        ("POST", f"{PARTS}/merge", (400, "缺少参数: uploadId", None), None),
        (
            "GET",
            f"{PARTS}/status?uploadId=x",
            (400, "参数错误: uploadId", {"field": "uploadId", "reason": "not a UUID"}),
            None,
        ),
    ],
)
async def test_every_refusal_is_in_the_envelope(
    server: Server, method: str, path: str, expected: tuple[int, str, Any], allow: str | None
) -> None:
    """Unknown paths, methods, types and files are refused in the dialect's own words."""
    answer = await server.alice.request(method, path)
    assert outcome(answer) == expected
    assert answer.headers.get("allow") == allow


async def test_a_defect_is_in_the_envelope_too(server: Server) -> None:
    """When the server itself fails, the answer is the dialect's 500 and tells nothing of the inside."""
    server.spoil()
    assert outcome(await info(server, NOTHING)) == (500, "服务器内部错误", None)


@pytest.mark.on_folder("its disk is full")
@pytest.mark.dialects(min_free=1 << 62)
async def test_a_full_disk_is_in_the_envelope(server: Server) -> None:
    """Below the free space that is to be kept, a part is 507 and what was acknowledged stays good."""
    upload = Files(server.alice, [b"aaaa"])
    await upload.init()
    status, message, data = outcome(await upload.send(1))
    assert (status, message, data["minFree"]) == (507, "存储空间不足", 1 << 62)
    assert 0 < data["free"] < 1 << 62
    assert outcome(await upload.status())[2]["missingChunks"] == [1]


# --- one file, every dialect -----------------------------------------------------------------------------------------


async def test_files_of_other_dialects_are_its_own(server: Server) -> None:
    """What came through the other dialects is told of, read and removed here, by the id they give."""
    content = noise(2500)
    scratch = await Scratch(server.alice, cut(content, 1000), name="s.bin").whole()
    await Instant(server.alice, cut(content[1:], 1000), name="i.bin").whole()
    listed = (await server.alice.get("/api/file/list", params={"search": "i.bin"})).json()["data"]["files"][0]
    for identifier, name, start in ((scratch["id"], "s.bin", 0), (listed["id"], "i.bin", 1)):
        assert outcome(await info(server, identifier))[2]["fileName"] == name
        assert (await read(server, identifier)).content == content[start:]
        assert outcome(await server.alice.delete(f"/api/files/{identifier}"))[0] == 200
        assert outcome(await read(server, identifier))[0] == 404
