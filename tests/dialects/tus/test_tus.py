"""`tus` 1.0.0, sentence by sentence: what its clients rely on."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator

import anycrc
import pytest

from penstock.model.ids import UploadId
from tests.dialects.tus.calls import checksum
from tests.dialects.tus.client import CHUNK, FILES, VERSION, Tus, uploaded
from tests.support.bodies import Body
from tests.support.bytes import noise
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.dialects("tus", "files")

WHOLE = noise(10_000, "whole")
DIGITS = ["-1", "one", "1.5", "1e3", "0x10", "", "+1", "１", "1, 1"]


async def begun(server: Server, content: bytes = WHOLE[:4000]) -> Tus:
    upload = Tus(server.alice)
    answer = await upload.create(len(WHOLE), content)
    assert answer.status_code == 201
    return upload


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


# --- core ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/files/", "/files", "/files/some-id"])
async def test_what_is_spoken(server: Server, path: str) -> None:
    """Anybody may ask what the server speaks, in whatever version."""
    answer = await server.anyone.options(path, headers={"Tus-Resumable": "0.1.0"})
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert "" not in answer.headers["tus-extension"].split(",")
    assert int(answer.headers["tus-max-size"]) > 0
    assert {"sha1", "md5", "sha256", "crc32c"} <= set(answer.headers["tus-checksum-algorithm"].split(","))


async def test_head_tells_how_far_it_is(server: Server) -> None:
    """Offset and length are told, in the middle and at the end, nothing may cache them, and nothing changes by it."""
    upload = await begun(server)
    for _ in range(2):
        answer = await upload.head()
        assert answer.status_code == 200
        assert (answer.headers["upload-offset"], answer.headers["upload-length"]) == ("4000", "10000")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert not {"upload-metadata", "upload-defer-length"} & answer.headers.keys()
    assert (await upload.patch(4000, WHOLE[4000:])).headers["upload-offset"] == "10000"
    answer = await upload.head()
    assert (answer.headers["upload-offset"], answer.headers["upload-length"]) == ("10000", "10000")
    assert await upload.content() == WHOLE


async def test_what_does_not_exist(server: Server) -> None:
    """It is 404, with the version and without an offset."""
    nowhere = Tus(server.alice, "/files/nothing-that-was-ever-there")
    for answer in (await nowhere.head(), await nowhere.patch(0, b"x"), await nowhere.delete()):
        assert (answer.status_code, answer.headers["tus-resumable"]) == (404, "1.0.0")
        assert "upload-offset" not in answer.headers


@pytest.mark.parametrize("told", ["9" * 25, "5497558138881"])
async def test_a_length_past_the_maximum(server: Server, told: str) -> None:
    """It is 413, however long, and creates nothing."""
    answer = await server.alice.post(FILES, headers=VERSION | {"Upload-Length": told})
    assert (answer.status_code, answer.headers["tus-resumable"]) == (413, "1.0.0")
    assert server.stored()["uploads"] == 0


async def test_appends_go_on_where_the_last_one_ended(server: Server) -> None:
    """Any number of chunks, plain and chunked, empty ones among them, lie where their offsets say."""
    upload, offset = Tus(server.alice), 0
    await upload.create(len(WHOLE))
    for size in (1, 0, 999, 4000, 5000):
        chunk = WHOLE[offset : offset + size]
        if size == 999:
            headers = CHUNK | {"Upload-Offset": str(offset)}
            answer = await server.alice.patch(upload.url, headers=headers, content=pieces(chunk[:500], chunk[500:]))
        else:
            answer = await upload.patch(offset, chunk)
        offset += size
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(offset))
        assert answer.headers["tus-resumable"] == "1.0.0"
    assert await upload.content() == WHOLE


async def test_many_small_chunks(server: Server) -> None:
    """They leave few records, wherever the bytes are, and the file is whole."""
    upload = Tus(server.alice)
    await upload.create(len(WHOLE))
    for offset in range(0, len(WHOLE), 50):
        assert (await upload.patch(offset, WHOLE[offset : offset + 50])).status_code == 204
    assert await upload.content() == WHOLE
    upload = Tus(server.alice)
    await upload.create(len(WHOLE) + 1)
    for offset in range(0, len(WHOLE), 50):
        await upload.patch(offset, WHOLE[offset : offset + 50])
    await asyncio.gather(*server.container.engine.appender._regrouper._at_work.values())
    parts = await server.container.storage.parts.numbers(UploadId(upload.url.removeprefix(FILES)))
    assert len(parts) < 128


@pytest.mark.parametrize("offset", [0, 3999, 4001, 10_000, 10**25])
async def test_another_offset_is_a_conflict(server: Server, offset: int) -> None:
    """It is 409, and what is there stays."""
    upload = await begun(server)
    answer = await upload.patch(offset, b"other")
    assert (answer.status_code, answer.headers["tus-resumable"]) == (409, "1.0.0")
    assert await upload.offset() == 4000
    await upload.patch(4000, WHOLE[4000:])
    assert await upload.content() == WHOLE


@pytest.mark.parametrize("told", [*DIGITS, None])
async def test_what_is_no_offset(server: Server, told: str | None) -> None:
    """Only digits are one; nothing else stores anything."""
    upload = await begun(server)
    headers = [(name.encode(), value.encode()) for name, value in CHUNK.items()]
    headers += [] if told is None else [(b"Upload-Offset", told.encode())]
    answer = await server.alice.patch(upload.url, headers=headers, content=b"x")
    assert answer.status_code == 400
    assert await upload.offset() == 4000


async def test_lines_of_one_name_are_one(server: Server) -> None:
    """Two offsets or lengths are none; metadata and what is announced may stand in several lines."""
    upload = await begun(server)
    headers = [*CHUNK.items(), ("Upload-Offset", "4000"), ("Upload-Offset", "4000")]
    assert (await server.alice.patch(upload.url, headers=headers, content=b"x")).status_code == 400
    assert await upload.offset() == 4000
    lengths = [*VERSION.items(), ("Upload-Length", "5"), ("Upload-Length", "6")]
    assert (await server.alice.post(FILES, headers=lengths)).status_code == 400
    lines = [*VERSION.items(), ("Upload-Length", "5"), ("Upload-Metadata", "a YQ=="), ("Upload-Metadata", "b Yg==")]
    upload.url = (await server.alice.post(FILES, headers=lines)).headers["location"]
    assert (await upload.head()).headers["upload-metadata"] == "a YQ==, b Yg=="
    announced = [*CHUNK.items(), ("Upload-Offset", "0"), ("Trailer", "X-Other"), ("Trailer", "Upload-Checksum")]
    assert (await server.alice.patch(upload.url, headers=announced, content=pieces(b"hello"))).status_code == 400
    assert await upload.offset() == 0


@pytest.mark.parametrize("kind", ["application/octet-stream", "", None])
async def test_another_type_is_refused(server: Server, kind: str | None) -> None:
    """A chunk has one type; any other is 415 and stores nothing, at a creation and later."""
    upload = await begun(server)
    headers = VERSION | {"Upload-Offset": "4000"} | ({} if kind is None else {"Content-Type": kind})
    answer = await server.alice.patch(upload.url, headers=headers, content=b"x")
    assert (answer.status_code, answer.headers["tus-resumable"]) == (415, "1.0.0")
    assert await upload.offset() == 4000
    before = server.stored()
    headers = VERSION | {"Upload-Length": "5"} | ({} if kind is None else {"Content-Type": kind})
    assert (await server.alice.post(FILES, headers=headers, content=b"hello")).status_code == 415
    assert server.stored() == before


@pytest.mark.parametrize("chunked", [False, True])
async def test_no_more_than_the_length(server: Server, chunked: bool) -> None:
    """A chunk that would go beyond is no success, and the offset does not go beyond."""
    upload = await begun(server)
    headers, body = CHUNK | {"Upload-Offset": "4000"}, bytes(6001)
    content: bytes | AsyncIterator[bytes] = pieces(body[:100], body[100:]) if chunked else body
    assert (await server.alice.patch(upload.url, headers=headers, content=content)).status_code == 413
    assert await upload.offset() <= 10_000
    await upload.patch(await upload.offset(), WHOLE[await upload.offset() :])
    assert await upload.content() == WHOLE


async def test_a_finished_upload_takes_nothing(server: Server) -> None:
    """At its beginning it is a conflict, and at its end nothing is stored; an empty chunk there succeeds."""
    upload = await uploaded(server.alice, WHOLE)
    assert (await upload.patch(0, WHOLE)).status_code == 409
    assert (await upload.patch(10_000, b"more")).status_code == 413
    answer = await upload.patch(10_000, b"")
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "10000")
    assert await upload.content() == WHOLE


@pytest.mark.parametrize("version", ["0.2.2", "1.0.1", "", None])
async def test_another_version_is_refused(server: Server, version: str | None) -> None:
    """It is 412 with the versions that are spoken, and nothing is done."""
    upload = await begun(server)
    told = {} if version is None else {"Tus-Resumable": version}
    before = server.stored()
    for answer in (
        await server.alice.post(FILES, headers=told | {"Upload-Length": "1"}),
        await server.alice.head(upload.url, headers=told),
        await server.alice.patch(
            upload.url, headers=CHUNK | {"Upload-Offset": "4000", "Tus-Resumable": version or "x"}
        ),
        await server.alice.delete(upload.url, headers=told),
    ):
        assert answer.status_code == 412
        assert (answer.headers["tus-version"], answer.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert server.stored() == before
    assert await upload.offset() == 4000


@pytest.mark.parametrize("real", ["POST", "PUT", "GET", "PATCH", "DELETE"])
async def test_the_method_may_stand_in_a_header(server: Server, real: str) -> None:
    """It counts, whatever the real method is."""
    upload = await begun(server, WHOLE[:1])
    as_patch = CHUNK | {"Upload-Offset": "1", "X-HTTP-Method-Override": "PATCH"}
    assert (await server.alice.request(real, upload.url, headers=as_patch, content=b"x")).status_code == 204
    answer = await server.alice.request(real, upload.url, headers=VERSION | {"X-HTTP-Method-Override": "HEAD"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (200, "2")
    as_post = VERSION | {"Upload-Length": "7", "X-HTTP-Method-Override": "POST"}
    assert (await server.alice.request(real, FILES, headers=as_post)).status_code == 201
    as_delete = VERSION | {"X-HTTP-Method-Override": "DELETE"}
    assert (await server.alice.request(real, upload.url, headers=as_delete)).status_code == 204
    assert (await upload.head()).status_code == 410


async def test_a_request_that_hangs_is_taken_over(server: Server) -> None:
    """Whoever asks gets an answer within a second and goes on there; the one that hung is told, and adds nothing."""
    upload = Tus(server.alice)
    await upload.create(len(WHOLE))
    body = Body()
    headers = CHUNK | {"Upload-Offset": "0"}
    hanging = asyncio.create_task(server.alice.patch(upload.url, headers=headers, content=body.__aiter__()))
    body.give(WHOLE[:3000])
    await eventually(lambda: body.idle)
    async with asyncio.timeout(5):
        assert await upload.offset() == 3000
    body.give(bytes(100))
    body.end()
    assert (await hanging).status_code == 409
    assert (await upload.patch(3000, WHOLE[3000:])).status_code == 204
    assert await upload.content() == WHOLE


# --- creation --------------------------------------------------------------------------------------------------------


async def test_every_creation_makes_an_upload(server: Server) -> None:
    """Its address cannot be guessed, and its offset is 0."""
    uploads = [Tus(server.alice) for _ in range(3)]
    for upload in uploads:
        answer = await upload.create(5)
        assert (answer.status_code, answer.headers["tus-resumable"]) == (201, "1.0.0")
        assert await upload.offset() == 0
    assert len({upload.url for upload in uploads}) == 3
    assert all(len(upload.url.rpartition("/")[2]) >= 22 for upload in uploads)


@pytest.mark.parametrize("told", [{}, *({"Upload-Length": digits} for digits in DIGITS if digits.isascii())])
async def test_a_creation_needs_a_length(server: Server, told: dict[str, str]) -> None:
    """Without one that is a number nothing is created."""
    answer = await server.alice.post(FILES, headers=VERSION | told)
    assert (answer.status_code, answer.headers["tus-resumable"]) == (400, "1.0.0")
    assert server.stored()["uploads"] == 0


async def test_an_upload_without_bytes_is_complete_at_once(server: Server) -> None:
    """It is an empty file."""
    upload = Tus(server.alice)
    assert (await upload.create(0)).status_code == 201
    assert await upload.offset() == 0
    assert await upload.content() == b""


@pytest.mark.parametrize(
    "told",
    [
        "filename d29ybGQ=",
        "lonely",
        "b d29ybGQ=,A aGVsbG8=,lonely",
        f"binary {base64.b64encode(bytes(range(256))).decode()}",
        "lonely ",
        f"long {base64.b64encode(bytes(3000)).decode()}",
        f"filename {base64.b64encode('文件.txt'.encode()).decode()}",
        f"filename {base64.b64encode(b'../../etc/passwd').decode()}",
        f"filename {base64.b64encode(b'a' * 2000).decode()}",
        f"filename {base64.b64encode(b'x' + bytes([13, 10]) + b'Set-Cookie: a=b').decode()}",
    ],
)
async def test_metadata_come_back_as_they_came(server: Server, told: str) -> None:
    """In the middle and at the end, and nothing of them becomes a header."""
    upload = Tus(server.alice)
    answer = await upload.create(5, headers={"Upload-Metadata": told})
    assert answer.status_code == 201
    for chunk in (b"he", b"llo"):
        answer = await upload.head()
        assert answer.headers["upload-metadata"].rstrip() == told.rstrip()
        await upload.patch(int(answer.headers["upload-offset"]), chunk)
    assert (await upload.head()).headers["upload-metadata"].rstrip() == told.rstrip()
    found = await server.alice.get(upload.url)
    assert found.content == b"hello"
    assert "set-cookie" not in found.headers
    assert found.headers["content-disposition"].startswith("attachment")
    assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("told", ["a !!!", "a YQ==,a Yg==", "a YQ== YQ==", ",", "a\tb YQ==", "x" * 20_000])
async def test_what_are_no_metadata(server: Server, told: str) -> None:
    """They are refused, and nothing is created."""
    answer = await server.alice.post(FILES, headers=VERSION | {"Upload-Length": "5", "Upload-Metadata": told})
    assert answer.status_code == 400
    assert server.stored()["uploads"] == 0


async def test_the_file_has_its_name_and_type(server: Server) -> None:
    """Those of the metadata, for other dialects, too, which find it by its id."""
    name, kind = base64.b64encode("文件.png".encode()).decode(), base64.b64encode(b"image/png").decode()
    upload = Tus(server.alice)
    await upload.create(5, b"hello", {"Upload-Metadata": f"filename {name},filetype {kind}"})
    identifier = upload.url.removeprefix(FILES)
    info = (await server.alice.get(f"/api/files/{identifier}/info")).json()["data"]
    assert (info["fileName"], info["fileType"], info["fileSize"]) == ("文件.png", "image/png", 5)
    assert "%E6%96%87" in (await server.alice.get(upload.url)).headers["content-disposition"]


async def test_a_creation_may_bring_bytes(server: Server) -> None:
    """As many as it likes; HEAD agrees, and the upload goes on from there."""
    upload = Tus(server.alice)
    answer = await upload.create(len(WHOLE), WHOLE[:100])
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "100")
    assert await upload.offset() == 100
    await upload.patch(100, WHOLE[100:])
    assert await upload.content() == WHOLE
    answer = await server.alice.post(
        FILES, headers=CHUNK | {"Upload-Length": str(len(WHOLE))}, content=pieces(WHOLE[:10], WHOLE[10:])
    )
    assert answer.headers["upload-offset"] == str(len(WHOLE))
    assert await Tus(server.alice, answer.headers["location"]).content() == WHOLE


async def test_a_creation_that_brings_too_much(server: Server) -> None:
    """It is refused, and leaves nothing."""
    for content in (bytes(6), pieces(bytes(3), bytes(3))):
        answer = await server.alice.post(FILES, headers=CHUNK | {"Upload-Length": "5"}, content=content)
        assert answer.status_code == 413
    await server.settle()
    assert server.stored()["staged"] == 0


# --- a length that is told later -------------------------------------------------------------------------------------


async def test_a_length_may_be_told_later(server: Server) -> None:
    """Bytes are taken before it is known, HEAD says so, and a PATCH sets it once, an empty one as well."""
    upload = Tus(server.alice)
    assert (await upload.create(body=WHOLE[:10])).status_code == 201
    answer = await upload.head()
    assert (answer.headers["upload-defer-length"], answer.headers["upload-offset"]) == ("1", "10")
    assert "upload-length" not in answer.headers
    await upload.patch(10, WHOLE[10:20])
    assert (await upload.head()).headers["upload-defer-length"] == "1"
    assert (await upload.patch(20, b"", {"Upload-Length": "10000"})).status_code == 204
    answer = await upload.head()
    assert answer.headers["upload-length"] == "10000"
    assert "upload-defer-length" not in answer.headers
    for told in ("9999", "10001", "19", "x", "-1"):
        assert (await upload.patch(20, b"", {"Upload-Length": told})).status_code in {400, 409}
        assert (await upload.head()).headers["upload-length"] == "10000"
    await upload.patch(20, WHOLE[20:], {"Upload-Length": "10000"})
    assert await upload.content() == WHOLE


async def test_a_length_that_is_the_offset_completes_it(server: Server) -> None:
    """With the last bytes, or behind them."""
    upload = Tus(server.alice)
    await upload.create(body=WHOLE)
    for told, status in (("9999", 409), (str(10**15), 413), ("10000", 204)):
        assert (await upload.patch(10_000, b"", {"Upload-Length": told})).status_code == status
    assert await upload.content() == WHOLE


@pytest.mark.parametrize("told", ["0", "2", "true", ""])
async def test_only_one_defers_the_length(server: Server, told: str) -> None:
    """Anything else is 400, and so is a length beside it."""
    assert (await server.alice.post(FILES, headers=VERSION | {"Upload-Defer-Length": told})).status_code == 400
    both = VERSION | {"Upload-Defer-Length": "1", "Upload-Length": "5"}
    assert (await server.alice.post(FILES, headers=both)).status_code == 400
    assert server.stored()["uploads"] == 0


# --- expiration ------------------------------------------------------------------------------------------------------


async def test_when_it_expires_is_told(server: Server) -> None:
    """At the creation, after each chunk, and to whoever comes back; of a finished upload nothing is."""
    upload = Tus(server.alice)
    answers = [await upload.create(3, b"a"), await upload.patch(1, b"b"), await upload.head()]
    assert all(answer.headers["upload-expires"].endswith(" GMT") for answer in answers)
    assert "upload-expires" not in (await upload.patch(2, b"c")).headers


# --- checksums -------------------------------------------------------------------------------------------------------


def crc(model: str, content: bytes) -> bytes:
    return int(anycrc.Model(model).calc(content)).to_bytes(4)


DIGESTS = {
    "sha1": lambda content: hashlib.sha1(content, usedforsecurity=False).digest(),
    "md5": lambda content: hashlib.md5(content, usedforsecurity=False).digest(),
    "sha256": lambda content: hashlib.sha256(content).digest(),
    "sha512": lambda content: hashlib.sha512(content).digest(),
    "crc32": lambda content: crc("CRC32", content),
    "crc32c": lambda content: crc("CRC32C", content),
}


@pytest.mark.parametrize("algorithm", DIGESTS)
async def test_a_chunk_with_its_digest(server: Server, algorithm: str) -> None:
    """With the right one it counts; with a wrong one it is 460, and other bytes take its place."""
    upload = await begun(server)
    right = f"{algorithm} {base64.b64encode(DIGESTS[algorithm](WHOLE[4000:])).decode()}"
    answer = await upload.patch(4000, bytes(6000), {"Upload-Checksum": right})
    assert (answer.status_code, answer.headers["tus-resumable"]) == (460, "1.0.0")
    assert await upload.offset() == 4000
    assert (await upload.patch(4000, WHOLE[4000:], {"Upload-Checksum": right})).status_code == 204
    assert await upload.content() == WHOLE


@pytest.mark.parametrize(
    "told", ["sha3 YQ==", "sha1", "sha1 ", "sha1 !!!", "sha1 YQ==", "", f"SHA1 {checksum(b'x').split()[1]}"]
)
async def test_what_is_no_checksum(server: Server, told: str) -> None:
    """It is 400, and the chunk is not taken."""
    upload = await begun(server)
    answer = await upload.patch(4000, b"x", {"Upload-Checksum": told})
    assert (answer.status_code, answer.headers["tus-resumable"]) == (400, "1.0.0")
    assert await upload.offset() == 4000


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_digest_that_http_states(server: Server, chunked: bool) -> None:
    """`Content-MD5` and its like count for the whole chunk, too: with a wrong one nothing is kept, however it came."""
    upload = await begun(server)
    rest = WHOLE[4000:]
    for content, status in ((rest[:-1] + b"?", 400), (rest, 204)):
        digest = base64.b64encode(hashlib.md5(rest, usedforsecurity=False).digest()).decode()
        headers = CHUNK | {"Upload-Offset": "4000", "Content-MD5": digest}
        body = pieces(content[:100], content[100:]) if chunked else content
        answer = await server.alice.patch(upload.url, headers=headers, content=body)
        assert answer.status_code == status
        assert await upload.offset() == (4000 if status == 400 else 10_000)
    assert await upload.content() == WHOLE


async def test_a_creation_with_a_wrong_digest(server: Server) -> None:
    """Nothing of it stays."""
    answer = await Tus(server.alice).create(5, b"hello", {"Upload-Checksum": checksum(b"other")})
    assert answer.status_code == 460
    await server.settle()
    assert server.stored()["staged"] == 0


# --- termination -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finished", [False, True])
async def test_it_can_be_ended(server: Server, finished: bool) -> None:
    """Finished or not: afterwards nothing is there, and nothing comes back."""
    upload = await (uploaded(server.alice, WHOLE) if finished else begun(server))
    answer = await upload.delete()
    assert (answer.status_code, answer.headers["tus-resumable"]) == (204, "1.0.0")
    for gone in (await upload.head(), await upload.patch(4000, b"x"), await upload.delete()):
        assert gone.status_code == 410
    assert (await server.alice.get(upload.url)).status_code == 410
    await server.settle()
    assert server.stored()["staged"] == 0


async def test_it_can_be_ended_while_a_request_hangs(server: Server) -> None:
    """The hanging one is told, and the upload is gone."""
    upload = Tus(server.alice)
    await upload.create(len(WHOLE))
    body = Body()
    headers = CHUNK | {"Upload-Offset": "0"}
    hanging = asyncio.create_task(server.alice.patch(upload.url, headers=headers, content=body.__aiter__()))
    body.give(WHOLE[:3000])
    await eventually(lambda: body.idle)
    async with asyncio.timeout(5):
        assert (await upload.delete()).status_code == 204
    body.end()
    assert (await hanging).status_code in {409, 410}
    assert (await upload.head()).status_code == 410


# --- the end ---------------------------------------------------------------------------------------------------------


async def test_no_success_is_told_before_it_is_a_file(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the seal takes long HEAD tells where the last bytes began; sent again they join it, and others do not."""
    upload = await begun(server)
    sealer, waiting = server.container.engine.sealer, asyncio.Event()
    finish = sealer._finish

    async def slowly(*arguments: object) -> object:
        await waiting.wait()
        return await finish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sealer, "_finish", slowly)
    monkeypatch.setattr(sealer, "_wait", 0.05)
    answer = await upload.patch(4000, WHOLE[4000:])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert await upload.offset() == 4000
    assert (await upload.patch(4000, bytes(6000))).status_code == 409
    assert (await upload.patch(4000, WHOLE[4000:])).status_code == 503
    assert (await upload.delete()).status_code == 409
    waiting.set()
    answer = await upload.patch(4000, WHOLE[4000:])
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "10000")
    assert await upload.offset() == 10_000
    assert await upload.content() == WHOLE
    assert server.stored()["files"] == 1


