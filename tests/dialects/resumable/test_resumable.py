"""`resumable`, sentence by sentence: the newest text, and what the older versions of the draft ask."""

import asyncio
import base64
import gzip
import hashlib
from collections.abc import AsyncIterator

import pytest

from tests.dialects.resumable.calls import repr_digest
from tests.dialects.resumable.client import APPEND, HERE, Resumable, completeness
from tests.support.bodies import Body
from tests.support.bytes import noise
from tests.support.hook import MARK, Hook, serve_hook
from tests.support.server import OpenServer, Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.dialects("resumable", "files")

WHOLE = noise(10_000, "whole")
TYPES = "https://iana.org/assignments/http-problem-types#"
NO_BOOLEANS = ["", "1", "true", "?2", "?1, ?0", '"?1"']
VERSIONS = range(3, 10)


async def begun(server: Server, content: bytes = WHOLE[:4000], *, length: int | None = None) -> Resumable:
    upload = Resumable(server.alice)
    answer = await upload.create(content, length=length)
    assert answer.status_code == 201, answer.text
    return upload


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def limits_of(headers: object) -> dict[str, int]:
    members = str(headers["upload-limit"]).split(", ")  # type: ignore[index]
    return {key: int(value) for key, value in (member.split("=") for member in members)}


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_limits_are_told(server: Server) -> None:
    """Anybody may ask for them; they are integers, and no less strict than those of an upload that is created."""
    upload = await begun(server)
    created = limits_of((await upload.head()).headers)
    for path in (HERE, "/resumable", upload.url):
        answer = await server.anyone.options(path)
        assert answer.status_code == 204
        told = limits_of(answer.headers)
        assert told == {"max-size": 5 << 40, "min-size": 0, "max-age": 86400}
        assert all(told[key] <= created[key] for key in ("max-size", "min-size"))
        assert 86390 <= created["max-age"] <= told["max-age"]


@pytest.mark.dialects("resumable", resumable_limit=100)
async def test_more_than_may_be(server: Server) -> None:
    """A length past `max-size` is 413, however it is told, with the limits; nothing is created."""
    for told in ("101", "9007199254740993", "9" * 30):
        answer = await Resumable(server.alice).create(headers={"Upload-Length": told})
        assert answer.status_code == 413
        assert limits_of(answer.headers)["max-size"] == 100
    for complete in (True, False, None):
        for body in (b"x" * 101, pieces(b"x" * 101)):
            answer = await Resumable(server.alice).create(body, complete=complete)
            assert answer.status_code == 413
    assert server.stored()["files"] == 0
    assert not [row for row in server.rows("uploads") if row["state"] == "open"]


# --- creation --------------------------------------------------------------------------------------------------------


async def test_a_creation(server: Server) -> None:
    """It has an address, its limits, how far it is, and that it is not complete; what it brought counts."""
    for body, offset in ((WHOLE[:4000], 4000), (b"", 0), (pieces(WHOLE[:10], WHOLE[10:4000]), 4000)):
        upload = Resumable(server.alice)
        answer = await upload.create(body)
        assert answer.status_code == 201
        assert answer.headers["upload-complete"] == "?0"
        assert limits_of(answer.headers)["min-size"] == 0
        assert await upload.offset() == offset
    assert (await upload.append(4000, WHOLE[4000:], complete=True)).status_code == 201
    assert await upload.content() == WHOLE


async def test_all_at_once(server: Server) -> None:
    """A creation that brings the whole is answered as a plain upload is, and says that it is complete."""
    plain = await server.alice.post(HERE, content=WHOLE, headers={"Content-Disposition": "inline; filename=a.txt"})
    for body in (WHOLE, pieces(WHOLE[:100], WHOLE[100:])):
        upload = Resumable(server.alice)
        answer = await upload.create(body, complete=True, headers={"Content-Disposition": "inline; filename=a.txt"})
        assert answer.status_code == plain.status_code == 201
        assert (answer.headers["upload-complete"], answer.headers["upload-offset"]) == ("?1", "10000")
        assert answer.json() | {"id": ""} == plain.json() | {"id": ""}
        assert answer.json()["sha256"] == hashlib.sha256(WHOLE).hexdigest()
        assert await upload.content() == WHOLE
    assert "upload-complete" not in plain.headers
    assert (await server.alice.get(plain.headers["location"])).content == WHOLE


