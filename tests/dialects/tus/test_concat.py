"""`tus` 1.0.0, *Concatenation*, sentence by sentence: uploads that are put together from others."""

import asyncio
import base64
import hashlib
from collections.abc import Sequence

import httpx
import pytest

from tests.dialects.tus.client import CHUNK, FILES, VERSION, Tus, uploaded
from tests.support.bytes import noise
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.dialects("tus", "files")

ONE, TWO = noise(5000, "one"), noise(3000, "two")
PARTIAL = {"Upload-Concat": "partial"}


async def partial(server: Server, content: bytes, sent: int | None = None) -> Tus:
    """A partial upload, of which this much has been sent; all of it, if nothing else is said."""
    upload = Tus(server.alice)
    answer = await upload.create(len(content), content[:sent], PARTIAL)
    assert answer.status_code == 201, answer.text
    return upload


async def both(server: Server) -> list[Tus]:
    return [await partial(server, ONE), await partial(server, TWO)]


async def create_final(
    server: Server, addresses: Sequence[str], headers: dict[str, str] | None = None
) -> tuple[httpx.Response, Tus]:
    told = VERSION | {"Upload-Concat": f"final;{' '.join(addresses)}"} | (headers or {})
    answer = await server.alice.post(FILES, headers=told)
    return answer, Tus(server.alice, answer.headers.get("location", ""))


async def final_of(server: Server, uploads: Sequence[Tus], headers: dict[str, str] | None = None) -> Tus:
    answer, upload = await create_final(server, [each.url for each in uploads], headers)
    assert answer.status_code == 201, answer.text
    return upload


async def completed(upload: Tus) -> None:
    """Wait until its offset is its length."""

    async def told() -> bool:
        return "upload-offset" in (await upload.head()).headers

    await eventually(told, within=10)
    headers = (await upload.head()).headers
    assert headers["upload-offset"] == headers["upload-length"]


async def test_a_partial_upload_says_so(server: Server) -> None:
    """It tells its offset, its length and what it is, goes on as any other, and becomes no file."""
    upload = await partial(server, ONE, 1000)
    told = (await upload.head()).headers
    assert (told["upload-offset"], told["upload-length"], told["upload-concat"]) == ("1000", "5000", "partial")
    assert (await upload.patch(1000, ONE[1000:])).headers["upload-offset"] == "5000"
    assert await upload.offset() == 5000
    assert (await upload.patch(5000, b"")).status_code == 204
    assert (await upload.patch(1000, ONE[1000:])).status_code == 409
    assert (await server.alice.get(upload.url)).status_code == 404
    assert server.stored()["files"] == 0


async def test_partial_uploads_make_one(server: Server) -> None:
    """Its length is the sum of theirs, its offset is its length, its bytes are theirs in the order given, and it is
    found as any file is.
    """
    one, two = await both(server)
    upload = await final_of(server, [one, two])
    told = (await upload.head()).headers
    assert (told["upload-length"], told["upload-offset"]) == ("8000", "8000")
    assert told["upload-concat"] == f"final;{one.url} {two.url}"
    assert await upload.content() == ONE + TWO
    [row] = server.rows("blobs")
    assert (row["size"], row["sha256"]) == (8000, hashlib.sha256(ONE + TWO).hexdigest())
    other = await final_of(server, [two, one])
    assert await other.content() == TWO + ONE
    assert [await each.offset() for each in (one, two)] == [5000, 3000]


async def test_nobody_else_appends_to_it(server: Server) -> None:
    """PATCH of a final upload is 403, whatever it says, and changes nothing; finished or not."""
    waited_for = await partial(server, TWO, 0)
    for upload in (await final_of(server, await both(server)), await final_of(server, [waited_for])):
        for offset, headers in (
            (0, {}),
            (8000, {}),
            (9000, {"Content-Type": "text/plain"}),
            (0, {"Upload-Offset": "x"}),
        ):
            answer = await upload.patch(offset, b"more", headers)
            assert (answer.status_code, answer.headers["tus-resumable"]) == (403, "1.0.0")
        assert (await upload.head()).status_code == 200
    assert (await upload.head()).headers["upload-length"] == "3000"


