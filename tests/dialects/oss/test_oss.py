"""`oss`: what its contract and RULINGS promise of files and parts (pictures: `test_pictures.py`)."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from penstock.identity.access import secret_digest
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from penstock.ports import Offering
from tests.dialects.files.client import Files, send_file
from tests.dialects.oss.client import DIALECTS, FILE, PAST_US, Oss, outcome, upload
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import cut, md5, noise
from tests.support.forms import form
from tests.support.server import OpenServer, Server

pytestmark = pytest.mark.dialects(*DIALECTS)


# --- parts -----------------------------------------------------------------------------------------------------------


async def test_parts_put_in_any_order_become_the_file(server: Server) -> None:
    """Addresses answer an ETag each; check says what is missing; merge gives the file, whose path needs no header."""
    sent = Oss(server.alice, cut(noise(250_000), 100_000), "film.mp4")
    assert await sent.progress() == {
        "isNew": 1, "isFinish": 0, "path": None, "uploadId": None, "undoneChunkMap": None,
    }  # fmt: skip
    assert sorted((await sent.init()).json()["data"]["uploadUrl"]) == ["1", "2", "3"]
    for number, missing in ((3, {"1", "2"}), (1, {"2"}), (2, set())):
        answer = await sent.put(number)
        assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["etag"])
        progress = await sent.progress()
        assert (progress["isNew"], progress["isFinish"], set(progress["undoneChunkMap"])) == (0, 0, missing)
    file = (await sent.ask("merge")).json()["data"]
    assert (file["identifier"], file["name"], file["size"]) == (sent.identifier, "film.mp4", 250_000)
    assert (file["type"], file["suffix"], file["key"].split("/")[0]) == ("video/mp4", "mp4", "video")
    got = await server.caller().get(file["path"])
    assert got.content == sent.content
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    progress = await sent.progress()
    assert (progress["isNew"], progress["isFinish"], progress["path"]) == (0, 1, file["path"])


async def test_fresh_addresses_from_check_work_as_well(server: Server) -> None:
    """The addresses that check hands out take parts."""
    sent = Oss(server.alice, [b"a" * 1000, b"b"])
    await sent.init()
    sent.urls = (await sent.progress())["undoneChunkMap"]
    assert {(await sent.put(number)).status_code for number in (1, 2)} == {200}
    assert (await sent.ask("merge")).status_code == 200


async def test_merging_twice_and_at_once_gives_one_file(server: Server) -> None:
    """Merge is idempotent, and two at once have one outcome."""
    sent = Oss(server.alice, cut(noise(100_000), 30_000))
    await sent.init()
    for number in range(1, 5):
        await sent.put(number)
    answers = await asyncio.gather(*(sent.ask("merge") for _ in range(4)))
    files = [answer.json()["data"] for answer in [*answers, await sent.ask("merge")]]
    assert all(file == files[0] for file in files)
    assert len(server.rows("files")) == 1


async def test_merging_with_gaps_names_them(server: Server) -> None:
    """A merge before all parts are here is 409 with the numbers of those that are not; nothing is lost by it."""
    sent = Oss(server.alice, [b"a", b"b", b"c"])
    await sent.init()
    await sent.put(2)
    assert outcome(await sent.ask("merge")) == (409, "FILE_CONFLICT", {"missing": [1, 3]})
    assert set((await sent.progress())["undoneChunkMap"]) == {"1", "3"}


async def test_merging_what_was_never_begun_is_404(server: Server) -> None:
    """There is no such task."""
    assert outcome(await Oss(server.alice, [b"x"]).ask("merge")) == (404, "FILE_NOT_FOUND", None)


async def test_wrong_bytes_are_refused_at_the_merge_and_free_the_identifier(server: Server) -> None:
    """A merge whose MD5 is not the identifier is 400; the upload is dropped, and the file can be begun anew."""
    sent = Oss(server.alice, [b"right", b"bytes"])
    await sent.init()
    await sent.put(1, b"wrong")
    await sent.put(2)
    assert outcome(await sent.ask("merge"))[:2] == (400, "INVALID_MD5")
    assert (await sent.progress())["isNew"] == 1
    assert (await sent.whole())["size"] == 10


async def test_a_wrong_size_is_refused_and_frees_the_identifier(server: Server) -> None:
    """`fileSize` is checked when it is given; wrong, it is 400, and the file can be begun anew."""
    sent = Oss(server.alice, [b"aa", b"bb"])
    await sent.init(fileSize=5)
    for number in (1, 2):
        await sent.put(number)
    assert outcome(await sent.ask("merge"))[:2] == (400, "INVALID_PARAMETER")
    assert (await sent.progress())["isNew"] == 1
    assert (await sent.whole())["size"] == 4


async def test_a_merge_finds_the_file_that_came_in_another_way(server: Server) -> None:
    """An upload in parts, overtaken by a direct upload of the same file, merges into that file."""
    sent = Oss(server.alice, [b"aa", b"bb"])
    await sent.init()
    direct = await upload(server.alice, sent.content)
    assert outcome(await sent.ask("merge"))[2] == outcome(direct)[2]
    assert (await sent.progress())["isFinish"] == 1


async def test_a_head_never_merges(server: Server) -> None:
    """HEAD is for what changes nothing: at the merge it is 405."""
    sent = Oss(server.alice, [b"a"])
    await sent.init()
    await sent.put(1)
    answer = await server.alice.head(f"{FILE}/multipart/merge", params={"identifier": sent.identifier})
    assert answer.status_code == 405
    assert (await sent.progress())["isFinish"] == 0


async def test_a_blob_whose_bytes_are_gone_is_healed_by_the_next_sender(server: Server) -> None:
    """Good bytes are never garbage to missing ones: whoever sends them again, they are there again, for all."""
    content = noise(50_000)
    await upload(server.alice, content)
    [blob] = server.blobs()
    server.lose_blob(blob)
    assert (await upload(server.bob, content)).status_code == 200
    for caller in (server.bob, server.alice):
        got = await caller.get(f"{FILE}/download", params={"identifier": md5(content)})
        assert got.content == content


async def test_the_same_sender_heals_a_lost_blob_too(server: Server) -> None:
    """Nobody is told that bytes are here which are not."""
    content = noise(50_000, "again")
    await upload(server.alice, content)
    [blob] = server.blobs()
    server.lose_blob(blob)
    assert (await Oss(server.alice, [content]).ask("isExits")).status_code == 404
    assert (await upload(server.alice, content)).status_code == 200
    got = await server.alice.get(f"{FILE}/download", params={"identifier": md5(content)})
    assert got.content == content


async def test_no_path_of_a_file_reaches_the_log(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A `path` opens a file to whoever has it, and so is not written down."""
    path = (await upload(server.alice, b"content")).json()["data"]["path"]
    capsys.readouterr()
    await server.caller().get(path)
    printed = "".join(capsys.readouterr())
    assert "/oss/f/{target}" in printed
    assert path.split("/")[6] not in printed