async def test_an_empty_one(server: Server) -> None:
    """An empty representation is one, too."""
    for body in (b"", pieces()):
        upload = Resumable(server.alice)
        assert (await upload.create(body, complete=True)).headers["upload-complete"] == "?1"
        assert await upload.content() == b""


@pytest.mark.parametrize("told", NO_BOOLEANS)
async def test_no_boolean_counts_as_none(server: Server, told: str) -> None:
    """An `Upload-Complete` that is none makes a plain upload; a parameter changes nothing."""
    answer = await server.alice.post(HERE, headers={"Upload-Complete": told}, content=WHOLE)
    assert answer.status_code == 201
    assert "upload-complete" not in answer.headers
    answer = await server.alice.post(HERE, headers={"Upload-Complete": "?0;why=because"}, content=WHOLE)
    assert answer.headers["upload-complete"] == "?0"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('inline; filename="a b.txt"', "a b.txt"),
        ("inline; filename=x.txt; filename*=UTF-8''%e6%96%87%e4%bb%b6.txt", "文件.txt"),
        ("inline; filename*=UTF-8''..%2f..%2fetc%2fpasswd", "passwd"),
        ("inline; filename*=UTF-8''a%0d%0ab; filename=b.txt", "b.txt"),
        ("inline; filename*=UTF-8''%00", "upload"),
        ("inline; filename*=no-charset''%ff", "ÿ"),
        ("inline; filename=", "upload"),
        ("", "upload"),
    ],
)
async def test_names(server: Server, told: str, name: str) -> None:
    """The name in `Content-Disposition` is the file's; one that cannot be shown breaks nothing."""
    for complete in (True, None):
        answer = await Resumable(server.alice).create(WHOLE, complete=complete, headers={"Content-Disposition": told})
        assert answer.json()["name"] == name


async def test_a_hundred_creations_have_a_hundred_addresses(server: Server) -> None:
    """An upload resource is unique, and cannot be guessed."""
    addresses = {(await begun(server, b"")).url for _ in range(100)}
    assert len(addresses) == 100
    assert min(len(address.removeprefix(HERE)) for address in addresses) >= 22


async def test_another_one_s_upload(server: Server) -> None:
    """Without the caller's credentials it is not there, and nothing is stored."""
    upload = await begun(server)
    for caller, status in ((server.bob, 404), (server.anyone, 401)):
        stranger = Resumable(caller, upload.url)
        assert (await stranger.head()).status_code == status
        assert (await stranger.append(4000, b"x")).status_code == status
        assert (await caller.delete(upload.url)).status_code == status
    assert await upload.offset() == 4000


# --- how far it is ---------------------------------------------------------------------------------------------------


async def test_head_and_get_tell_how_far_it_is(server: Server) -> None:
    """Offset, completeness, limits and the length once it is told; nothing may cache it, and nothing changes by it."""
    for length in (None, 10_000):
        upload = await begun(server, length=length)
        for answer in (await upload.head(), await upload.head(), await server.alice.get(upload.url)):
            assert answer.status_code == 204
            assert (answer.headers["upload-offset"], answer.headers["upload-complete"]) == ("4000", "?0")
            assert answer.headers.get("upload-length") == (None if length is None else "10000")
            assert answer.headers["cache-control"] == "no-store"
            assert "max-size" in limits_of(answer.headers)


