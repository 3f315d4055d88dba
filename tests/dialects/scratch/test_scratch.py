"""`scratch`: what its contract and RULINGS promise."""

import asyncio
import random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialects.files.client import Files, send_file
from tests.dialects.scratch.client import SCRATCH, Scratch, outcome
from tests.support.bytes import cut, md5, noise, sha256
from tests.support.forms import form
from tests.support.server import FAR, OpenServer, Server


async def read(server: Server, file: dict[str, Any], **headers: str) -> httpx.Response:
    return await server.alice.get(file["url"], headers=headers)


# --- parts -----------------------------------------------------------------------------------------------------------


async def test_parts_complete_the_file_in_any_order(server: Server) -> None:
    """The part that makes the upload whole, whichever it is, is answered with the file."""
    content = noise(5 * 1000 + 17)
    upload = Scratch(server.alice, cut(content, 1000))
    for count, index in enumerate((5, 2, 0, 4, 1), 1):
        answer = (await upload.send(index)).json()
        assert answer == {
            "status": "success",
            "message": f"分块 {index + 1}/6 上传成功",
            "uploadedChunks": count,
            "totalChunks": 6,
        }
    answer = (await upload.send(3)).json()
    file = answer.pop("file")
    assert answer == {"status": "success", "message": "分块 4/6 上传成功", "uploadedChunks": 6, "totalChunks": 6}
    assert file | {"id": "", "url": ""} == {
        "id": "",
        "name": "a.bin",
        "size": len(content),
        "type": "application/octet-stream",
        "md5": md5(content),
        "sha256": sha256(content),
        "url": "",
    }
    assert (await read(server, file)).content == content


async def test_sixty_four_parts_at_once_lose_nothing(server: Server) -> None:
    """64 parts sent at the same moment make one file, told of by the parts that saw it whole."""
    content = noise(64 * 512 - 100)
    upload = Scratch(server.alice, cut(content, 512))
    order = random.Random(1).sample(range(64), 64)
    answers = await asyncio.gather(*(upload.send(index) for index in order))
    assert {answer.status_code for answer in answers} == {200}
    files = [answer.json()["file"] for answer in answers if "file" in answer.json()]
    assert len({file["id"] for file in files}) == 1
    assert (await read(server, files[0])).content == content
    assert all("file" in answer.json() for answer in answers if answer.json()["uploadedChunks"] == 64)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_cut_in_any_order_gives_the_same_bytes(server: Server, data: st.DataObject) -> None:
    """Parts of any sizes, in any order, with any repetition, make the bytes that were sent."""
    parts = data.draw(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=8))
    order = data.draw(st.permutations(range(len(parts))))
    again = data.draw(st.lists(st.sampled_from(order[:-1] or order), max_size=3)) if len(parts) > 1 else []
    upload = Scratch(server.alice, parts, key=f"k{random.getrandbits(60)}")
    for index in [*order[:-1], *again]:
        assert (await upload.send(index)).status_code == 200
    file = (await upload.send(order[-1])).json()["file"]
    assert (await read(server, file)).content == b"".join(parts)
    assert file["sha256"] == sha256(b"".join(parts))


async def test_a_part_sent_twice_counts_once(server: Server) -> None:
    """The same part with the same bytes again is a success and changes nothing."""
    upload = Scratch(server.alice, [b"aaaa", b"bbbb"])
    first = await upload.send(0)
    again = await upload.send(0)
    assert outcome(again) == outcome(first)
    assert again.json()["uploadedChunks"] == 1


async def test_the_last_complete_part_wins(server: Server) -> None:
    """Before completion a part sent again with other bytes replaces what was there."""
    upload = Scratch(server.alice, [b"aaaa", b"bbbb"])
    await upload.send(0, b"XXXXX")
    await upload.send(0, b"aaaa")
    file = (await upload.send(1)).json()["file"]
    assert (await read(server, file)).content == b"aaaabbbb"


async def test_an_empty_file_is_one_empty_part(server: Server) -> None:
    """One part without bytes makes a file without bytes."""
    file = await Scratch(server.alice, [b""]).whole()
    assert (file["size"], file["md5"]) == (0, md5(b""))
    assert (await read(server, file)).content == b""


async def test_no_parts_is_nothing_to_do(server: Server) -> None:
    """Zero parts cannot be announced: a client of an empty file sends nothing at all."""
    answer = await Scratch(server.alice, [b""]).send(0, headers={"x-total-chunks": "0"})
    assert outcome(answer) == (400, "缺少必要的文件信息")