async def test_a_creation_whose_seal_takes_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its client gets the address, and goes on as if nothing had come."""
    monkeypatch.setattr(server.container.engine.sealer, "_wait", 1e-9)
    upload = Tus(server.alice)
    answer = await upload.create(len(WHOLE), WHOLE)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "0")
    monkeypatch.setattr(server.container.engine.sealer, "_wait", 0)
    assert (await upload.patch(0, WHOLE)).headers["upload-offset"] == "10000"
    assert await upload.content() == WHOLE


# --- whose it is -----------------------------------------------------------------------------------------------------


async def test_other_peoples_uploads_are_not_there(server: Server) -> None:
    """Whatever is asked of them is 404, finished or not."""
    for upload in (await begun(server), await uploaded(server.alice, WHOLE)):
        theirs = Tus(server.bob, upload.url)
        answers = [await theirs.head(), await theirs.patch(4000, b"x"), await theirs.delete()]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert (await server.bob.get(upload.url)).status_code == 404


async def test_ranges_of_a_finished_upload(server: Server) -> None:
    """They are as of every file."""
    upload = await uploaded(server.alice, WHOLE)
    answer = await server.alice.get(upload.url, headers={"Range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, WHOLE[100:200])


async def test_its_hashes_are_known(server: Server) -> None:
    """What came through `tus` is found by its MD5 and its SHA-256."""
    upload = await uploaded(server.alice, WHOLE)
    found = await server.container.storage.files.named(upload.url.removeprefix(FILES))
    assert found is not None
    assert (found.blob.md5, found.blob.sha256) == (
        hashlib.md5(WHOLE, usedforsecurity=False).hexdigest(),
        hashlib.sha256(WHOLE).hexdigest(),
    )


async def test_pages_may_use_it(server: Server) -> None:
    """A preflight allows what clients send, and answers expose what they read."""
    headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "tus-resumable,upload-offset,upload-checksum,content-type,authorization",
    }
    answer = await server.anyone.options("/files/x", headers=headers)
    assert answer.status_code == 200
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    told = (await server.anyone.options("/files/", headers={"Origin": "https://app.example"})).headers
    exposed = {name.strip().lower() for name in told["access-control-expose-headers"].split(",")}
    assert {"upload-offset", "location", "tus-resumable", "upload-length", "upload-defer-length"} <= exposed