async def test_a_finished_one_tells_so(server: Server) -> None:
    """It tells its offset and that it is complete, by HEAD, and by GET with its bytes, whole and in ranges."""
    upload = Resumable(server.alice)
    await upload.create(WHOLE, complete=True)
    for answer in (await upload.head(), await server.alice.get(upload.url)):
        assert (answer.headers["upload-offset"], answer.headers["upload-complete"]) == ("10000", "?1")
        assert answer.headers["upload-length"] == "10000"
    ranged = await server.alice.get(upload.url, headers={"Range": "bytes=10-19"})
    assert (ranged.status_code, ranged.content) == (206, WHOLE[10:20])


@pytest.mark.parametrize("name", ["Upload-Offset", "Upload-Complete", "Upload-Incomplete"])
async def test_head_asks_and_does_not_tell(server: Server, name: str) -> None:
    """A HEAD that brings what it asks for is 400, as the older drafts ask."""
    upload = await begun(server)
    answer = await server.alice.head(upload.url, headers={name: "?0" if "Off" not in name else "0"})
    assert answer.status_code == 400
    assert "upload-limit" in answer.headers


async def test_what_does_not_exist(server: Server) -> None:
    """It is 404."""
    nowhere = Resumable(server.alice, f"{HERE}nothing-that-was-ever-there")
    for answer in (
        await nowhere.head(),
        await nowhere.append(0, b"x"),
        await server.alice.get(nowhere.url),
        await server.alice.delete(nowhere.url),
    ):
        assert answer.status_code == 404
        assert "upload-offset" not in answer.headers


# --- appends ---------------------------------------------------------------------------------------------------------


async def test_appends(server: Server) -> None:
    """Each goes on where the last one ended, and tells that; an empty one is taken, and the last one completes."""
    upload = await begun(server)
    answer = await upload.append(4000, WHOLE[4000:5000])
    assert answer.is_success
    assert (answer.headers["upload-complete"], answer.headers["upload-offset"]) == ("?0", "5000")
    assert (await upload.append(5000)).headers["upload-offset"] == "5000"
    assert (await upload.append(5000, pieces(WHOLE[5000:5500], WHOLE[5500:6000]))).is_success
    answer = await upload.append(6000, WHOLE[6000:], complete=True)
    assert answer.is_success
    assert answer.headers["upload-complete"] == "?1"
    assert answer.json()["sha256"] == hashlib.sha256(WHOLE).hexdigest()
    assert await upload.content() == WHOLE


async def test_completion_is_said(server: Server) -> None:
    """An offset that has reached the length is not the end; an empty append with `?1` is."""
    for length in (10_000, None):
        upload = await begun(server, WHOLE, length=length)
        assert completeness(await upload.head()) is False
        assert (await upload.append(10_000, complete=True)).headers["upload-complete"] == "?1"
        assert await upload.content() == WHOLE


async def test_after_the_end(server: Server) -> None:
    """Nothing more is appended; the end asked again is answered again, and anything else is refused as complete."""
    upload = await begun(server)
    first = await upload.append(4000, WHOLE[4000:], complete=True)
    for offset in (4000, 10_000):
        again = await upload.append(offset, WHOLE[offset:], complete=True)
        assert again.status_code == first.status_code
        assert again.json() == first.json()
    for offset, body, complete in (
        (4000, b"x" * 6000, True),
        (10_000, b"", False),
        (10_000, b"more", True),
        (0, b"", True),
    ):
        answer = await upload.append(offset, body, complete=complete)
        assert answer.status_code == 400
        assert answer.json()["type"] == f"{TYPES}completed-upload"
        assert answer.headers["upload-complete"] == "?1"
    assert await upload.content() == WHOLE


async def test_what_cannot_be_the_end_is_not_read(server: Server) -> None:
    """Of an append to a complete upload no byte is read unless it may be the end once more."""
    upload = await begun(server)
    await upload.append(4000, WHOLE[4000:], complete=True)

    async def never() -> AsyncIterator[bytes]:
        pytest.fail("it was read")
        yield b""

    assert (await upload.append(1000, never(), complete=True)).status_code == 400


