"""`instant`: what its contract and RULINGS promise."""

import asyncio
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialects.files.client import Files, send_file
from tests.dialects.instant.client import INSTANT, Instant, outcome
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import cut, md5, noise
from tests.support.forms import form
from tests.support.server import FAR, LOCAL, Server

# Two blocks with one MD5 (Wang, Feng, Lai, Yu, 2004): they differ in the top bits of six bytes.
FIRST = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
    "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
)
SECOND = bytes(octet ^ 0x80 if at in {19, 45, 59, 83, 109, 123} else octet for at, octet in enumerate(FIRST))
COLLISION = [FIRST, SECOND]


OK: tuple[int, str, Any] = (200, "ok", {})
MISSING: tuple[int, str, Any] = (400, "参数缺失", {})


# --- parts and merging -----------------------------------------------------------------------------------------------


async def test_parts_in_any_order_are_merged(server: Server) -> None:
    """Parts come in any order, status tells them ascending, and merging makes the file that download gives."""
    content = noise(5 * 700 + 3)
    upload = Instant(server.anyone, cut(content, 700))
    for index in (5, 0, 3, 1, 4, 2):
        assert outcome(await upload.send(index)) == OK
    assert await upload.status() == [0, 1, 2, 3, 4, 5]
    code, message, data = outcome(await upload.merge())
    assert (code, message, set(data)) == (200, "ok", {"file"})
    file = data["file"]
    assert file | {"createdAt": "", "updatedAt": "", "url": ""} == {
        "file_id": "one",
        "file_name": "a.bin",
        "size": len(content),
        "md5": md5(content),
        "user_id": None,
        "status": 1,
        "createdAt": "",
        "updatedAt": "",
        "url": "",
    }
    assert (await upload.download()).content == content
    assert (await server.anyone.get(file["url"])).content == content