async def test_parts_that_do_not_make_the_size_leave_the_upload_open(server: Server) -> None:
    """A sum other than the declared size is refused at completion, and the right part still completes the file."""
    upload = Scratch(server.alice, [b"aaaa", b"bbbb"])
    await upload.send(0)
    assert (await upload.send(1, b"bbbbb")).status_code == 400
    assert (await upload.status()).json() == {"status": "success", "uploadedChunks": 2, "chunks": [0, 1]}
    file = (await upload.send(1)).json()["file"]
    assert file["size"] == 8


# --- after completion ------------------------------------------------------------------------------------------------


async def test_the_completing_part_again_answers_the_same_file(server: Server) -> None:
    """The very part that completed an upload, sent again, is answered with the same file."""
    upload = Scratch(server.alice, [b"aaaa", b"bbbb"])
    file = await upload.whole()
    again = (await upload.send(1)).json()
    assert (again["file"], again["uploadedChunks"]) == (file, 2)
    assert server.stored()["uploads"] == 1


async def test_one_id_serves_every_file_that_a_person_picks(server: Server) -> None:
    """Any other part under the id of a complete upload begins a new upload."""
    first = await Scratch(server.alice, [b"aaaa", b"bbbb"]).whole()
    second = await Scratch(server.alice, [b"cccc", b"dddd"], name="b.bin").whole()
    third = await Scratch(server.alice, [b"aaaa", b"bbbb"]).whole()
    fourth = await Scratch(server.alice, [b"aaaa", b"bbbX"]).whole()
    files = [first, second, third, fourth]
    assert len({file["id"] for file in files}) == 4
    assert [(await read(server, file)).content for file in files] == [
        b"aaaabbbb",
        b"ccccdddd",
        b"aaaabbbb",
        b"aaaabbbX",
    ]


async def test_the_completing_part_with_other_bytes_begins_anew(server: Server) -> None:
    """The index that completed an upload, sent with other bytes, belongs to the next file under that id."""
    upload = Scratch(server.alice, [b"aaaa", b"bbbb"])
    first = await upload.whole()
    begun = (await upload.send(1, b"cccc")).json()
    assert (begun["uploadedChunks"], "file" in begun) == (1, False)
    second = (await upload.send(0)).json()["file"]
    assert [(await read(server, file)).content for file in (first, second)] == [b"aaaabbbb", b"aaaacccc"]
    single = [await Scratch(server.alice, [content], key="two").whole() for content in (b"aaaa", b"bbbb")]
    assert [(await read(server, file)).content for file in single] == [b"aaaa", b"bbbb"]


async def test_the_same_single_part_under_another_name_is_another_file(server: Server) -> None:
    """Files of one part that hold the same bytes and differ in name are two."""
    first, second = [await Scratch(server.alice, [b"aaaa"], name=name).whole() for name in ("a.bin", "b.bin")]
    assert first["id"] != second["id"]
    assert (first["name"], second["name"]) == ("a.bin", "b.bin")


async def test_an_unfinished_id_cannot_be_declared_anew(server: Server) -> None:
    """While an upload is unfinished its id refuses another name, size or number of parts."""
    await Scratch(server.alice, [b"aaaa", b"bbbb"]).send(0)
    for headers in ({"x-filename": "b.bin"}, {"x-filesize": "9"}, {"x-total-chunks": "3"}):
        answer = await Scratch(server.alice, [b"aaaa", b"bbbb"]).send(1, headers=headers)
        assert answer.status_code == 409, headers
    assert (await Scratch(server.alice, [b"aaaa", b"bbbb"]).status()).json()["chunks"] == [0]


# --- status and cancel -----------------------------------------------------------------------------------------------


async def test_status_tells_what_is_here(server: Server) -> None:
    """An unknown id is 404; an open upload tells its parts, a complete one all of them and that it is complete."""
    upload = Scratch(server.alice, [b"a", b"b", b"c"])
    assert (await upload.status()).status_code == 404
    await upload.send(2)
    await upload.send(0)
    assert (await upload.status()).json() == {"status": "success", "uploadedChunks": 2, "chunks": [0, 2]}
    await upload.send(1)
    assert (await upload.status()).json() == {
        "status": "success",
        "uploadedChunks": 3,
        "chunks": [0, 1, 2],
        "completed": True,
    }