@pytest.mark.parametrize("offset", [0, 3999, 4001, 10_000])
@pytest.mark.parametrize("complete", [True, False])
async def test_another_offset(server: Server, offset: int, complete: bool) -> None:
    """It is 409, with the right one, as a problem that has both; nothing is appended, and no length concluded."""
    upload = await begun(server)
    answer = await upload.append(offset, WHOLE[:10], complete=complete)
    assert answer.status_code == 409
    assert (answer.headers["upload-offset"], answer.headers["upload-complete"]) == ("4000", "?0")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"{TYPES}mismatching-upload-offset"
    assert (problem["expected-offset"], problem["provided-offset"]) == (4000, offset)
    assert await upload.offset() == 4000
    assert (await upload.append(4000, WHOLE[4000:], complete=True)).is_success
    assert await upload.content() == WHOLE


@pytest.mark.parametrize("told", [None, "-1", "1.5", '"4000"', "token", "", "4000, 4000", "0x10", "4e3"])
async def test_no_offset(server: Server, told: str | None) -> None:
    """An append without an offset, or with something else, appends nothing; a parameter of one changes nothing."""
    upload = await begun(server)
    headers = APPEND | {"Upload-Complete": "?0"} | ({} if told is None else {"Upload-Offset": told})
    assert (await server.alice.patch(upload.url, headers=headers, content=b"more")).status_code == 400
    assert await upload.offset() == 4000
    answer = await server.alice.patch(upload.url, headers=headers | {"Upload-Offset": "4000;a=1"}, content=b"more")
    assert answer.headers["upload-offset"] == "4004"


@pytest.mark.parametrize("told", [None, *NO_BOOLEANS])
async def test_an_append_says_whether_it_is_the_end(server: Server, told: str | None) -> None:
    """One that does not, or says something else, is refused, and appends nothing."""
    upload = await begun(server)
    headers = APPEND | {"Upload-Offset": "4000"} | ({} if told is None else {"Upload-Complete": told})
    assert (await server.alice.patch(upload.url, headers=headers, content=b"more")).status_code == 400
    assert await upload.offset() == 4000


@pytest.mark.parametrize("kind", [None, "application/octet-stream", "application/offset+octet-stream"])
async def test_an_append_has_a_type_of_its_own(server: Server, kind: str | None) -> None:
    """Another one is 415, and nothing is appended."""
    upload = await begun(server)
    headers = {"Upload-Offset": "4000", "Upload-Complete": "?0"} | ({} if kind is None else {"Content-Type": kind})
    assert (await server.alice.patch(upload.url, headers=headers, content=b"more")).status_code == 415
    two = [*headers.items(), ("Content-Type", APPEND["Content-Type"])]
    assert kind is None or (await server.alice.patch(upload.url, headers=two, content=b"more")).status_code == 415
    assert await upload.offset() == 4000


# --- the length ------------------------------------------------------------------------------------------------------


async def test_a_length_is_recorded(server: Server) -> None:
    """At the creation and on an append; the same one again is fine."""
    upload = await begun(server)
    assert "upload-length" not in (await upload.head()).headers
    assert (await upload.append(4000, b"", length=10_000)).is_success
    assert (await upload.append(4000, WHOLE[4000:5000], length=10_000)).is_success
    assert (await upload.head()).headers["upload-length"] == "10000"


@pytest.mark.parametrize("told", ["-5", "1.5", "ten", "", '"10"', "10, 10"])
async def test_no_integer_is_no_length(server: Server, told: str) -> None:
    """What is no integer counts as none: the creation succeeds, and the length is unknown."""
    upload = Resumable(server.alice)
    assert (await upload.create(b"abc", headers={"Upload-Length": told})).status_code == 201
    assert "upload-length" not in (await upload.head()).headers


async def test_a_length_that_no_float_holds(server: Server) -> None:
    """It comes back digit for digit."""
    for length in (999_999_999_999, (1 << 42) + 1):
        upload = await begun(server, b"", length=length)
        assert (await upload.head()).headers["upload-length"] == str(length)


