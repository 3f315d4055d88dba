"""A part and the end of its upload (RULINGS): what is answered to a part that was on its way when its upload ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest

from penstock.adapters.sql.tx import Database
from tests.dialects.files.client import PARTS, Files
from tests.dialects.instant.client import Instant
from tests.dialects.oss.client import PAST_US
from tests.dialects.scratch.client import SCRATCH, Scratch
from tests.support.bytes import md5, noise
from tests.support.forms import form
from tests.support.server import Server

pytestmark = pytest.mark.dialects("scratch", "instant", "files", "oss", durability="full")

SIZE = 100_000  # half of it is more than a form gathers before it passes anything on
A, B, OTHER = noise(SIZE, "a"), noise(SIZE, "b"), noise(SIZE, "other")
Send = Callable[[bytes], tuple[str, str, dict[str, str], bytes]]
"""How a part of these bytes is sent: method, address, headers and body."""


@dataclass
class Way:
    """A body that stops half way until it may go on."""

    body: bytes
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        half = len(self.body) // 2
        yield self.body[:half]
        self.stopped.set()  # more is asked for: what came was taken
        await self.go.wait()
        yield self.body[half:]


@dataclass
class Ending:
    """An upload of two parts in one dialect, with the second on its way: how that is sent, and how the upload ends."""

    send: Send
    merge: Callable[[], Awaitable[httpx.Response]]
    stop: Callable[[], Awaitable[object]]


async def scratch(server: Server) -> Ending:
    upload = Scratch(server.alice, [A, B])
    await upload.send(0)

    def send(content: bytes) -> tuple[str, str, dict[str, str], bytes]:
        return "POST", SCRATCH, upload.headers(0), content

    return Ending(send, lambda: upload.send(1), upload.cancel)


async def instant(server: Server) -> Ending:
    upload = Instant(server.alice, [A, B])
    for index in (0, 1):
        await upload.send(index)

    def send(content: bytes) -> tuple[str, str, dict[str, str], bytes]:
        fields = [("file_id", None, b"one"), ("index", None, b"0"), ("chunk", "blob", content)]
        body, headers = form(*fields)
        return "POST", "/api/file/upload", headers, body

    return Ending(send, upload.merge, lambda: expire(server))


async def instant_file_first(server: Server) -> Ending:
    ending = await instant(server)

    def send(content: bytes) -> tuple[str, str, dict[str, str], bytes]:
        body, headers = form(("chunk", "blob", content), ("file_id", None, b"one"), ("index", None, b"0"))
        return "POST", "/api/file/upload", headers, body

    return Ending(send, ending.merge, ending.stop)


async def instant_with_md5(server: Server) -> Ending:
    ending = await instant(server)

    def send(content: bytes) -> tuple[str, str, dict[str, str], bytes]:
        field = ("chunk_md5", None, md5(content).encode())
        body, headers = form(("file_id", None, b"one"), ("index", None, b"0"), field, ("chunk", "blob", content))
        return "POST", "/api/file/upload", headers, body

    return Ending(send, ending.merge, ending.stop)


async def files(server: Server) -> Ending:
    upload = Files(server.alice, [A, B])
    await upload.init()
    for number in (1, 2):
        await upload.send(number)

    def send(content: bytes) -> tuple[str, str, dict[str, str], bytes]:
        declared = {"uploadId": upload.upload, "chunkNumber": "1", "totalChunks": "2", "fileName": "a.bin"}
        fields = [(name, None, value.encode()) for name, value in declared.items()]
        body, headers = form(*fields, ("file", "blob", content))
        return "POST", f"{PARTS}/chunk", headers, body

    return Ending(send, upload.merge, lambda: server.alice.delete(f"/api/files/{upload.upload}"))


async def oss(server: Server) -> Ending:
    identifier = md5(A + B)
    payload = {"identifier": identifier, "fileName": "a.bin", "partNum": 2}
    urls = (await server.alice.post("/api/file/multipart/init", json=payload)).json()["data"]["uploadUrl"]
    addresses = [f"{parts.path}?{parts.query}" for parts in (urlsplit(urls["1"]), urlsplit(urls["2"]))]
    for address, content in zip(addresses, (A, B), strict=True):
        assert (await server.anyone.put(address, content=content)).status_code == 200
    merge = f"/api/file/multipart/merge?identifier={identifier}"
    return Ending(
        lambda content: ("PUT", addresses[0], {}, content), lambda: server.alice.get(merge), lambda: expire(server)
    )


async def expire(server: Server) -> None:
    """Let the time of every open upload run out, and the background see it."""
    with server.database() as connection:
        connection.execute("UPDATE uploads SET expires_at = 0 WHERE state = 'open'")
    await server.container.upkeep.once(orphans=False)


@asynccontextmanager
async def on_its_way(
    server: Server, request: tuple[str, str, dict[str, str], bytes]
) -> AsyncIterator[list[httpx.Response]]:
    """The context has the first half of a body sent; afterwards the rest follows and the answer is in the list."""
    method, address, headers, body = request
    way, answers = Way(body), list[httpx.Response]()
    call = server.alice.request(method, address, headers=headers, content=aiter(way))
    task = asyncio.create_task(call)
    await way.stopped.wait()
    yield answers
    way.go.set()
    answers.append(await task)


DIALECTS = {
    "scratch": (scratch, 200, 409, 409),
    "instant": (instant, 200, 409, 409),
    "instant, file first": (instant_file_first, 200, 409, 200),
    "instant, with its MD5": (instant_with_md5, 200, 409, 409),
    "files": (files, 200, 409, 404),
    "oss": (oss, 409, 409, 409),
}
"""Merged with the file's own bytes, with others, and ended otherwise. A form whose fields come after its file names its
upload only when that is gone without a trace: it opens another.
"""


WAYS = [pytest.param(name, marks=PAST_US) if name == "oss" else name for name in DIALECTS]


@pytest.mark.parametrize("other", [False, True], ids=["same", "other"])
@pytest.mark.parametrize("dialect", WAYS)
async def test_merged_under_a_part(server: Server, dialect: str, other: bool) -> None:
    """A part that is on its way while its upload is merged is the file's own, or a conflict; nothing of it is stored,
    and the file does not change.
    """
    make, same, conflict, _ = DIALECTS[dialect]
    ending = await make(server)
    async with on_its_way(server, ending.send(OTHER if other else A)) as answers:
        merged = await ending.merge()
        assert merged.status_code == 200, merged.text
        await server.settle()
    assert answers[0].status_code == (conflict if other else same), answers[0].text
    assert server.staged() == []
    assert [row["state"] for row in server.rows("uploads")] == ["sealed"]
    [blob] = server.rows("blobs")
    assert server.blob(blob["location"]) == A + B
    assert (await server.anyone.get("/readyz")).status_code == 200


@pytest.mark.parametrize("dialect", WAYS)
async def test_ended_under_a_part(server: Server, dialect: str) -> None:
    """A part that is on its way while its upload is cancelled, deleted or runs out of time is refused in its dialect's
    words, and nothing of it is stored.
    """
    make, _, _, ended = DIALECTS[dialect]
    ending = await make(server)
    async with on_its_way(server, ending.send(OTHER)) as answers:
        await ending.stop()
    assert answers[0].status_code == ended, answers[0].text
    if dialect == "scratch":
        assert answers[0].json()["message"] == "上传已取消"
    if ended != 200:
        assert server.staged() == []
        assert not [row for row in server.rows("uploads") if row["state"] == "open"]
    assert (await server.anyone.get("/readyz")).status_code == 200


@pytest.mark.parametrize("dialect", ["files", pytest.param("oss", marks=PAST_US)])
async def test_a_part_after_the_end(server: Server, dialect: str) -> None:
    """Where the server chooses the upload's id, a part whose head comes after the end is answered as one before it."""
    make, same, conflict, ended = DIALECTS[dialect]
    merged = await make(server)
    await merged.merge()
    await server.settle()
    for content, status in ((A, same), (OTHER, conflict)):
        method, address, headers, body = merged.send(content)
        assert (await server.alice.request(method, address, headers=headers, content=body)).status_code == status
    with server.database() as connection:
        connection.execute("UPDATE files SET trashed_at = 0")
    await server.container.upkeep.once(orphans=False)
    other = await make(server)
    await other.stop()
    method, address, headers, body = other.send(A)
    assert (await server.alice.request(method, address, headers=headers, content=body)).status_code == ended