async def test_file_size_is_optional(server: Server) -> None:
    """Without `fileSize` the parts decide."""
    sent = Oss(server.alice, [b"aa", b"b"])
    assert (await sent.init(fileSize=None)).status_code == 200
    for number in (1, 2):
        await sent.put(number)
    assert (await sent.ask("merge")).json()["data"]["size"] == 3


async def test_the_very_same_init_again(server: Server) -> None:
    """Asked again, and by two tabs at once, `init` answers the same upload with the addresses of what is missing."""
    sent, other = Oss(server.alice, [b"aa", b"b"]), Oss(server.alice, [b"aa", b"b"])
    answers = await asyncio.gather(sent.init(partSize=2), other.init(partSize=2))
    assert [answer.status_code for answer in answers] == [200, 200]
    [upload] = {answer.json()["data"]["uploadId"] for answer in answers}
    assert sorted(sent.urls) == ["1", "2"]
    await sent.put(1)
    again = outcome(await other.init(partSize=2))
    assert (again[0], again[2]["uploadId"], list(again[2]["uploadUrl"])) == (200, upload, ["2"])
    await other.put(2)
    assert outcome(await sent.init(partSize=2))[2] == {"uploadId": upload, "uploadUrl": {}}
    assert (await sent.ask("merge")).status_code == 200
    assert outcome(await Oss(server.bob, [b"aa", b"b"]).init(partSize=2))[2]["uploadId"] != upload


async def test_init_does_not_begin_twice(server: Server) -> None:
    """An upload of the file that is cut otherwise, or the file itself, is 409: resume through check."""
    sent = Oss(server.alice, [b"aa", b"b"])
    await sent.init()
    for changed in ({"fileSize": None}, {"fileSize": 4}, {"partNum": 3}, {"partSize": 2}):
        assert outcome(await sent.init(**changed))[:2] == (409, "FILE_CONFLICT")
    for number in (1, 2):
        await sent.put(number)
    await sent.ask("merge")
    assert outcome(await sent.init())[:2] == (409, "FILE_CONFLICT")


