"""With a scanner, nothing becomes visible before it was looked at, whichever dialect it came by."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest

from tests.dialects.files.client import Files
from tests.dialects.instant.client import Instant
from tests.dialects.oss.client import DIALECTS, Oss, upload
from tests.dialects.scratch.client import Scratch
from tests.dialects.tus.client import Tus
from tests.support.bytes import md5
from tests.support.hook import MARK, Hook, serve_hook
from tests.support.server import OpenServer, Server

BAD = b"before " + MARK + b" after"
GOOD = b"nothing to see"


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with serve_hook() as url:
        yield url


@pytest.fixture
async def server(open_server: OpenServer, hook: str) -> AsyncIterator[Server]:
    Hook.broken = False
    async with open_server(dialects=DIALECTS, scanner=hook) as opened:
        yield opened


async def by_scratch(server: Server, content: bytes) -> httpx.Response:
    return await Scratch(server.alice, [content]).send(0)


async def by_instant(server: Server, content: bytes) -> httpx.Response:
    sent = Instant(server.alice, [content])
    await sent.send(0)
    return await sent.merge()


async def by_files(server: Server, content: bytes) -> httpx.Response:
    return await server.alice.post("/api/files/upload", files={"file": ("a", content)})


async def by_files_in_parts(server: Server, content: bytes) -> httpx.Response:
    sent = Files(server.alice, [content])
    await sent.init()
    await sent.send(1)
    return await sent.merge()


async def by_oss(server: Server, content: bytes) -> httpx.Response:
    return await upload(server.alice, content)


async def by_oss_in_parts(server: Server, content: bytes) -> httpx.Response:
    sent = Oss(server.alice, [content])
    if (await sent.init()).status_code == 200 and sent.urls:
        await sent.put(1)
    return await sent.ask("merge")


Way = Callable[[Server, bytes], Awaitable[httpx.Response]]
WAYS = [by_scratch, by_instant, by_files, by_files_in_parts, by_oss, by_oss_in_parts]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_what_is_refused_never_becomes_visible(server: Server, way: Way) -> None:
    """Refused content is an error in the envelope, lies in quarantine, and is no file; clean content passes."""
    refused = await way(server, BAD)
    assert refused.status_code in {400, 422}, refused.text
    assert refused.headers["content-type"] == "application/json"
    await server.settle()
    assert (server.rows("files"), server.rows("blobs"), server.staged()) == ([], [], [])
    assert server.quarantined() == [BAD]
    assert (await way(server, GOOD)).status_code == 200
    answer = await server.alice.get("/api/file/multipart/isExits", params={"identifier": md5(BAD)})
    assert answer.status_code == 404


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_nothing_passes_while_the_scanner_is_away(server: Server, way: Way) -> None:
    """Without an answer nothing becomes visible: 503; when the scanner is back, the same request goes through."""
    Hook.broken = True
    assert (await way(server, GOOD)).status_code == 503
    assert server.rows("files") == []
    Hook.broken = False
    assert (await way(server, GOOD)).status_code == 200
    assert len(server.rows("blobs")) == 1


async def test_tus_says_that_it_is_gone(open_server: OpenServer, hook: str) -> None:
    """Whoever sends the end again is told once more why, and for everybody else the upload is gone."""
    async with open_server(dialects=("tus",), scanner=hook) as server:
        sent = Tus(server.alice)
        await sent.create(len(BAD))
        answers = [await sent.patch(0, BAD) for _ in range(2)]
        await server.settle()
        answers.append(await sent.patch(len(BAD), b""))
        assert [answer.status_code for answer in answers] == [422] * 3
        assert [(await sent.head()).status_code, (await sent.delete()).status_code] == [410, 410]
        assert server.quarantined() == [BAD]