@pytest.mark.parametrize("dialect", ["scratch", "instant", "instant, file first"])
async def test_a_part_after_a_merge_begins_anew(server: Server, dialect: str) -> None:
    """Where clients choose the id, a part whose head comes after the merge opens a new upload."""
    ending = await DIALECTS[dialect][0](server)
    await ending.merge()
    method, address, headers, body = ending.send(OTHER)
    assert (await server.alice.request(method, address, headers=headers, content=body)).status_code == 200
    assert sorted(row["state"] for row in server.rows("uploads")) == ["open", "sealed"]


async def test_a_file_removed_under_a_part(server: Server) -> None:
    """A part whose upload was merged, and whose file was then removed, is told that there is none."""
    ending = await files(server)
    async with on_its_way(server, ending.send(A)) as answers:
        merged = await ending.merge()
        await server.alice.delete(f"/api/files/{merged.json()['data']['id']}")
    assert answers[0].status_code == 404


@pytest.mark.parametrize("begin", [scratch, instant])
async def test_a_part_looks_its_upload_up_once(
    server: Server, begin: Callable[[Server], Awaitable[Ending]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of a live upload finds it by its client's key with one statement: on PostgreSQL each is a round trip."""
    upload = await begin(server)
    database = type(server.container.storage.database)
    look, by_key = database.look, []

    async def counted(self: Database, sql: str, **values: object) -> object:
        if "client_key = :key" in sql:
            by_key.append(sql)
        return await look(self, sql, **values)

    monkeypatch.setattr(database, "look", counted)
    method, address, headers, body = upload.send(A)
    assert (await server.alice.request(method, address, headers=headers, content=body)).status_code == 200
    assert len(by_key) == 1