@pytest.mark.parametrize(
    "address", ["http://penstock{}", "http://PENSTOCK{}", "https://penstock/behind/a/proxy{}", "{}"]
)
async def test_addresses(server: Server, address: str) -> None:
    """Partial uploads may be named by absolute addresses, and by such as are relative to the host."""
    one, two = await both(server)
    answer, upload = await create_final(server, [address.format(one.url), two.url])
    assert answer.status_code == 201, answer.text
    assert await upload.content() == ONE + TWO


@pytest.mark.parametrize(
    "told",
    [
        "whole",
        "Partial",
        "final",
        "final;",
        "final; ",
        "partial;/files/x",
        "final;/files/nothing-that-was-ever-there",
        "final;http://elsewhere.example{one}",
        "final;//elsewhere.example{one}",
        "final;http://[{one}",
        "final;{one}/..",
        "final;{whole}",
        "final;{one} {whole}",
        "final;{final}",
        "final;{bobs}",
        "final;{one} {one} {one} {one} {one} {one} {one} {one} {one}",
    ],
)
async def test_what_cannot_be_put_together(server: Server, told: str) -> None:
    """It is refused, nothing comes of it, and the partial uploads stay as they were."""
    one, whole = await partial(server, ONE), await uploaded(server.alice, TWO)
    final, bobs = await final_of(server, [one]), Tus(server.bob)
    await bobs.create(3, b"bob", PARTIAL)
    before = server.stored()
    concat = told.format(one=one.url, whole=whole.url, final=final.url, bobs=bobs.url)
    answer = await server.alice.post(FILES, headers=VERSION | {"Upload-Concat": concat})
    assert (answer.status_code, answer.headers["tus-resumable"]) == (400, "1.0.0")
    assert "location" not in answer.headers
    assert server.stored() == before
    assert (await one.head()).headers["upload-offset"] == "5000"


async def test_a_proxy_may_have_another_name(server: Server) -> None:
    """What a trusted proxy calls this server is its name, and what a stranger says it is called is not."""
    [one] = [await partial(server, ONE)]
    answer, _ = await create_final(
        server,
        [f"http://files.example{one.url}"],
        {"X-Forwarded-Host": "files.example", "Forwarded": "host=files.example"},
    )
    assert answer.status_code == (201 if server.container.settings.trusted_proxies else 400)


async def test_a_partial_upload_may_be_there_often(server: Server) -> None:
    """The same one twice, and forty in a row, empty ones among them."""
    one, two = await both(server)
    nothing = await partial(server, b"")
    upload = await final_of(server, [one, nothing, one, two, one])
    assert await upload.content() == ONE + ONE + TWO + ONE
    pieces = [noise(100 + number, str(number)) for number in range(40)]
    upload = await final_of(server, [await partial(server, piece) for piece in pieces])
    assert await upload.content() == b"".join(pieces)
    assert await (await final_of(server, [nothing])).content() == b""


async def test_what_is_said_of_the_whole_counts(server: Server) -> None:
    """The metadata of partial uploads are not carried over; a final one has its own, and no length of its own."""
    one = Tus(server.alice)
    await one.create(len(ONE), ONE, PARTIAL | {"Upload-Metadata": "filename b25lLnR4dA=="})
    upload = await final_of(server, [one])
    assert "upload-metadata" not in (await upload.head()).headers
    metadata = f"filename {base64.b64encode('文件.txt'.encode()).decode()},odd"
    upload = await final_of(server, [one], {"Upload-Metadata": metadata, "Upload-Length": "3"})
    told = (await upload.head()).headers
    assert (told["upload-metadata"], told["upload-length"]) == (metadata, "5000")
    assert "%E6%96%87%E4%BB%B6.txt" in (await server.alice.get(upload.url)).headers["content-disposition"]