async def test_a_cancelled_upload_refuses_parts(server: Server) -> None:
    """Cancelling answers 200, again too; a part that comes later is told that the upload was cancelled."""
    upload = Scratch(server.alice, [b"a", b"b"])
    await upload.send(0)
    assert outcome(await upload.cancel()) == (200, "上传已取消")
    assert outcome(await upload.cancel()) == (200, "上传已取消")
    assert outcome(await upload.send(1)) == (409, "上传已取消")
    assert server.staged() == []


async def test_what_was_never_seen_or_is_complete_is_not_cancelled(server: Server) -> None:
    """Cancelling an unknown id is 404; a complete upload is not undone."""
    upload = Scratch(server.alice, [b"a", b"b"])
    assert (await upload.cancel()).status_code == 404
    file = await upload.whole()
    assert (await upload.cancel()).status_code == 409
    assert (await read(server, file)).content == b"ab"


@pytest.mark.dialects(upload_ttl=0.2)
async def test_a_cancelled_id_is_free_again_once_it_expired(server: Server) -> None:
    """When its time has run out, a cancelled id takes a new upload."""
    upload = Scratch(server.alice, [b"a", b"b"])
    await upload.send(0)
    await upload.cancel()
    await asyncio.sleep(0.3)
    assert (await upload.send(0)).status_code == 200


# --- bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/octet-stream"},
        {"content-type": "image/png", "x-filetype": "image/png"},
        {"content-type": "application/json", "x-filetype": "application/json"},
        {"content-type": "multipart/form-data"},
    ],
    ids=lambda headers: headers.get("content-type", "none"),
)
async def test_raw_bytes_come_under_every_type_that_clients_send(server: Server, headers: dict[str, str]) -> None:
    """Bare bytes are taken without a type, as octets, as the file's own type, and as a form without a boundary."""
    answer = await Scratch(server.alice, [b"\x00raw"]).send(0, headers=headers)
    assert (await read(server, answer.json()["file"])).content == b"\x00raw"


async def test_a_real_form_carries_the_part_in_its_first_file(server: Server) -> None:
    """In a form with a boundary the first file is the part, wherever the text fields stand."""
    body, header = form(("note", None, b"x"), ("any", "blob", b"aaaa"), ("tail", None, b"y"))
    answer = await Scratch(server.alice, [b"aaaa"]).send(0, body, header)
    assert (await read(server, answer.json()["file"])).content == b"aaaa"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "image/png"])
async def test_other_types_are_refused(server: Server, kind: str) -> None:
    """A body of another type is 400 in the contract's words, and nothing is stored."""
    answer = await Scratch(server.alice, [b"a"]).send(0, headers={"content-type": kind, "x-filetype": "image/gif"})
    assert outcome(answer) == (400, "Content-Type必须是multipart/form-data")
    assert set(server.stored().values()) == {0}


async def test_a_body_of_another_length_is_not_acknowledged(server: Server) -> None:
    """A part shorter or longer than its declared length is refused and not counted."""
    upload = Scratch(server.alice, [b"aaaa", b"bbbb"])
    for body in (b"aaa", b"aaaaa"):
        answer = await server.alice.post(SCRATCH, headers=upload.headers(0) | {"content-length": "4"}, content=body)
        assert answer.status_code == 400
    assert server.stored()["parts"] == 0


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_a_declared_size_over_the_limit_is_refused(server: Server) -> None:
    """One byte over the limit is 413 in the contract's words; exactly the limit is not."""
    upload = Scratch(server.alice, [b"a", b"b"])
    assert outcome(await upload.send(0, headers={"x-filesize": str((100 << 20) + 1)})) == (
        413,
        "文件大小超过限制(100MB)",
    )
    assert (await upload.send(0, headers={"x-filesize": str(100 << 20)})).status_code == 200


@pytest.mark.parametrize(
    ("limit", "words"), [(3 << 30, "3GB"), (1 << 20, "1MB"), (10 << 10, "10KB"), (1500, "1500B"), (0, "0B")]
)
async def test_the_words_follow_the_setting(open_server: OpenServer, limit: int, words: str) -> None:
    """The number in the refusal is the limit that is set."""
    async with open_server(scratch_limit=limit) as server:
        answer = await Scratch(server.alice, [b"a"]).send(0, headers={"x-filesize": str(limit + 1)})
        assert outcome(answer) == (413, f"文件大小超过限制({words})")