@pytest.mark.parametrize(("length", "complete"), [(9_999, True), (10_001, True), (9_999, False)])
async def test_a_creation_that_contradicts_itself(server: Server, length: int, complete: bool) -> None:
    """A length that is not that of the whole content, or less than what comes, is 400, and makes nothing."""
    answer = await Resumable(server.alice).create(WHOLE, complete=complete, length=length)
    assert answer.status_code == 400
    assert answer.json()["type"] == f"{TYPES}inconsistent-upload-length"
    assert server.stored()["files"] == 0


@pytest.mark.parametrize(
    ("body", "complete", "length"),
    [
        (WHOLE[4000:4010], False, 9_999),
        (WHOLE[4000:4010], True, None),
        (WHOLE[4000:4010], False, 3_000),
        (WHOLE, False, None),
        (WHOLE, True, None),
        (b"", True, None),
    ],
)
async def test_an_append_that_contradicts_the_length(
    server: Server, body: bytes, complete: bool, length: int | None
) -> None:
    """Another length, an end that does not fill it, and more than is left are refused; the first one stays, and nothing
    is appended.
    """
    upload = await begun(server, length=10_000)
    answer = await upload.append(4000, body, complete=complete, length=length)
    assert answer.status_code == 400
    assert answer.json()["type"] == f"{TYPES}inconsistent-upload-length"
    told = (await upload.head()).headers
    assert (told["upload-offset"], told["upload-length"], told["upload-complete"]) == ("4000", "10000", "?0")


async def test_a_length_below_the_offset(server: Server) -> None:
    """It is refused, and the length stays unknown."""
    upload = await begun(server)
    assert (await upload.append(4000, b"", length=3_999)).status_code == 400
    assert "upload-length" not in (await upload.head()).headers


async def test_more_than_the_length_unannounced(server: Server) -> None:
    """An append of no stated length that goes beyond the whole is refused, and the upload is invalid then."""
    upload = await begun(server, length=10_000)
    assert (await upload.append(4000, pieces(WHOLE[:6000], b"x"))).status_code == 400
    assert (await upload.head()).status_code in {404, 410}
    assert (await upload.append(4000, b"x")).status_code in {404, 410}


async def test_an_unannounced_end_that_is_too_early(server: Server) -> None:
    """An end of no stated length that does not fill the whole does not complete it."""
    upload = await begun(server, length=10_000)
    assert (await upload.append(4000, pieces(WHOLE[4000:5000]), complete=True)).status_code == 400
    assert completeness(await upload.head()) is False
    assert (await upload.append(5000, WHOLE[5000:], complete=True)).is_success
    assert await upload.content() == WHOLE


# --- the end of it ---------------------------------------------------------------------------------------------------


async def test_cancelling(server: Server) -> None:
    """DELETE ends an upload: it is gone for HEAD, PATCH and a second DELETE."""
    upload = await begun(server)
    assert (await server.alice.delete(upload.url)).status_code == 204
    assert (await upload.head()).status_code == 410
    assert (await upload.append(4000, b"x")).status_code == 410
    assert (await server.alice.delete(upload.url)).status_code == 410
    done = Resumable(server.alice)
    await done.create(WHOLE, complete=True)
    assert (await server.alice.delete(done.url)).status_code == 204
    assert (await done.head()).status_code in {404, 410}


async def hanging(server: Server, upload: Resumable, content: bytes) -> tuple[Body, "asyncio.Task[int]"]:
    """An append whose client has sent this much, and is silent now."""
    body = Body()

    async def sent() -> int:
        return (await upload.append(4000, body.__aiter__(), complete=True)).status_code

    task = asyncio.create_task(sent())
    body.give(content)
    await eventually(lambda: body.idle or task.done())
    return body, task