async def test_bytes_come_with_the_partial_ones(server: Server) -> None:
    """Bytes that are sent with the creation of a final upload are refused."""
    one = await partial(server, ONE)
    told = CHUNK | {"Upload-Concat": f"final;{one.url}"}
    assert (await server.alice.post(FILES, headers=told, content=b"more")).status_code == 400


async def test_unfinished_ones_are_waited_for(server: Server) -> None:
    """The final upload tells its length and no offset, its partial ones go on, and once they are complete, so is it."""
    one, two = await partial(server, ONE, 1000), await partial(server, TWO, 0)
    upload = await final_of(server, [one, two])
    told = (await upload.head()).headers
    assert (told["upload-length"], told["upload-concat"]) == ("8000", f"final;{one.url} {two.url}")
    assert "upload-offset" not in told
    assert "upload-expires" in told
    assert (await one.patch(1000, ONE[1000:])).status_code == 204
    assert "upload-offset" not in (await upload.head()).headers
    assert (await two.patch(0, TWO)).status_code == 204
    await completed(upload)
    assert await upload.content() == ONE + TWO


async def test_a_length_that_comes_later(server: Server) -> None:
    """The length of the whole is told once those of all parts are known."""
    one, two = Tus(server.alice), await partial(server, TWO)
    await one.create(None, ONE[:1000], PARTIAL)
    upload = await final_of(server, [one, two])
    told = (await upload.head()).headers
    assert "upload-length" not in told
    assert told["upload-defer-length"] == "1"
    await one.patch(1000, ONE[1000:], {"Upload-Length": "5000"})
    await completed(upload)
    assert await upload.content() == ONE + TWO


async def test_one_that_is_gone(server: Server) -> None:
    """A final upload one of whose parts was ended can never be whole: it ends, too."""
    one, two = await partial(server, ONE, 1000), await partial(server, TWO, 10)
    upload = await final_of(server, [one, two])
    assert (await two.delete()).status_code == 204
    await server.container.engine.joiner.resume()

    async def is_gone() -> bool:
        return (await upload.head()).status_code in {404, 410}

    await eventually(is_gone)
    assert (await one.head()).headers["upload-offset"] == "1000"


async def test_it_is_ended_while_it_waits(server: Server) -> None:
    """DELETE ends a final upload, and leaves its parts."""
    one = await partial(server, ONE, 1000)
    upload = await final_of(server, [one])
    assert (await upload.delete()).status_code == 204
    assert (await upload.head()).status_code == 410
    assert (await one.patch(1000, ONE[1000:])).status_code == 204


@pytest.mark.dialects("tus", "files", merge_wait=0.05)
async def test_one_that_takes_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is 503 after a while, the work goes on, and the same creation asked again joins it."""
    uploads, going_on = await both(server), asyncio.Event()
    staging = server.container.storage.staging
    reuse = staging.reuse

    async def slow(*told: object) -> object:
        await going_on.wait()
        return await reuse(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "reuse", slow)
    addresses = [upload.url for upload in uploads]
    for _ in range(2):
        answer, _ = await create_final(server, addresses)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    going_on.set()
    await eventually(lambda: server.rows("files"))
    assert len(server.rows("files")) == 1


async def test_parts_of_a_file_count_no_longer(server: Server) -> None:
    """Partial uploads that a file was made of are no unfinished uploads any more, and go within the hour."""
    uploads = await both(server)
    await final_of(server, uploads)
    rows = [row for row in server.rows("uploads") if row["concat"] == "partial"]
    assert [row["spent"] for row in rows] == [1, 1]
    now = server.container.storage.clock()
    assert all(now < row["expires_at"] <= now + 3600 for row in rows)