@pytest.mark.parametrize("as_form", [False, True])
@pytest.mark.dialects(scratch_limit=1000)
async def test_the_limit_holds_while_streaming(server: Server, as_form: bool) -> None:
    """More bytes than the limit are refused as they come, whatever was declared, in one part and over all parts."""
    upload = Scratch(server.alice, [b"a" * 500, b"b" * 500])
    body, header = form(("file", "blob", b"x" * 1001)) if as_form else (b"x" * 1001, {})
    assert outcome(await upload.send(0, body, header)) == (413, "文件大小超过限制(1000B)")
    await upload.send(0)
    assert (await upload.send(1, b"b" * 501)).status_code == 413
    assert (await upload.status()).json()["chunks"] == [0]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-upload-id", "a" * 129),
        ("x-upload-id", "a b"),
        ("x-upload-id", "../a"),
        ("x-upload-id", "ä"),
        ("x-total-chunks", "10001"),
        ("x-total-chunks", "-1"),
        ("x-chunk-index", "1"),
        ("x-chunk-index", "1.0"),
        ("x-filesize", "4x"),
    ],
)
async def test_a_malformed_header_is_refused(server: Server, header: str, value: str) -> None:
    """A header that cannot be what it must be is 400 in the contract's words."""
    answer = await Scratch(server.alice, [b"aaaa"]).send(0, headers={header: value})
    assert outcome(answer) == (400, "缺少必要的文件信息")


async def test_the_longest_id_and_the_most_parts_are_taken(server: Server) -> None:
    """128 characters of every allowed kind and 10,000 parts are within bounds; an empty type is none."""
    key = ("AZaz09._-" * 20)[:128]
    headers = {"x-total-chunks": "10000", "x-chunk-index": "9999", "x-filetype": ""}
    answer = await Scratch(server.alice, [b"a"], key=key).send(0, headers=headers)
    assert answer.json()["message"] == "分块 10000/10000 上传成功"
    assert server.rows("uploads")[0]["media_type"] is None


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("a%20b%E4%B8%AD.txt", "a b中.txt"),
        ("中文.txt".encode(), "中文.txt"),
        ("café.txt".encode("latin-1"), "café.txt"),
        ("UTF-8''%e2%82%ac.txt", "€.txt"),
        ("C:\\docs\\a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("%2e%2e%2fpasswd", "passwd"),
        ("CON", "CON"),
        ("‮txt.exe".encode(), "‮txt.exe"),
        ("e\u0301.txt".encode(), "e\u0301.txt"),
    ],
)
async def test_names_come_back_as_they_were_meant(server: Server, sent: str | bytes, name: str) -> None:
    """A name in any of the encodings in use is told and downloaded as it was, and touches no path."""
    answer = await Scratch(server.alice, [b"a"]).send(0, headers={"x-filename": sent})
    file = answer.json()["file"]
    assert file["name"] == name
    disposition = (await read(server, file)).headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    await server.settle()  # what is being removed must not vanish under the look
    assert not [path for path in server.folder.rglob("*") if name in path.name]


@pytest.mark.parametrize("sent", ["a%00.txt", "a%0d%0aX-Evil:1", "%1b[2J", "..", "a/", "%7f", "x" * 1025])
async def test_names_that_cannot_be_are_refused(server: Server, sent: str) -> None:
    """A name with control characters, or without anything after its last slash, or too long, is refused."""
    answer = await Scratch(server.alice, [b"a"]).send(0, headers={"x-filename": sent})
    assert outcome(answer) == (400, "缺少必要的文件信息")
    assert set(server.stored().values()) == {0}


# --- who -------------------------------------------------------------------------------------------------------------


async def test_sign_in_is_asked_for_in_the_contracts_words(server: Server) -> None:
    """Without a token, and from this machine too, the answer is 401 with its code; nothing of the body is kept."""
    answer = await Scratch(server.anyone, [b"a"]).send(0)
    assert answer.status_code == 401
    assert answer.json() == {"status": "error", "message": "需要登录", "code": "ZC_ERROR_NEED_LOGIN"}
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(server.stored().values()) == {0}


async def test_a_bad_token_is_told_apart(server: Server) -> None:
    """A token that nobody has is 401 in other words."""
    answer = await Scratch(server.caller("pst_unknown"), [b"a"]).send(0)
    assert answer.status_code == 401
    assert answer.json() == {"status": "error", "message": "无效的认证令牌"}


async def test_nothing_is_read_before_sign_in(server: Server) -> None:
    """A caller who is not signed in is refused without one byte of the body being asked for."""
    asked = 0

    async def body() -> Any:
        nonlocal asked
        asked += 1
        yield b"a"

    answer = await server.anyone.post(SCRATCH, headers=Scratch(server.anyone, [b"a"]).headers(0), content=body())
    assert (answer.status_code, asked) == (401, 0)