@pytest.mark.parametrize(
    "changed",
    [
        {"identifier": None},
        {"identifier": "xyz"},
        {"fileName": None},
        {"fileName": ".."},
        {"partNum": None},
        {"partNum": 0},
        {"partNum": 10_001},
        {"partSize": 0},
        {"fileSize": -1},
        {"bucketName": "../up"},
        {"bucketName": "a/b"},
        {"bucketName": "b" * 64},
    ],
    ids=str,
)
async def test_what_init_cannot_mean_is_400(server: Server, changed: dict[str, Any]) -> None:
    """A field that is missing or out of bounds is named, and nothing is begun."""
    assert outcome(await Oss(server.alice, [b"x"]).init(**changed))[0] == 400
    assert server.stored() == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}


async def test_identifiers_may_be_upper_case(server: Server) -> None:
    """The case of an MD5 means nothing."""
    sent = Oss(server.alice, [b"x"])
    await sent.init(identifier=sent.identifier.upper())
    await sent.put(1)
    answer = await server.alice.get(f"{FILE}/multipart/merge", params={"identifier": sent.identifier.upper()})
    assert answer.json()["data"]["identifier"] == sent.identifier


# --- addresses of parts ----------------------------------------------------------------------------------------------


def changed_url(url: str, **changed: str) -> str:
    parsed = httpx.URL(url)
    return str(parsed.copy_merge_params(changed))


@PAST_US
async def test_a_changed_address_is_403(server: Server) -> None:
    """Another part, another upload, a later expiry, another signature, another key: each is refused, nothing stored."""
    sent = Oss(server.alice, [b"a", b"b"])
    await sent.init()
    url = sent.urls["1"]
    signature = httpx.URL(url).params["signature"]
    for changed in (
        {"partNumber": "2"},
        {"partNumber": "one"},
        {"uploadId": "b4680892-e47b-46e1-9dc7-ee0bea278a45"},
        {"expires": "9999999999"},
        {"signature": signature[:-1] + ("A" if signature[-1] != "A" else "B")},
        {"signature": "x." + signature.partition(".")[2]},
        {"signature": ""},
    ):
        sent.urls["1"] = changed_url(url, **changed)
        assert outcome(await sent.put(1)) == (403, "SIGNATURE_INVALID", None), changed
    assert server.rows("parts") == []


async def begun(server: Server, token: str) -> Oss:
    """An upload whose addresses a caller with this token has asked for."""
    sent = Oss(server.caller(token), [b"aaaa", b"b"])
    assert (await sent.init()).status_code == 200
    return sent


@PAST_US
async def test_addresses_end_with_their_account(server: Server) -> None:
    """Once their user is disabled the addresses of parts are 403, whatever they were asked for with."""
    access = server.container.engine.access
    sent = await begun(server, server.people.alice)
    await access.change_user("alice", disabled=True)
    assert outcome(await sent.put(1)) == (403, "SIGNATURE_INVALID", None)
    assert server.rows("parts") == []
    await access.change_user("alice", disabled=False)
    assert (await sent.put(1)).status_code == 200


@PAST_US
async def test_addresses_end_with_their_token(server: Server) -> None:
    """Once the token or the session that they were asked for with is revoked they are 403; others of the user go on."""
    engine = server.container.engine
    token = await engine.access.create_token("alice", EVERY_SCOPE, None)
    signed = await engine.sessions.sign_in("alice", "a password", client="files", address="192.0.2.1")
    sent = await begun(server, token)
    own, other = dict(sent.urls), (await begun(server, signed.access)).urls
    [row] = [row for row in server.rows("tokens") if row["digest"] == secret_digest(token)]
    await engine.access.revoke_token(row["id"])
    assert outcome(await sent.put(1)) == (403, "SIGNATURE_INVALID", None)
    sent.urls = other
    assert (await sent.put(1)).status_code == 200
    for changed in ({"grant": ""}, {"grant": "unknown"}, {"grant": str(httpx.URL(other["1"]).params["grant"])}):
        sent.urls = {"1": changed_url(own["1"], **changed)}
        assert outcome(await sent.put(1)) == (403, "SIGNATURE_INVALID", None), changed
    sent.urls = other
    await engine.sessions.sign_out(signed.refresh, client="files", address="192.0.2.1")
    assert outcome(await sent.put(1)) == (403, "SIGNATURE_INVALID", None)