async def test_sixty_four_parts_at_once_lose_nothing(server: Server) -> None:
    """64 parts sent at the same moment are all there afterwards."""
    content = noise(64 * 256)
    upload = Instant(server.anyone, cut(content, 256))
    answers = await asyncio.gather(*(upload.send(index) for index in random.Random(2).sample(range(64), 64)))
    assert {answer.status_code for answer in answers} == {200}
    assert await upload.status() == list(range(64))
    await upload.merge()
    assert (await upload.download()).content == content


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_cut_in_any_order_gives_the_same_bytes(server: Server, data: st.DataObject) -> None:
    """Parts of any sizes, in any order, with any repetition and any leftovers, merge to the bytes that were sent."""
    parts = data.draw(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
    order = data.draw(st.permutations(range(len(parts))))
    leftovers = data.draw(st.lists(st.integers(len(parts), 99_999), max_size=2, unique=True))
    upload = Instant(server.anyone, parts, key=f"k{random.getrandbits(60)}")
    for index in [*leftovers, *order, *order[:2]]:
        assert (await upload.send(index, parts[index] if index < len(parts) else b"left")).status_code == 200
    assert (await upload.merge()).status_code == 200
    assert (await upload.download()).content == b"".join(parts)


async def test_the_last_complete_part_wins(server: Server) -> None:
    """Before merging a part sent again with other bytes replaces what was there."""
    upload = Instant(server.anyone, [b"aaaa", b"bbbb"])
    await upload.send(0, b"XXXXX")
    await upload.send(1)
    await upload.send(0)
    assert (await upload.merge()).status_code == 200
    assert (await upload.download()).content == b"aaaabbbb"


async def test_merging_with_a_gap_names_the_parts_that_are_missing(server: Server) -> None:
    """The first missing part is in the words, all of them in the data; the parts that are there stay."""
    upload = Instant(server.anyone, [b"a", b"b", b"c", b"d"])
    assert outcome(await upload.merge()) == (400, "分片0不存在", {"missing": [0, 1, 2, 3]})
    assert server.rows("uploads") == []
    await upload.send(0)
    await upload.send(2)
    assert outcome(await upload.merge()) == (400, "分片1不存在", {"missing": [1, 3]})
    assert await upload.status() == [0, 2]


async def test_merging_checks_size_and_md5(server: Server) -> None:
    """Bytes of another MD5 or size are 422 with what was expected and found; the right parts can still be sent."""
    upload = Instant(server.anyone, [b"aaaa", b"bbbb"])
    await upload.send(0)
    await upload.send(1, b"XXXX")
    wrong = {"expected": md5(b"aaaabbbb"), "actual": md5(b"aaaaXXXX")}
    assert outcome(await upload.merge()) == (422, "文件MD5校验失败", wrong)
    assert outcome(await upload.merge(size=7)) == (422, "文件大小不一致", {"expected": 7, "actual": 8})
    assert await upload.status() == [0, 1]
    await upload.send(1)
    assert (await upload.merge()).status_code == 200


async def test_leftovers_of_another_cut_are_dropped(server: Server) -> None:
    """Parts numbered `total` and up do not become part of the file."""
    upload = Instant(server.anyone, [b"aaaa", b"bbbb"])
    for index, content in ((0, b"aaaa"), (1, b"bbbb"), (2, b"left"), (99_999, b"over")):
        assert (await upload.send(index, content)).status_code == 200
    assert (await upload.merge()).status_code == 200
    assert (await upload.download()).content == b"aaaabbbb"


async def test_an_empty_file_is_merged_from_nothing(server: Server) -> None:
    """No part and a merge of total 0 and size 0 make a file without bytes; asked again, the same."""
    upload = Instant(server.anyone, [], name="empty.txt")
    first = outcome(await upload.merge())[2]["file"]
    assert (first["size"], first["md5"]) == (0, md5(b""))
    assert outcome(await upload.merge())[2]["file"] == first
    answer = await upload.download()
    assert (answer.status_code, answer.content) == (200, b"")


async def test_merging_again_answers_the_same_file(server: Server) -> None:
    """A merge that is repeated is 200 with the same file; two at once have one outcome."""
    upload = Instant(server.anyone, [b"aaaa", b"bbbb"])
    for index in (0, 1):
        await upload.send(index)
    answers = [*await asyncio.gather(upload.merge(), upload.merge(), upload.merge()), await upload.merge()]
    assert len({outcome(answer)[2]["file"]["createdAt"] for answer in answers}) == 1
    assert len(server.rows("files")) == 1


async def test_after_merging_an_id_takes_new_parts(server: Server) -> None:
    """Status is empty after a merge; new parts open a new upload, and download gives the newest file."""
    first, second = Instant(server.anyone, [b"old"]), Instant(server.anyone, [b"new"])
    await first.whole()
    assert await first.status() == []
    await second.send(0)
    assert await second.status() == [0]
    assert (await first.download()).content == b"old"
    await second.merge()
    assert (await first.download()).content == b"new"


async def test_status_of_nothing_is_empty(server: Server) -> None:
    """An id that was never seen has no parts."""
    assert await Instant(server.anyone, [b"a"]).status() == []


# --- what a part may look like ---------------------------------------------------------------------------------------


async def test_fields_come_in_any_order(server: Server) -> None:
    """The file may stand before the text fields, and may lack a file name."""
    key = ("file_id", None, b"one")
    for content, header in (
        form(("chunk", "blob", b"aaaa"), ("index", None, b"0"), key),
        form(key, ("chunk", None, b"bbbb"), ("index", None, b"1"), ("total", None, b"x")),
    ):
        assert outcome(await server.anyone.post(INSTANT, content=content, headers=header)) == OK
    await Instant(server.anyone, [b"aaaa", b"bbbb"]).merge()
    assert (await Instant(server.anyone, []).download()).content == b"aaaabbbb"


@pytest.mark.parametrize("after", [False, True], ids=["before the file", "after the file"])
async def test_the_md5_of_a_part_is_checked(server: Server, after: bool) -> None:
    """A part whose bytes do not have its `chunk_md5` is refused, wherever that field stands."""
    fields = [("file_id", None, b"one"), ("index", None, b"0")]
    for digest, code in ((md5(b"other"), 400), (md5(b"aaaa").upper(), 200)):
        claimed, chunk = ("chunk_md5", None, digest.encode()), ("chunk", "blob", b"aaaa")
        content, header = form(*fields, *((chunk, claimed) if after else (claimed, chunk)))
        answer = outcome(await server.anyone.post(INSTANT, content=content, headers=header))
        assert answer[0] == code
        if code == 400:
            assert answer == (400, "分片MD5校验失败", {"expected": digest, "actual": md5(b"aaaa")})
            assert await Instant(server.anyone, [b"aaaa"]).status() == []
    assert await Instant(server.anyone, [b"aaaa"]).status() == [0]


@pytest.mark.parametrize(
    ("fields", "chunk", "expected"),
    [
        ({"index": "0"}, b"a", MISSING),
        ({"file_id": "one"}, b"a", MISSING),
        ({"file_id": "one", "index": "0"}, None, MISSING),
        ({"file_id": "one", "index": "x"}, b"a", (400, "index必须为数字", {})),
        ({"file_id": "one", "index": ""}, b"a", (400, "index必须为数字", {})),
        ({"file_id": "one", "index": "1.5"}, b"a", (400, "index必须为数字", {})),
        ({"file_id": "one", "index": "-1"}, b"a", (400, "index必须为数字", {})),
        ({"file_id": "one", "index": "٣"}, b"a", (400, "index必须为数字", {})),
        (
            {"file_id": "one", "index": "0", "chunk_md5": "x"},
            b"a",
            (400, "参数错误", {"field": "chunk_md5", "reason": "not 32 hexadecimal digits"}),
        ),
    ],
)
async def test_a_part_says_what_it_is(
    server: Server, fields: dict[str, str], chunk: bytes | None, expected: tuple[int, str, Any]
) -> None:
    """A part without id, index or bytes, or with an index that is no whole number, is refused in fixed words."""
    parts = [(name, None, value.encode()) for name, value in fields.items()]
    content, header = form(*parts, *([("chunk", "blob", chunk)] if chunk else []))
    assert outcome(await server.anyone.post(INSTANT, content=content, headers=header)) == expected
    assert set(server.stored().values()) == {0}


async def test_an_upload_without_a_form_is_missing_its_parameters(server: Server) -> None:
    """A body that is no form has none of the parameters."""
    assert outcome(await server.anyone.post(INSTANT)) == MISSING
    assert outcome(await server.anyone.post(INSTANT, json={"file_id": "one", "index": 0})) == MISSING


async def test_the_bounds_of_index_and_id(server: Server) -> None:
    """Indexes go to 99,999 and ids to 255 characters, of any script; one more is refused."""
    upload = Instant(server.anyone, [b"a"], key="文" * 255)
    assert (await upload.send(0, index="99999")).status_code == 200
    assert await upload.status() == [99_999]
    assert (await upload.send(0, index="100000")).status_code == 400
    assert (await Instant(server.anyone, [b"a"], key="文" * 256).send(0)).status_code == 400


# --- instant upload --------------------------------------------------------------------------------------------------


async def test_known_bytes_need_not_be_sent(server: Server) -> None:
    """A finished file of this MD5 and size is a hit, under another id and name too, and is then downloadable so."""
    file = await Instant(server.anyone, [b"aaaa"]).whole()
    same = outcome(await Instant(server.anyone, [b"aaaa"]).claim())[2]
    assert same == {"uploaded": True, "file": file}
    other = Instant(server.anyone, [b"aaaa"], name="b.txt", key="two")
    hit = outcome(await other.claim(user_id=7))[2]
    assert (hit["uploaded"], hit["file"]["file_id"], hit["file"]["file_name"], hit["file"]["user_id"]) == (
        True,
        "two",
        "b.txt",
        "7",
    )
    assert (await other.download()).content == b"aaaa"
    assert len(server.rows("blobs")) == 1
    assert outcome(await other.claim())[2]["file"]["createdAt"] == hit["file"]["createdAt"]
    assert len(server.rows("files")) == 2


async def test_an_id_alone_finds_nothing(server: Server) -> None:
    """Neither the id with another MD5, nor the MD5 with another size, is a hit."""
    await Instant(server.anyone, [b"aaaa"]).whole()
    miss = {"uploaded": False}
    assert outcome(await Instant(server.anyone, [b"bbbb"]).claim())[2] == miss
    assert outcome(await Instant(server.anyone, [b"aaaa"]).claim(size=5))[2] == miss
    assert outcome(await Instant(server.anyone, [b"aaaa"]).claim(md5=md5(b"aaaa").upper()))[2]["uploaded"] is True


async def test_an_unfinished_upload_is_no_hit(server: Server) -> None:
    """Bytes that are here but not merged do not count."""
    upload = Instant(server.anyone, [b"aaaa"])
    await upload.send(0)
    assert outcome(await upload.claim())[2] == {"uploaded": False}


async def test_announced_parts_are_checked_against_what_is_here(server: Server) -> None:
    """With `chunk_md5s` there is one entry per part, its match computed from the bytes on the server."""
    parts = [b"aaaa", b"bbbb", b"cccc"]
    upload = Instant(server.anyone, parts)
    await upload.send(0)
    await upload.send(1, b"XXXX")
    announced = [md5(part).upper() for part in parts]
    assert outcome(await upload.claim(chunk_md5s=announced))[2] == {
        "uploaded": False,
        "chunkCheckResult": [
            {"index": 0, "exist": True, "match": True},
            {"index": 1, "exist": True, "match": False},
            {"index": 2, "exist": False, "match": False},
        ],
    }
    assert outcome(await upload.claim(chunk_md5s=[]))[2] == {"uploaded": False, "chunkCheckResult": []}


async def test_a_hit_tells_of_its_parts_too(server: Server) -> None:
    """A client that announced its parts finds an entry for each, on a hit as well."""
    upload = Instant(server.anyone, [b"aaaa", b"bbbb"])
    await upload.whole()
    data = outcome(await upload.claim(chunk_md5s=[md5(b"aaaa"), md5(b"bbbb")]))[2]
    assert data["uploaded"] is True
    assert [entry["index"] for entry in data["chunkCheckResult"]] == [0, 1]


@pytest.mark.parametrize(
    "announced",
    ["[" + "[]," * 6_000_000 + "[]]", "[" + '"x",' * 5_000_000 + '"x"]', f'["{"0" * 33}"]', "[null]", "[1]", "{}"],
    ids=["lists", "texts", "too long", "null", "number", "object"],
)
async def test_an_announcement_is_of_md5s(server: Server, announced: str) -> None:
    """What is no list of MD5s is refused at the first that is none, whatever its size."""
    body = f'{{"file_id":"f","md5":"{md5(b"a")}","name":"a","size":1,"chunk_md5s":{announced}}}'
    answer = await server.anyone.post("/api/file/instant", content=body)
    assert (answer.status_code, answer.json()["message"]) == (400, "参数错误")
    too_many = await Instant(server.anyone, [b"aaaa"]).claim(chunk_md5s=[md5(b"a")] * 100_001)
    assert too_many.status_code == 400


async def test_a_large_announcement_is_taken(server: Server) -> None:
    """20 MB of MD5s pass, one byte more is 413."""
    upload = Instant(server.anyone, [b"aaaa"])
    assert (await upload.claim(chunk_md5s=[md5(b"a")] * 100_000)).status_code == 200
    bodies = [b'{"file_id":"' + b"a" * (size - 14) + b'"}' for size in (20 << 20, (20 << 20) + 1)]
    answers = [await server.anyone.post("/api/file/instant", content=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [400, 413]


@pytest.mark.parametrize("gone", ["file_id", "md5", "name", "size"])
@pytest.mark.parametrize("how", ["absent", "null"])
async def test_a_claim_says_everything(server: Server, gone: str, how: str) -> None:
    """A claim without one of its four parameters is refused in the contract's words."""
    payload: dict[str, Any] = Instant(server.anyone, [b"a"]).asked
    payload = {key: value for key, value in payload.items() if key != gone} | ({gone: None} if how == "null" else {})
    assert outcome(await server.anyone.post("/api/file/instant", json=payload)) == MISSING


@pytest.mark.parametrize("gone", ["file_id", "md5", "name", "size", "total"])
async def test_a_merge_says_everything(server: Server, gone: str) -> None:
    """A merge without one of its parameters is refused in the contract's words."""
    payload: dict[str, Any] = Instant(server.anyone, [b"a"]).asked | {"total": 1}
    del payload[gone]
    assert outcome(await server.anyone.post("/api/file/merge", json=payload)) == MISSING


async def test_an_empty_body_is_missing_everything(server: Server) -> None:
    """A call without a body has none of its parameters."""
    for path in ("/api/file/instant", "/api/file/merge"):
        assert outcome(await server.anyone.post(path)) == MISSING


async def test_numbers_may_come_as_digits(server: Server) -> None:
    """Numbers in JSON may be strings of digits, and ids may be numbers."""
    upload = Instant(server.anyone, [b"aaaa"], key="17")
    await upload.send(0)
    payload = {"file_id": 17, "md5": md5(b"aaaa"), "name": "a.bin", "size": "4", "total": "1", "user_id": 3}
    assert outcome(await server.anyone.post("/api/file/merge", json=payload))[2]["file"]["file_id"] == "17"
    assert outcome(await server.anyone.post("/api/file/instant", json=payload))[2]["uploaded"] is True


async def test_zero_is_not_missing(server: Server) -> None:
    """A size or an index of 0 is present."""
    assert outcome(await Instant(server.anyone, []).claim())[2] == {"uploaded": False}
    assert outcome(await Instant(server.anyone, [b"a"]).send(0)) == OK


async def test_one_md5_is_not_one_file(server: Server) -> None:
    """Two contents with one MD5 stay two files; a claim answers the newest, and both stay reachable."""
    assert len({md5(content) for content in COLLISION}) == 1
    assert COLLISION[0] != COLLISION[1]
    files = [
        await Instant(server.anyone, [content], key=key).whole() for key, content in zip("ab", COLLISION, strict=True)
    ]
    for file, content in zip(files, COLLISION, strict=True):
        assert (await server.anyone.get(file["url"])).content == content
        assert (await server.anyone.get(f"/api/file/download/{file['file_id']}")).content == content
    assert outcome(await Instant(server.anyone, [COLLISION[0]], key="c").claim())[2]["uploaded"] is True
    assert (await server.anyone.get("/api/file/download/c")).content == COLLISION[1]
    assert len(server.rows("blobs")) == 2


# --- who -------------------------------------------------------------------------------------------------------------


async def test_a_claim_finds_ones_own_files_alone(server: Server) -> None:
    """Under the default a hash finds nobody else's file, and hit and miss of a foreign one look the same."""
    await Instant(server.alice, [b"aaaa"]).whole()
    for stranger in (server.bob, server.anyone):
        foreign = await Instant(stranger, [b"aaaa"], key="x").claim()
        nothing = await Instant(stranger, [b"bbbb"], key="x").claim()
        assert (foreign.content, foreign.status_code) == (nothing.content, nothing.status_code)
    assert outcome(await Instant(server.alice, [b"aaaa"], key="x").claim())[2]["uploaded"] is True


@pytest.mark.dialects(instant_scope="everyone")
async def test_a_closed_deployment_may_share_by_hash(server: Server) -> None:
    """With `instant_scope = everyone` signed-in callers find each other's files; anonymous ones still do not."""
    await Instant(server.alice, [b"aaaa"]).whole()
    assert outcome(await Instant(server.bob, [b"aaaa"], key="x").claim())[2]["uploaded"] is True
    assert (await Instant(server.bob, [], key="x").download()).content == b"aaaa"
    assert outcome(await Instant(server.anyone, [b"aaaa"], key="x").claim())[2] == {"uploaded": False}


async def test_each_caller_has_ids_of_its_own(server: Server) -> None:
    """The same id of two callers names two uploads; another's parts, files and list are not seen."""
    mine, theirs = Instant(server.alice, [b"aaaa"]), Instant(server.bob, [b"bbbb"])
    await mine.send(0)
    assert await theirs.status() == []
    assert (await theirs.merge()).status_code == 400
    file = outcome(await mine.merge())[2]["file"]
    assert (await theirs.download()).status_code == 404
    assert (await server.bob.get(file["url"])).status_code == 404
    assert (await server.anyone.get(file["url"])).status_code == 404
    assert (await server.bob.head(file["url"])).status_code == 404
    assert outcome(await server.bob.get("/api/file/list"))[2] == {"total": 0, "files": []}


async def test_two_tabs_send_one_file(server: Server) -> None:
    """Two visitors who send one file under one id both merge it, whichever parts came after the first had merged."""
    first, second = (Instant(server.anyone, [b"aaaa", b"bbbb"]) for _ in range(2))
    await first.send(0)
    await second.send(1)
    file = outcome(await first.merge())[2]["file"]
    await second.send(1)
    assert await second.status() == [1]
    assert outcome(await second.merge()) == (200, "ok", {"file": file})
    assert server.stored() == {"uploads": 1, "parts": 2, "files": 1, "staged": 0}
    assert (await first.download()).content == b"aaaabbbb"


@pytest.mark.parametrize("sent", [[], [0], [0, 1]], ids=str)
async def test_a_merge_of_what_is_here_is_a_success(server: Server, sent: list[int]) -> None:
    """Whatever parts came, a merge of bytes that the caller may read is a success, and names them as it says."""
    await Instant(server.anyone, [b"aaaabbbb"]).whole()
    other = Instant(server.anyone, [b"aaaa", b"bbbb"], name="b.bin", key="two")
    for index in sent:
        await other.send(index, b"bad!")
    file = outcome(await other.merge())[2]["file"]
    assert (file["file_id"], file["file_name"], file["size"]) == ("two", "b.bin", 8)
    assert (await other.download()).content == b"aaaabbbb"
    await server.settle()
    assert server.staged() == []
    stranger = Instant(server.alice, [b"aaaa", b"bbbb"])
    assert outcome(await stranger.merge())[0] == 400


async def test_a_wrong_size_is_told_as_such(server: Server) -> None:
    """A merge with the right MD5 and another size says that it is the size."""
    await Instant(server.anyone, [b"aaaa"]).whole()
    again = Instant(server.anyone, [b"aaaa"], key="two")
    await again.send(0)
    assert outcome(await again.merge(size=5)) == (422, "文件大小不一致", {"expected": 5, "actual": 4})


async def test_a_label_grants_nothing(server: Server) -> None:
    """`user_id` is kept and shown, and opens nothing of the user it names."""
    owner = server.rows("users")[0]["id"]
    await Instant(server.alice, [b"aaaa"]).whole()
    claim = await Instant(server.anyone, [b"aaaa"], key="x").claim(user_id=owner)
    assert outcome(claim)[2] == {"uploaded": False}
    upload = Instant(server.anyone, [b"cccc"])
    await upload.send(0, user_id="somebody")
    assert outcome(await upload.merge(user_id="somebody"))[2]["file"]["user_id"] == "somebody"


@pytest.mark.dialects(open=())
async def test_the_door_is_shut_by_default(server: Server) -> None:
    """Without the setting everybody needs a token, on this machine too: whom a plain proxy brings looks local."""
    for caller in (server.caller(address=LOCAL), server.caller(address=FAR)):
        assert outcome(await caller.get("/api/file/list")) == (401, "需要登录", {})
    assert outcome(await server.alice.get("/api/file/list"))[0] == 200


@pytest.mark.dialects(host="0.0.0.0", open=("instant",))
async def test_the_door_can_be_opened_by_setting(server: Server) -> None:
    """With `open = ["instant"]` nobody needs a token; the other dialects stay closed."""
    far = server.caller(address=FAR, headers={"X-Forwarded-For": "203.0.113.9"})
    assert outcome(await far.get("/api/file/list"))[0] == 200
    assert (await far.get("/api/files/x/info")).status_code == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://penstock", 200), ("https://app.example", 200), ("https://evil.example", 401), ("null", 401)],
)
@pytest.mark.dialects(cors_origins=("*", "https://app.example"))
async def test_anonymous_access_is_not_for_foreign_pages(server: Server, origin: str, status: int) -> None:
    """A page elsewhere may neither look nor send in its visitors' name, unless `cors_origins` names its origin."""
    page = server.caller(headers={"Origin": origin})
    assert outcome(await page.get("/api/file/list"))[0] == status
    assert (await Instant(page, [b"aaaa"]).send(0)).status_code == status
    assert len(server.rows("parts")) == (status == 200)
    signed_in = server.caller(server.people.alice, headers={"Origin": origin})
    assert outcome(await signed_in.get("/api/file/list"))[0] == 200


@pytest.mark.parametrize("sent", ["pst_unknown", "", "null"])
async def test_a_bad_token_is_never_anonymous(server: Server, sent: str) -> None:
    """A token that is sent and not good is 401 with anonymous access, too, in the header and in the query."""
    for answer in (
        await server.caller(headers={"Authorization": f"Bearer {sent}".strip()}).get("/api/file/list"),
        await server.anyone.get("/api/file/list", params={"token": sent}),
        await server.anyone.get("/api/file/list", params={"accessToken": sent}),
    ):
        assert outcome(answer) == (401, "无效的认证令牌", {})


async def test_a_good_token_is_honoured(server: Server) -> None:
    """A caller with a token acts as itself with anonymous access."""
    await Instant(server.alice, [b"aaaa"]).whole()
    assert outcome(await server.anyone.get("/api/file/list"))[2]["total"] == 0
    named = await server.anyone.get("/api/file/list", params={"token": server.people.alice})
    assert outcome(named)[2]["total"] == 1


# --- list and download -----------------------------------------------------------------------------------------------


async def test_the_list_shows_ones_own_files(server: Server) -> None:
    """The list tells of every file of the caller's that matches, newest first, and its ids download."""
    for name in ("a.TXT", "b%_c.txt", "d"):
        await Instant(server.anyone, [name.encode()], name=name, key=name).whole()
    data = outcome(await server.anyone.get("/api/file/list"))[2]
    assert (data["total"], [file["fileName"] for file in data["files"]]) == (3, ["d", "b%_c.txt", "a.TXT"])
    first = data["files"][2]
    assert set(first) == {
        "id",
        "fileName",
        "fileSize",
        "fileType",
        "fileExt",
        "url",
        "thumbnailUrl",
        "createdAt",
        "md5",
    }
    assert (first["fileSize"], first["md5"], first["fileType"]) == (5, md5(b"a.TXT"), "text/plain")
    for address in (f"/api/file/download/{first['id']}", first["url"]):
        assert (await server.anyone.get(address)).content == b"a.TXT"
    for search, total in (("%_", 1), ("txt", 2), ("", 3), ("zzz", 0), ("\\", 0)):
        data = outcome(await server.anyone.get("/api/file/list", params={"search": search}))[2]
        assert data["total"] == total, search


async def test_download_has_ranges_and_tags(server: Server) -> None:
    """Download answers ranges, conditions and HEAD."""
    upload = Instant(server.anyone, [b"0123456789"])
    await upload.whole()
    part = await upload.download(Range="bytes=2-4")
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert (await upload.download(**{"If-None-Match": part.headers["etag"]})).status_code == 304
    head = await server.anyone.head("/api/file/download/one")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")
    assert outcome(await upload.download(Range="bytes=10-"))[:2] == (416, "请求范围无效")


@pytest.mark.parametrize("key", ["a/b", "../x", "..", "a b?c#d%2F", "文件", "/", "a\\b", "list"])
async def test_any_id_can_be_downloaded(server: Server, key: str) -> None:
    """Whatever a client calls its file, the address that it is given for it works."""
    file = await Instant(server.anyone, [b"aaaa"], key=key).whole()
    assert file["file_id"] == key
    assert (await server.anyone.get(file["url"])).content == b"aaaa"


async def test_an_id_with_a_slash_is_found_by_its_own_name(server: Server) -> None:
    """The file's own id in the path works, encoded or not."""
    await Instant(server.anyone, [b"aaaa"], key="a/b c").whole()
    for address in ("/api/file/download/a/b%20c", "/api/file/download/a%2Fb%20c"):
        assert (await server.anyone.get(address)).content == b"aaaa"


@pytest.mark.parametrize(
    ("sent", "name"),
    [("dir/中 文.txt", "中 文.txt"), ("a%20b.txt", "a%20b.txt"), ("e\u0301\u202e.txt", "e\u0301\u202e.txt")],
)
async def test_names_in_json_are_taken_as_they_are(server: Server, sent: str, name: str) -> None:
    """A name in JSON is not decoded; what follows its last slash comes back exactly."""
    file = await Instant(server.anyone, [b"aaaa"], name=sent).whole()
    assert file["file_name"] == name


# --- envelope --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "expected", "allow"),
    [
        ("GET", "/api/file/nothing", (404, "接口不存在", {}), None),
        ("GET", "/api/file/download/nothing", (404, "文件不存在", {}), None),
        ("DELETE", INSTANT, (405, "请求方法不允许", {}), "POST"),
        ("POST", "/api/file/status", (405, "请求方法不允许", {}), "GET, HEAD"),
    ],
)
async def test_every_refusal_is_in_the_envelope(
    server: Server, method: str, path: str, expected: tuple[int, str, Any], allow: str | None
) -> None:
    """Unknown paths, methods and files are refused in the dialect's own words."""
    answer = await server.anyone.request(method, path)
    assert outcome(answer) == expected
    assert answer.headers.get("allow") == allow


@pytest.mark.dialects(file_limit=1000)
async def test_a_file_over_the_limit_is_refused(server: Server) -> None:
    """More bytes than a file may have are 413, in one part and over all parts."""
    upload = Instant(server.anyone, [b"a" * 600, b"b" * 600])
    assert outcome(await upload.send(0, b"x" * 1001)) == (413, "文件大小超过限制", {"limit": 1000})
    assert (await upload.send(0)).status_code == 200
    assert (await upload.send(1)).status_code == 413
    assert await upload.status() == [0]


async def test_a_defect_is_in_the_envelope_too(server: Server) -> None:
    """When the server itself fails, the answer is the dialect's 500 and tells nothing of the inside."""
    server.spoil()
    assert outcome(await server.alice.get("/api/file/list")) == (500, "服务器内部错误", {})


async def test_files_of_other_dialects_are_hits(server: Server) -> None:
    """What came through another dialect is found by MD5, by id and in the list, though nobody computed its MD5 yet."""
    content = noise(5000)
    whole = await send_file(server.alice, content, "whole.bin")
    parts = await Files(server.alice, cut(content[1:], 1000), name="parts.bin").whole()
    await Scratch(server.alice, cut(content[2:], 1000), name="scratch.bin").whole()
    for start in range(3):
        claim = Instant(server.alice, [content[start:]], key=f"k{start}")
        assert outcome(await claim.claim())[2]["uploaded"] is True
        assert (await claim.download()).content == content[start:]
    for file in (whole, parts):
        assert (await server.alice.get(f"/api/file/download/{file['id']}")).status_code == 200
    assert outcome(await server.alice.get("/api/file/list", params={"search": ".bin"}))[2]["total"] == 6