@pytest.mark.parametrize("newcomer", ["HEAD", "PATCH", "DELETE"])
async def test_whoever_comes_takes_over(server: Server, newcomer: str) -> None:
    """While an append hangs, others are answered; what came is kept, and what it sends later is not."""
    upload = await begun(server)
    body, task = await hanging(server, upload, WHOLE[4000:6000])
    async with asyncio.timeout(5):
        if newcomer == "HEAD":
            assert await upload.offset() == 6000
        elif newcomer == "PATCH":
            assert (await upload.append(4000, b"")).headers["upload-offset"] == "6000"
        else:
            assert (await server.alice.delete(upload.url)).status_code == 204
        assert await task == 409
    body.give(b"late")
    if newcomer != "DELETE":
        assert (await upload.append(6000, WHOLE[6000:], complete=True)).is_success
        assert await upload.content() == WHOLE
    else:
        assert (await upload.head()).status_code == 410


async def test_of_two_at_one_offset_one_succeeds(server: Server) -> None:
    """At most one of two appends at an offset is taken, and the bytes are those of one alone."""
    upload = await begun(server)
    one, two = await asyncio.gather(upload.append(4000, b"1" * 1000), upload.append(4000, b"2" * 1000))
    assert sorted(answer.is_success for answer in (one, two)) in ([False, True],)
    await upload.append(5000, b"", complete=True)
    assert (await upload.content())[4000:] in {b"1" * 1000, b"2" * 1000}


# --- digests ---------------------------------------------------------------------------------------------------------


def content_digest(algorithm: str, content: bytes) -> dict[str, str]:
    digest = hashlib.new(algorithm.replace("-", ""), content).digest()
    return {"Content-Digest": f"{algorithm}=:{base64.b64encode(digest).decode()}:"}


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-512"])
async def test_a_digest_of_the_content(server: Server, algorithm: str) -> None:
    """The right one is taken; of a wrong one nothing is appended, though it is large, and the right takes its place."""
    upload, large = await begun(server, b""), noise(3_000_000, "large")
    wrong = content_digest(algorithm, b"other")
    assert (await upload.append(0, large, headers=wrong)).status_code == 400
    assert await upload.offset() == 0
    assert (await upload.append(0, large, headers=content_digest(algorithm, large), complete=True)).is_success
    assert await upload.content() == large
    for complete in (True, False, None):
        assert (await Resumable(server.alice).create(large, complete=complete, headers=wrong)).status_code == 400
    assert len(server.rows("files")) == 1


async def test_unknown_digests_are_passed_over(server: Server) -> None:
    """A digest of an algorithm that nobody knows changes nothing."""
    upload = Resumable(server.alice)
    unknown = {"Content-Digest": "future=:AAAA:", "Repr-Digest": "future=:AAAA:, sha-512=:AAAA:"}
    assert (await upload.create(WHOLE, complete=True, headers=unknown)).is_success
    assert await upload.content() == WHOLE


async def test_a_digest_of_the_whole(server: Server) -> None:
    """The right one, told at the beginning or at the end, completes; with a wrong one nothing comes of the upload."""
    right, wrong = {"Repr-Digest": repr_digest(WHOLE)}, {"Repr-Digest": repr_digest(b"other")}
    for at_first, at_last in ((right, {}), ({}, right), (wrong, right)):
        upload = Resumable(server.alice)
        await upload.create(WHOLE[:4000], headers=at_first)
        assert (await upload.append(4000, WHOLE[4000:], complete=True, headers=at_last)).is_success
    for at_first, at_last in ((wrong, {}), ({}, wrong)):
        upload = Resumable(server.alice)
        await upload.create(WHOLE[:4000], headers=at_first)
        assert (await upload.append(4000, WHOLE[4000:], complete=True, headers=at_last)).status_code == 400
        assert (await upload.head()).status_code in {404, 410}
    for complete in (True, None):
        assert (await Resumable(server.alice).create(WHOLE, complete=complete, headers=wrong)).status_code == 400
    assert len(server.rows("files")) == 3