async def test_addresses_outlive_an_access_token(server: Server) -> None:
    """An access token that has run out ends nothing: its session goes on."""
    signed = await server.container.engine.sessions.sign_in("alice", "a password", client="files", address="192.0.2.1")
    sent = await begun(server, signed.access)
    with server.database() as connection:
        connection.execute("UPDATE tokens SET expires_at = 1 WHERE session_id IS NOT NULL")
    assert (await sent.put(1)).status_code == 200


@PAST_US
@pytest.mark.dialects(*DIALECTS, link_ttl=0.0)
async def test_a_stale_address_is_403(server: Server) -> None:
    """After `link_ttl` an address takes nothing."""
    sent = Oss(server.alice, [b"a"])
    await sent.init()
    assert outcome(await sent.put(1)) == (403, "SIGNATURE_INVALID", None)


@PAST_US
async def test_an_address_is_for_put_alone(server: Server) -> None:
    """Other methods are 405 at that path."""
    sent = Oss(server.alice, [b"a"])
    await sent.init()
    answer = await server.caller().post(sent.urls["1"], content=b"a")
    assert (answer.status_code, answer.headers["allow"]) == (405, "PUT")


@PAST_US
async def test_a_put_after_the_merge_is_409(server: Server) -> None:
    """Even the same bytes: the upload's id is void."""
    sent = Oss(server.alice, [b"a", b"b"])
    await sent.whole()
    assert outcome(await sent.put(1))[:2] == (409, "FILE_CONFLICT")


async def test_a_part_sent_again_replaces_the_one_before(server: Server) -> None:
    """The last complete one wins, and ETags tell them apart."""
    sent = Oss(server.alice, [b"right", b"x"])
    await sent.init()
    wrong, right, again = [await sent.put(1, content) for content in (b"wrong", b"right", b"right")]
    assert wrong.headers["etag"] != right.headers["etag"] == again.headers["etag"]
    await sent.put(2)
    assert (await sent.ask("merge")).status_code == 200


async def test_the_preflight_of_a_put_is_answered(server: Server) -> None:
    """A page of another origin may PUT and read the ETag."""
    sent = Oss(server.alice, [b"a"])
    await sent.init()
    preflight = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = await server.caller().options(sent.urls["1"], headers=preflight)
    assert answer.status_code == 200
    assert "PUT" in answer.headers["access-control-allow-methods"]
    put = await server.caller().put(sent.urls["1"], content=b"a", headers={"Origin": "https://app.example"})
    assert "ETag" in put.headers["access-control-expose-headers"]


@PAST_US
@pytest.mark.parametrize(
    ("settings", "base"),
    [
        ({"public_url": "https://files.example/"}, "https://files.example"),
        ({}, "http://inside"),
        ({"trusted_proxies": ("127.0.0.0/8",)}, "https://outside.example"),
        ({"trusted_proxies": ("10.0.0.0/8",)}, "http://inside"),
    ],
    ids=["set", "asked for", "trusted proxy", "another proxy"],
)
async def test_addresses_begin_with_what_the_client_can_reach(
    open_server: OpenServer, settings: dict[str, Any], base: str
) -> None:
    """Absolute by the setting, else by the request; forwarded headers count only from trusted proxies."""
    forwarded = {"Host": "inside", "X-Forwarded-Host": "outside.example", "X-Forwarded-Proto": "https"}
    async with open_server(dialects=DIALECTS, **settings) as server:
        sent = Oss(server.caller(server.people.alice, headers=forwarded), [b"x"])
        await sent.init()
        assert sent.urls["1"].startswith(f"{base}/oss/upload?")


