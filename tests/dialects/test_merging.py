"""A merge that takes long, in every dialect that merges."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest

from tests.dialects.files.client import Files
from tests.dialects.instant.client import Instant
from tests.dialects.oss.client import DIALECTS, Oss
from tests.dialects.scratch.client import Scratch
from tests.support.hook import MARK, Hook, serve_hook
from tests.support.server import OpenServer, Server

GOOD = b"nothing to see"
BAD = b"before " + MARK + b" after"

Ask = Callable[[], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with serve_hook() as url:
        yield url


@pytest.fixture
async def server(open_server: OpenServer, hook: str) -> AsyncIterator[Server]:
    """A server whose scanner says nothing before the gate is opened, and whose callers do not wait for it."""
    Hook.gate.clear()
    async with open_server(dialects=DIALECTS, scanner=hook, merge_wait=0.05) as opened:
        yield opened
        Hook.gate.set()


async def scratch(server: Server, content: bytes) -> tuple[Ask, Ask]:
    sent = Scratch(server.alice, [content[:5], content[5:]])
    await sent.send(1)
    return lambda: sent.send(0), sent.status


async def instant(server: Server, content: bytes) -> tuple[Ask, Ask]:
    sent = Instant(server.alice, [content])
    await sent.send(0)
    params = {"file_id": sent.key, "md5": sent.asked["md5"]}
    return sent.merge, lambda: server.alice.get("/api/file/status", params=params)


async def files(server: Server, content: bytes) -> tuple[Ask, Ask]:
    sent = Files(server.alice, [content])
    await sent.init()
    await sent.send(1)
    return sent.merge, sent.status


async def oss(server: Server, content: bytes) -> tuple[Ask, Ask]:
    sent = Oss(server.alice, [content])
    await sent.init()
    await sent.put(1)
    return lambda: sent.ask("merge"), lambda: sent.ask("check")


Way = Callable[[Server, bytes], Awaitable[tuple[Ask, Ask]]]
WAYS = pytest.mark.parametrize("way", [scratch, instant, files, oss], ids=lambda way: way.__name__)


def progress(answer: httpx.Response) -> int | None:
    """`mergeProgress`, wherever the dialect's envelope has its data."""
    body = answer.json()
    assert answer.status_code == 200, body
    progress: int | None = body.get("data", body).get("mergeProgress")
    return progress


@WAYS
async def test_a_merge_that_takes_long_is_joined(server: Server, way: Way) -> None:
    """Whoever has waited long is told to ask again, in the envelope; the merge goes on, once, and the same call gets
    the file.
    """
    merge, status = await way(server, GOOD)
    assert progress(await status()) is None
    seen: list[int] = []
    for _ in range(2):
        answer = await merge()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
        assert answer.headers["content-type"] == "application/json"
        seen.append(progress(await status()) or 0)
    assert 0 < seen[0] <= seen[1] <= 100
    assert server.rows("files") == []
    Hook.gate.set()
    while (answer := await merge()).status_code == 503:
        pass
    assert answer.status_code == 200, answer.text
    assert len(server.rows("files")) == 1
    assert progress(await status()) is None


@WAYS
async def test_a_merge_that_fails_meanwhile(server: Server, way: Way) -> None:
    """A merge that is refused while nobody waits leaves no file, and whoever asks again is told of none."""
    merge, _ = await way(server, BAD)
    assert (await merge()).status_code == 503
    Hook.gate.set()
    while (answer := await merge()).status_code == 503:
        pass
    assert "sha256" not in answer.text
    assert not answer.is_success or answer.json()["uploadedChunks"] == 1  # the very part begins the upload anew
    assert server.rows("files") == []


async def test_whoever_has_time_waits_for_ever(open_server: OpenServer, hook: str) -> None:
    """With `merge_wait` 0 nobody is told to ask again."""
    async with open_server(dialects=DIALECTS, scanner=hook, merge_wait=0.0) as server:
        merge, _ = await instant(server, GOOD)
        assert (await merge()).status_code == 200
