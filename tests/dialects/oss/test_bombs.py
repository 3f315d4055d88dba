"""Pictures made to do harm, sent over HTTP: each is refused in the envelope, nothing is kept, the server goes on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dialects.oss.client import DIALECTS, image, opened, outcome, process, send_image, upload
from tests.imaging.bombs import BROKEN, HARMLESS, NOT_PICTURES, TOO_LARGE
from tests.imaging.samples import svg
from tests.support.bytes import md5
from tests.support.pictures import photo
from tests.support.server import Server

pytestmark = pytest.mark.dialects(*DIALECTS)

AVATAR_LIMIT = 5 << 20

of_every_sort = pytest.mark.parametrize(
    "hostile", [NOT_PICTURES, TOO_LARGE, BROKEN], ids=["no pictures", "too large", "broken"]
)


@pytest.fixture
async def canary() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that nobody must call: its address, and who did."""
    calls: list[str] = []

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append((await reader.readline()).decode())
        writer.close()

    async with await asyncio.start_server(called, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}", calls


def kept(server: Server) -> dict[str, Any]:
    """Everything that an upload could leave behind: rows and bytes."""
    rows = {table: len(server.rows(table)) for table in ("uploads", "parts", "files", "blobs", "variants")}
    return rows | {"stored": sorted(server.blobs()), "staged": server.staged()}


def refused(answer: httpx.Response) -> bool:
    """Whether it is a refusal of the picture, in the envelope, that tells nothing of our inside."""
    status, error, _ = outcome(answer)
    inside = any(sign in answer.text for sign in ("Traceback", "/src/", ".py", "PIL", "Error:"))
    return not inside and (status, error) in {(400, "INVALID_FILE_TYPE"), (415, "UNSUPPORTED_MEDIA_TYPE")}


@of_every_sort
@pytest.mark.parametrize("path", ["image/upload", "avatar/upload"])
async def test_a_hostile_picture_is_refused(server: Server, path: str, hostile: Mapping[str, bytes]) -> None:
    """Headers that lie, bytes that expand, scripts, references, halves, noise: 400 or 415, and nothing is kept."""
    before = kept(server)
    for name, content in hostile.items():
        answer = await send_image(server.alice, path, content)
        if path == "avatar/upload" and len(content) > AVATAR_LIMIT:
            assert outcome(answer)[:2] == (413, "FILE_TOO_LARGE")
        else:
            assert refused(answer), f"{name}: {answer.text}"
        assert kept(server) == before, name
    assert (await send_image(server.alice, path, photo(20, 20))).status_code == 200


@of_every_sort
async def test_a_hostile_file_is_no_picture(server: Server, hostile: Mapping[str, bytes]) -> None:
    """Stored as a plain file it becomes no variant, and is laid over no picture."""
    for name, content in hostile.items():
        assert (await upload(server.alice, content, "a.png")).status_code == 200
        await server.settle()
        before = kept(server)
        assert refused(answer := await process(server.alice, content, width=10)), f"{name}: {answer.text}"
        answer = await send_image(server.alice, "image/upload", photo(60, 40), watermarkPath=md5(content))
        assert outcome(answer)[0] in {400, 413, 415}, f"{name}: {answer.text}"
        assert kept(server) == before, name
    assert (await send_image(server.alice, "image/upload", photo(60, 40))).status_code == 200


async def test_bombs_at_once_harm_nobody_else(server: Server) -> None:
    """While all of them are on their way at once, an honest picture is taken, and the server is ready."""
    bombs = [*TOO_LARGE.values(), *BROKEN.values()]
    honest = send_image(server.bob, "image/upload", photo(300, 200))
    *answers, mine = await asyncio.gather(*(send_image(server.alice, "image/upload", bomb) for bomb in bombs), honest)
    assert all(map(refused, answers))
    assert (await opened(server, mine.json()["data"]["path"])).size == (300, 200)
    assert (await server.anyone.get("/readyz")).status_code == 200


@pytest.mark.parametrize("name", HARMLESS)
async def test_harm_is_left_out(server: Server, name: str) -> None:
    """What can be drawn without its harmful part is: a JPEG or PNG in which nothing of the rest is left."""
    file = await image(server.alice, HARMLESS[name], "a.svg")
    got = await server.caller().get(file["path"])
    assert got.headers["content-type"] in {"image/jpeg", "image/png"}
    assert not any(sign in got.content for sign in (b"script", b"alert", b"@import", b"<svg"))


@pytest.mark.parametrize("reference", ["{url}/a.png", "file://{file}", "{file}", "../../../../../../..{file}"])
async def test_a_drawing_reaches_nothing(
    server: Server, canary: tuple[str, list[str]], tmp_path: Path, reference: str
) -> None:
    """A picture on the network or the disk is never fetched: a reference is refused, or drawn as nothing."""
    url, calls = canary
    secret = tmp_path / "secret.png"
    secret.write_bytes(photo(96, 64, "PNG"))
    named = reference.format(url=url, file=secret)
    before = kept(server)
    for element in ("image", "use", "feImage"):
        for attribute in ("href", "xlink:href"):
            drawn = svg(f'<{element} {attribute}="{named}" width="96" height="64"/>')
            assert refused(await send_image(server.alice, "image/upload", drawn, "a.svg"))
    assert kept(server) == before
    for passed_over in (
        f'<style>@import url("{named}"); rect {{fill: url({named})}}</style>',
        f'<rect style="fill: url({named}#x)" width="96" height="64"/>',
    ):
        picture = await opened(server, (await image(server.alice, svg(passed_over), "a.svg", format="png"))["path"])
        assert picture.getcolors(1), "one colour: nothing of the photo"
    assert calls == []