async def test_a_store_with_addresses_of_its_own_hands_out_those(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the staging port offers is what init and check answer, by the numbers on the wire, for parts of the declared
    lengths.
    """
    links = server.container.engine.links

    class Store:
        """A store whose parts are PUT without us."""

        async def offer(self, upload: str, parts: Sequence[Offering], ttl: float) -> list[str]:
            return [f"https://store.example/{upload}/{part.number}-{part.length}?ttl={ttl:.0f}" for part in parts]

    monkeypatch.setattr(links, "_staging", Store())
    sent = Oss(server.alice, [b"aa", b"b"])
    begun = (await sent.init(partSize=2)).json()["data"]
    assert begun["uploadUrl"] == {
        "1": f"https://store.example/{begun['uploadId']}/0-2?ttl=86400",
        "2": f"https://store.example/{begun['uploadId']}/1-1?ttl=86400",
    }
    assert (await sent.progress())["undoneChunkMap"] == begun["uploadUrl"]


# --- whole files -----------------------------------------------------------------------------------------------------


async def test_a_whole_file_is_stored_once(server: Server) -> None:
    """The same file again answers the same record; its bytes are checked again all the same."""
    first, second = await upload(server.alice, b"content", "a.pdf"), await upload(server.alice, b"content", "a.pdf")
    assert outcome(first)[2] == outcome(second)[2]
    assert first.json()["data"]["type"] == "application/pdf"
    assert len(server.rows("files")) == 1
    assert outcome(await upload(server.alice, b"other", identifier=md5(b"content")))[:2] == (400, "INVALID_MD5")


async def test_other_bytes_than_the_identifier_leave_nothing(server: Server) -> None:
    """A whole file whose MD5 is not its identifier is 400 and nothing of it is kept."""
    assert outcome(await upload(server.alice, b"x" * 100_000, identifier=md5(b"y")))[:2] == (400, "INVALID_MD5")
    await server.settle()
    assert (server.rows("files"), server.rows("parts"), server.staged()) == ([], [], [])


@pytest.mark.parametrize("order", [("identifier", "file"), ("file", "identifier")], ids=" ".join)
async def test_the_identifier_may_be_a_field_before_or_after_the_file(server: Server, order: tuple[str, str]) -> None:
    """Its real client sends it as a form field."""
    parts = {"identifier": ("identifier", None, md5(b"content").encode()), "file": ("file", "a.txt", b"content")}
    body, headers = form(*(parts[name] for name in order))
    answer = await server.alice.post(f"{FILE}/upload", content=body, headers=headers)
    assert answer.json()["data"]["name"] == "a.txt"


async def test_unknown_query_parameters_mean_nothing(server: Server) -> None:
    """`appId`, `timestamp`, `nonce` and `sign` are ignored."""
    assert (await upload(server.alice, b"x", appId="1", timestamp="2", nonce="3", sign="4")).status_code == 200


@pytest.mark.parametrize(("tier", "limit"), [(Tier.NORMAL, 1000), (Tier.VIP, 2000), (Tier.ENTERPRISE, 3000)])
async def test_direct_uploads_are_limited_by_tier(open_server: OpenServer, tier: Tier, limit: int) -> None:
    """Each tier has its limit: at it a file passes, past it 413, and nothing of it is kept."""
    tiers = {"tier_normal": 1000, "tier_vip": 2000, "tier_enterprise": 3000}
    async with open_server(dialects=DIALECTS, **tiers) as server:
        await server.container.engine.access.change_user("alice", tier=tier)
        assert (await upload(server.alice, bytes(limit))).status_code == 200
        assert outcome(await upload(server.alice, bytes(limit + 1))) == (413, "FILE_TOO_LARGE", {"limit": limit})
        assert len(server.rows("files")) == 1


async def test_an_empty_file_can_be_sent_and_fetched(server: Server) -> None:
    """Zero bytes are a file; a full answer says `bytes */0`, as the contract's client reads it."""
    assert (await upload(server.alice, b"")).json()["data"]["size"] == 0
    got = await server.alice.get(f"{FILE}/download", params={"identifier": md5(b"")})
    assert (got.status_code, got.content, got.headers["content-range"]) == (200, b"", "bytes */0")


async def test_md5_is_computed_and_nothing_kept(server: Server) -> None:
    """GET with a form, and POST, answer the digest, the size and the name; `type` and `path` are null."""
    content = noise(3_000_000)
    for method in ("GET", "POST"):
        answer = await server.alice.request(method, f"{FILE}/md5", files={"file": ("名.jpg", content)})
        data = {"identifier": md5(content), "name": "名.jpg", "size": 3_000_000, "type": None, "path": None}
        assert outcome(answer) == (200, None, data)
    assert server.stored() == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}