@pytest.mark.parametrize(
    ("wanted", "told"), [("sha-256=1", True), ("sha-512=9, sha-256=3", True), ("sha-256=0", False)]
)
async def test_a_digest_that_is_wanted(server: Server, wanted: str, told: bool) -> None:
    """`Want-Repr-Digest` is answered in the end, and rightly."""
    upload = await begun(server)
    answer = await upload.append(4000, WHOLE[4000:], complete=True, headers={"Want-Repr-Digest": wanted})
    assert answer.headers.get("repr-digest") == (repr_digest(WHOLE) if told else None)


async def test_coded_content(server: Server) -> None:
    """What is coded is counted, appended to and stored as it is coded."""
    coded, headers = gzip.compress(WHOLE), {"Content-Encoding": "gzip"}
    upload = Resumable(server.alice)
    assert (await upload.create(coded[:1000], headers=headers)).status_code == 201
    assert await upload.offset() == 1000
    assert (await upload.append(1000, coded[1000:], complete=True, headers=headers)).is_success
    assert await upload.content() == coded


# --- the older versions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_older_client(server: Server, version: int) -> None:
    """Clients of every version from 3 to 9 create, ask, are told where they were wrong, go on and complete."""
    upload = Resumable(server.alice, version=version)
    answer = await upload.create(WHOLE[:4000])
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "4000")
    assert completeness(answer) is False
    told = await upload.head()
    assert (told.status_code, told.headers["upload-offset"]) == (204, "4000")
    assert completeness(told) is False
    wrong = await upload.append(1, b"x")
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "4000")
    answer = await upload.append(4000, WHOLE[4000:6000])
    assert (answer.is_success, answer.headers["upload-offset"]) == (True, "6000")
    answer = await upload.append(6000, WHOLE[6000:], complete=True)
    assert answer.is_success
    assert completeness(answer) is True
    assert await upload.content() == WHOLE
    assert ("upload-incomplete" in answer.headers) == (version == 3)
    assert ("upload-complete" in answer.headers) == (version > 3)


async def test_version_3_says_only_what_is_incomplete(server: Server) -> None:
    """An append of version 3 that says nothing is the last one."""
    upload = Resumable(server.alice, version=3)
    await upload.create(WHOLE[:4000])
    assert completeness(await upload.append(4000, WHOLE[4000:], complete=None)) is True
    assert await upload.content() == WHOLE


@pytest.mark.parametrize("told", ["2", "10", "one", "8.0", "", "8, 8"])
async def test_a_version_that_nobody_speaks(server: Server, told: str) -> None:
    """Its client is answered as one of the newest."""
    upload = Resumable(server.alice)
    answer = await upload.create(WHOLE, complete=True, headers={"Upload-Draft-Interop-Version": told})
    assert (answer.status_code, answer.headers["upload-complete"]) == (201, "?1")


# --- elsewhere -------------------------------------------------------------------------------------------------------


async def test_the_other_dialects_know_it(server: Server) -> None:
    """What came so is a file as any other: `files` hands it out by its id."""
    upload = Resumable(server.alice)
    made = (await upload.create(WHOLE, complete=True)).json()
    answer = await server.alice.get(f"/api/files/{made['id']}/info")
    assert answer.status_code == 200


async def test_what_was_refused_is_gone(open_server: OpenServer) -> None:
    """What the scanner refuses ends the upload: it is told to whoever completes it, again, too, and HEAD is 410."""
    with serve_hook() as scanner:
        Hook.broken = False
        async with open_server(dialects=("resumable",), scanner=scanner) as server:
            upload, bad = Resumable(server.alice), b"before " + MARK
            await upload.create(bad[:3])
            for _ in range(2):
                answer = await upload.append(3, bad[3:], complete=True)
                assert answer.status_code == 422
                assert answer.headers["content-type"] == "application/problem+json"
            assert (await upload.head()).status_code == 410
            assert (await Resumable(server.alice).create(bad, complete=True)).status_code == 422
            assert server.rows("files") == []