async def test_somebody_elses_upload_is_unknown(server: Server) -> None:
    """An id is private to its owner: another user's status, cancel, part and download never touch it."""
    mine = Scratch(server.alice, [b"aaaa", b"bbbb"])
    await mine.send(0)
    theirs = Scratch(server.bob, [b"cccc", b"dddd"])
    assert (await theirs.status()).status_code == 404
    assert (await theirs.cancel()).status_code == 404
    assert (await theirs.send(0)).json()["uploadedChunks"] == 1
    file = (await mine.send(1)).json()["file"]
    assert (await server.bob.get(file["url"])).status_code == 404
    assert (await server.bob.head(file["url"])).status_code == 404
    assert (await read(server, file)).content == b"aaaabbbb"


# --- envelope --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/api/scratch/nothing", 404, "接口不存在"),
        ("PUT", SCRATCH, 405, "请求方法不允许"),
        ("OPTIONS", SCRATCH, 405, "请求方法不允许"),
        ("GET", "/api/scratch/download/nothing", 404, "文件不存在"),
    ],
)
async def test_every_refusal_is_in_the_envelope(
    server: Server, method: str, path: str, status: int, words: str
) -> None:
    """Unknown paths, methods and files are refused in the dialect's own words."""
    answer = await server.alice.request(method, path)
    assert (outcome(answer), set(answer.json())) == ((status, words), {"status", "message"})
    if status == 405:
        assert answer.headers["allow"] == "POST"


async def test_a_defect_is_in_the_envelope_too(server: Server) -> None:
    """When the server itself fails, the answer is the dialect's 500 and tells nothing of the inside."""
    server.spoil()
    answer = await Scratch(server.alice, [b"a"]).send(0)
    assert outcome(answer) == (500, "服务器内部错误")
    assert set(answer.json()) == {"status", "message"}


# --- one file, every dialect -----------------------------------------------------------------------------------------


async def test_its_files_are_found_by_the_other_dialects(server: Server) -> None:
    """A file of this dialect is read, listed and claimed through the others, and theirs through this one."""
    content = noise(3000)
    file = await Scratch(server.alice, cut(content, 1000)).whole()
    assert (await server.alice.get(f"/api/files/{file['id']}/download")).content == content
    assert (await server.alice.get(f"/api/file/download/{file['id']}")).content == content
    claim = {"file_id": "c", "md5": file["md5"], "name": "c.bin", "size": len(content)}
    assert (await server.alice.post("/api/file/instant", json=claim)).json()["data"]["uploaded"] is True
    for other in (await send_file(server.alice, b"other"), await Files(server.alice, [b"ot", b"her"]).whole()):
        assert (await server.alice.get(f"/api/scratch/download/{other['id']}")).content == b"other"


@pytest.mark.dialects("files")
async def test_a_switched_off_dialect_is_not_there(server: Server) -> None:
    """A dialect that is not spoken answers as any address outside every dialect does."""
    answer = await Scratch(server.alice, [b"a"]).send(0)
    assert (answer.status_code, answer.json()) == (404, {"error": "not found", "docs": "/docs"})
    assert (await server.alice.post("/api/file/upload")).json() == answer.json()
    assert await send_file(server.alice, b"a")


async def test_signing_in_is_asked_for_everywhere(server: Server) -> None:
    """Every call of the dialect refuses a caller without a token, from wherever."""
    for caller in (server.anyone, server.caller(address=FAR)):
        for method, path in (
            ("POST", SCRATCH),
            ("GET", "/api/scratch/upload-status/one"),
            ("DELETE", "/api/scratch/cancel-upload/one"),
            ("GET", "/api/scratch/download/one"),
        ):
            answer = await caller.request(method, path)
            assert answer.json().get("code") == "ZC_ERROR_NEED_LOGIN", path


@pytest.mark.parametrize(("said", "kept"), [("image/gif", "image/gif"), ("image/gif, text/html", "text/plain")])
async def test_a_declared_type_is_one_type(server: Server, said: str, kept: str) -> None:
    """`x-filetype` is believed when it is one media type; else the file is looked at."""
    answer = await Scratch(server.alice, [b"hello"], "a.txt").send(0, headers={"x-filetype": said})
    assert answer.json()["file"]["type"] == kept