# --- downloads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "content", "shown"),
    [
        ("", 200, b"0123456789", "bytes 0-9/10"),
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
    ],
)
async def test_downloads_come_in_ranges(
    server: Server, asked: str, status: int, content: bytes | None, shown: str
) -> None:
    """Ranges as RFC 9110 §14 has them, and the size in every answer."""
    await upload(server.alice, b"0123456789", "a.txt")
    headers = {"Range": asked} if asked else {}
    got = await server.alice.get(f"{FILE}/download", params={"identifier": md5(b"0123456789")}, headers=headers)
    assert (got.status_code, got.headers["content-range"]) == (status, shown)
    if content is None:
        assert outcome(got)[1] == "RANGE_NOT_SATISFIABLE"
    else:
        assert got.content == content
        assert got.headers["content-disposition"] == 'attachment; filename="a.txt"'


async def test_start_and_end_stand_in_for_the_header(server: Server) -> None:
    """`start` and `end` in the query, both included, and either alone."""
    await upload(server.alice, b"0123456789")
    for query, content in (({"start": "2", "end": "4"}, b"234"), ({"start": "8"}, b"89"), ({"end": "1"}, b"01")):
        got = await server.alice.get(f"{FILE}/download", params={"identifier": md5(b"0123456789")} | query)
        assert (got.status_code, got.content) == (206, content), query
    for wrong in ({"start": "x"}, {"start": "5", "end": "2"}):
        bad = await server.alice.get(f"{FILE}/download", params={"identifier": md5(b"0123456789")} | wrong)
        assert outcome(bad)[:2] == (400, "INVALID_PARAMETER"), wrong


async def test_a_download_can_be_validated(server: Server) -> None:
    """ETag, If-None-Match, If-Range and HEAD work."""
    await upload(server.alice, b"0123456789")
    query = {"identifier": md5(b"0123456789")}
    whole = await server.alice.get(f"{FILE}/download", params=query)
    etag = whole.headers["etag"]
    same = await server.alice.get(f"{FILE}/download", params=query, headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    for tag, status in ((etag, 206), ('"other"', 200)):
        asked = {"Range": "bytes=0-0", "If-Range": tag}
        assert (await server.alice.get(f"{FILE}/download", params=query, headers=asked)).status_code == status
    head = await server.alice.head(f"{FILE}/download", params=query)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")


# --- paths of files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<!doctype html><script>alert(1)</script>"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("a.xml", b'<?xml version="1.0"?><a/>'),
        ("a.pdf", b"%PDF-1.7"),
        ("a.js", b"alert(1)"),
    ],
)
async def test_nothing_that_could_run_is_shown_on_our_origin(server: Server, name: str, content: bytes) -> None:
    """By its path such a file is an attachment, of just its type, sandboxed."""
    path = (await upload(server.alice, content, name)).json()["data"]["path"]
    got = await server.caller().get(path)
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize(
    ("said", "kept", "shown"),
    [
        ("video/mp4", "video/mp4", "inline"),
        ("AUDIO/MPEG", "audio/mpeg", "inline"),
        ("video/mp4, text/html", "text/html", "attachment"),
        ("video/mp4;x, text/html", "text/html", "attachment"),
        ("video/mp4;charset=utf-8", "text/html", "attachment"),
        ("video/mp4 ", "text/html", "attachment"),
        ("video/", "text/html", "attachment"),
        ("video", "text/html", "attachment"),
        ("video/x-anything", "video/x-anything", "attachment"),
        ("image/svg+xml", "image/svg+xml", "attachment"),
        ("text/html", "text/html", "attachment"),
        ("v" * 128 + "/mp4", "text/html", "attachment"),
    ],
)
async def test_a_declared_type_is_one_type(server: Server, said: str, kept: str, shown: str) -> None:
    """What is no single `type/subtype` is looked at instead; inline goes what is on the list, and nothing else."""
    sent = Oss(server.alice, [b"<!doctype html><script>alert(1)</script>"], "a.html")
    await sent.init(contentType=said)
    await sent.put(1)
    file = (await sent.ask("merge")).json()["data"]
    got = await server.caller().get(file["path"])
    assert (file["type"], got.headers["content-type"]) == (kept, kept)
    assert got.headers["content-disposition"].partition(";")[0] == shown


async def test_an_old_record_is_not_shown_either(server: Server) -> None:
    """A type that was taken on trust before is sent as octets, to be saved."""
    path = (await upload(server.alice, b"<script>alert(1)</script>", "a.html")).json()["data"]["path"]
    with server.database() as connection:
        connection.execute("UPDATE files SET media_type = 'video/mp4, text/html'")
    got = await server.caller().get(path)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")


async def test_a_picture_is_shown_in_a_page_by_its_path(server: Server) -> None:
    """What cannot run scripts may be shown inline, when its bytes say what it is."""
    path = (await upload(server.alice, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.png")).json()["data"]["path"]
    got = await server.caller().get(path)
    assert (got.headers["content-type"], got.headers["content-disposition"][:6]) == ("image/png", "inline")


async def test_a_path_serves_ranges_and_validators(server: Server) -> None:
    """A CDN can fetch it in pieces and ask whether it changed."""
    path = (await upload(server.alice, b"0123456789")).json()["data"]["path"]
    part = await server.caller().get(path, headers={"Range": "bytes=2-3"})
    assert (part.status_code, part.content) == (206, b"23")
    assert (await server.caller().get(path, headers={"If-None-Match": part.headers["etag"]})).status_code == 304


async def test_a_changed_path_is_404(server: Server) -> None:
    """Nobody guesses a path from another: the signature is over the file."""
    first = (await upload(server.alice, b"1")).json()["data"]["path"]
    second = (await upload(server.alice, b"2")).json()["data"]["path"]
    ours, theirs = first.split("/"), second.split("/")
    for changed in ([*ours[:5], theirs[5], *ours[6:]], [*ours[:6], theirs[6], *ours[7:]], [*ours[:6], "x", *ours[7:]]):
        assert outcome(await server.caller().get("/".join(changed))) == (404, "FILE_NOT_FOUND", None)


async def test_a_removed_file_is_gone_from_its_path(server: Server) -> None:
    """Removal by any dialect ends the path."""
    file = (await upload(server.alice, b"content")).json()["data"]
    await server.alice.delete(f"/api/files/{file['key'].split('/')[1]}")
    assert outcome(await server.caller().get(file["path"])) == (404, "FILE_NOT_FOUND", None)


@PAST_US
@pytest.mark.dialects(*DIALECTS, cdn_url="https://cdn.example")
async def test_paths_sit_on_the_cdn(server: Server) -> None:
    """With `cdn_url` set, files are there and calls are not."""
    path = (await upload(server.alice, b"content")).json()["data"]["path"]
    assert path.startswith("https://cdn.example/oss/f/")
    sent = Oss(server.alice, [b"x"])
    await sent.init()
    assert sent.urls["1"].startswith("http://penstock/oss/upload?")


async def test_signatures_survive_a_rotation_and_end_with_a_forgotten_key(server: Server) -> None:
    """After `keys rotate` old addresses are good and new ones are signed anew; after `--forget` old ones are not."""
    path = (await upload(server.alice, b"content")).json()["data"]["path"]
    await server.container.storage.keys.rotate(keep=True)
    assert (await server.caller().get(path)).status_code == 200
    fresh = (await upload(server.alice, b"content")).json()["data"]["path"]
    assert fresh != path
    await server.container.storage.keys.rotate(keep=False)
    assert [(await server.caller().get(url)).status_code for url in (path, fresh)] == [404, 404]


# --- who may, and where ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/api/v1/file", "/api/v27/file", "/oss/api/file", "/oss/api/v1/file"])
async def test_every_prefix_is_served(server: Server, prefix: str) -> None:
    """Versions and the `/oss` prefix are the same calls."""
    sent = Oss(server.alice, [b"a" * 10, b"b"], prefix=prefix)
    await sent.init()
    for number in (1, 2):
        await sent.put(number)
    assert (await sent.ask("merge")).json()["data"]["size"] == 11
    assert (await sent.ask("isExits")).status_code == 200
    got = await server.alice.get(f"{prefix}/download", params={"identifier": sent.identifier})
    assert got.content == sent.content


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/file/multipart/nothing", "/oss/nothing", "/api/media/x"])
async def test_unknown_paths_are_404_in_the_envelope(server: Server, path: str) -> None:
    """Within its own addresses the dialect words even this."""
    assert outcome(await server.alice.get(path)) == (404, "NOT_FOUND", None)


async def test_the_shared_address_is_told_apart_by_shape(server: Server) -> None:
    """`identifier` or a part `file` mean `oss`; `file_id`, `index` or `chunk` mean `instant`; the query goes first."""
    ours = await server.alice.post(f"{FILE}/upload", files={"file": ("a", b"x")})
    assert outcome(ours)[:2] == (400, "INVALID_PARAMETER")
    theirs = await server.alice.post(
        f"{FILE}/upload", data={"file_id": "f", "index": "0"}, files={"chunk": ("a", b"x")}
    )
    assert theirs.json() == {"code": 200, "message": "ok", "data": {}}
    both = await server.alice.post(
        f"{FILE}/upload", params={"identifier": md5(b"x")}, data={"file_id": "f"}, files={"file": ("a", b"x")}
    )
    assert outcome(both)[2]["size"] == 1
    nothing = await server.alice.post(f"{FILE}/upload")
    assert nothing.json() == {"code": 400, "message": "参数缺失", "data": {}}


async def test_nobody_sees_what_is_somebody_elses(server: Server) -> None:
    """Another user's upload and file are as unknown as any: the same answers, word for word but for the time."""
    sent = Oss(server.alice, cut(noise(20_000), 10_000))
    await sent.init()
    theirs = Oss(server.bob, sent.parts)
    assert (await theirs.progress())["isNew"] == 1
    for number in (1, 2):
        await sent.put(number)
    await sent.ask("merge")
    assert (await theirs.progress())["isNew"] == 1
    assert outcome(await theirs.ask("merge")) == (404, "FILE_NOT_FOUND", None)
    assert outcome(await theirs.ask("isExits")) == (404, "FILE_NOT_FOUND", None)
    got = await server.bob.get(f"{FILE}/download", params={"identifier": sent.identifier})
    assert outcome(got) == (404, "FILE_NOT_FOUND", None)
    assert (await theirs.whole())["size"] == 20_000


async def test_every_call_but_the_signed_needs_a_token(server: Server) -> None:
    """Without a token every documented call is 401, before anything else is looked at."""
    methods = {"multipart/check": "GET", "multipart/init": "POST", "multipart/merge": "GET", "multipart/isExits": "GET",
             "download": "GET", "md5": "POST"}  # fmt: skip
    calls = [(method, f"{FILE}/{path}") for path, method in methods.items()]
    calls += [("POST", f"/api/media/{path}") for path in ("image/upload", "image/process", "avatar/upload")]
    calls += [("POST", f"{FILE}/upload?identifier=1")]
    for method, path in calls:
        assert outcome(await server.anyone.request(method, path)) == (401, "UNAUTHORIZED", None), path


async def test_a_token_needs_the_scope_of_the_call(server: Server) -> None:
    """A reading token does not write."""
    reader = server.caller(await server.container.engine.access.create_token("alice", frozenset({Scope.READ}), None))
    sent = Oss(reader, [b"x"])
    assert (await sent.ask("check")).status_code == 200
    assert outcome(await sent.init())[:2] == (403, "FORBIDDEN")


async def test_one_file_is_found_by_every_dialect(server: Server) -> None:
    """What came by `oss` is found by id and MD5 elsewhere, and the other way round."""
    file = (await upload(server.alice, b"by oss", "a.txt")).json()["data"]
    identifier = file["key"].split("/")[1]
    assert (await server.alice.get(f"/api/files/{identifier}/download")).content == b"by oss"
    claimed = await server.alice.post(
        "/api/file/instant", json={"file_id": "f", "md5": file["identifier"], "name": "b", "size": 6}
    )
    assert claimed.json()["data"]["uploaded"] is True
    await send_file(server.alice, b"by files")
    await Scratch(server.alice, [b"by ", b"scratch"]).whole()
    await Files(server.alice, [b"in ", b"parts"]).whole()
    for content in (b"by files", b"by scratch", b"in parts"):
        answer = await server.alice.get(f"{FILE}/multipart/isExits", params={"identifier": md5(content)})
        assert outcome(answer)[2]["size"] == len(content)


async def test_a_bucket_may_be_named(server: Server) -> None:
    """`bucketName` overrides the one that the ending gives."""
    sent = Oss(server.alice, [b"x"], "a.mp4")
    await sent.init(bucketName="films")
    await sent.put(1)
    assert (await sent.ask("merge")).json()["data"]["key"].split("/")[0] == "films"


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        ("a.jpg", "image"),
        ("a.JPEG", "image"),
        ("a.pdf", "document"),
        ("a.xlsx", "document"),
        ("a.mp4", "video"),
        ("a.mp3", "audio"),
        ("a.zip", "package"),
        ("a.exe", "other"),
        ("noend", "other"),
    ],
)
async def test_buckets_follow_from_the_ending(server: Server, name: str, bucket: str) -> None:
    """As the contract's table of file types has it."""
    file = (await upload(server.alice, name.encode(), name)).json()["data"]
    assert file["key"].split("/")[0] == bucket
